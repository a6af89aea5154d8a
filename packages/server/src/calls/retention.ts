import type { Clock } from '../ports/clock.ts';

/** Rows a batch deletes, and the pause after it (ms), so that calls never wait long for the disk. */
const batch = 500;
const pause = 200;
const interval = 600_000;

/** Deletes what has outlived its time, a little at a time. */
export class Retention {
  readonly #options: {
    readonly clock: Clock;
    readonly prune: (now: number, limit: number) => Promise<number>;
    readonly onError: (error: unknown) => void;
  };
  #cancel: (() => void) | undefined;
  #closed = false;

  constructor(options: {
    readonly clock: Clock;
    /** Deletes at most `limit` rows of each kind, and says how many of the kind that has the most. */
    readonly prune: (now: number, limit: number) => Promise<number>;
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
    const { prune, clock } = this.#options;
    let deleted = 0;
    try {
      deleted = await prune(clock.now(), batch);
    } finally {
      this.#schedule(deleted >= batch ? pause : interval);
    }
  }
}
