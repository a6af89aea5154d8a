import { ChurnMap } from '../base/churn-map.ts';
import { type Clock, steadyOf, type Timeline } from '../ports/clock.ts';

/** Something that must be over in time. */
export interface Pending {
  /** ms of a clock that nobody sets; set by `Deadlines`. */
  deadline: number;
  /** What `Deadlines` knows it by; set there. */
  ticket: number;
  expire(): void;
}

/**
 * Deadlines that all have the same length, on one timer: what came first is due first, so a map in order of arrival is
 * all that is needed.
 */
export class Deadlines {
  readonly #clock: Timeline;
  readonly #length: number;
  readonly #pending = new ChurnMap<number, Pending>();
  #added = 0;
  #cancel: (() => void) | undefined;

  /** `length` in ms. */
  constructor(clock: Clock, length: number) {
    this.#clock = steadyOf(clock);
    this.#length = length;
  }

  add(pending: Pending): void {
    pending.deadline = this.#clock.now() + this.#length;
    this.#added += 1;
    pending.ticket = this.#added;
    this.#pending.set(pending.ticket, pending);
    if (this.#cancel === undefined) this.#arm(this.#length);
  }

  remove(pending: Pending): void {
    this.#pending.delete(pending.ticket);
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
    for (const pending of this.#pending.values()) {
      if (pending.deadline > now) {
        if (this.#cancel === undefined) this.#arm(pending.deadline - now);
        return;
      }
      this.#pending.delete(pending.ticket);
      pending.expire();
    }
  }
}
