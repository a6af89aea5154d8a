import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { marks, measuredOn, plotsOf, rowsOf, written } from '../lib/capacity.mjs';
import { figuresFile, figuresIn, keepFigures, publish } from '../lib/performance-document.mjs';
import { plot, short, ticks } from '../lib/plot.mjs';

const root = join(import.meta.dirname, '../..');
const setUp = (rate: number, ring: number, saturated = false) => ({
  rate,
  ring: [ring / 2, ring, ring * 2],
  setUp: [ring, ring * 2, ring * 3],
  rest_p99: 5,
  cpu: 0.6,
  busy: saturated ? 0.95 : 0.4,
  taken: 0.004,
  skipped: saturated ? 500 : 0,
  saturated,
});
const records = (n: number) => ({
  records: n,
  first: { p50: 1, p99: 2 },
  last: { p50: 1, p99: 2.5 },
  filtered: { p50: 1, p99: 3 },
  start_ms: 1500,
  bytes_per_record: 500,
});
const figures = {
  rest_http_ratio: 0.8,
  rest_https_ratio: 0.8,
  device_kb: 9,
  device_tls_kb: 50,
  devices: 15_000,
  devices_per_gb: 116_508,
  devices_tls_per_gb: 20_971,
  offered_calls_per_second: 500,
  server_cpu_ms_per_call: 0.3,
  kamailio_cpu_ms_per_call: 0.2,
  kamailio_ratio: 1.5,
  setup: [setUp(100, 5), setUp(1000, 25), setUp(2000, 90, true)],
  records: [records(10_000), { ...records(1_000_000), filtered: { p50: 1, p99: 6 } }],
};
const docs = join(root, 'docs');
const kept: Figures = figuresIn(figuresFile(docs));

interface Figures {
  readonly [name: string]: unknown;
}

/** Where numbers stand in a figure that was measured at several points: `ring.1`, `first.p99`. */
const numbersOf = (value: unknown, path = ''): string[] => {
  if (typeof value === 'number') return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, part]) => numbersOf(part, path === '' ? name : `${path}.${name}`));
};

/** The same with another number at a place. */
const changed = (value: unknown, [name = '', ...rest]: readonly string[]): unknown => {
  if (name === '') return (value as number) * 1.5 + 1;
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...(value as object) };
  Object.assign(copy, { [name]: changed((value as Figures)[name], rest) });
  return copy;
};

/** What stands between the marks of the document in a folder. */
const publishedIn = (folder: string): string => {
  const text = readFileSync(join(folder, 'performance.md'), 'utf8');
  return text.slice(text.indexOf(marks[0] as string), text.indexOf(marks[1] as string));
};

/** The lines of its table. */
const linesOf = (part: string) => part.split('\n').filter((line) => /^\| (?!---|\|)/.test(line));
const linesFor = (of: Figures) => rowsOf(of).map((cells) => `| ${cells.join(' | ')} |`);

/** What is no curve: how the rounds were played, and how much of the load could be brought. Rows of the table tell it where it counts. */
const conditions = ['reached', 'rounds', 'played', 'skipped', 'total'];

describe('the table of the benchmarks', () => {
  it('says of each figure whether it was reached, and which rows are of a machine that was too busy', () => {
    const rows = new Map(rowsOf(figures).map(([what, figure]) => [what, figure]));
    expect(rows.get('`get_call_info` over HTTP, of a bare handler')).toBe('0.8');
    expect(rows.get('`get_call_info` over HTTPS, of a bare handler')).toBe('0.8, missed');
    expect(rows.get('Ringback of Kamailio')).toBe('1.5, missed');
    expect(rows.get('idle device without TLS, of 15000')).not.toContain('missed');
    expect(rows.get('idle device with TLS, of 15000')).toContain('missed');
    expect(rows.get('p50 at 1000000 records of that at 10000, the worst')).toBe('1');
    expect(rows.get('p99 at 1000000 records of that at 10000, the worst')).toBe('2, missed');
    expect(rows.get('ring at 1000 calls/s, p50 / p99 / p99.9')).toBe('13 / 25 / 50 ms, missed');
    expect(rows.get('REST beside 1000 calls/s, p99')).toBe('5 ms; machine 40 % busy, 0.4 % taken by others');
    expect([...rows.keys()].filter((what) => what.includes('(saturated)'))).toHaveLength(3);
    expect(rowsOf({})).toEqual([]);
  });

  it('says which part was measured when', () => {
    const days = { rest: '2026-11-30', devices: '2026-11-29', setup: '2026-11-30' };
    expect(measuredOn(days)).toBe('rest, setup on 2026-11-30; devices on 2026-11-29');
  });

  it('gets into the document between its marks, and the rest stays as it is', () => {
    const text = `before\n${marks.join('\nold\n')}\nafter\n`;
    const once = written(text, { figures, machine: 'A machine.', plots: ['bench-setup.svg'] });
    expect(once).toMatch(/^before\n[\s\S]*\nafter\n$/);
    expect(once).toContain('| Ringback of Kamailio | 1.5, missed | at most 1 |');
    expect(once).not.toContain('old');
    expect(written(once, { figures, machine: 'A machine.', plots: ['bench-setup.svg'] })).toBe(once);
    expect(() => written('nothing', { figures, machine: '', plots: [] })).toThrow(/marks/);
  });

  it('stands in docs/performance.md, with pictures that are there', () => {
    const part = publishedIn(docs);
    expect(part).toContain('| | measured | target |');
    const pictures = [...part.matchAll(/\]\((images\/[^)]+)\)/g)].map(([, path]) => path as string);
    expect(pictures.length).toBeGreaterThan(0);
    for (const path of pictures) expect(existsSync(join(root, 'docs', path)), path).toBe(true);
  });

  it('has a row for each of the figures that are kept, no other, and the days of these', () => {
    expect(linesOf(publishedIn(docs))).toEqual(linesFor(kept));
    expect(publishedIn(docs)).toContain(` Measured: ${measuredOn(kept.days as Record<string, string>)}.\n`);
  });

  it('has every picture of the figures that are kept, as they are', () => {
    const text = readFileSync(join(root, 'docs/performance.md'), 'utf8');
    for (const [name, svg] of Object.entries(plotsOf(kept))) {
      expect(text.includes(`](images/${name})`), name).toBe(true);
      expect(readFileSync(join(root, 'docs/images', name), 'utf8'), name).toBe(svg);
    }
  });
});

describe('what a run publishes', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ringback-docs-'));
    for (const name of ['performance.md', 'performance-figures.json'])
      copyFileSync(join(docs, name), join(folder, name));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('leaves what it did not measure as it was, with its day, in figures, table and pictures alike', () => {
    const days = kept.days as Record<string, string>;
    const measured = { rest_http_ratio: 0.5, rest_https_ratio: 0.6 };
    publish(folder, { ...measured, days: { rest: '2030-01-02' } }, 'Another machine.');
    const now = figuresIn(figuresFile(folder));
    expect(now).toEqual({ ...kept, ...measured, days: { ...days, rest: '2030-01-02' } });
    const part = publishedIn(folder);
    expect(linesOf(part)).toEqual(linesFor(now));
    expect(linesOf(part).slice(0, 2).join()).toMatch(/ 0\.5, missed .* 0\.6, missed /);
    expect(linesOf(part).slice(2)).toEqual(linesFor(kept).slice(2));
    expect(part).toContain(`Another machine. Measured: ${measuredOn({ ...days, rest: '2030-01-02' })}.`);
    for (const [name, svg] of Object.entries(plotsOf(now))) {
      expect(part).toContain(`](images/${name})`);
      expect(readFileSync(join(folder, 'images', name), 'utf8'), name).toBe(svg);
    }
  });

  it('replaces what it measured anew, and changes nothing where it measured nothing', () => {
    publish(folder, { records: figures.records, days: { records: '2030-01-02' } }, 'A machine.');
    expect(figuresIn(figuresFile(folder)).records).toEqual(figures.records);
    const [text, part] = [readFileSync(figuresFile(folder), 'utf8'), publishedIn(folder)];
    publish(folder, {}, 'A machine.');
    expect([readFileSync(figuresFile(folder), 'utf8'), publishedIn(folder)]).toEqual([text, part]);
  });

  it('is kept as the formatter has it', () => {
    const file = join(folder, 'again.json');
    keepFigures(file, kept);
    expect(readFileSync(file, 'utf8')).toBe(readFileSync(figuresFile(docs), 'utf8'));
    rmSync(file);
    expect(figuresIn(file)).toEqual({});
  });
});

describe('the curves', () => {
  it('are pictures with every point inside the frame', () => {
    const svg = plotsOf(figures)['bench-ring.svg'] ?? '';
    const points = [...svg.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)"/g)].map(([, x, y]) => [Number(x), Number(y)]);
    expect(points).toHaveLength(9);
    for (const [x, y] of points) {
      expect(x).toBeGreaterThanOrEqual(64);
      expect(x).toBeLessThanOrEqual(624);
      expect(y).toBeGreaterThanOrEqual(40);
      expect(y).toBeLessThanOrEqual(256);
    }
    // Larger is higher.
    expect(points[2]?.[1]).toBeLessThan(points[0]?.[1] as number);
    expect(plotsOf({})).toEqual({});
  });

  it('show every number that was measured at several points', () => {
    const series = Object.entries(kept).filter(([, value]) => Array.isArray(value)) as [string, unknown[]][];
    expect(series.map(([name]) => name)).toEqual(['setup', 'records']);
    const before = JSON.stringify(plotsOf(kept));
    for (const [name, points] of series) {
      for (const place of numbersOf(points[0]).filter((one) => !conditions.includes(one))) {
        for (const n of points.keys()) {
          const path = [name, String(n), ...place.split('.')];
          expect(JSON.stringify(plotsOf(changed(kept, path) as Figures)), path.join('.')).not.toBe(before);
        }
      }
    }
  });

  it('take no text for markup, and refuse to show nothing', () => {
    const svg = plot({ title: 'a < b & c', x: '', y: '', series: [{ name: '<b>', points: [[1, 1]] }] });
    expect(svg).toContain('a &lt; b &amp; c');
    expect(svg).not.toContain('<b>');
    expect(() => plot({ title: 'none', x: '', y: '', series: [] })).toThrow(/nothing to show/);
  });

  it.each([
    [0, [0, 1]],
    [1, [0, 0.5, 1]],
    [7, [0, 2, 4, 6, 8]],
    [90, [0, 50, 100]],
    [0.03, [0, 0.01, 0.02, 0.03]],
  ])('have round numbers up to %s', (most, wanted) => {
    expect(ticks(most)).toEqual(wanted);
  });

  it('shorten numbers', () => {
    expect([short(0), short(950), short(1500), short(10_000_000)]).toEqual(['0', '950', '1.5k', '10M']);
  });
});
