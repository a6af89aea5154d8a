import type { Clock } from '../ports/clock.ts';

/** Something that must be over in time. */
export interface Pending {
  /** ms; set by `Deadlines`. */
  deadline: number;
  expire(): void;
}

/**
 * Deadlines that all have the same length, on one timer: what came first is due first, so a set in order of arrival is
 * all that is needed.
 */
export class Deadlines {
  readonly #clock: Clock;
  readonly #length: number;
  readonly #pending = new Set<Pending>();
  #cancel: (() => void) | undefined;

  /** `length` in ms. */
  constructor(clock: Clock, length: number) {
    this.#clock = clock;
    this.#length = length;
  }

  add(pending: Pending): void {
    pending.deadline = this.#clock.now() + this.#length;
    this.#pending.add(pending);
    if (this.#cancel === undefined) this.#arm(this.#length);
  }

  remove(pending: Pending): void {
    this.#pending.delete(pending);
  }

  get size(): number {
    return this.#pending.size;
  }

  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#pending.clear();
  }

  #arm(ms: number): void {
    this.#cancel = this.#clock.timer(ms, () => this.#sweep());
  }

  #sweep(): void {
    this.#cancel = undefined;
    const now = this.#clock.now();
    for (const pending of this.#pending) {
      if (pending.deadline > now) {
        if (this.#cancel === undefined) this.#arm(pending.deadline - now);
        return;
      }
      this.#pending.delete(pending);
      pending.expire();
    }
  }
}
