import { expect, it } from 'vitest';
import { inTurn } from '../../src/cluster/redis/in-turn.ts';

it('gives every entry of a map its turn, however many there are, and changes nothing where all fit', () => {
  const map = new Map([1, 2, 3, 4, 5].map((n) => [n, `v${n}`] as const));
  const keys = (most: number) => inTurn(map, most).map(([key]) => key);
  expect([keys(2), keys(2), keys(2)]).toEqual([
    [1, 2],
    [3, 4],
    [5, 1],
  ]);
  expect(keys(5)).toEqual([2, 3, 4, 5, 1]);
  expect([...map.keys()]).toEqual([2, 3, 4, 5, 1]);
  expect(map.get(3)).toBe('v3');
});
