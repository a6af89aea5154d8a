import { performance } from 'node:perf_hooks';

/** ms between two looks at the event loop. */
const period = 50;
/** Looks without a question after which it rests: two seconds. A node that is idle has better things to do than to wake up for it. */
const patience = 40;
/** Of the newest look in the mean. */
const weight = 0.25;

/**
 * Measures how late the event loop is: a timer that should fire each 50 ms and a running mean of its delay.
 * A mean, so that one long garbage collection does not turn callers away. It measures while somebody asks.
 */
export class LoopProbe {
  readonly #limit: number;
  #timer: NodeJS.Timeout | undefined;
  #expected = 0;
  /** Looks since the last question. */
  #unasked = 0;
  #closed = true;
  #delay = 0;

  /** `limit`: ms of mean delay above which the node counts as overloaded. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  open(): void {
    this.#closed = false;
    this.#start();
  }

  #start(): void {
    this.#unasked = 0;
    this.#expected = performance.now() + period;
    this.#timer = setInterval(() => this.#look(), period);
    this.#timer.unref();
  }

  close(): void {
    this.#closed = true;
    this.#stop();
  }

  #stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#delay = 0;
  }

  /** ms. */
  get delay(): number {
    return this.#delay;
  }

  get overloaded(): boolean {
    this.#unasked = 0;
    if (this.#timer === undefined && !this.#closed) this.#start();
    return this.#delay > this.#limit;
  }

  #look(): void {
    this.#unasked += 1;
    if (this.#unasked > patience) {
      this.#stop();
      return;
    }
    const now = performance.now();
    this.#delay += (Math.max(0, now - this.#expected) - this.#delay) * weight;
    this.#expected = now + period;
  }
}
