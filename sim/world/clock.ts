import { StoreClock } from '../../packages/server/src/observe/store-clock.ts';
import type { Clock } from '../../packages/server/src/ports/clock.ts';
import type { SimProcess } from './process.ts';
import { beginning, type Scheduler } from './scheduler.ts';

/** How far the clock of a machine is off. */
export interface Skew {
  /** ms. */
  readonly offset: number;
  /** Seconds that it gains in a second. */
  readonly drift: number;
}

/** The clock of a node: the product's own, which follows the database's, on a machine whose time is wrong. */
export class SimClock implements Clock {
  readonly #process: SimProcess;
  readonly #clock: StoreClock;

  constructor(scheduler: Scheduler, process: SimProcess, skew: Skew) {
    this.#process = process;
    const steady = (): number => scheduler.elapsed * (1 + skew.drift) + scheduler.skipped;
    this.#clock = new StoreClock(() => steady() + beginning + skew.offset, steady);
  }

  now(): number {
    return this.#clock.now();
  }

  steady(): number {
    return this.#clock.steady();
  }

  follow(time: number, sentAt: number, gotAt: number): void {
    this.#clock.follow(time, sentAt, gotAt);
  }

  timer(ms: number, fire: () => void): () => void {
    return this.#process.after(Math.max(0, Math.ceil(ms)), fire);
  }
}
