import { callResults, sdkAppId } from 'ringback-protocol';
import { expect, test } from 'vitest';
import { countBuckets } from '../../src/admin/call-buckets.ts';
import { isZone, stretchesOf } from '../../src/admin/local-time.ts';
import type { CountRow, CountWindow } from '../../src/ports/record-search.ts';

const second = (iso: string): number => Date.parse(iso) / 1000;
const hour = 3600;

test('a zone is cut where its clocks change, to the second', () => {
  const [from, to] = [second('2026-01-01T00:00Z'), second('2027-01-01T00:00Z')];
  const spring = second('2026-03-29T01:00Z');
  const autumn = second('2026-10-25T01:00Z');
  expect(stretchesOf('Europe/Berlin', from, to)).toEqual([
    { from, to: spring, shift: hour },
    { from: spring, to: autumn, shift: 2 * hour },
    { from: autumn, to, shift: hour },
  ]);
  expect(stretchesOf('Asia/Kolkata', from, to)).toEqual([{ from, to, shift: 5.5 * hour }]);
  expect(stretchesOf('America/St_Johns', from, from + 1)).toEqual([{ from, to: from + 1, shift: -3.5 * hour }]);
  expect(stretchesOf('UTC', from, from)).toEqual([{ from, to: from, shift: 0 }]);
});

test('what is no zone is told apart', () => {
  expect(['Asia/Seoul', 'UTC', 'Nowhere/Town', '', '../etc'].map(isZone)).toEqual([true, true, false, false, false]);
});

/** A search that has one call at each given second. */
const searchOf = (calls: readonly number[]) => ({
  counts: async (_: unknown, { span, first, last, bucket }: CountWindow): Promise<readonly CountRow[]> => {
    const found = calls.map((at) => Math.floor(at / span)).filter((at) => at >= first && at <= last);
    return found.map((at) => ({
      at: bucket ? Math.floor((at * span + bucket.shift) / bucket.length) : at,
      callType: 'SingleCall',
      result: callResults[0],
      n: 1,
      answered: 1,
    }));
  },
});

test.each(['Europe/Berlin', 'Australia/Lord_Howe', 'America/St_Johns', 'Asia/Kolkata', 'UTC'])(
  'days of %s hold the calls of their calendar day, all year',
  async (zone) => {
    const calendar = new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' });
    // Three months at a time around each change, a call each 10 minutes.
    for (const month of ['2026-03', '2026-09']) {
      const from = second(`${month}-01T00:00Z`);
      const to = from + 70 * 86_400;
      const calls = Array.from({ length: (to - from) / 600 }, (_, n) => from + n * 600);
      const days = new Map<string, number>();
      for (const at of calls) {
        const name = calendar.format(at * 1000);
        days.set(name, (days.get(name) ?? 0) + 1);
      }
      let told = 0;
      const buckets = await countBuckets(
        searchOf(calls),
        {
          app: sdkAppId(1),
          span: 3600,
          first: from / hour,
          last: to / hour - 1,
          length: 86_400,
          stretches: stretchesOf(zone, from, to),
        },
        ({ n }) => {
          told += n;
        },
      );
      expect(told).toBe(calls.length);
      expect(buckets.map(({ n, results }) => [n, results[callResults[0]]])).toEqual(
        [...days.values()].map((n) => [n, n]),
      );
      const named = buckets.map(({ at }) => calendar.format(at));
      expect(named).toEqual([...days.keys()]);
    }
  },
);

test('records of which minutes are known before hours are leave nothing below zero', async () => {
  const from = second('2026-03-01T00:00Z');
  const calls = Array.from({ length: 1000 }, (_, n) => from + n * 600);
  const whole = searchOf(calls);
  const search: typeof whole = {
    counts: async (app, window) => (window.span === 60 ? whole.counts(app, window) : []),
  };
  const [first, last] = [from / hour, from / hour + 7 * 24];
  const stretches = stretchesOf('Asia/Kolkata', from, from + 7 * 86_400);
  const asked = { app: sdkAppId(1), span: 3600, first, last, length: 86_400, stretches } as const;
  const buckets = await countBuckets(search, asked, () => {});
  expect(buckets.map(({ n, answered }) => [n, answered])).toEqual(buckets.map(() => [0, 0]));
});
