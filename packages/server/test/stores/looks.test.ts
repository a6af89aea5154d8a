import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Looks } from '../../src/stores/looks.ts';
import { PostgresWatch } from '../../src/stores/postgres-watch.ts';
import type { SqlSession } from '../../src/stores/sql-database.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** Looks that take `takes` ms each, and the times at which they began. */
const looksOf = (pace: number, takes: () => number | Error) => {
  const begun: number[] = [];
  const look = async (): Promise<void> => {
    begun.push(performance.now());
    const taken = takes();
    await new Promise((resolve) => setTimeout(resolve, typeof taken === 'number' ? taken : 10_000));
    if (typeof taken !== 'number') throw taken;
  };
  return { looks: new Looks({ look, pace }), begun };
};

test('after a look that hung for long and failed, the next begins within a second', async () => {
  let isAway = true;
  const { looks, begun } = looksOf(20, () => (isAway ? new Error('the database is away') : 1));
  const first = expect(looks.ask()).rejects.toThrow('away');
  await vi.advanceTimersByTimeAsync(10_000);
  await first;
  isAway = false;
  const asked = performance.now();
  const second = looks.ask();
  await vi.advanceTimersByTimeAsync(1010);
  await second;
  expect((begun[1] ?? Number.NaN) - asked).toBeLessThanOrEqual(1000);
});

test('so it does after one that took long', async () => {
  const { looks, begun } = looksOf(20, () => 3000);
  const first = looks.ask();
  await vi.advanceTimersByTimeAsync(3000);
  await first;
  const asked = performance.now();
  void looks.ask();
  await vi.advanceTimersByTimeAsync(1000);
  expect((begun[1] ?? Number.NaN) - asked).toBeLessThanOrEqual(1000);
});

test('single looks begin at once, and many in a row take no more than a fifth of the time', async () => {
  const { looks, begun } = looksOf(20, () => 60);
  const first = looks.ask();
  await vi.advanceTimersByTimeAsync(60);
  await first;
  const asked = performance.now();
  void looks.ask();
  await vi.advanceTimersByTimeAsync(80);
  expect((begun[1] ?? Number.NaN) - asked).toBeLessThanOrEqual(20);
  let isOver = false;
  const storm = (async () => {
    while (!isOver) await looks.ask();
  })();
  const [before, from] = [begun.length, performance.now()];
  await vi.advanceTimersByTimeAsync(60_000);
  isOver = true;
  await vi.advanceTimersByTimeAsync(1000);
  await storm;
  const share = ((begun.length - before) * 60) / (performance.now() - from);
  expect(share).toBeGreaterThan(0.19);
  expect(share).toBeLessThan(0.22);
});

test('looks keep their pace, however short they are', async () => {
  const { looks, begun } = looksOf(200, () => 0);
  for (let n = 0; n < 3; n += 1) {
    const asked = looks.ask();
    await vi.advanceTimersByTimeAsync(200);
    await asked;
  }
  expect(begun.map((at) => at - (begun[0] ?? 0))).toEqual([0, 200, 400]);
});

test('a node whose database hung for long looks again within two seconds of its answer, by itself', async () => {
  const looked: number[] = [];
  let isAway = false;
  const db = {
    query: async () => {
      looked.push(performance.now());
      if (isAway) {
        await new Promise((resolve) => setTimeout(resolve, 11_000));
        isAway = false;
        throw new Error('the database fails over');
      }
      return { rows: [], count: 0 };
    },
  } as SqlSession;
  const nothing = async (): Promise<void> => {};
  const readers = { apps: nothing, endpoints: nothing, console: nothing, push: nothing, always: nothing };
  const watch = await PostgresWatch.open(db, readers);
  isAway = true;
  await vi.advanceTimersByTimeAsync(1000 + 11_000 + 2000);
  await watch.close();
  expect(looked.length).toBeGreaterThanOrEqual(3);
  expect((looked[2] ?? Number.NaN) - (looked[1] ?? Number.NaN)).toBeLessThanOrEqual(13_000);
});
