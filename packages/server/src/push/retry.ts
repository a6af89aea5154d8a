/** ms from one attempt to the next, after so many failures. */
const pauses = [500, 1000, 2000, 4000, 8000] as const;

/** ms after which the store is asked again, when it has failed. */
export const storePause = 1000;

/** Attempts to close a ring in the store. */
export const closeAttempts = 3;

/** Attempts to cancel; a device that cannot be told stops ringing by the deadline that it knows. */
export const cancelAttempts = 3;

/** ms: when a push is tried again after `failures`; 0 when the ring is over by then. */
export function nextAttempt(asked: {
  readonly now: number;
  readonly failures: number;
  /** ms that the service asked for. */
  readonly after: number | undefined;
  readonly deadline: number;
}): number {
  const { now, failures, after, deadline } = asked;
  const pause = pauses[Math.min(failures, pauses.length) - 1] ?? 8000;
  const at = now + Math.max(pause, after ?? 0);
  return at < deadline ? at : 0;
}
