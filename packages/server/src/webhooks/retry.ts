/** How a kind of endpoint is tried again. */
export interface RetryPolicy {
  /**
   * ms to wait after so many failures of an event, the first one being 1; undefined: it is given up.
   * `age` in ms since its first attempt, `random` in [0, 1) is the jitter.
   */
  delay(failures: number, age: number, random: number): number | undefined;
  /** After many failures in a row the endpoint counts as failing: one attempt at a time asks whether it is back. */
  readonly probes: boolean;
  /** The later events of a call are given up with an event. */
  readonly parksLater: boolean;
}

/** ms between the first attempts of an event: the documented ladder. */
const ladder = [1000, 1000, 2000, 3000, 5000] as const;

/** Failures in a row after which an endpoint counts as failing. */
export const failuresToFailing = 6;

const longestBackoff = 60_000;

/** ms; an event that still fails so long after its first attempt is parked. */
export const parkAfter = 96 * 3_600_000;

/** ms; `Retry-After` is honoured up to this. */
export const longestRetryAfter = 3_600_000;

/** Endpoints of the API: for days, without hurry. */
export const standardPolicy: RetryPolicy = {
  delay: (failures, age, random) =>
    age >= parkAfter ? undefined : (ladder[failures - 1] ?? backoff(failures - ladder.length, random)),
  probes: true,
  parksLater: true,
};

/** Endpoints of the legacy API: the documented ladder, each event for itself, and no more. */
export const legacyPolicy: RetryPolicy = {
  delay: (failures) => ladder[failures - 1],
  probes: false,
  parksLater: false,
};

/** ms to wait before the next probe of a failing endpoint, after so many that failed. */
export const probeDelay = (failed: number, random: number): number => backoff(failed + 1, random);

/** 5, 10, 20, 40, 60, 60 … s, each shortened by up to a fifth, so that endpoints do not beat in time. */
function backoff(step: number, random: number): number {
  const full = Math.min(longestBackoff, 5000 * 2 ** Math.min(step - 1, 10));
  return Math.round(full * (1 - random / 5));
}
