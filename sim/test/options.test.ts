import { describe, expect, test } from 'vitest';
import { readOptions } from '../options.ts';
import { plants } from '../plants/index.ts';

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
      ['--hours', '-1'],
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
});
