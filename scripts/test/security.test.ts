import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { namedTests } from '../lib/named-tests.mjs';
import { patternOf, silentOf } from '../lib/run-named-tests.mjs';
import { readThreats } from '../lib/threats.mjs';

const root = join(import.meta.dirname, '../..');
const threats = readThreats();

describe('the threat model', () => {
  it.each(threats.map(({ title, tests }) => [title, tests] as const))(
    'names for "%s" tests that exist and run',
    (_title, tests) => {
      expect(tests.length).toBeGreaterThan(0);
      for (const { file, name } of tests) {
        expect(existsSync(join(root, file)), file).toBe(true);
        expect(namedTests(file, readFileSync(join(root, file), 'utf8')).has(name), `${file}: ${name}`).toBe(true);
      }
    },
  );

  it('has every threat that was asked for, and no list item that is no test', () => {
    const titles = threats.map(({ title }) => title.toLowerCase()).join('\n');
    for (const word of [
      'application',
      'signatures',
      'webhook',
      'logs',
      'slow',
      'floods',
      'prototype',
      'console',
      'script',
      'dependencies',
      'secrets at rest',
    ]) {
      expect(titles).toContain(word);
    }
    expect(threats.flatMap(({ items }) => items)).toHaveLength(threats.flatMap(({ tests }) => tests).length);
  });

  it('names no file of the tests of another checkout, and no test twice for one threat', () => {
    for (const { tests } of threats) {
      const named = tests.map(({ file, name }) => `${file}: ${name}`);
      expect(new Set(named).size).toBe(named.length);
    }
  });
});

describe('a name of a test', () => {
  const names = (source: string) => [...namedTests('a.test.ts', source)].sort();

  it('is that of a test, of a row of one, or of a group that holds one', () => {
    expect(names(`describe('a', () => { it('b', () => { expect(1).toBe(1) }); });`)).toEqual(['a', 'b']);
    expect(names(`test.each([['b', 1], ['c', 2]])('does %s', { timeout: 5 }, (x: string) => {});`)).toEqual([
      'b',
      'c',
      'does %s',
    ]);
    expect(names('describe.skipIf(!here)(`a`, () => { fuzzed("b", all, judge); });')).toEqual(['a', 'b']);
    expect(names(`for (const one of all) { it('a', { skip: false }, () => {}); }`)).toEqual(['a']);
  });

  it.each([
    `// it('a', () => {});`,
    `const text = 'a'; expect(text, 'a').toBe('a'); log('a');`,
    `it.skip('a', () => {}); it.todo('a'); xit('a', () => {}); test.skip.each(['a'])('a', () => {});`,
    `it('a', { skip: true }, () => {});`,
    `describe('a', () => {});`,
    `describe('a', () => { it.skip('b', () => {}); it.todo('c'); });`,
    `describe.skip('b', () => { it('a', () => {}); }); describe.todo('a');`,
  ])('is none in %s', (source) => {
    expect(names(source)).toEqual([]);
  });
});

describe('tests that are run by their names', () => {
  const named = [{ file: 'fuzz/url.test.ts', name: 'is %s (of $a.b), or nothing' }];

  it('are found by what stands in their rows', () => {
    expect(patternOf('a.b')).toBe('a\\.b');
    expect(silentOf(named, [{ file: 'fuzz/url.test.ts', name: 'the URL is 7\n8 (of it), or nothing' }])).toEqual([]);
  });

  it('are missed where nothing of them has passed', () => {
    expect(silentOf(named, [])).toEqual(named);
    expect(silentOf(named, [{ file: 'fuzz/url.test.ts', name: 'the URL is 7, or nothing' }])).toEqual(named);
    expect(silentOf(named, [{ file: 'fuzz/body.test.ts', name: 'is 7 (of it), or nothing' }])).toEqual(named);
  });

  it('of a suite are those of the file that runs it', () => {
    const suite = [{ file: 'browser/console/suite-hostile.ts', name: 'never runs' }];
    expect(silentOf(suite, [{ file: 'browser/console/console.test.ts', name: 'it never runs' }])).toEqual([]);
    expect(silentOf(suite, [{ file: 'browser/console/pages.test.ts', name: 'it never runs' }])).toEqual(suite);
  });
});
