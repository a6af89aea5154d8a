import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namedTests } from '../lib/named-tests.mjs';
import { painOf, pains } from '../lib/pains.mjs';

const root = join(import.meta.dirname, '../..');
const all = Object.values(pains).flat();

describe('the list of pains', () => {
  it.each(Object.entries(pains))('names the tests of %s that are about one, which exist and run', (file, names) => {
    const there = namedTests(file, readFileSync(join(root, file), 'utf8'));
    expect([...there].filter((name) => painOf(name) !== undefined).sort()).toEqual([...names].sort());
  });

  it('there is a test for each pain', () => {
    const named = all.flatMap((name) => painOf(name) ?? []);
    expect([...new Set(named)].sort((a, b) => a - b)).toEqual(Array.from({ length: 14 }, (_, n) => n + 1));
  });

  it('has each half of those where the tests of one would hide that the other is gone', () => {
    for (const name of [
      '11. a server that dies',
      '11. a node that alone has lost the database',
      '11. PostgreSQL',
      '12. a record is there at once, is complete, and pages through without a gap',
      '12. a record is found by its id for as long as records are kept, also beyond the reach of lists',
    ]) {
      expect(all).toContain(name);
    }
  });
});
