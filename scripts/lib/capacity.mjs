/** The figures of `npm run bench` as one table and as curves, and how they get into docs/performance.md. */
import { plot } from './plot.mjs';

export const marks = ['<!-- figures: npm run bench -- --write -->', '<!-- end of figures -->'];

const whole = (value) => (value >= 10 ? String(Math.round(value)) : String(Number(value.toFixed(2))));
const percent = (share) => `${whole(share * 100)} %`;
const rated = (value, good) => (good ? value : `${value}, missed`);

/**
 * Rows of what, figure, target: one table of all that was measured. What was not measured has no row.
 *
 * @param {Record<string, any>} f
 * @returns {readonly (readonly [string, string, string])[]}
 */
export function rowsOf(f) {
  const rows = [];
  if (f.rest_http_ratio !== undefined) {
    rows.push([
      '`get_call_info` over HTTP, of a bare handler',
      rated(whole(f.rest_http_ratio), f.rest_http_ratio >= 0.75),
      'at least 0.75',
    ]);
    rows.push([
      '`get_call_info` over HTTPS, of a bare handler',
      rated(whole(f.rest_https_ratio), f.rest_https_ratio >= 0.85),
      'at least 0.85',
    ]);
  }
  if (f.kamailio_cpu_ms_per_call !== undefined) {
    const good = f.server_cpu_ms_per_call <= 0.35;
    rows.push([
      `complete durable call at ${f.offered_calls_per_second} calls/s, CPU`,
      rated(`${whole(f.server_cpu_ms_per_call)} ms`, good),
      'at most 0.35 ms',
    ]);
    rows.push(['the same call through Kamailio, nothing on disk, CPU', `${whole(f.kamailio_cpu_ms_per_call)} ms`, '']);
    rows.push(['Ringback of Kamailio', rated(whole(f.kamailio_ratio), f.kamailio_ratio <= 1), 'at most 1']);
  }
  for (const one of f.setup ?? []) {
    const unstarted = one.skipped > 0 ? ` (${one.skipped} not started)` : '';
    const note = one.saturated ? ' (saturated)' : unstarted;
    const target = one.rate === 1000 ? 'ring p99 under 20 ms' : '';
    const three = (list) => list.map(whole).join(' / ');
    const missed = one.rate === 1000 && one.ring[1] >= 20 ? ', missed' : '';
    rows.push([`ring at ${one.rate} calls/s, p50 / p99 / p99.9${note}`, `${three(one.ring)} ms${missed}`, target]);
    rows.push([`set-up at ${one.rate} calls/s, p50 / p99 / p99.9${note}`, `${three(one.setUp)} ms`, '']);
    rows.push([
      `REST beside ${one.rate} calls/s, p99${note}`,
      `${whole(one.rest_p99)} ms; machine ${percent(one.busy)} busy, ${percent(one.taken)} taken by others`,
      '',
    ]);
  }
  if (f.device_kb !== undefined) {
    rows.push([
      `idle device without TLS, of ${f.devices}`,
      rated(`${whole(f.device_kb)} kB, ${f.devices_per_gb} a GB`, f.device_kb <= 10),
      'at most 10 kB',
    ]);
    rows.push([
      `idle device with TLS, of ${f.devices}`,
      rated(`${whole(f.device_tls_kb)} kB, ${f.devices_tls_per_gb} a GB`, f.device_tls_kb <= 40),
      'at most 40 kB',
    ]);
  }
  const both = ({ p50, p99 }) => `${whole(p50)} / ${whole(p99)}`;
  for (const one of f.records ?? []) {
    const { records, first, last, filtered, start_ms: start, bytes_per_record: bytes } = one;
    rows.push([
      `of ${records} records in the window: first page, last page, total of a filter, each p50 / p99`,
      `${both(first)}, ${both(last)}, ${both(filtered)} ms`,
      '',
    ]);
    rows.push([
      `start with ${records} records; on disk`,
      `${(start / 1000).toFixed(1)} s; ${bytes} bytes a record`,
      '',
    ]);
  }
  if (f.records?.length > 1) {
    const [least, most] = [f.records[0], f.records.at(-1)];
    for (const p of ['p50', 'p99']) {
      const growth = Math.max(...['first', 'last', 'filtered'].map((name) => most[name][p] / least[name][p]));
      rows.push([
        `${p} at ${most.records} records of that at ${least.records}, the worst`,
        rated(whole(growth), growth < 1.5),
        'flat: under 1.5',
      ]);
    }
  }
  return rows;
}

/** Which parts were measured on which day, the newest day first. */
export function measuredOn(days) {
  const newest = [...new Set(Object.values(days))].sort().reverse();
  const parts = (day) => Object.keys(days).filter((name) => days[name] === day);
  return newest.map((day) => `${parts(day).join(', ')} on ${day}`).join('; ');
}

const percentiles = ['p50', 'p99', 'p99.9'];

/** Pictures by their names, of the curves that were measured. */
export function plotsOf(f) {
  return Object.fromEntries(
    Object.entries({ ...setUpCurves(f.setup), ...recordCurves(f.records) }).map(([name, options]) => [
      `bench-${name}.svg`,
      plot({ logX: true, ...options }),
    ]),
  );
}

/** What `plot` is told of calls, by the name of the picture. */
function setUpCurves(setup) {
  if (setup === undefined || setup.length < 2) return {};
  const curve = (pick) => setup.map((one) => [one.rate, pick(one)]);
  const each = (what) => percentiles.map((name, n) => ({ name, points: curve((one) => one[what][n]) }));
  const x = 'calls a second (log)';
  const limit = { y: 20, name: 'target of the p99 at 1000 calls/s' };
  return {
    ring: { title: 'From the call to the ring', x, y: 'ms', limit, series: each('ring') },
    setup: { title: 'Set-up: from the call to the answer, told to the caller', x, y: 'ms', series: each('setUp') },
    rest: {
      title: 'REST beside the calls',
      x,
      y: 'ms',
      series: [{ name: 'p99', points: curve((one) => one.rest_p99) }],
    },
    cpu: {
      title: 'CPU of the server for each call, and for the REST beside it',
      x,
      y: 'ms',
      series: [{ name: 'all threads', points: curve(({ cpu }) => cpu) }],
    },
    machine: {
      title: 'The machine meanwhile: server and load',
      x,
      y: 'of all processors',
      series: [
        { name: 'busy', points: curve(({ busy }) => busy) },
        { name: 'taken by other guests', points: curve(({ taken }) => taken) },
      ],
    },
  };
}

/** What `plot` is told of records, by the name of the picture. */
function recordCurves(records) {
  if (records === undefined || records.length < 2) return {};
  const curve = (pick) => records.map((one) => [one.records, pick(one)]);
  const questions = { first: 'first page', last: 'last page', filtered: 'total of a filter' };
  const each = (p) => Object.entries(questions).map(([what, name]) => ({ name, points: curve((one) => one[what][p]) }));
  const x = 'records in the window (log)';
  return {
    'records-p50': { title: 'Questions for records, p50', x, y: 'ms', series: each('p50') },
    'records-p99': { title: 'Questions for records, p99', x, y: 'ms', series: each('p99') },
    start: {
      title: 'Start of a server with so many records',
      x: 'records (log)',
      y: 'ms',
      series: [{ name: 'from the command to the open door', points: curve((one) => one.start_ms) }],
    },
    disk: {
      title: 'What a record takes on disk',
      x: 'records (log)',
      y: 'bytes',
      series: [{ name: 'a record, indexes and sums with it', points: curve((one) => one.bytes_per_record) }],
    },
  };
}

/**
 * The document with other figures between its marks.
 *
 * @param {string} text
 * @param {{ figures: Record<string, any>, machine: string, plots: readonly string[] }} options
 */
export function written(text, { figures, machine, plots }) {
  const [from, to] = marks.map((mark) => text.indexOf(mark));
  if (from < 0 || to < from) throw new Error('docs/performance.md has lost the marks between which the figures stand.');
  const rows = rowsOf(figures).map((cells) => `| ${cells.join(' | ')} |`);
  const pictures = plots.map((name) => `![${name.replace('.svg', '')}](images/${name})`);
  const part = [
    '',
    '',
    machine,
    '',
    '| | measured | target |',
    '| --- | --- | --- |',
    ...rows,
    '',
    ...pictures,
    '',
  ].join('\n');
  return `${text.slice(0, from + marks[0].length)}${part}${text.slice(to)}`;
}
