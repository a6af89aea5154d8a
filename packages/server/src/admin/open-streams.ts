import type { StreamHost } from './stream.ts';

/** Counts the streams of a kind that are open, so that nobody opens more than their share. */
export class OpenStreams {
  readonly #perOperator: number;
  readonly #inAll: number;
  readonly #open = new Map<string, number>();
  #total = 0;

  constructor(most: { readonly perOperator: number; readonly inAll: number }) {
    this.#perOperator = most.perOperator;
    this.#inAll = most.inAll;
  }

  /** The bound that somebody has reached; undefined when they may open another. */
  full(who: string): number | undefined {
    if ((this.#open.get(who) ?? 0) >= this.#perOperator) return this.#perOperator;
    return this.#total >= this.#inAll ? this.#inAll : undefined;
  }

  /** Counts one until its receiver has gone, which is also when it was sent whole. */
  add(who: string, { signal }: Pick<StreamHost, 'signal'>): void {
    if (signal.aborted) return;
    this.#open.set(who, (this.#open.get(who) ?? 0) + 1);
    this.#total += 1;
    const remove = (): void => {
      const left = (this.#open.get(who) ?? 1) - 1;
      if (left === 0) this.#open.delete(who);
      else this.#open.set(who, left);
      this.#total -= 1;
    };
    signal.addEventListener('abort', remove, { once: true });
  }
}
