import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { calmest } from '../../bench/lib/machine.mjs';

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
    expect(refused('--rates=100,,500')).toBe('bench:setup: --rates takes a whole number above 0. See --help.\n');
    expect(refused('--rounds=0.4')).toBe('bench:setup: --rounds takes a whole number above 0. See --help.\n');
    expect(refused('--rates')).toContain('--rates');
    expect(refused('more')).toContain("'more'");
  });
});

describe('the rounds of a benchmark that count', () => {
  /** Plays `wanted` rounds on a machine of which others take these shares, round by round; those that count, by their numbers. */
  const played = async (wanted: number, shares: readonly number[]) => {
    let n = 0;
    const look = () => () => ({ busy: 0.5, taken: shares[n - 1] as number });
    const { best, played: all } = await calmest(wanted, async () => ({ n: n++ }), look);
    return { all, best: best.map((one) => one.n) };
  };

  it('are the first ones of a calm machine', async () => {
    expect(await played(3, [0, 0.01, 0.005, 0])).toEqual({ all: 3, best: [0, 2, 1] });
  });

  it('are those in which others took the least, once there are enough', async () => {
    expect(await played(2, [0.2, 0.011, 0, 0.5, 0.002])).toEqual({ all: 5, best: [2, 4] });
  });

  it('are the calmest of three times as many where the machine has no rest', async () => {
    expect(await played(2, [0.3, 0.2, 0.2, 0.4, 0.05, 0.1])).toEqual({ all: 6, best: [4, 5] });
  });
});
