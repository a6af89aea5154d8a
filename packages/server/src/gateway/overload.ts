import { performance } from 'node:perf_hooks';

/** ms between two looks at the event loop. */
const period = 50;
/** Of the newest look in the mean. */
const weight = 0.25;

/**
 * Measures how late the event loop is: a timer that should fire each 50 ms and a running mean of its delay.
 * A mean, so that one long garbage collection does not turn callers away.
 */
export class LoopProbe {
  readonly #limit: number;
  #timer: NodeJS.Timeout | undefined;
  #expected = 0;
  #delay = 0;

  /** `limit`: ms of mean delay above which the node counts as overloaded. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  open(): void {
    this.#expected = performance.now() + period;
    this.#timer = setInterval(() => this.#look(), period);
    this.#timer.unref();
  }

  close(): void {
    clearInterval(this.#timer);
  }

  /** ms. */
  get delay(): number {
    return this.#delay;
  }

  get overloaded(): boolean {
    return this.#delay > this.#limit;
  }

  #look(): void {
    const now = performance.now();
    this.#delay += (Math.max(0, now - this.#expected) - this.#delay) * weight;
    this.#expected = now + period;
  }
}
