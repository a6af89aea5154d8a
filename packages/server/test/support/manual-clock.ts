import type { Clock } from '../../src/ports/clock.ts';

/** A clock that stands still until the test moves it; timers fire in the order of their time. */
export class ManualClock implements Clock {
  #now: number;
  /** ms by which its time was set ahead. */
  #leapt = 0;
  #count = 0;
  readonly #timers = new Map<number, { readonly at: number; readonly fire: () => void }>();

  constructor(now = 1_700_000_000_000) {
    this.#now = now;
  }

  now(): number {
    return this.#now + this.#leapt;
  }

  steady(): number {
    return this.#now;
  }

  timer(ms: number, fire: () => void): () => void {
    this.#count += 1;
    const id = this.#count;
    this.#timers.set(id, { at: this.#now + Math.max(0, ms), fire });
    return () => this.#timers.delete(id);
  }

  /** Somebody sets the time ahead, by `ms`. */
  leap(ms: number): void {
    this.#leapt += ms;
  }

  /** Moves on by `ms`, stopping at each timer that falls due on the way. */
  advance(ms: number): void {
    const until = this.#now + ms;
    for (;;) {
      let next: [number, { readonly at: number; readonly fire: () => void }] | undefined;
      for (const timer of this.#timers) if (next === undefined || timer[1].at < next[1].at) next = timer;
      if (next === undefined || next[1].at > until) break;
      this.#timers.delete(next[0]);
      this.#now = Math.max(this.#now, next[1].at);
      next[1].fire();
    }
    this.#now = until;
  }
}
