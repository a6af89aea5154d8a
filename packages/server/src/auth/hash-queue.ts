/** Each takes memory, and one of the few threads that the whole process has for the work of files and names, too. */
const atOnce = 2;

/** Strangers that wait. */
const most = 20;

/** Lets passwords be hashed two at a time. Whoever is known comes before strangers, of whom only a few wait. */
export class HashQueue {
  readonly #known: (() => void)[] = [];
  readonly #strangers: (() => void)[] = [];
  #running = 0;

  /** Whether a stranger must go away. */
  get isFull(): boolean {
    return this.#strangers.length >= most;
  }

  async take<T>(isKnown: boolean, work: () => Promise<T>): Promise<T> {
    if (this.#running < atOnce) this.#running += 1;
    else await new Promise<void>((resolve) => (isKnown ? this.#known : this.#strangers).push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#known.shift() ?? this.#strangers.shift();
      if (next === undefined) this.#running -= 1;
      // In the place of this one.
      else next();
    }
  }
}
