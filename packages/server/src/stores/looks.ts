/** Looks take no more than a fifth of the time, however often they are asked for. */
const share = 5;

/** ms by which the time of looks may run ahead of that: a single look begins at once, and only many in a row are slowed. */
const ahead = 1000;

/** ms that a look waits at most after another one, however long that took or hung: what changes meanwhile must not stay unknown. */
const longestRest = 1000;

/** Looks at the same thing that many ask for: one at a time, and whoever asks meanwhile shares the next one. */
export class Looks {
  readonly #look: () => Promise<void>;
  readonly #pace: number;
  #next: Promise<void> | undefined;
  #last: Promise<void> = Promise.resolve();
  /** ms of `performance.now`; by then the looks so far have taken no more than their share. */
  #evenAt = 0;

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
    const rest = (): Promise<void> => this.#rest(begun);
    this.#last = done.then(rest, rest);
    await done;
  }

  /** Resolves when the next look may begin. */
  #rest(begun: number): Promise<void> {
    const now = performance.now();
    const evenAt = Math.max(this.#evenAt, begun) + share * (now - begun);
    this.#evenAt = Math.min(evenAt, now + ahead + longestRest);
    return new Promise((resolve) => {
      setTimeout(resolve, Math.max(this.#pace, this.#evenAt - ahead - now)).unref();
    });
  }
}
