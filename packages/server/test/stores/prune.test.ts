import { callResults, type SdkAppId } from 'ringback-protocol';
import { beforeEach, expect, test } from 'vitest';
import { testApp } from '../support/test-app.ts';
import { eachStore } from './support/each-store.ts';
import { acceptWrite, appA, appB, bob, briefWrite, carol, idOf, noon, startWrite } from './support/fake-calls.ts';

const minute = 60_000;
const never = 0;

eachStore('deleting what is old', (scene) => {
  beforeEach(async () => {
    for (const app of [appA, appB]) await scene.store.apps.save(testApp({ sdkAppId: app }));
  });

  /** `count` ended calls, one each second from noon on, of mixed results. */
  async function fill(app: SdkAppId, count: number, first = 0): Promise<void> {
    const writes = Array.from({ length: count }, (_, n) =>
      briefWrite({
        app,
        callId: idOf(first + n),
        at: noon + n * 1000,
        callType: n % 3 === 0 ? 'MultiCall' : 'SingleCall',
        result: callResults[n % 4] ?? 'Cancel',
      }),
    );
    await Promise.all(writes.map((write) => scene.store.calls.commit(write)));
  }

  const numberOf = async (table: string, app: SdkAppId): Promise<number> =>
    Number((await scene.rows(`SELECT count(*) AS n FROM ${table} WHERE app = ?`, app))[0]?.n);

  /** Counts as they stand against counts as they should be; rows that have come down to 0 aside. */
  async function expectCountsOfRecords(): Promise<void> {
    const columns = 'app, minute, call_type, result';
    const kept = await scene.rows(
      `SELECT ${columns}, CAST(sum(n) AS BIGINT) AS n FROM record_counts GROUP BY ${columns} HAVING sum(n) <> 0 ORDER BY ${columns}`,
    );
    const counted = await scene.rows(
      `SELECT app, started_at_s / 60 AS minute, call_type, result, count(*) AS n FROM records
       GROUP BY ${columns} ORDER BY ${columns}`,
    );
    expect(kept).toEqual(counted);
  }

  test('old records go in batches of the given size, the oldest first, and the counts are right after each', async () => {
    await fill(appA, 300);
    const cut = noon + 250_000;
    for (const left of [230, 160, 90, 50]) {
      expect(await scene.store.calls.prune(cut, never, 70)).toBe(left === 50 ? 40 : 70);
      expect(await numberOf('records', appA)).toBe(left);
      const [oldest] = await scene.rows('SELECT min(started_at) AS at FROM records');
      expect(oldest?.at).toBe(noon + (300 - left) * 1000);
      await expectCountsOfRecords();
    }
    expect(await scene.store.calls.prune(cut, never, 70)).toBe(0);
    expect(await numberOf('records', appA)).toBe(50);
    await expectCountsOfRecords();
    expect(await scene.store.calls.record(appA, idOf(249))).toBeUndefined();
    expect((await scene.store.calls.record(appA, idOf(250)))?.callId).toBe(idOf(250));
  });

  test('totals and pages of windows that reach into what is being deleted fit what is left', async () => {
    await fill(appA, 400);
    const filter = { from: noon / 1000 - 3600, to: noon / 1000 + 3600, perPage: 1000, page: 1 };
    const before = await scene.store.calls.records(appA, { ...filter, from: noon / 1000 + 240 });
    expect(before.total).toBe(160);
    for (const left of [310, 220]) {
      await scene.store.calls.prune(noon + 200_000, never, 90);
      const { total, records } = await scene.store.calls.records(appA, filter);
      expect([total, records.length]).toEqual([left, left]);
      const some = await scene.store.calls.records(appA, { ...filter, callType: 'MultiCall', result: 'Cancel' });
      expect(some.total).toBe(some.records.length);
      expect(await scene.store.calls.records(appA, { ...filter, from: noon / 1000 + 240 })).toEqual(before);
    }
  });

  test('the same over days, whose sums are not lowered by what is deleted of them', async () => {
    const writes = Array.from({ length: 200 }, (_, n) => briefWrite({ callId: idOf(n), at: noon + n * 37 * minute }));
    await Promise.all(writes.map((write) => scene.store.calls.commit(write)));
    const to = noon / 1000 + 6 * 86_400;
    for (let left = 177; left > 0; left -= 23) {
      expect(await scene.store.calls.prune(noon + 6 * 86_400_000, never, 23)).toBe(23);
      for (const hours of [-1, 0, 13, 24, 25, 50]) {
        const from = noon / 1000 + hours * 3600;
        const there = writes.slice(200 - left).filter(({ record }) => (record?.startedAt ?? 0) >= from * 1000);
        const { total, records } = await scene.store.calls.records(appA, { from, to, perPage: 1000, page: 1 });
        expect([left, hours, total, records.length]).toEqual([left, hours, there.length, there.length]);
      }
    }
  });

  test('the counts of minutes that are gone leave no rows behind', async () => {
    await fill(appA, 300);
    while ((await scene.store.calls.prune(noon + 10 * minute, never, 64)) > 0);
    expect(await numberOf('records', appA)).toBe(0);
    expect(await scene.rows('SELECT * FROM record_counts')).toEqual([]);
  });

  test('what one batch deletes is bounded, counts included', async () => {
    // One record a minute: deleting all their counts at once would be as much again.
    const writes = Array.from({ length: 500 }, (_, n) => briefWrite({ callId: idOf(n), at: noon + n * minute }));
    await Promise.all(writes.map((write) => scene.store.calls.commit(write)));
    await scene.store.calls.prune(noon + 500 * minute, never, 20);
    expect(await numberOf('record_counts', appA)).toBeGreaterThanOrEqual(480);
    await expectCountsOfRecords();
  });

  test('applications are served one after the other, all within the limit', async () => {
    await fill(appA, 50);
    await fill(appB, 50, 1000);
    expect(await scene.store.calls.prune(noon + minute, never, 60)).toBe(60);
    expect([await numberOf('records', appA), await numberOf('records', appB)]).toEqual([0, 40]);
    await expectCountsOfRecords();
    expect(await scene.store.calls.prune(noon + minute, never, 60)).toBe(40);
    await expectCountsOfRecords();
  });

  test('history goes by its own time and in its own batches, records stay', async () => {
    await fill(appA, 100);
    await fill(appB, 20, 1000);
    expect(await scene.store.calls.prune(never, noon + 50_000, 30)).toBe(30);
    expect(await numberOf('history', appA)).toBe(70);
    expect(await scene.store.calls.prune(never, noon + 50_000, 30)).toBe(30);
    expect(await scene.store.calls.prune(never, noon + 50_000, 30)).toBe(10);
    expect(await scene.store.calls.prune(never, noon + 50_000, 30)).toBe(0);
    expect([await numberOf('history', appA), await numberOf('history', appB)]).toEqual([50, 0]);
    expect([await numberOf('records', appA), await numberOf('records', appB)]).toEqual([100, 20]);
    expect(await scene.store.calls.history(appA, idOf(49), 0)).toEqual([]);
    expect(await scene.store.calls.history(appA, idOf(50), 0)).toHaveLength(1);
    await expectCountsOfRecords();
  });

  test('a live call keeps its history however long ago it began', async () => {
    const start = startWrite({ callId: idOf(1) });
    const accept = acceptWrite(start.call, bob);
    for (const write of [start, accept]) await scene.store.calls.commit(write);
    await scene.store.calls.commit(briefWrite({ callId: idOf(2), caller: carol, callees: [] }));
    expect(await scene.store.calls.prune(never, noon + minute, 100)).toBe(1);
    expect(await scene.store.calls.history(appA, idOf(1), 0)).toEqual([start.history, accept.history]);
    expect(await scene.store.calls.history(appA, idOf(2), 0)).toEqual([]);
  });

  test('two deletions at once do not count the same records twice', async () => {
    await fill(appA, 100);
    const pruned = await Promise.all([1, 2, 3].map(() => scene.store.calls.prune(noon + 90_000, never, 40)));
    expect(pruned).toEqual([40, 40, 10]);
    expect(await numberOf('records', appA)).toBe(10);
    await expectCountsOfRecords();
  });

  test('calls go on being written while old ones are deleted', async () => {
    await fill(appA, 200);
    const pruning = (async () => {
      while ((await scene.store.calls.prune(noon + 150_000, never, 10)) > 0);
    })();
    const later = Array.from({ length: 200 }, (_, n) => briefWrite({ callId: idOf(5000 + n), at: noon + 160_000 + n }));
    for (const write of later) await scene.store.calls.commit(write);
    await pruning;
    expect(await numberOf('records', appA)).toBe(250);
    await expectCountsOfRecords();
  });
});
