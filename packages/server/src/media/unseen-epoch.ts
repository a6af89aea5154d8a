import { bounds } from 'ringback-protocol';

/** ms for which the number grows fast: a young call may move again soon, and its members come one after the other. */
const young = 600_000;

/** Beyond what the one before has given out since it took the call over itself. */
const ahead = 200;

/**
 * `age` of a call (ms) → an epoch that none of its devices has seen: what another process may have given out before this
 * one grows more slowly. `handed`: another one has looked after it for sure.
 */
export function unseenEpoch(age: number, handed: boolean): number {
  const soon = Math.floor(Math.min(Math.max(0, age), young) / 10);
  const later = Math.floor(Math.max(0, age - young) / 1000);
  return Math.min(bounds.mediaEpochMax / 2, 1000 + soon + later + (handed ? ahead : 0));
}
