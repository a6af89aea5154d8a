/** Answers that one token may give within a window, and its length in ms. */
const [mostTries, window] = [10, 10_000];

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

  /** One more use of a token that is good until then (both in ms); undefined when these are too many. */
  use(token: string, until: number, now: number): Tries | undefined {
    let tries = this.#tokens.get(token);
    if (tries === undefined) {
      this.#sweep(now);
      tries = { until, began: now, count: 0, done: '', noted: '' };
      this.#tokens.set(token, tries);
    }
    if (now - tries.began >= window) {
      tries.began = now;
      tries.count = 0;
    }
    if (tries.count >= mostTries) return undefined;
    tries.count += 1;
    return tries;
  }

  /** Only signed tokens come in, so there are no more of them than rings. */
  #sweep(now: number): void {
    if (now - this.#sweptAt < window) return;
    this.#sweptAt = now;
    for (const [token, { until }] of this.#tokens) if (until <= now) this.#tokens.delete(token);
  }
}
