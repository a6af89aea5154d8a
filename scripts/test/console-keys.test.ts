import { expect, it } from 'vitest';
import { rowKeys } from '../../packages/console/src/lib/row-keys.ts';

it('rows of the console that nothing tells apart, such as two entries of one moment, have keys of their own', () => {
  const [one, two] = ['1700000000000 anna app.update {}', '1700000000000 anna app.update {} 1'];
  const keys = rowKeys([one, one, two, one, two], (row) => row);
  expect(new Set(keys).size).toBe(5);
  expect([keys[0], keys[2]]).toEqual([one, two]);
  expect(rowKeys([7, 8], (row) => row)).toEqual(['7', '8']);
});
