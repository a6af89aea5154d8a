import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const folder = join(import.meta.dirname, '../../bench');
const all = readdirSync(folder).filter((name) => name.endsWith('.mjs'));
const run = (name: string, ...args: readonly string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(folder, name), ...args], {
    encoding: 'utf8',
    timeout: 20_000,
  });
  return { status, stdout, stderr };
};

describe('what benchmarks may be told', () => {
  it.each(all)('%s tells its options, and measures nothing then', (name) => {
    const { status, stdout, stderr } = run(name, '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^Usage: npm run bench:\w+ -- \[options\]\n\n.+\.\n\n {2}--/);
  });

  it('refuses what it does not know, and what is no number', () => {
    const refused = (...args: readonly string[]) => {
      const { status, stdout, stderr } = run('setup.mjs', ...args);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      return stderr;
    };
    expect(refused('--rate=5')).toBe("bench:setup: Unknown option '--rate'. See --help.\n");
    expect(refused('--seconds=soon')).toBe('bench:setup: --seconds takes a number above 0. See --help.\n');
    expect(refused('--seconds', '0')).toBe('bench:setup: --seconds takes a number above 0. See --help.\n');
    expect(refused('--rates=100,,500')).toBe('bench:setup: --rates takes a number above 0. See --help.\n');
    expect(refused('--rates')).toContain('--rates');
    expect(refused('more')).toContain("'more'");
  });
});
