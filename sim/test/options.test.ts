import { describe, expect, test } from 'vitest';
import { hunt } from '../hunt.ts';
import { againLine, readOptions } from '../options.ts';
import { plants } from '../plants/index.ts';
import { makePlan } from '../world/plan.ts';

const defaults = { chance: 77, workers: 2 };
const read = (...args: string[]) => readOptions(args, defaults);

describe('the command line of the simulation', () => {
  test('has an answer for everything that is not given', () => {
    const usual = { seed: 77, hours: 1000, callsPerHour: 200, plant: undefined, workers: 2, shrink: 30_000 };
    expect(read()).toEqual({ options: usual });
  });

  test('takes what is given', () => {
    const given = read(
      '--seed',
      '5',
      '--hours',
      '0.5',
      '--calls-per-hour=20',
      '--plant',
      'keep-seats',
      '--workers',
      '1',
    );
    const options = { seed: 5, hours: 0.5, callsPerHour: 20, plant: 'keep-seats', workers: 1, shrink: 30_000 };
    expect(given).toEqual({ options });
  });

  test('refuses what is no number, out of bounds, or unknown, with a sentence', () => {
    for (const args of [
      ['--seed', '0'],
      ['--seed', '1.5'],
      ['--seed', 'x'],
      ['--hours', '0'],
      ['--hours=-1'],
      ['--hours', '1.005'],
      ['--hours', '0.001'],
      ['--workers', '99'],
    ]) {
      expect(read(...args), args.join(' ')).toMatchObject({ code: 2, text: expect.stringContaining('must be a') });
    }
    expect(read('--plant', 'nothing')).toMatchObject({ code: 2, text: expect.stringContaining('"nothing"') });
    expect(read('--what')).toMatchObject({ code: 2 });
    expect(read('more')).toMatchObject({ code: 2 });
  });

  test('lists the bugs that can be planted, and helps', () => {
    const list = read('--list');
    for (const { name } of plants) expect(list).toMatchObject({ code: 0, text: expect.stringContaining(name) });
    expect(read('--help')).toMatchObject({ code: 0, text: expect.stringContaining('--calls-per-hour') });
  });

  test('takes the line that it prints to simulate an hour again, also of the last hour that is not whole', async () => {
    const shares: number[] = [];
    await hunt({ seed: 5, hours: 2.07, callsPerHour: 1, went: (share) => shares.push(share) });
    expect(shares).toEqual([1, 1, 0.07]);
    for (const share of [...shares, 0.01, 0.29, 0.57]) {
      const plan = makePlan(5, 20, share);
      const line = againLine({ ...plan, callsPerHour: 20, plant: 'keep-seats' });
      expect(line).toBe(`npm run sim -- --seed 5 --hours ${share} --calls-per-hour 20 --plant keep-seats`);
      const given = read(...line.split(' ').slice(4));
      expect(given).toMatchObject({ options: { seed: 5, hours: share, callsPerHour: 20, plant: 'keep-seats' } });
      expect('options' in given && makePlan(5, 20, given.options.hours)).toEqual(plan);
    }
  });
});
