import type { CallRecord } from 'ringback-engine';
import { callResults, type UserId, userId } from 'ringback-protocol';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import type { CountRow, RecordCriteria, RecordPlace } from '../../src/ports/record-search.ts';
import { testApp } from '../support/test-app.ts';
import { eachStore, eachStoreOnce } from './support/each-store.ts';
import { acceptWrite, appA, appB, briefWrite, endWrite, idOf, noon, startWrite } from './support/fake-calls.ts';

const types = ['SingleCall', 'MultiCall'] as const;
const second = Math.floor(noon / 1000);
const day = 86_400;
const users = ['ann', 'ben', 'cleo', 'dan', 'eve', 'fay'].map(userId);

/** A generator of its own, so that the records are the same in every run. */
function dice(): (below: number) => number {
  let state = 4321;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return Math.floor((state / 2 ** 31) * below);
  };
}

const matches = (one: CallRecord, { from, to, user, callType, result }: RecordCriteria): boolean => {
  const start = Math.floor(one.startedAt / 1000);
  if (start < from || start > to) return false;
  if (user !== undefined && !one.members.includes(user)) return false;
  return (callType === undefined || one.callType === callType) && (result === undefined || one.result === result);
};

eachStoreOnce('looking for records', (scene) => {
  let all: readonly CallRecord[];

  beforeAll(async () => {
    const random = dice();
    const writes = Array.from({ length: 900 }, (_, n) => {
      const [caller = users[0] as UserId, callee = users[1] as UserId] = [users[random(3)], users[3 + random(3)]];
      // Some share their second, in the order of their ids or not; all of them within three days.
      const at = noon + (random(4) === 0 ? 5 : random(3 * day)) * 1000 + random(1000);
      const where = { app: n % 9 === 8 ? appB : appA, callId: idOf(random(2 ** 16) * 2 ** 10 + n), at };
      return briefWrite({
        ...where,
        caller,
        callees: [callee],
        callType: types[random(5) === 0 ? 1 : 0] ?? 'SingleCall',
        result: callResults[random(4)] ?? 'Cancel',
      });
    });
    await Promise.all(writes.map((write) => scene.store.calls.commit(write)));
    const startOf = (one: CallRecord) => Math.floor(one.startedAt / 1000);
    all = writes
      .flatMap(({ app, record }) => (app === appA && record !== undefined ? [record] : []))
      .sort((a, b) => startOf(a) - startOf(b) || (a.callId < b.callId ? -1 : 1));
  });

  const criteria: readonly (readonly [string, RecordCriteria])[] = [
    ['all', { from: 0, to: second + 10 * day }],
    ['those of a time', { from: second + 4000, to: second + day + 17 }],
    ['those of the busy second', { from: second + 5, to: second + 5 }],
    ['those with a result', { from: 0, to: second + 10 * day, result: 'Reject' }],
    ['those of a kind', { from: second + 3, to: second + 2 * day, callType: 'MultiCall' }],
    ['those of both', { from: 0, to: second + 10 * day, callType: 'SingleCall', result: 'NormalEnd' }],
    ['those of a user', { from: 0, to: second + 10 * day, user: users[1] as UserId }],
    [
      'those of a user, of a time and with a result',
      { from: second, to: second + day, user: users[4] as UserId, result: 'Cancel' },
    ],
    ['those of nobody', { from: 0, to: second + 10 * day, user: userId('nobody') }],
    ['those of a time that is empty', { from: second + 5, to: second + 4 }],
  ];

  test.each(criteria)('%s come page by page in both directions, none twice and none left out', async (_, asked) => {
    for (const newestFirst of [true, false]) {
      const expected = all.filter((one) => matches(one, asked)).map(({ callId }) => callId);
      if (newestFirst) expected.reverse();
      const found: CallRecord[] = [];
      for (let after: RecordPlace | undefined; ; ) {
        const page = await scene.store.search.search(appA, {
          ...asked,
          newestFirst,
          limit: 70,
          ...(after && { after }),
        });
        found.push(...page);
        const last = page.at(-1);
        if (page.length < 70 || last === undefined) break;
        after = { startedAt: Math.floor(last.startedAt / 1000), callId: last.callId };
      }
      expect(found.map(({ callId }) => callId)).toEqual(expected);
      expect(found).toEqual(expect.arrayContaining(all.filter((one) => matches(one, asked)).slice(0, 3)));
    }
  });

  test.each(criteria)('%s are counted', async (_, asked) => {
    expect(await scene.store.search.count(appA, asked)).toBe(all.filter((one) => matches(one, asked)).length);
  });

  test('those of a user are counted up to a bound', async () => {
    const asked = { from: 0, to: second + 10 * day, user: users[1] as UserId };
    expect(await scene.store.search.count(appA, asked, 20)).toBe(20);
  });

  test('calls are summed by minute, hour and day', async () => {
    for (const span of [60, 3600, 86_400] as const) {
      const first = Math.floor((second + 3600) / span);
      const last = Math.floor((second + 2 * day) / span);
      const rows = await scene.store.search.counts(appA, { span, first, last });
      const expected = all.filter((one) => {
        const at = Math.floor(one.startedAt / 1000 / span);
        return at >= first && at <= last;
      });
      expect(rows.reduce((sum, { n }) => sum + n, 0)).toBe(expected.length);
      for (const { at, callType, result, n } of rows.slice(0, 20)) {
        const same = expected.filter(
          (one) => Math.floor(one.startedAt / 1000 / span) === at && one.callType === callType && one.result === result,
        );
        expect(n).toBe(same.length);
      }
    }
  });

  /** What `counts` should find: calls by bucket, kind and result; a span is of the bucket in which it begins. */
  function bucketed(span: number, first: number, last: number, length: number, shift: number): Map<string, number> {
    const found = new Map<string, number>();
    for (const { startedAt, callType, result } of all) {
      const at = Math.floor(startedAt / 1000 / span);
      if (at < first || at > last) continue;
      const key = `${Math.floor((at * span + shift) / length)} ${callType} ${result}`;
      found.set(key, (found.get(key) ?? 0) + 1);
    }
    return found;
  }

  const keyed = (rows: readonly CountRow[]): Map<string, number> =>
    new Map(rows.map(({ at, callType, result, n }) => [`${at} ${callType} ${result}`, n]));

  test('hours are added up to the days of a zone, and minutes to quarters of an hour', async () => {
    for (const [span, length, shift] of [
      [3600, 86_400, 19_800],
      [60, 900, 0],
    ] as const) {
      const [first, last] = [0, Math.floor((second + 20 * day) / span)];
      const rows = await scene.store.search.counts(appA, { span, first, last, bucket: { length, shift } });
      expect(keyed(rows)).toEqual(bucketed(span, first, last, length, shift));
    }
  });

  test('days and weeks of any zone and window are the sums of their hours', async () => {
    const random = dice();
    const begin = Math.floor(second / 3600);
    for (const length of [86_400, 604_800]) {
      for (const shift of [0, 1800, -1800, 19_800, -36_000, 50_400, -50_400]) {
        const windows = Array.from({ length: 6 }, () => {
          const first = begin - 30 + random(90);
          return [first, first + random(80)] as const;
        });
        for (const [first, last] of [[0, begin + 500] as const, ...windows]) {
          const rows = await scene.store.search.counts(appA, { span: 3600, first, last, bucket: { length, shift } });
          expect(keyed(rows), `${length} ${shift} ${first} ${last}`).toEqual(
            bucketed(3600, first, last, length, shift),
          );
          const places = rows.map(({ at }) => at);
          expect(places).toEqual([...places].sort((a, b) => a - b));
        }
      }
    }
  });
});

eachStore('sums of answered calls', (scene) => {
  beforeEach(async () => {
    for (const app of [appA, appB]) await scene.store.apps.save(testApp({ sdkAppId: app }));
  });

  /** A call that rang and talked so long, s. */
  async function talk(n: number, at: number, ring: number, talked: number): Promise<void> {
    const [caller, callee] = [userId(`c${n}`), userId(`d${n}`)];
    const start = startWrite({ callId: idOf(n), caller, callees: [callee], at });
    const accept = acceptWrite(start.call, callee, at + ring * 1000);
    const end = endWrite(accept.call, 'NormalEnd', at + (ring + talked) * 1000);
    for (const write of [start, accept, end]) expect(await scene.store.calls.commit(write)).toBe('ok');
  }

  const near = (ms: number | null, s: number): void => {
    expect(ms).toBeGreaterThan(s * 1000 * 0.83);
    expect(ms).toBeLessThan(s * 1000 * 1.2);
  };

  async function fill(): Promise<void> {
    for (let n = 0; n < 30; n += 1) await talk(n, noon + n * 3_600_000, 2 + (n % 5), 60 + n);
    for (let n = 100; n < 110; n += 1) {
      await scene.store.calls.commit(briefWrite({ callId: idOf(n), at: noon + n * 1000 }));
    }
  }

  test('tell how many were answered, and how long they rang and talked', async () => {
    await fill();
    const rows = await scene.store.search.counts(appA, { span: 86_400, first: 0, last: Math.floor(second / day) + 9 });
    expect(rows.reduce((sum, { n }) => sum + n, 0)).toBe(40);
    expect(rows.reduce((sum, { answered }) => sum + answered, 0)).toBe(30);
    const minutes = await scene.store.search.counts(appA, { span: 60, first: 0, last: second });
    expect(minutes.reduce((sum, { answered }) => sum + answered, 0)).toBe(30);
    const { ring, talk: talked } = await scene.store.search.times(appA, second - 100, second + 3 * day);
    expect(ring.n).toBe(30);
    near(ring.median, 4);
    near(ring.p95, 6);
    expect(talked.n).toBe(30);
    near(talked.median, 75);
    // A time that is within an hour is read from the records themselves.
    const few = await scene.store.search.times(appA, second + 7200, second + 7201);
    expect(few.talk.n).toBe(1);
    near(few.talk.median, 62);
    expect(await scene.store.search.times(appA, second + 20 * day, second + 30 * day)).toEqual({
      ring: { n: 0, median: null, p95: null },
      talk: { n: 0, median: null, p95: null },
    });
  });

  const sums = async (): Promise<unknown> => {
    const of = async (columns: string, table: string, sum: string) =>
      scene.rows(`SELECT ${columns}, ${sum} FROM ${table} GROUP BY ${columns} HAVING sum(n) <> 0 ORDER BY ${columns}`);
    return {
      minutes: await of(
        'app, minute, call_type, result',
        'record_counts',
        'CAST(sum(n) AS BIGINT) AS n, CAST(sum(answered) AS BIGINT) AS answered',
      ),
      sums: await of(
        'app, span, at, call_type, result',
        'record_sums',
        'CAST(sum(n) AS BIGINT) AS n, CAST(sum(answered) AS BIGINT) AS answered',
      ),
      times: await of('app, span, at, kind, bucket', 'record_times', 'CAST(sum(n) AS BIGINT) AS n'),
      members: await scene.rows('SELECT * FROM record_members ORDER BY app, user_id, started_at_s, call_id'),
    };
  };

  test('are the same when records from before there were any are taken up, a few at a time', async () => {
    await fill();
    const before = await sums();
    await scene.forget();
    expect(await scene.store.search.count(appA, { from: 0, to: second + 9 * day, user: userId('c3') })).toBe(0);
    const batches: number[] = [];
    const whole = { from: 0, to: second + 9 * day };
    const page = { ...whole, from: second - day, perPage: 7, page: 2 };
    const pageBefore = await scene.store.calls.records(appA, page);
    expect(pageBefore.total).toBe(await scene.store.search.count(appA, whole));
    for (let taken = 1; taken > 0; ) {
      // Totals are right all the while.
      expect(await scene.store.search.count(appA, whole)).toBe(pageBefore.total);
      expect(await scene.store.calls.records(appA, page)).toEqual(pageBefore);
      taken = await scene.store.search.takeUp(16);
      batches.push(taken);
    }
    expect(batches).toEqual([16, 16, 8, 0]);
    expect(await sums()).toEqual(before);
  });

  test('of all times are those of the records, where deletion has stopped within an hour', async () => {
    await fill();
    // A second call within the hour of the tenth: it goes, the other stays.
    await talk(200, noon + 10 * 3_600_000 - 60_000, 2, 60);
    while ((await scene.store.calls.prune(noon + 10 * 3_600_000 - 30_000, 0, 7)) > 0);
    expect(await scene.store.search.count(appA, { from: 0, to: second + 9 * day })).toBe(20);
    expect(await scene.store.search.count(appA, { from: 0, to: second + 9 * day, result: 'NormalEnd' })).toBe(20);
    expect(await scene.store.search.count(appA, { from: second + 36_000, to: second + 36_000 })).toBe(1);
    const { ring, talk: talked } = await scene.store.search.times(appA, 0, second + 9 * day);
    expect([ring.n, talked.n]).toEqual([20, 20]);
  });

  test('of weeks are those of their hours, where deletion has stopped within a day', async () => {
    await fill();
    // Three hours of the first day are gone; its sum is not lowered.
    const cut = (Math.floor(noon / day / 1000) * day + day) * 1000 + 3 * 3_600_000;
    while ((await scene.store.calls.prune(cut, 0, 7)) > 0);
    const last = Math.floor((second + 5 * day) / 3600);
    const hours = await scene.store.search.counts(appA, { span: 3600, first: 0, last });
    const weeks = await scene.store.search.counts(appA, {
      span: 3600,
      first: 0,
      last,
      bucket: { length: 7 * day, shift: 0 },
    });
    const sum = (rows: readonly CountRow[]) =>
      rows.reduce((of, { n, answered }) => [of[0] + n, of[1] + answered] as const, [0, 0] as readonly [number, number]);
    expect(sum(hours)[0]).toBeGreaterThan(0);
    expect(sum(weeks)).toEqual(sum(hours));
  });

  test('of a day whose last records are gone are gone, though more of the day is to come', async () => {
    // At noon in UTC, whose days the sums have.
    const at = Math.floor(noon / day / 1000) * day * 1000 + 12 * 3_600_000;
    await talk(1, at, 2, 60);
    while ((await scene.store.calls.prune(at + 2 * 3_600_000, 0, 7)) > 0);
    const whole = { from: 0, to: second + 9 * day };
    expect(await scene.store.search.count(appA, whole)).toBe(0);
    const { ring, talk: talked } = await scene.store.search.times(appA, whole.from, whole.to);
    expect([ring.n, talked.n]).toEqual([0, 0]);
    const last = Math.floor((second + 9 * day) / 3600);
    const bucket = { length: 7 * day, shift: 0 };
    expect(await scene.store.search.counts(appA, { span: 3600, first: 0, last, bucket })).toEqual([]);
  });

  test('go with the records that outlive their time', async () => {
    await fill();
    const cut = noon + 100 * day * 1000;
    while ((await scene.store.calls.prune(cut, 0, 7)) > 0);
    expect(await sums()).toEqual({ minutes: [], sums: [], times: [], members: [] });
  });
});
