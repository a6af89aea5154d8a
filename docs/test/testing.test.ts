import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRingback, type TestRingback } from '../../packages/ringback-test/src/index.ts';
import { controlRoutes } from '../../packages/server/src/emulator/control-routes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = join(root, 'docs/guides/testing');
const guide = readFileSync(join(root, 'docs/guides/testing.md'), 'utf8');
// Test runners leave a cache there, which is no file.
const files = readdirSync(folder, { withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map(({ name }) => name);

let ringback: TestRingback;

beforeAll(async () => {
  ringback = await startRingback();
}, 120_000);

afterAll(() => ringback?.stop());

/** Runs a program in the folder of the examples; what it printed, and its exit code. */
function run(program: string, ...args: readonly string[]): Promise<{ code: number | null; text: string }> {
  const foreign = (name: string): boolean => /^(VITEST|NODE_|RINGBACK_|VITE_|TEST$|MODE$)/.test(name);
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !foreign(name)));
  const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => {
      text += part;
    });
  }
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, text }));
  });
}

describe('the guide to testing', { timeout: 180_000 }, () => {
  it.each(files)('shows %s as it is run here', (name) => {
    expect(guide).toContain(readFileSync(join(folder, name), 'utf8').trimEnd());
  });

  it('names everything that the control port does', () => {
    for (const { method, path } of controlRoutes)
      expect(guide).toContain(`${method} /${path.join('/').replace('*', '<id>')}`);
  });

  it('has an example for vitest that passes', async () => {
    const vitest = join(root, 'node_modules/vitest/vitest.mjs');
    // Of its own, or the one of this repository is found further up, which has other tests.
    const home = mkdtempSync(join(tmpdir(), 'ringback-vitest-'));
    const config = join(home, 'vitest.config.mjs');
    writeFileSync(config, "export default { test: { include: ['*.test.js'] } };\n");
    const args = [vitest, 'run', '--root', folder, '--config', config, 'vitest.test.js'];
    const { code, text } = await run(process.execPath, ...args);
    rmSync(home, { recursive: true, force: true });
    expect([text, code]).toEqual([expect.stringContaining('1 passed'), 0]);
  });

  it('has an example for node:test that passes', async () => {
    const { code, text } = await run(process.execPath, '--test', 'node.test.mjs');
    expect([text, code]).toEqual([expect.stringMatching(/pass 1\b/), 0]);
  });

  // Jest is no dependency of this checkout: its globals are put in place from node:test, and what is shown is loaded by `require`.
  it('has an example for jest that passes with its globals', async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'ringback-jest-'));
    const globals = join(temporary, 'globals.cjs');
    writeFileSync(
      globals,
      `const { after, before, test } = require('node:test');
const { deepStrictEqual } = require('node:assert');
Object.assign(globalThis, {
  test, afterAll: after, beforeAll: (work) => before(work),
  expect: (got) => ({ toEqual: (wanted) => deepStrictEqual(got, wanted) }),
});`,
    );
    const { code, text } = await run(process.execPath, '--require', globals, 'jest.test.cjs');
    rmSync(temporary, { recursive: true, force: true });
    expect([text, code]).toEqual([expect.stringMatching(/pass 1\b/), 0]);
  });

  it('has examples in Python and for curl that do what they say', async () => {
    expect(await run('python3', 'missed_call.py', ringback.controlUrl)).toEqual({ code: 0, text: 'ok\n' });
    const { code, text } = await run('sh', 'curl.sh', ringback.controlUrl);
    expect([text, code]).toEqual([expect.stringMatching(/ok\n$/), 0]);
  });

  it('has a script that comes to what it expects', async () => {
    const program = join(root, 'packages/server/bin/ringback.mjs');
    const { code, text } = await run(process.execPath, program, 'emulate', 'script.yaml', '--check');
    expect([text, code]).toEqual([expect.stringContaining('As expected.'), 0]);
  });
});
