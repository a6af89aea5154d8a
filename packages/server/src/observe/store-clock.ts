import { performance } from 'node:perf_hooks';
import type { Clock, FollowingClock } from '../ports/clock.ts';
import { makeSystemClock } from './system-clock.ts';

/** ms that are lost by rounding. */
const rounding = 1;

/**
 * A clock that gives the time of a store, as far as that is known from questions and answers. Between them it goes by a
 * clock that nobody sets, so that a machine whose time is changed meanwhile agrees with the others all the same.
 *
 * The first comparison sets it; later ones move it ahead at once, and back by going slower.
 */
export class StoreClock implements FollowingClock {
  readonly #wall: () => number;
  readonly #steady: () => number;
  /** What the steady clock lacks to be the store's. */
  #base: number;
  #set = false;
  #clock: Clock;
  #offBy = 0;

  /** `wall`: this machine's time, ms; `steady`: ms of a clock that nobody sets. */
  constructor(wall: () => number = Date.now, steady: () => number = () => performance.now()) {
    this.#wall = wall;
    this.#steady = steady;
    this.#base = wall() - steady();
    this.#clock = this.#made();
  }

  get offBy(): number {
    return this.#offBy;
  }

  now(): number {
    return this.#clock.now();
  }

  timer(ms: number, fire: () => void): () => void {
    return this.#clock.timer(ms, fire);
  }

  steady(): number {
    return this.#steady();
  }

  follow(time: number, sentAt: number, gotAt: number): void {
    const base = time - (sentAt + gotAt) / 2;
    const inDoubt = (gotAt - sentAt) / 2 + rounding;
    // What the answer leaves in doubt is no reason to move.
    if (!this.#set || Math.abs(base - this.#base) > inDoubt) this.#base = base;
    this.#offBy = Math.round(this.#wall() - this.#steady() - this.#base);
    if (this.#set) return;
    this.#set = true;
    this.#clock = this.#made();
  }

  #made(): Clock {
    return makeSystemClock(() => this.#steady() + this.#base, this.#steady);
  }
}
