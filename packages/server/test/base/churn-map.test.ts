import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { ChurnMap } from '../../src/base/churn-map.ts';

test('it keeps what was set last, and forgets what was deleted', () => {
  const map = new ChurnMap<string, number>();
  expect([map.size, map.has('a'), map.get('a'), map.delete('a')]).toEqual([0, false, undefined, false]);
  map.set('a', 1);
  map.set('b', 2);
  map.set('a', 3);
  expect([map.size, map.has('a'), map.get('a'), map.get('b')]).toEqual([2, true, 3, 2]);
  expect(map.delete('a')).toBe(true);
  expect([map.size, map.has('a'), map.get('a'), map.delete('a')]).toEqual([1, false, undefined, false]);
  map.set('c', 4);
  expect([map.get('a'), map.get('b'), map.get('c')]).toEqual([undefined, 2, 4]);
  map.clear();
  expect([map.size, map.get('b'), [...map.values()]]).toEqual([0, undefined, []]);
  map.set('d', 5);
  expect([map.get('d'), [...map.values()]]).toEqual([5, [5]]);
});

test('a value that is undefined is there all the same', () => {
  const map = new ChurnMap<string, undefined>();
  map.set('a', undefined);
  expect([map.size, map.has('a'), map.get('a'), [...map.values()]]).toEqual([1, true, undefined, [undefined]]);
});

test('values come in the order in which their keys came, whatever place they were given', () => {
  const map = new ChurnMap<number, string>();
  for (const n of [1, 2, 3]) map.set(n, `v${n}`);
  map.delete(1);
  map.set(4, 'v4');
  map.set(2, 'w2');
  expect([...map.values()]).toEqual(['w2', 'v3', 'v4']);
});

test('who goes through the values may delete and add meanwhile', () => {
  const map = new ChurnMap<number, number>();
  for (const n of [1, 2, 3, 4]) map.set(n, n);
  const seen: number[] = [];
  for (const value of map.values()) {
    seen.push(value);
    map.delete(value);
    if (value === 2) map.delete(3);
    if (value === 4) map.set(5, 5);
  }
  expect(seen).toEqual([1, 2, 4, 5]);
  expect(map.size).toBe(0);
});

test('random changes leave it as a Map', () => {
  const [map, model] = [new ChurnMap<number, number>(), new Map<number, number>()];
  let seed = 7;
  for (let n = 0; n < 20_000; n += 1) {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    const key = (seed >> 8) % 60;
    if (seed % 3 === 0) expect(map.delete(key)).toBe(model.delete(key));
    else {
      map.set(key, n);
      model.set(key, n);
    }
    if (n % 500 === 0) expect([...map.values()]).toEqual([...model.values()]);
  }
  expect([map.size, ...map.values()]).toEqual([model.size, ...model.values()]);
});

test('what was deleted does not wait for a full collection', () => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as (options?: { type: 'minor' }) => void;
  const map = new ChurnMap<string, number[]>();
  let n = 0;
  // Thirty at a time, 4 kB each, and a young collection for every hundred.
  const churn = (count: number): void => {
    for (const end = n + count; n < end; n += 1) {
      map.set(`key ${n}`, new Array<number>(500).fill(n));
      map.delete(`key ${n - 30}`);
      if (n % 100 === 0) collect({ type: 'minor' });
    }
  };
  churn(1000);
  collect();
  const before = process.memoryUsage().heapUsed;
  churn(5000);
  collect({ type: 'minor' });
  // 20 MB went through it; a Map holds 6 to 19 MB here.
  expect((process.memoryUsage().heapUsed - before) / 1e6).toBeLessThan(3);
});
