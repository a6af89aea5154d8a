import Database from 'better-sqlite3';
import fc from 'fast-check';
import type { CallRecord } from 'ringback-engine';
import { callResults } from 'ringback-protocol';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RecordFilter } from '../../src/ports/store.ts';
import type { SqliteStore } from '../../src/stores/sqlite.ts';
import { RecordReader } from '../../src/stores/sqlite-records.ts';
import { appA, appB, briefWrite, idOf, noon } from './support/fake-calls.ts';
import { SqliteFile } from './support/sqlite-file.ts';

const types = ['SingleCall', 'MultiCall'] as const;
const second = noon / 1000;

describe('records: what a page holds', () => {
  const file = new SqliteFile();
  let store: SqliteStore;
  /** All records of application A in the order in which pages list them. */
  let all: readonly CallRecord[];
  const span = 40 * 60;

  beforeAll(async () => {
    store = await file.open();
    // A generator of its own, so that the records are the same in every run.
    let state = 12_345;
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((state / 2 ** 31) * below);
    };
    const writes = Array.from({ length: 7000 }, (_, n) => {
      // A third of them in three busy minutes, one of those in a single second; some minutes stay empty.
      const kind = random(9);
      let offset = random(span);
      if (kind === 0) offset = 600 + random(60);
      else if (kind === 1) offset = 1207;
      else if (kind === 2) offset = span - 60 + random(60);
      else if (offset >= 300 && offset < 480) offset = 299;
      return briefWrite({
        app: n % 10 === 9 ? appB : appA,
        callId: idOf(random(2 ** 16) * 2 ** 13 + n),
        at: noon + offset * 1000 + random(1000),
        callType: types[random(5) === 0 ? 1 : 0] ?? 'SingleCall',
        result: callResults[random(40) === 0 ? 5 : random(4)] ?? 'Cancel',
      });
    });
    const results = await Promise.all(writes.map((write) => store.calls.commit(write)));
    expect(new Set(results)).toEqual(new Set(['ok']));
    const startOf = (one: CallRecord) => Math.floor(one.startedAt / 1000);
    all = writes
      .flatMap(({ app, record }) => (app === appA && record !== undefined ? [record] : []))
      .sort((a, b) => startOf(a) - startOf(b) || (a.callId < b.callId ? -1 : 1));
  });
  afterAll(() => file.dispose());

  const expected = (filter: RecordFilter) => {
    const matching = all.filter((one) => {
      const start = Math.floor(one.startedAt / 1000);
      if (start < filter.from || start > filter.to) return false;
      if (filter.callType !== undefined && one.callType !== filter.callType) return false;
      return filter.result === undefined || one.result === filter.result;
    });
    const first = (filter.page - 1) * filter.perPage;
    return { total: matching.length, records: matching.slice(first, first + filter.perPage) };
  };

  const anyKind = fc.record(
    { callType: fc.constantFrom(...types), result: fc.constantFrom(...callResults) },
    { requiredKeys: [] },
  );
  const anyTime = fc.oneof(
    fc.integer({ min: second - 90, max: second + span + 90 }),
    // On, just before and just after a full minute.
    fc
      .tuple(fc.integer({ min: -1, max: span / 60 + 1 }), fc.integer({ min: -1, max: 1 }))
      .map(([minute, beside]) => Math.floor(second / 60 + minute) * 60 + beside),
  );
  const anyFilter = fc
    .record({
      kind: anyKind,
      from: anyTime,
      to: anyTime,
      perPage: fc.oneof(fc.constantFrom(1, 2, 10, 100, 1000), fc.integer({ min: 1, max: 1000 })),
      /** Share of the way to the last page; above 1 lies beyond it. */
      depth: fc.double({ min: 0, max: 1.1, noNaN: true }),
    })
    .map(({ kind, from, to, perPage, depth }): RecordFilter => {
      const pages = Math.ceil(expected({ ...kind, from, to, perPage, page: 1 }).total / perPage);
      return { ...kind, from, to, perPage, page: Math.max(1, Math.ceil(pages * depth)) };
    });

  test('any page of any window and filter is what a walk through all records finds', async () => {
    await fc.assert(
      fc.asyncProperty(anyFilter, async (filter) => {
        expect(await store.calls.records(appA, filter)).toEqual(expected(filter));
      }),
      { numRuns: 600 },
    );
  });

  test.each([1, 7, 100, 999, 1000])('pages of %i records put together are all records, each once', async (perPage) => {
    const whole = { from: second - 30, to: second + span + 30, perPage };
    const pages = Math.ceil(all.length / perPage);
    const step = perPage === 1 ? 97 : 1;
    for (let page = 1; page <= pages; page += step) {
      const filter = { ...whole, page };
      expect(await store.calls.records(appA, filter)).toEqual(expected(filter));
    }
    expect(await store.calls.records(appA, { ...whole, page: pages + 1 })).toEqual({ total: all.length, records: [] });
    expect(await store.calls.records(appA, { ...whole, page: 10 ** 9 })).toEqual({ total: all.length, records: [] });
  });

  test('a window that nothing started in, or that ends before it begins, is empty', async () => {
    const nothing = { total: 0, records: [] };
    const page = { perPage: 10, page: 1 };
    expect(await store.calls.records(appA, { ...page, from: 0, to: second - 1 })).toEqual(nothing);
    expect(await store.calls.records(appA, { ...page, from: second + 310, to: second + 470 })).toEqual(nothing);
    expect(await store.calls.records(appA, { ...page, from: second + 100, to: second })).toEqual(nothing);
  });

  test('filter words that no record can have are values, never SQL', async () => {
    const hostile = "x' OR '1'='1" as 'Cancel';
    const filter = { from: second, to: second + span, perPage: 10, page: 1 };
    expect(await store.calls.records(appA, { ...filter, result: hostile })).toEqual({ total: 0, records: [] });
    const single = { ...filter, callType: hostile as string as 'SingleCall' };
    expect(await store.calls.records(appA, single)).toEqual({ total: 0, records: [] });
  });
});

describe('records: what a page costs', () => {
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
      INSERT INTO records
      SELECT ${appA}, ${second} + i * ${week} / ${count}, printf('%08x-0000-4000-8000-000000000000', i),
        (${second} + i * ${week} / ${count}) * 1000, 0, 0, 'alice', 'Audio',
        CASE WHEN i % 10 = 0 THEN 'MultiCall' ELSE 'SingleCall' END,
        CASE WHEN i % 5000 = 4999 THEN 'Interrupt' WHEN i % 3 = 0 THEN 'NotAnswer' ELSE 'NormalEnd' END,
        '["alice","bob"]', 'room', 2, '' FROM numbers;
      INSERT INTO record_counts SELECT app, started_at_s / 60, call_type, result, 'n1', count(*) FROM records
        GROUP BY 1, 2, 3, 4;`);
    rare = count / 5000;
  });
  afterAll(() => file.dispose());

  /** ms: the best of several, since other work of the machine only ever adds. */
  const cost = async (filter: Partial<RecordFilter>, total: number, length: number): Promise<number> => {
    const whole = { from: second + 0, to: second + week, perPage: 100, page: 1, ...filter };
    let best = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 9; round += 1) {
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
    expect(middle).toBeLessThan(3 * first + 1);
    expect(last).toBeLessThan(3 * first + 1);
    expect(await cost({ callType: 'SingleCall', page: (count * 0.9) / 100 }, count * 0.9, 100)).toBeLessThan(
      4 * first + 2,
    );
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
      const named = Object.fromEntries([...sql.matchAll(/@(\w+)/g)].map(([, name]) => [name, 1]));
      const marks = (sql.match(/\?/g) ?? []).map(() => 1);
      const steps = prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...marks, ...(marks.length === 0 ? [named] : []));
      return { sql, plan: (steps as { detail: string }[]).map(({ detail }) => detail) };
    });
    reader.close();
    expect(plans.length).toBeGreaterThan(10);
    for (const { sql, plan } of plans) {
      // The history turns round what its inner limit has let through, and no more.
      const sorts = sql.includes('FROM (SELECT') ? [] : plan.filter((step) => step.includes('TEMP B-TREE'));
      expect({ sql, sorts }).toEqual({ sql, sorts: [] });
      const walks = plan.filter((step) => /^SCAN (records|history|record_counts|h|c)\b/.test(step));
      expect({ sql, walks }).toEqual({ sql, walks: [] });
    }
    const pages = plans.filter(({ sql }) => sql.includes('OFFSET'));
    expect(pages).toHaveLength(4);
    for (const { plan } of pages) expect(plan.some((step) => /^SEARCH records USING/.test(step))).toBe(true);
  });
});
