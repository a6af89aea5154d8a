import type { CallRecord } from 'ringback-engine';
import { callResults, userId } from 'ringback-protocol';
import { beforeAll, expect, test } from 'vitest';
import { commandLine, type OperationContext } from '../../src/admin/operation.ts';
import { exportRecords } from '../../src/admin/record-export.ts';
import { listRecords } from '../../src/admin/records.ts';
import { callStatistics } from '../../src/admin/stats.ts';
import { eachStoreOnce } from '../stores/support/each-store.ts';
import { acceptWrite, appA, briefWrite, endWrite, idOf, noon, startWrite } from '../stores/support/fake-calls.ts';
import { testApp } from '../support/test-app.ts';

const app = Number(appA);
const day = 86_400_000;
const days = 40;
/** ms between two calls, so that they are at all hours of the day; each fourth was answered. */
const apart = 11_000_000;

eachStoreOnce('statistics and totals as the console asks for them', (scene) => {
  let all: readonly CallRecord[];
  const now = noon + days * day;
  const context = (): OperationContext =>
    ({
      apps: scene.store.apps,
      search: scene.store.search,
      store: scene.store.calls,
      clock: { now: () => now, timer: () => () => {} },
    }) as unknown as OperationContext;

  beforeAll(async () => {
    await scene.store.apps.save(testApp({ sdkAppId: appA }));
    const write = async (n: number): Promise<CallRecord | undefined> => {
      const [caller, callee] = [userId(`c${n}`), userId(`d${n}`)];
      const call = { callId: idOf(n), caller, callees: [callee], at: noon + n * apart };
      if (n % 4 > 0) {
        const brief = briefWrite({ ...call, result: callResults[n % 3] ?? 'Cancel' });
        await scene.store.calls.commit(brief);
        return brief.record;
      }
      const start = startWrite(call);
      const accept = acceptWrite(start.call, callee, call.at + 3000);
      const end = endWrite(accept.call, 'NormalEnd', call.at + 63_000);
      for (const one of [start, accept, end]) await scene.store.calls.commit(one);
      return end.record;
    };
    const numbers = Array.from({ length: Math.floor((days * day) / apart) }, (_, n) => n);
    all = (await Promise.all(numbers.map(write))).filter((one) => one !== undefined);
  });

  const within = (from: number, to: number): readonly CallRecord[] =>
    all.filter(({ startedAt }) => startedAt >= from && startedAt < to);
  const answered = (some: readonly CallRecord[]): number => some.filter(({ acceptedAt }) => acceptedAt > 0).length;

  test.each([
    ['UTC', 0],
    ['Seoul', 540],
    ['Kolkata', 330],
    ['Los Angeles', -480],
  ])('weeks and days of %s hold the calls that began in them', async (_, offset) => {
    for (const [from, to, bucket] of [
      [noon - 3 * day, now, 604_800],
      [noon + 2 * day + 1, now - 5 * day, 604_800],
      [noon + 5 * day, noon + 26 * day, 86_400],
    ] as const) {
      const stats = await callStatistics.handle(context(), { app, from, to, bucket, offset }, {} as never);
      const own = within(stats.from, stats.to);
      expect([stats.total, stats.answered, stats.talk.n]).toEqual([own.length, answered(own), answered(own)]);
      expect(own.length).toBeGreaterThan(100);
      for (const result of callResults) {
        expect(stats.results[result]).toBe(own.filter((one) => one.result === result).length);
      }
      for (const { at, n, answered: taken } of stats.buckets) {
        const inside = own.filter(({ startedAt }) => startedAt >= at && startedAt < at + bucket * 1000);
        expect([n, taken]).toEqual([inside.length, answered(inside)]);
      }
    }
  });

  test('of more buckets than one reads at a glance, an hour is of the one in which it begins', async () => {
    const asked = { app, from: noon, to: noon + 8 * day, bucket: 3600 as const, offset: 330 };
    const stats = await callStatistics.handle(context(), asked, {} as never);
    expect(stats.buckets.length).toBeGreaterThan(101);
    const sum = stats.buckets.reduce((all, { n }) => all + n, 0);
    expect([sum, stats.total]).toEqual([within(stats.from, stats.to).length, sum]);
  });

  test.each([3600, 60])('what begins at the end of a time is not of it, in buckets of %d s', async (bucket) => {
    // Some begin with an hour, to the millisecond.
    const to = all.find(({ startedAt }) => startedAt % 3_600_000 === 0)?.startedAt ?? 0;
    const from = to - 6 * 3_600_000;
    const stats = await callStatistics.handle(context(), { app, from, to, bucket: bucket as 60 }, {} as never);
    expect([within(to, to + 1).length, stats.to]).toEqual([1, to]);
    expect(stats.total).toBe(within(from, to).length);
    expect(stats.buckets.at(-1)?.at).toBe(to - bucket * 1000);
    const nothing = await callStatistics.handle(context(), { app, from: to, to, bucket: bucket as 60 }, {} as never);
    expect([nothing.from, nothing.to, nothing.total]).toEqual([to, to + bucket * 1000, 1]);
  });

  test('the number of records is that of those that can be read, when retention has stopped within an hour', async () => {
    const cut = Math.floor(noon / day + 15) * day + 5.4 * 3_600_000;
    while ((await scene.store.calls.prune(cut, 0, 50)) > 0);
    const kept = within(cut, now);
    const { total, records } = await listRecords.handle(context(), { app, limit: 200 }, {} as never);
    expect([total, records.length]).toEqual([kept.length, Math.min(200, kept.length)]);
    const asked = { app, format: 'jsonl' } as const;
    const { headers, pieces } = await exportRecords.open(context(), asked, commandLine, {
      allowed: () => true,
      signal: AbortSignal.timeout(60_000),
      closing: () => false,
    });
    let lines = 0;
    for await (const piece of pieces) lines += piece.trimEnd().split('\n').length;
    expect([headers['x-total-count'], lines]).toEqual([String(kept.length), kept.length]);
    const stats = await callStatistics.handle(context(), { app, from: noon, to: now, bucket: 604_800 }, {} as never);
    expect(stats.talk.n).toBe(answered(kept));
    // Sums of an hour are not lowered: what is left of the hour in which deletion has stopped counts whole.
    expect(stats.total - kept.length).toBeLessThanOrEqual(1);
  });
});
