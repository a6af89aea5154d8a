import type { Scheduler } from './scheduler.ts';

/** A process that may be killed between any two steps, and may stall: then nothing of it happens until it goes on. */
export class SimProcess {
  readonly #scheduler: Scheduler;
  #alive = true;
  #stalledUntil = 0;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  get alive(): boolean {
    return this.#alive;
  }

  /** Nothing of it happens any more. */
  kill(): void {
    this.#alive = false;
  }

  /** Nothing of it happens for `ms`. */
  stall(ms: number): void {
    this.#stalledUntil = this.#scheduler.elapsed + ms;
  }

  /** As a timer of the process; what comes in for it comes in by this, too. */
  after(ms: number, work: () => void): () => void {
    return this.#scheduler.after(ms, () => this.#do(work));
  }

  sleep(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  #do(work: () => void): void {
    if (!this.#alive) return;
    const wait = this.#stalledUntil - this.#scheduler.elapsed;
    // In the order in which it would have happened.
    if (wait > 0) this.#scheduler.after(wait, () => this.#do(work));
    else work();
  }
}
