import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const text = readFileSync(join(root, 'docs/security.md'), 'utf8');
const threats = text
  .slice(text.indexOf('## Threats'))
  .split(/^### /m)
  .slice(1)
  .map((part) => ({ title: part.slice(0, part.indexOf('\n')), part }));
const tests = (part: string) =>
  [...part.matchAll(/^- `([^`]+)`: (.+)$/gm)].map(([, file = '', name = '']) => ({ file, name }));

describe('the threat model', () => {
  it.each(threats.map(({ title, part }) => [title, part] as const))(
    'names for "%s" tests that exist',
    (_title, part) => {
      const named = tests(part);
      expect(named.length).toBeGreaterThan(0);
      for (const { file, name } of named) {
        expect(existsSync(join(root, file)), file).toBe(true);
        const source = readFileSync(join(root, file), 'utf8');
        // As the whole name of a test, in whatever quotes.
        const quoted = ["'", '"', '`'].map((quote) => `${quote}${name}${quote}`);
        expect(
          quoted.some((one) => source.includes(one)),
          `${file}: ${name}`,
        ).toBe(true);
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
    ]) {
      expect(titles).toContain(word);
    }
    const items = threats.flatMap(({ part }) => part.split('\n').filter((line) => line.startsWith('- ')));
    expect(items).toHaveLength(threats.flatMap(({ part }) => tests(part)).length);
  });

  it('names no file of the tests of another checkout, and no test twice for one threat', () => {
    for (const { part } of threats) {
      const named = tests(part).map(({ file, name }) => `${file}: ${name}`);
      expect(new Set(named).size).toBe(named.length);
    }
  });
});
