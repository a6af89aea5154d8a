import { bounds } from 'ringback-protocol';

/**
 * `age` of a call (ms) → an epoch that none of its devices has seen: what another process may have given out before this
 * one grows more slowly.
 */
export function unseenEpoch(age: number): number {
  const seconds = Math.max(0, Math.floor(age / 1000));
  return Math.min(bounds.mediaEpochMax / 2, 1000 + seconds + 9 * Math.min(seconds, 3600));
}
