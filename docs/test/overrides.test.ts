import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, it } from 'vitest';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../..', import.meta.url));
const guides = join(root, 'docs/guides');

interface Package {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly overrides: Readonly<Record<string, string>>;
}

/** What each guide puts into the `package.json` of an app. */
const blocks = readdirSync(guides)
  .filter((name) => name.endsWith('.md'))
  .flatMap((guide) => {
    const text = readFileSync(join(guides, guide), 'utf8');
    return [...text.matchAll(/^( *)```json\n([\s\S]*?)^\1```$/gm)]
      .map(([, , body = '']) => body.replaceAll('<checkout>', root.replace(/\/$/, '')))
      .filter((body) => body.includes('"overrides"'))
      .map((body) => [guide, JSON.parse(body) as Package] as const);
  });

let folder = '';
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('two guides say how npm puts the SDK in the place of the engine', () => {
  expect(blocks.map(([guide]) => guide)).toEqual(['moving-an-app.md', 'ui-kit.md']);
});

it.each(blocks)(
  '%s: npm puts the SDK in the place of the engine for an app that depends on it, and for its kit',
  async (_, { dependencies, overrides }) => {
    folder = mkdtempSync(join(tmpdir(), 'ringback-overrides-'));
    const original = Object.fromEntries(Object.keys(overrides).map((name) => [name, '~3.3.0']));
    mkdirSync(join(folder, 'kit'));
    const write = (path: string, content: object) => writeFileSync(join(folder, path), JSON.stringify(content));
    write('kit/package.json', { name: 'kit', version: '1.0.0', dependencies: original });
    write('package.json', { dependencies: { kit: 'file:kit', ...original, ...dependencies }, overrides });
    // Whatever is not in the checkout cannot be had.
    await run('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: folder });
    for (const name of Object.keys(overrides)) {
      const found = JSON.parse(readFileSync(join(folder, 'node_modules', name, 'package.json'), 'utf8'));
      expect([name, found.name]).toEqual([name, 'ringback-sdk']);
    }
  },
  60_000,
);
