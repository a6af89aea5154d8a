import type { Replayed } from '../ports/outbox.ts';

/** Events that one step of a replay makes wait again at most. */
export const replayBatch = 500;

/** ms; how long before an event its call may have begun, as far as a replay of a time looks. */
export const longestCall = 7 * 86_400_000;

/** Adds up the steps of a replay, and tells of each that did anything. */
export class ReplayTally implements Replayed {
  count = 0;
  fresh = 0;
  readonly #each: (step: Replayed) => boolean;

  constructor(each: (step: Replayed) => boolean = () => true) {
    this.#each = each;
  }

  /** A step that is on disk. Says whether to go on. */
  add(step: Replayed): boolean {
    this.count += step.count;
    this.fresh += step.fresh;
    return step.count === 0 || this.#each(step);
  }
}
