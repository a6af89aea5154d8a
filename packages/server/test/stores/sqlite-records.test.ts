import Database from 'better-sqlite3';
import { callResults } from 'ringback-protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordFilter } from '../../src/ports/store.ts';
import { RecordSearcher } from '../../src/stores/record-searcher.ts';
import { spans } from '../../src/stores/record-sums.ts';
import type { SqliteStore } from '../../src/stores/sqlite.ts';
import { sqliteAsk } from '../../src/stores/sqlite-ask.ts';
import { RecordReader } from '../../src/stores/sqlite-records.ts';
import { appA, noon } from './support/fake-calls.ts';
import { SqliteFile } from './support/sqlite-file.ts';

const types = ['SingleCall', 'MultiCall'] as const;
const second = noon / 1000;

describe.each([true, false])('records: what a page costs, where sums are there: %s', (summed) => {
  const file = new SqliteFile();
  const count = 200_000;
  const week = 7 * 86_400;
  let store: SqliteStore;
  let rare = 0;

  beforeAll(async () => {
    store = await file.open();
    file.side.pragma('synchronous = OFF');
    file.side.exec(`
      WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${count - 1})
      INSERT INTO records (app, started_at_s, call_id, started_at, accepted_at, ended_at, caller, media_type, call_type,
        result, members, room_id, room_id_type, chat_group_id, summed)
      SELECT ${appA}, ${second} + i * ${week} / ${count}, printf('%08x-0000-4000-8000-000000000000', i),
        (${second} + i * ${week} / ${count}) * 1000, 0, 0, 'alice', 'Audio',
        CASE WHEN i % 10 = 0 THEN 'MultiCall' ELSE 'SingleCall' END,
        CASE WHEN i % 5000 = 4999 THEN 'Interrupt' WHEN i % 3 = 0 THEN 'NotAnswer' ELSE 'NormalEnd' END,
        '["alice","bob"]', 'room', 2, '', ${summed ? 1 : 0} FROM numbers;
      INSERT INTO record_counts (app, minute, call_type, result, node, n) SELECT app, started_at_s / 60, call_type, result, 'n1', count(*) FROM records
        GROUP BY 1, 2, 3, 4;`);
    for (const span of summed ? spans : []) {
      file.side.exec(`
        INSERT INTO record_sums (app, span, at, call_type, result, node, n, answered)
        SELECT app, ${span}, started_at_s / ${span}, call_type, result, 'n1', count(*), 0 FROM records GROUP BY 1, 3, 4, 5;`);
    }
    rare = count / 5000;
  });
  afterAll(() => file.dispose());

  /** ms: the best of several, for longer than others keep the processor at a stretch, since their work only ever adds. */
  const cost = async (filter: Partial<RecordFilter>, total: number, length: number): Promise<number> => {
    const whole = { from: second + 0, to: second + week, perPage: 100, page: 1, ...filter };
    let best = Number.POSITIVE_INFINITY;
    const since = performance.now();
    for (let round = 0; round < 9 || performance.now() - since < 60; round += 1) {
      const began = performance.now();
      const page = await store.calls.records(appA, whole);
      best = Math.min(best, performance.now() - began);
      expect([page.total, page.records.length]).toEqual([total, length]);
    }
    return best;
  };

  test('the last page of 200 000 records costs about as much as the first', async () => {
    const first = await cost({}, count, 100);
    const middle = await cost({ page: count / 200 }, count, 100);
    const last = await cost({ page: count / 100 }, count, 100);
    // Walking there row by row takes five times as long here, and the more the more records there are.
    // Without sums, minutes are added up twice.
    const most = (summed ? 3 : 6) * first + 1;
    expect(middle).toBeLessThan(most);
    expect(last).toBeLessThan(most);
    expect(await cost({ callType: 'SingleCall', page: (count * 0.9) / 100 }, count * 0.9, 100)).toBeLessThan(
      4 * first + 2,
    );
  });

  test('a page of a whole week costs about as much as one of a few hours', async () => {
    const few = await cost({ to: second + week / 20 - 1 }, count / 20, 100);
    const most = summed ? 1.5 * few + 0.2 : 40 * few;
    expect(await cost({}, count, 100)).toBeLessThan(most);
    expect(await cost({ page: count / 100 }, count, 100)).toBeLessThan(most);
  });

  test('the few records that ended in a rare way are found without a look at the others', async () => {
    const first = await cost({}, count, 100);
    expect(await cost({ result: 'Interrupt' }, rare, rare)).toBeLessThan(4 * first + 2);
    expect(await cost({ callType: 'MultiCall', page: 200 }, count / 10, 100)).toBeLessThan(6 * first + 2);
    expect(await cost({ result: 'CallBusy' }, 0, 0)).toBeLessThan(4 * first + 2);
  });

  test('no statement of the reader sorts rows, or walks through a table that grows', () => {
    const prepared: string[] = [];
    const reader = new Database(file.path, { readonly: true });
    const prepare = reader.prepare.bind(reader);
    reader.prepare = ((sql: string) => {
      prepared.push(sql);
      return prepare(sql);
    }) as typeof reader.prepare;
    const records = new RecordReader(reader);
    for (const kind of [
      {},
      { callType: types[0] },
      { result: callResults[3] },
      { callType: types[1], result: callResults[3] },
    ]) {
      records.page(appA, { from: second, to: second + week, perPage: 10, page: 1, ...kind });
    }
    const plans = prepared.map((sql) => {
      const named = Object.fromEntries([...sql.matchAll(/[@?](\w+)/g)].map(([, name]) => [name, 1]));
      const marks = (sql.match(/\?(?!\d)/g) ?? []).map(() => 1);
      const steps = prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...marks, ...(marks.length === 0 ? [named] : []));
      return { sql, plan: (steps as { detail: string }[]).map(({ detail }) => detail) };
    });
    reader.close();
    expect(plans.length).toBeGreaterThan(10);
    for (const { sql, plan } of plans) {
      // The history turns round what its inner limit has let through, and no more.
      const sorts = sql.includes('FROM (SELECT') ? [] : plan.filter((step) => step.includes('TEMP B-TREE'));
      expect({ sql, sorts }).toEqual({ sql, sorts: [] });
      const walks = plan.filter((step) => /^SCAN (records|history|record_counts|record_sums|h|c)\b/.test(step));
      expect({ sql, walks }).toEqual({ sql, walks: [] });
    }
    const pages = plans.filter(({ sql }) => sql.includes('OFFSET'));
    expect(pages).toHaveLength(4);
    for (const { plan } of pages) expect(plan.some((step) => /^SEARCH records USING/.test(step))).toBe(true);
  });
});

describe('statistics: what is read', () => {
  const file = new SqliteFile();
  const day = 86_400;
  /** Weeks begin on a Thursday, as 1970 did. */
  const firstDay = Math.ceil(second / (7 * day)) * 7;
  const days = 60;

  beforeAll(async () => {
    await file.open();
    // Sums that tell what they are of: 1 for an hour, 24 000 for a day.
    for (const [span, first, n, value] of [
      [3600, firstDay * 24, days * 24, 1],
      [day, firstDay, days, 24_000],
    ]) {
      file.side.exec(`
        WITH RECURSIVE numbers(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${Number(n) - 1})
        INSERT INTO record_sums (app, span, at, call_type, result, node, n, answered)
        SELECT ${appA}, ${span}, ${first} + i, 'SingleCall', 'NormalEnd', 'n1', ${value}, 0 FROM numbers`);
    }
  });
  afterAll(() => file.dispose());

  test.each([
    // The first of all days may have been cut by deletion.
    ['weeks of UTC', 7 * day, 0, [24 + 6 * 24_000, 7 * 24_000, 7 * 24_000]],
    ['weeks that begin in the middle of a day', 7 * day, -36_000, [10, 24 + 6 * 24_000, 24 + 6 * 24_000]],
    ['days of UTC', day, 0, [24, 24_000, 24_000]],
    ['days that begin at another hour', day, 3600, [23, 24, 24]],
    ['days that begin at half past, where an hour is of the day in which it begins', day, 1800, [24, 24_000, 24_000]],
    ['quarters of a day', day / 4, 0, [6, 6, 6]],
  ] as const)('%s', async (_, length, shift, expected) => {
    const search = new RecordSearcher(sqliteAsk(file.side));
    const window = { span: 3600, first: 0, last: (firstDay + days) * 24 + 5 } as const;
    const rows = await search.counts(appA, { ...window, bucket: { length, shift } });
    expect(rows.slice(0, 3).map(({ n }) => n)).toEqual(expected);
  });

  test('runs of sums are found by their key', async () => {
    const plans: string[] = [];
    const ask = sqliteAsk(file.side);
    const search = new RecordSearcher(async (sql, values) => {
      const bound = Object.fromEntries(values.map((value, n) => [n + 1, value]));
      const steps = file.side.prepare(`EXPLAIN QUERY PLAN ${sql.replace(/\$(\d+)/g, '?$1')}`).all(bound);
      for (const { detail } of steps as { detail: string }[]) if (detail.includes('record_sums')) plans.push(detail);
      return ask(sql, values);
    });
    const window = { span: 3600, first: 0, last: (firstDay + days) * 24 } as const;
    await search.counts(appA, { ...window, bucket: { length: 7 * day, shift: 3600 } });
    // One row, of the oldest hour; then runs that are bounded on both sides.
    const [oldest, ...runs] = plans;
    expect(oldest).toBe('SEARCH record_sums USING PRIMARY KEY (app=? AND span=?)');
    expect(runs).toHaveLength(5);
    for (const run of runs)
      expect(run).toMatch(/^SEARCH record_sums USING PRIMARY KEY \(app=\? AND span=\? AND at>\? AND at<\?\)$/);
  });
});
