import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { root } from '../lib/setup.mjs';

let folder: string;
let programs: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-bench-all-'));
  programs = join(folder, 'bin');
  mkdirSync(programs);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs a script where programs are looked for in `path`; nothing is installed. */
function run(script: string, path: string, ...args: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, script), ...args], {
    env: { ...process.env, PATH: path, RINGBACK_TEST_INSTALL: '0' },
    encoding: 'utf8',
    timeout: 60_000,
  });
  return { status, stdout, stderr };
}

describe('npm run bench', () => {
  it('looks for the programs that its parts run before it does anything, and names what brings them', () => {
    const missing = (...args: readonly string[]) => {
      const { status, stdout, stderr } = run('scripts/bench-all.mjs', programs, ...args);
      expect(status).toBe(1);
      expect(stdout).toBe(
        'Missing for bench: kamailio, sip-tester. RINGBACK_TEST_INSTALL=0 forbids to install Debian packages.\n',
      );
      return stderr;
    };
    const install = 'sudo apt-get install --no-install-recommends kamailio sip-tester';
    expect(missing('--only', 'kamailio')).toBe(`bench: Not everything is here that kamailio runs: ${install}\n`);
    expect(missing()).toBe(
      `bench: Not everything is here that kamailio runs: ${install}\nWithout it: --only=rest,setup,devices,records\n`,
    );
    expect(run('bench/kamailio.mjs', programs)).toMatchObject({ status: 1, stderr: `${install}\n` });
  }, 60_000);

  it('that measures nothing needs none of them', () => {
    expect(run('scripts/bench-all.mjs', programs, '--table')).toMatchObject({ status: 0, stderr: '' });
  }, 60_000);

  it('of which a part fails shows and keeps what was measured before, and names the part', () => {
    for (const name of ['kamailio', 'sipp'])
      writeFileSync(join(programs, name), '#!/bin/sh\nexit 3\n', { mode: 0o755 });
    const file = join(folder, 'figures.json');
    const figures = { rest_http_ratio: 0.9, rest_https_ratio: 0.95, days: { rest: '2026-11-30' } };
    writeFileSync(file, JSON.stringify(figures));
    const document = readFileSync(join(root, 'docs/performance.md'), 'utf8');
    const args = ['--only', 'kamailio,setup', '--figures', file, '--write'];
    const { status, stdout, stderr } = run('scripts/bench-all.mjs', `${programs}:${process.env.PATH}`, ...args);
    expect(status).toBe(1);
    expect(stderr).toContain('Kamailio ended with 3');
    expect(stderr).toMatch(
      /\nbench: kamailio ended with 1\. What was measured before stands above; docs\/performance\.md is as it was\.\n$/,
    );
    expect(stdout).toMatch(/`get_call_info` over HTTP, of a bare handler +0\.9 /);
    expect(stdout).not.toContain('== setup');
    expect(JSON.parse(stdout.trim().split('\n').at(-1) ?? '')).toEqual(figures);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual(figures);
    expect(readFileSync(join(root, 'docs/performance.md'), 'utf8')).toBe(document);
  }, 90_000);

  it('does not publish figures of its short form', () => {
    const { status, stdout, stderr } = run('scripts/bench-all.mjs', programs, '--short', '--write');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toBe('bench: Figures of the short form are not published: --write without --short. See --help.\n');
  }, 60_000);

  it('says at once when it cannot keep figures where it shall', () => {
    const file = join(folder, 'none', 'figures.json');
    const { status, stderr } = run('scripts/bench-all.mjs', programs, '--only', 'setup', '--figures', file);
    expect({ status, stderr }).toEqual({ status: 1, stderr: expect.stringContaining(`${file} cannot be written: `) });
  }, 60_000);
});
