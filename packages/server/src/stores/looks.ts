/** A look takes no more than a fifth of the time, however often it is asked for. */
const rest = 4;

/** ms that a look waits at most after another one, however long that took or hung: what changes meanwhile must not stay unknown. */
const longestRest = 1000;

/** Looks at the same thing that many ask for: one at a time, and whoever asks meanwhile shares the next one. */
export class Looks {
  readonly #look: () => Promise<void>;
  readonly #pace: number;
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();

  /** `pace`: ms between two looks at least. */
  constructor(options: { readonly look: () => Promise<void>; readonly pace: number }) {
    this.#look = options.look;
    this.#pace = options.pace;
  }

  /** Resolves when a look that begins from now on is done, and rejects when that comes to nothing. */
  ask(): Promise<void> {
    this.#next ??= this.#following(this.#last);
    return this.#next;
  }

  async #following(last: Promise<void>): Promise<void> {
    await last;
    // What is asked for from here on this look may not see any more.
    this.#next = undefined;
    const begun = performance.now();
    const done = this.#look();
    const pause = (): Promise<void> => {
      const ms = Math.min(longestRest, Math.max(this.#pace, rest * (performance.now() - begun)));
      return new Promise((resolve) => {
        setTimeout(resolve, ms).unref();
      });
    };
    this.#last = done.then(pause, pause);
    await done;
  }
}
