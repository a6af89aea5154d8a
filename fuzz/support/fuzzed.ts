import fc from 'fast-check';
import { it } from 'vitest';

/** The long form is `npm run fuzz`. */
const wanted = process.env.FUZZ_INPUTS === undefined ? undefined : Number(process.env.FUZZ_INPUTS);
const short = 4000;
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31));

/** Inputs between two looks at the clock, so that progress can be seen and the runner hears of us. */
const atOnce = 10_000;

/** ms; an input that takes longer, each time, would let one caller stop the others. */
const slow = 250;

/** ms that it takes to judge an input; of one that seems slow the shortest of four, since the machine may have paused. */
function timed(judge: () => void): number {
  let best = Number.POSITIVE_INFINITY;
  for (let time = 0; time < 4; time += 1) {
    const began = performance.now();
    judge();
    best = Math.min(best, performance.now() - began);
    if (best <= slow) break;
  }
  return best;
}

/**
 * A test that hands many inputs to `judge`, which throws where one is not treated as it must be. A failure prints the
 * smallest input found and the seed; `FUZZ_SEED` repeats it. Of inputs that cost much, the short form takes a `share`.
 */
export function fuzzed<T>(what: string, inputsOf: fc.Arbitrary<T>, judge: (input: T) => void, share = 1): void {
  it(what, { timeout: 3_600_000 }, async () => {
    let slowest = 0;
    const inputs = wanted ?? Math.ceil(short * share);
    for (let done = 0; done < inputs; done += atOnce) {
      const numRuns = Math.min(atOnce, inputs - done);
      fc.assert(
        fc.property(inputsOf, (input) => {
          slowest = Math.max(
            slowest,
            timed(() => judge(input)),
          );
        }),
        { numRuns, seed: (seed + done) | 0 },
      );
      if (inputs > atOnce) process.stderr.write(`\r${what}: ${done + numRuns} of ${inputs}`);
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (inputs > atOnce) process.stderr.write('\n');
    if (slowest > slow) throw new Error(`One input took ${Math.round(slowest)} ms; seed ${seed}.`);
  });
}
