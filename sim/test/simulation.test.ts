import { describe, expect, test, vi } from 'vitest';
import { promises } from '../checks/broken.ts';
import { addTo, emptyTally, hunt } from '../hunt.ts';
import { type Pieces, soundPieces } from '../node/pieces.ts';
import { piecesWith } from '../plants/index.ts';
import { findText } from '../report.ts';
import { run } from '../run.ts';
import { historyOf, shrink } from '../shrink.ts';
import { makePlan } from '../world/plan.ts';

/** Seeds that are simulated each time; those that once found something stay here for good. */
const fixed = [
  1, 2, 3, 5, 8, 13, 371644317, 1927063095, 721289359, 923471262, 906956356, 1477685932, 601340337, 1501349040,
  1088395293, 1213210024, 156745998,
];

/** ms of real time for seeds that nobody has tried yet. */
const forNew = 4000;

async function historyOfHour(seed: number): Promise<string> {
  const lines: string[] = [];
  const { steps } = await run(makePlan(seed, 200), soundPieces, (line) => lines.push(line));
  return [...lines, `${steps} steps`].join('\n');
}

// A machine that is busy with other things takes its time.
vi.setConfig({ testTimeout: 180_000 });

describe('all promises hold', () => {
  test.each(fixed)('in the hour of seed %i', async (seed) => {
    expect((await hunt({ seed, hours: 1, callsPerHour: 200 }))?.broken).toBeUndefined();
  });

  test('in hours that nobody has tried yet', async () => {
    const seed = Math.floor(Math.random() * 2 ** 31) || 1;
    const end = performance.now() + forNew;
    const enough = () => performance.now() > end;
    const find = await hunt({ seed, hours: 1000, callsPerHour: 200, enough });
    expect(find?.broken, `npm run sim -- --hours 1 --seed ${find?.plan.seed}`).toBeUndefined();
  });
});

test('the same seed makes the same history, another seed another one', async () => {
  for (const seed of [4, 21]) expect(await historyOfHour(seed)).toBe(await historyOfHour(seed));
  expect(await historyOfHour(4)).not.toBe(await historyOfHour(21));
});

test('an error that nobody catches breaks a promise, and leaves the hour and its seed to tell', async () => {
  const pieces: Pieces = {
    ...soundPieces,
    clock: (real) => ({
      now: () => real.now(),
      steady: () => real.steady(),
      timer: (ms) =>
        real.timer(ms, () => {
          throw new TypeError('planted');
        }),
    }),
  };
  const find = await hunt({ seed: 7, hours: 10, callsPerHour: 200, pieces });
  expect(find?.broken).toMatchObject({ promise: promises.sound, seen: expect.stringContaining('TypeError: planted') });
  expect(find?.plan.seed).toBe(7);
});

test('an hour has about as many calls as it was asked for, and things that break', async () => {
  const tally = emptyTally();
  await hunt({ seed: 6, hours: 6, callsPerHour: 100, went: (share, outcome) => addTo(tally, share, outcome) });
  expect(tally.hours).toBe(6);
  expect(tally.calls / 6).toBeGreaterThan(75);
  expect(tally.calls / 6).toBeLessThan(130);
  expect(tally.faults).toBeGreaterThan(5);
  expect(tally.attempts).toBeGreaterThan(tally.calls);
});

test('a failure tells its seed and a history that is much shorter than the hour', async () => {
  const pieces = piecesWith('skip-version-check') ?? soundPieces;
  const find = await hunt({ seed: 5, hours: 100, callsPerHour: 200, pieces });
  if (find === undefined) throw new Error('Nothing was found.');
  const shortest = await shrink(find, pieces, 30_000);
  expect(shortest.broken.promise).toBe(find.broken.promise);
  expect(shortest.plan.actions.length).toBeLessThan(find.plan.actions.length / 4);
  const text = findText(find, shortest, await historyOf(shortest, pieces), `--seed ${find.plan.seed}`);
  expect(text).toContain('Broken: each step of a call follows the one before, and an ended call never changes.');
  expect(text).toContain(`--seed ${find.plan.seed}`);
  // The plan that is printed breaks the promise again.
  expect((await run(shortest.plan, pieces)).broken).toEqual(shortest.broken);
});
