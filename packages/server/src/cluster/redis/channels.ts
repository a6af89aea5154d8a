import type { RedisConnection } from './connection.ts';

/** Channels that one command names at most. */
const atOnce = 1000;

/** The channels that this node wants to hear, joined as far as Redis is there. */
export class Channels {
  readonly #connection: RedisConnection;
  readonly #wanted = new Set<string>();
  readonly #changes = new Map<string, 'join' | 'leave'>();
  #flushing = false;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
    // After a break nothing is joined any more.
    connection.onUp(() => {
      for (const channel of this.#wanted) this.#changes.set(channel, 'join');
      void this.#flush();
    });
  }

  join(channel: string): void {
    this.#wanted.add(channel);
    this.#changes.set(channel, 'join');
    void this.#flush();
  }

  leave(channel: string): void {
    this.#wanted.delete(channel);
    this.#changes.set(channel, 'leave');
    void this.#flush();
  }

  async #flush(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    // Everything of this turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#changes.size > 0) {
      for (const kind of ['leave', 'join'] as const) {
        const channels = [...this.#changes].filter(([, one]) => one === kind).map(([channel]) => channel);
        const some = channels.slice(0, atOnce);
        for (const channel of some) this.#changes.delete(channel);
        if (some.length === 0) continue;
        const done = kind === 'join' ? await this.#connection.join(some) : await this.#connection.leave(some);
        // When Redis is back, all are joined anew.
        if (!done) this.#changes.clear();
      }
    }
    this.#flushing = false;
  }
}
