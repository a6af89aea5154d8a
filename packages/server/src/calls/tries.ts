import type { Clock } from '../ports/clock.ts';

/** How often a step is tried that others come before: those who change the same call, or take a seat, at the same moment. */
export const tries = 20;

/** How many of them are made at once. Whoever comes first then is mostly of this process, and is seen the next time. */
const atOnce = 5;

/** ms; all pauses together take about 1 s, which is less than a request may take. */
const [firstPause, longestPause] = [10, 160];

/**
 * Where other processes keep coming first, waits before the next try (they count from 0), each time for a random part of a
 * longer time: those who compete get out of step. The first try does not ask, because even that would cost it a turn.
 */
export async function pauseBefore(attempt: number, clock: Clock, random = Math.random): Promise<void> {
  if (attempt < atOnce) return;
  const pause = random() * Math.min(firstPause * 2 ** (attempt - atOnce), longestPause);
  await new Promise<void>((resolve) => clock.timer(pause, resolve));
}
