/** Curves as SVG, for the documents: a plain picture of its own, light and dark by what the reader prefers. */

const width = 640;
const height = 300;
const edge = { left: 64, right: 16, top: 40, bottom: 44 };
const colours = ['#2563eb', '#d97706', '#059669', '#db2777'];
const safe = (text) => String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A number as short as it can be read: 1 000 000 is 1M. */
export function short(value) {
  for (const [size, letter] of [
    [1e6, 'M'],
    [1e3, 'k'],
  ]) {
    if (Math.abs(value) >= size) return `${Number((value / size).toFixed(1))}${letter}`;
  }
  return String(Number(value.toPrecision(3)));
}

/** Round numbers from 0 to at least `most`, some five of them. */
export function ticks(most) {
  if (!(most > 0)) return [0, 1];
  const rough = most / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((one) => one >= rough * 0.999) ?? 10 * power;
  return Array.from({ length: Math.ceil(most / step - 1e-9) + 1 }, (_, n) => Number((n * step).toPrecision(12)));
}

/**
 * A picture of curves over one axis.
 *
 * @param {{
 *   title: string, x: string, y: string, logX?: boolean, limit?: { y: number, name: string },
 *   series: readonly { name: string, points: readonly (readonly [number, number])[] }[],
 * }} options
 */
export function plot({ title, x, y, logX = false, limit, series }) {
  const points = series.flatMap((one) => one.points);
  if (points.length === 0) throw new Error(`There is nothing to show in "${title}".`);
  const xs = [...new Set(points.map(([at]) => at))].sort((a, b) => a - b);
  const marks = ticks(Math.max(...points.map(([, value]) => value), limit?.y ?? 0));
  const top = marks.at(-1);
  const scale = logX ? Math.log10 : (value) => value;
  const [least, most] = [scale(xs[0]), scale(xs.at(-1))];
  const inner = { width: width - edge.left - edge.right, height: height - edge.top - edge.bottom };
  const atX = (value) =>
    edge.left + (most === least ? inner.width / 2 : ((scale(value) - least) / (most - least)) * inner.width);
  const atY = (value) => edge.top + inner.height * (1 - value / top);
  const place = (value) => value.toFixed(1);
  const lines = [];
  for (const mark of marks) {
    lines.push(`<path class="grid" d="M${edge.left} ${place(atY(mark))}H${width - edge.right}"/>`);
    lines.push(`<text x="${edge.left - 8}" y="${place(atY(mark) + 4)}" text-anchor="end">${short(mark)}</text>`);
  }
  for (const value of xs) {
    lines.push(
      `<text x="${place(atX(value))}" y="${height - edge.bottom + 18}" text-anchor="middle">${short(value)}</text>`,
    );
  }
  if (limit !== undefined)
    lines.push(`<path class="limit" d="M${edge.left} ${place(atY(limit.y))}H${width - edge.right}"/>`);
  let legend = edge.left;
  for (const [n, { name, points: curve }] of series.entries()) {
    const colour = colours[n % colours.length];
    const road = curve.map(([at, value], index) => `${index === 0 ? 'M' : 'L'}${place(atX(at))} ${place(atY(value))}`);
    lines.push(`<path d="${road.join('')}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    for (const [at, value] of curve)
      lines.push(`<circle cx="${place(atX(at))}" cy="${place(atY(value))}" r="3" fill="${colour}"/>`);
    lines.push(`<rect x="${legend}" y="26" width="10" height="3" fill="${colour}"/>`);
    lines.push(`<text x="${legend + 14}" y="31">${safe(name)}</text>`);
    legend += 30 + name.length * 6.5;
  }
  if (limit !== undefined) {
    lines.push(`<path class="limit" d="M${legend} 27.5h24"/>`);
    lines.push(`<text x="${legend + 28}" y="31">${safe(limit.name)}</text>`);
  }
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${safe(title)}">
<style>
text { font: 11px system-ui, sans-serif; fill: #444 }
.title { font-size: 13px; font-weight: 600 }
.grid { stroke: #ddd; stroke-width: 1 }
.limit { stroke: #b91c1c; stroke-width: 1; stroke-dasharray: 5 4 }
.paper { fill: #fff }
@media (prefers-color-scheme: dark) { text { fill: #ccc } .grid { stroke: #444 } .limit { stroke: #f87171 } .paper { fill: #161616 } }
</style>
<rect class="paper" width="${width}" height="${height}"/>
<text class="title" x="${edge.left}" y="17">${safe(title)}</text>
${lines.join('\n')}
<text x="${edge.left + inner.width / 2}" y="${height - 8}" text-anchor="middle">${safe(x)}</text>
<text transform="translate(14 ${edge.top + inner.height / 2}) rotate(-90)" text-anchor="middle">${safe(y)}</text>
</svg>
`;
}
