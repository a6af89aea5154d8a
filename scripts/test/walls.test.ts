import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root } from '../lib/setup.mjs';
import { brokenWalls } from '../lib/walls.mjs';

let base: string;

beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), 'ringback-walls-'));
});

afterEach(() => rmSync(base, { recursive: true, force: true }));

function plant(path: string, text: string): readonly string[] {
  mkdirSync(dirname(join(base, path)), { recursive: true });
  writeFileSync(join(base, path), text);
  return brokenWalls(base);
}

describe('the import walls', () => {
  it('stand in this checkout', () => {
    expect(brokenWalls(root)).toEqual([]);
  });

  it.each([
    ['an import upward', 'packages/server/src/calls/a.ts', "import { b } from '../gateway/b.ts';", /downward only/],
    [
      'an import upward over several lines',
      'packages/server/src/calls/a.ts',
      "import {\n  b,\n  c,\n} from '../gateway/b.ts';",
      /downward only/,
    ],
    ['a re-export upward', 'packages/server/src/ports/a.ts', "export { b } from '../calls/b.ts';", /downward only/],
    [
      'a type from upward',
      'packages/server/src/ports/a.ts',
      "import type { B } from '../stores/b.ts';",
      /downward only/,
    ],
    [
      'a late import upward',
      'packages/server/src/calls/a.ts',
      "const b = await import('../cli/b.ts');",
      /downward only/,
    ],
    ['a room of the same floor', 'packages/server/src/calls/a.ts', "import { b } from '../stores/b.ts';", /one floor/],
    [
      'the engine from the protocol',
      'packages/protocol/src/a.ts',
      "import { step } from 'ringback-engine';",
      /downward only/,
    ],
    ['Node in the engine', 'packages/engine/src/a.ts', "import { x } from 'node:crypto';", /run anywhere/],
    ['a clock in the engine', 'packages/engine/src/a.ts', 'const now = Date.now();', /pure/],
    ['chance in the engine', 'packages/engine/src/a.ts', 'const x = Math.random();', /pure/],
    ['any', 'packages/server/src/calls/a.ts', 'export const x: any = 1;', /says any/],
    ['a file outside of the house', 'packages/server/src/misc/a.ts', '', /in no room/],
  ])('%s is named', (_, path, text, expected) => {
    expect(plant(path, text).join('\n')).toMatch(expected);
  });

  it.each([
    ['downward', 'packages/server/src/gateway/a.ts', "import { b } from '../calls/b.ts';"],
    ['in the same room', 'packages/server/src/calls/a.ts', "import { b } from './b.ts';"],
    ['a library', 'packages/server/src/calls/a.ts', "import { b } from 'lru-cache';"],
    ['a word in a comment', 'packages/engine/src/a.ts', "// import { x } from 'node:crypto'; Date.now()\n"],
  ])('%s is allowed', (_, path, text) => {
    expect(plant(path, text)).toEqual([]);
  });
});
