import type { Clock } from '../ports/clock.ts';
import type { CallStore } from '../ports/store.ts';

const day = 86_400_000;
/** Rows a batch deletes, and the pause after it, so that calls never wait long for the disk. */
const batch = 500;
const pause = 200;
const interval = 600_000;

/** Deletes records and history that have outlived their time, a little at a time. */
export class Retention {
  readonly #options: {
    readonly store: CallStore;
    readonly clock: Clock;
    readonly keepDays: number;
    readonly timelineDays: number;
    readonly onError: (error: unknown) => void;
  };
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: {
    readonly store: CallStore;
    readonly clock: Clock;
    /** Days that records are kept. */
    readonly keepDays: number;
    /** Days that the history of a call is kept. */
    readonly timelineDays: number;
    readonly onError: (error: unknown) => void;
  }) {
    this.#options = options;
  }

  open(): void {
    this.#schedule(pause);
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  #schedule(ms: number): void {
    if (this.#closed) return;
    this.#cancel = this.#options.clock.timer(ms, () => {
      this.#sweep().catch(this.#options.onError);
    });
  }

  async #sweep(): Promise<void> {
    const { store, clock, keepDays, timelineDays } = this.#options;
    let deleted = 0;
    try {
      deleted = await store.prune(clock.now() - keepDays * day, clock.now() - timelineDays * day, batch);
    } finally {
      this.#schedule(deleted >= batch ? pause : interval);
    }
  }
}
