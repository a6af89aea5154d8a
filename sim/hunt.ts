import type { Broken } from './checks/broken.ts';
import { type Pieces, soundPieces } from './node/pieces.ts';
import { type Outcome, run } from './run.ts';
import { makePlan, type Plan } from './world/plan.ts';
import { seedOf } from './world/random.ts';

/** What was simulated so far. */
export interface Tally {
  hours: number;
  calls: number;
  faults: number;
  attempts: number;
  steps: number;
}

/** A plan that breaks a promise. */
export interface Find {
  readonly plan: Plan;
  readonly broken: Broken;
}

export interface HuntOptions {
  /** Hour 0 has this very seed, the others seeds of their own that follow from it. */
  readonly seed: number;
  readonly hours: number;
  readonly callsPerHour: number;
  readonly pieces?: Pieces;
  /** Every how many hours of them, and beginning with which: where several hunt side by side. */
  readonly every?: number;
  readonly first?: number;
  /** Is told after each hour. */
  readonly went?: (share: number, outcome: Outcome) => void;
  /** Ends the hunt without a find. */
  readonly enough?: () => boolean;
}

export const emptyTally = (): Tally => ({ hours: 0, calls: 0, faults: 0, attempts: 0, steps: 0 });

export function addTo(tally: Tally, share: number, { calls, faults, attempts, steps }: Outcome): void {
  tally.hours += share;
  tally.calls += calls;
  tally.faults += faults;
  tally.attempts += attempts;
  tally.steps += steps;
}

/** Simulates hour after hour until a promise is broken. */
export async function hunt(options: HuntOptions): Promise<Find | undefined> {
  const { seed, hours, callsPerHour, pieces = soundPieces, every = 1, first = 0, went, enough } = options;
  for (let n = first; n < hours; n += every) {
    if (enough?.() === true) return undefined;
    // Hundredths, as the command line takes them: so the last share alone is the same history again.
    const share = Math.min(1, Math.round((hours - n) * 100) / 100);
    const plan = makePlan(seedOf(seed, n), callsPerHour, share);
    const outcome = await run(plan, pieces);
    went?.(share, outcome);
    if (outcome.broken !== undefined) return { plan, broken: outcome.broken };
  }
  return undefined;
}
