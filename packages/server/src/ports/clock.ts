/** A time that goes on, and timers that go by it. */
export interface Timeline {
  /** ms. Never runs backwards within a process. */
  now(): number;
  /** Calls `fire` once after `ms` (at least 0); the returned function cancels it. Does not keep the process alive. */
  timer(ms: number, fire: () => void): () => void;
}

/**
 * The one time of an installation, ms since 1970. In a cluster it is the store's, so that nodes whose clocks differ agree. It
 * leaps when somebody sets it ahead: how long somebody was silent is told by `steady`.
 */
export interface Clock extends Timeline {
  /** ms of a clock that nobody sets; of this process alone. */
  steady(): number;
}

/** The time of a clock that nobody sets. */
export const steadyOf = (clock: Clock): Timeline => ({
  now: () => clock.steady(),
  timer: (ms, fire) => clock.timer(ms, fire),
});

/** ms by which two nodes may differ about the one time: what of two is newer by less may be the older one. */
export const clocksDiffer = 100;

/** A clock that is set by that of a store which several nodes share. */
export interface FollowingClock extends Clock {
  /** ms by which this machine's own time was ahead of the store's when they were last compared; below zero when behind. */
  readonly offBy: number;
  /** The store's time was `time` (ms since 1970) at some moment between these two of `steady`. */
  follow(time: number, sentAt: number, gotAt: number): void;
}
