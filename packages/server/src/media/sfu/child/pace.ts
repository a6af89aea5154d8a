/**
 * Counts what comes of something against a rate. The process itself may stand still for a while: what has come meanwhile
 * is taken all at once afterwards, and may be as much as the time makes it. Times are ms.
 */
export class Pace {
  readonly #rate: number;
  #since: number;
  #count = 0;
  #allowed: number;

  /** `rate`: how many may come in a second. */
  constructor(rate: number, now = performance.now()) {
    this.#rate = rate;
    this.#since = now;
    this.#allowed = rate;
  }

  /** One more has come; false when it is one too many. */
  take(now: number): boolean {
    this.#count += 1;
    return this.#count <= this.#allowed || this.#count <= this.#most(now);
  }

  #most(now: number): number {
    return (this.#rate * Math.max(1000, now - this.#since)) / 1000;
  }

  /** To be called once a second; gives how many have come since the last time. */
  second(now: number): number {
    const count = this.#count;
    // What came while the process stood still may only be taken after this.
    this.#allowed = this.#most(now);
    this.#since = now;
    this.#count = 0;
    return count;
  }
}
