import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { root } from '../lib/setup.mjs';

/** What `npm run` starts for each, by its name for npm. */
const programs = {
  fuzz: ['fuzz.mjs'],
  'soak:webhooks': ['soak.mjs', 'webhooks'],
  'soak:hostile': ['soak.mjs', 'hostile'],
  audit: ['audit.mjs'],
  scaling: ['scaling.mjs'],
  bench: ['bench-all.mjs'],
  'test:faults': ['faults.mjs'],
  pains: ['pains.mjs'],
  threats: ['threats.mjs'],
};
type Program = keyof typeof programs;
const names = Object.keys(programs) as Program[];

function run(name: Program, ...args: readonly string[]) {
  const [file = '', ...first] = programs[name];
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(root, 'scripts', file), ...first, ...args],
    // It is killed when it takes up its work instead.
    { encoding: 'utf8', timeout: 20_000 },
  );
  return { status, stdout, stderr };
}

function refused(name: Program, ...args: readonly string[]): string {
  const { status, stdout, stderr } = run(name, ...args);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  return stderr;
}

describe('what programs of the checkout may be told', () => {
  it.each(names)('%s tells its options, and does nothing then', (name) => {
    const { status, stdout, stderr } = run(name, '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout.startsWith(`Usage: npm run ${name} -- [options]\n\n`)).toBe(true);
    expect(stdout).toMatch(/\.\n\n {2}--\w[\s\S]*\n {2}--help +this text\n$/);
  });

  it.each(names)('%s refuses what it does not know in one sentence, before it does anything', (name) => {
    expect(refused(name, '--bogus')).toBe(`${name}: Unknown option '--bogus'. See --help.\n`);
    expect(refused(name, 'more')).toMatch(new RegExp(`^${name}: .*'more'.*\\.\n$`));
  });

  it('numbers are numbers, and names are known ones', () => {
    expect(refused('fuzz', '--inputs=many')).toBe('fuzz: --inputs takes a whole number above 0. See --help.\n');
    expect(refused('fuzz', '--inputs=0')).toBe('fuzz: --inputs takes a whole number above 0. See --help.\n');
    expect(refused('fuzz', '--seed=1.5')).toBe('fuzz: --seed takes a whole number. See --help.\n');
    expect(refused('bench', '--only=rest,nothing')).toMatch(/^bench: There is no "nothing"\. There are: rest, .*\.\n$/);
    expect(refused('test:faults', '--only=nothing')).toContain('test:faults: There is no "nothing". There are: ');
    expect(refused('test:faults', '--minutes=0')).toBe(
      'test:faults: --minutes takes a whole number above 0. See --help.\n',
    );
    expect(refused('threats', '--only=nothing')).toBe(
      'threats: There is no threat with "nothing" in its title. See --help.\n',
    );
    expect(refused('scaling', '--users=many')).toBe(
      'scaling: --users is a number from 0, and not "many". See --help.\n',
    );
    expect(refused('pains', '--only=11,15')).toMatch(
      /^pains: There is no pain 15\. There are: 1, 2, .*, 14\. See --help\.\n$/,
    );
    expect(refused('pains', '--only=busy')).toBe('pains: --only takes a whole number above 0. See --help.\n');
    expect(refused('fuzz', '--only=nothing')).toBe('fuzz: There is no parser "nothing". See --help.\n');
    for (const wrong of ['--calls=-1', '--calls=', '--calls=0.5']) {
      expect(refused('soak:webhooks', wrong)).toBe(
        'soak:webhooks: --calls takes a whole number above 0. See --help.\n',
      );
    }
  });

  it('a soak does not take the size of another one and run for its usual time', () => {
    expect(refused('soak:hostile', '--calls', '5')).toBe("soak:hostile: Unknown option '--calls'. See --help.\n");
    expect(refused('soak:webhooks', '--seconds', '5')).toBe("soak:webhooks: Unknown option '--seconds'. See --help.\n");
  });

  it('a soak that would be too short to measure anything is refused', () => {
    expect(refused('soak:hostile', '--seconds', '6')).toBe(
      'soak:hostile: --seconds takes a number from 60. See --help.\n',
    );
    expect(run('soak:hostile', '--help').stdout).toContain('(default: 3600, at least 60)');
  });
});
