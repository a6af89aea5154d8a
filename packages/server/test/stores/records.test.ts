import fc from 'fast-check';
import type { CallRecord } from 'ringback-engine';
import { callResults } from 'ringback-protocol';
import { beforeAll, expect, test } from 'vitest';
import type { RecordFilter } from '../../src/ports/store.ts';
import { eachStoreOnce } from './support/each-store.ts';
import { appA, appB, briefWrite, idOf, noon } from './support/fake-calls.ts';

const types = ['SingleCall', 'MultiCall'] as const;
const second = noon / 1000;

eachStoreOnce('what a page of records holds', (scene) => {
  /** All records of application A in the order in which pages list them. */
  let all: readonly CallRecord[];
  const span = 3 * 86_400;
  const busy = 40 * 60;

  beforeAll(async () => {
    // A generator of its own, so that the records are the same in every run.
    let state = 12_345;
    const random = (below: number) => {
      state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((state / 2 ** 31) * below);
    };
    const writes = Array.from({ length: 7000 }, (_, n) => {
      // A third of them in three busy minutes, one of those in a single second, and a third within 40 minutes, of which some
      // stay empty; the others in three days.
      const kind = random(9);
      let offset = random(kind < 6 ? busy : span);
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
    const results = await Promise.all(writes.map((write) => scene.store.calls.commit(write)));
    expect(new Set(results)).toEqual(new Set(['ok']));
    const startOf = (one: CallRecord) => Math.floor(one.startedAt / 1000);
    all = writes
      .flatMap(({ app, record }) => (app === appA && record !== undefined ? [record] : []))
      .sort((a, b) => startOf(a) - startOf(b) || (a.callId < b.callId ? -1 : 1));
  });

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
    fc.integer({ min: second - 90, max: second + busy + 90 }),
    // On, just before and just after a full minute, hour or day.
    ...[60, 3600, 86_400].map((unit) =>
      fc
        .tuple(fc.integer({ min: -1, max: span / unit + 1 }), fc.integer({ min: -1, max: 1 }))
        .map(([units, beside]) => Math.floor(second / unit + units) * unit + beside),
    ),
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
        expect(await scene.store.calls.records(appA, filter)).toEqual(expected(filter));
      }),
      { numRuns: 800 },
    );
  });

  test.each([1, 7, 100, 999, 1000])('pages of %i records put together are all records, each once', async (perPage) => {
    const whole = { from: second - 30, to: second + span + 30, perPage };
    const pages = Math.ceil(all.length / perPage);
    const step = perPage === 1 ? 97 : 1;
    for (let page = 1; page <= pages; page += step) {
      const filter = { ...whole, page };
      expect(await scene.store.calls.records(appA, filter)).toEqual(expected(filter));
    }
    expect(await scene.store.calls.records(appA, { ...whole, page: pages + 1 })).toEqual({
      total: all.length,
      records: [],
    });
    expect(await scene.store.calls.records(appA, { ...whole, page: 10 ** 9 })).toEqual({
      total: all.length,
      records: [],
    });
  });

  test('a window that nothing started in, or that ends before it begins, is empty', async () => {
    const nothing = { total: 0, records: [] };
    const page = { perPage: 10, page: 1 };
    expect(await scene.store.calls.records(appA, { ...page, from: 0, to: second - 1 })).toEqual(nothing);
    expect(await scene.store.calls.records(appA, { ...page, from: second + 310, to: second + 470 })).toEqual(nothing);
    expect(await scene.store.calls.records(appA, { ...page, from: second + 100, to: second })).toEqual(nothing);
  });

  test('filter words that no record can have are values, never SQL', async () => {
    const hostile = "x' OR '1'='1" as 'Cancel';
    const filter = { from: second, to: second + span, perPage: 10, page: 1 };
    expect(await scene.store.calls.records(appA, { ...filter, result: hostile })).toEqual({ total: 0, records: [] });
    const single = { ...filter, callType: hostile as string as 'SingleCall' };
    expect(await scene.store.calls.records(appA, single)).toEqual({ total: 0, records: [] });
  });
});
