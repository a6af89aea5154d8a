import type { LookupAddress } from 'node:dns';

export type Lookup = (hostname: string, options: { readonly all: true }) => Promise<readonly LookupAddress[]>;

/** Names that wait for their turn; beyond that, one is refused at once. */
const mostWaiting = 16;

/**
 * Asks the system for names, one at a time: each takes a thread of the process, of which there are very few, until the system gives
 * up. Whoever asks is answered or refused in time all the same; a name whose asker is gone by its turn is not asked for any more.
 */
export class SystemLane {
  readonly #lookup: Lookup;
  readonly #patience: number;
  /** In the order in which they came: each takes its turn. */
  readonly #waiting = new Set<() => void>();
  #isBusy = false;

  /** `patience`: ms that an answer may take, the wait for the turn included. */
  constructor(lookup: Lookup, patience: number) {
    this.#lookup = lookup;
    this.#patience = patience;
  }

  /** Rejects when there are no addresses, when nobody said so in time, and when too many names wait already. */
  ask(hostname: string): Promise<readonly LookupAddress[]> {
    if (this.#waiting.size >= mostWaiting) {
      return Promise.reject(refusal(hostname, 'EAGAIN', 'the system is being asked for too many names already'));
    }
    return new Promise((resolve, reject) => {
      const take = async (): Promise<void> => {
        this.#isBusy = true;
        try {
          resolve(await this.#lookup(hostname, { all: true }));
        } catch (error) {
          reject(error);
        }
        clearTimeout(timer);
        this.#next();
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(take);
        reject(refusal(hostname, 'ETIMEOUT', `the system did not answer within ${this.#patience} ms`));
      }, this.#patience);
      if (this.#isBusy) this.#waiting.add(take);
      else void take();
    });
  }

  #next(): void {
    const [take] = this.#waiting;
    this.#isBusy = take !== undefined;
    if (take === undefined) return;
    this.#waiting.delete(take);
    take();
  }
}

const refusal = (hostname: string, code: string, why: string): Error =>
  Object.assign(new Error(`${hostname} was not found: ${why} (${code})`), { code });
