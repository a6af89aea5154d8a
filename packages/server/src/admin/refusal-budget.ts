import type { Clock } from '../ports/clock.ts';

/** Refusals that are written down in a minute, of all who are refused together. */
const written = 60;

/**
 * Says whether one more refusal is to be written down. Nobody must be able to fill the disk by what was not allowed, and nobody
 * reads more than that.
 */
export function refusalBudget(clock: Pick<Clock, 'now'>): () => boolean {
  let last = { minute: 0, n: 0 };
  return () => {
    const minute = Math.floor(clock.now() / 60_000);
    if (minute !== last.minute) last = { minute, n: 0 };
    last.n += 1;
    return last.n <= written;
  };
}
