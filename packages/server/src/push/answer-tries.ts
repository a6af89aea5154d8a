/** Answers that one token may give within a window, and its length in ms. */
export const [mostTries, window] = [10, 10_000];

/**
 * Tokens that are remembered, and how many are forgotten at once when there are more: those that came first. Nothing is let in by
 * that: the call refuses a second answer by itself, and a repeated one is only told so. To refuse new tokens instead would shut
 * out whoever is rung.
 */
const [mostTokens, fewer] = [20_000, 2000];

/** What was done with one token on this node. */
interface Tries {
  /** ms; that of its ring: then nobody needs to know any more. */
  readonly until: number;
  began: number;
  count: number;
  /** The answer that was taken. */
  done: string;
  /** What was noted last. */
  noted: string;
}

/** How often each token was used, and with what result, as long as its ring lasts: whoever repeats an answer costs little. */
export class AnswerTries {
  readonly #tokens = new Map<string, Tries>();
  #sweptAt = 0;

  /** Tokens that are remembered. */
  get size(): number {
    return this.#tokens.size;
  }

  /** Whether the token was used here before. */
  has(token: string): boolean {
    return this.#tokens.has(token);
  }

  /** One more use of a token that is good until then (both in ms); undefined when these are too many. */
  use(token: string, until: number, now: number): Tries | undefined {
    let tries = this.#tokens.get(token);
    if (tries === undefined) {
      this.#sweep(now);
      tries = { until, began: now, count: 0, done: '', noted: '' };
      this.#tokens.set(token, tries);
      if (this.#tokens.size > mostTokens) this.#forgetFirst(fewer);
    }
    if (now - tries.began >= window) {
      tries.began = now;
      tries.count = 0;
    }
    if (tries.count >= mostTries) return undefined;
    tries.count += 1;
    return tries;
  }

  #forgetFirst(count: number): void {
    let left = count;
    for (const token of this.#tokens.keys()) {
      if (left === 0) return;
      this.#tokens.delete(token);
      left -= 1;
    }
  }

  #sweep(now: number): void {
    if (now - this.#sweptAt < window) return;
    this.#sweptAt = now;
    for (const [token, { until }] of this.#tokens) if (until <= now) this.#tokens.delete(token);
  }
}
