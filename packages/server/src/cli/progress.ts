/** Shows how far something is, 0 to 1, where somebody looks. */
export function progressLine(): (share: number) => void {
  if (!process.stderr.isTTY) return () => {};
  const width = 30;
  let shown = -1;
  return (share) => {
    const percent = Math.round(share * 100);
    if (percent === shown) return;
    shown = percent;
    const done = Math.round(share * width);
    const bar = '█'.repeat(done) + '░'.repeat(width - done);
    process.stderr.write(`\r${bar} ${percent} %${share === 1 ? '\n' : ''}`);
  };
}
