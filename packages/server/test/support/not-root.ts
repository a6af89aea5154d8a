/** For `it.skipIf`: says loudly why tests do not run. */
export function notRoot(): boolean {
  if (process.getuid?.() === 0) return false;
  console.warn('\n*** Tests of what root does to files of others are SKIPPED: this is not root. ***\n');
  return true;
}
