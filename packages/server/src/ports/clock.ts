/** The one time of an installation. In a cluster it is the store's, so that nodes whose clocks differ agree. */
export interface Clock {
  /** ms since 1970. Never runs backwards within a process. */
  now(): number;
  /** Calls `fire` once after `ms` (at least 0); the returned function cancels it. Does not keep the process alive. */
  timer(ms: number, fire: () => void): () => void;
}

/** ms by which two nodes may differ about the one time: what of two is newer by less may be the older one. */
export const clocksDiffer = 100;

/** A clock that is set by that of a store which several nodes share. */
export interface FollowingClock extends Clock {
  /** ms by which this machine's own time was ahead of the store's when they were last compared; below zero when behind. */
  readonly offBy: number;
  /** ms of a clock that nobody sets. */
  steady(): number;
  /** The store's time was `time` (ms since 1970) at some moment between these two of `steady`. */
  follow(time: number, sentAt: number, gotAt: number): void;
}
