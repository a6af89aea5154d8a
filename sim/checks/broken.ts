/** A promise that did not hold. */
export interface Broken {
  /** The promise, as a sentence; the same for all histories that break it. */
  readonly promise: string;
  /** What was seen instead. */
  readonly seen: string;
  /** The call concerned; empty where it is none alone. */
  readonly callId: string;
  /** ms since 1970. */
  readonly at: number;
}

/** THE LIST of promises that are checked. */
export const promises = {
  oneCall: 'nobody is in two calls',
  versions: 'each step of a call follows the one before, and an ended call never changes',
  events: 'the events of a call are numbered without a gap, and their times rise',
  seats: 'whoever is in a call holds its seat, and nobody else does',
  record: 'there is one record for each ended call, and none for a live one',
  decline: 'no answered call is ended by the decline of another device',
  cause: 'nobody leaves a call without a cause',
  lease: 'a member whose device is heard of stays in the call',
  free: 'a device that is gone frees its user within the bound',
  ring: 'an invitation ends at its deadline',
  ends: 'every call ends, in the very step that leaves nobody in it, or one alone',
  onDisk: 'nothing is told before it is on disk',
  order: 'the events of a call are told in order',
  told: 'every event is told at least once',
  same: 'an event that is told again says the same',
  rebuilt: 'what a receiver makes of the events is what the record says',
  sound: 'the program fails only as it says it may',
} as const;

export type PromiseName = keyof typeof promises;
