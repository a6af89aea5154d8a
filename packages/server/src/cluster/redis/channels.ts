import type { RedisConnection } from './connection.ts';

/** Channels that one command names at most. */
const atOnce = 1000;

interface Change {
  readonly kind: 'join' | 'leave';
  readonly done: () => void;
}

/** The channels that this node wants to hear, joined as far as Redis is there. */
export class Channels {
  readonly #connection: RedisConnection;
  readonly #wanted = new Set<string>();
  readonly #changes = new Map<string, Change>();
  #flushing = false;

  constructor(connection: RedisConnection) {
    this.#connection = connection;
    // After a break nothing is joined any more.
    connection.onUp(() => {
      for (const channel of this.#wanted) void this.#change(channel, 'join');
    });
  }

  /** Resolves when the channel is heard, or when it is known that it cannot be for now. */
  join(channel: string): Promise<void> {
    this.#wanted.add(channel);
    return this.#change(channel, 'join');
  }

  leave(channel: string): void {
    this.#wanted.delete(channel);
    void this.#change(channel, 'leave');
  }

  #change(channel: string, kind: Change['kind']): Promise<void> {
    const before = this.#changes.get(channel);
    return new Promise((resolve) => {
      const done = (): void => {
        before?.done();
        resolve();
      };
      this.#changes.set(channel, { kind, done });
      void this.#flush();
    });
  }

  async #flush(): Promise<void> {
    if (this.#flushing) return;
    this.#flushing = true;
    // Everything of this turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#changes.size > 0) {
      for (const kind of ['leave', 'join'] as const) {
        const some = [...this.#changes].filter(([, one]) => one.kind === kind).slice(0, atOnce);
        if (some.length === 0) continue;
        const channels = some.map(([channel]) => channel);
        for (const channel of channels) this.#changes.delete(channel);
        const went = kind === 'join' ? await this.#connection.join(channels) : await this.#connection.leave(channels);
        for (const [, { done }] of some) done();
        if (went) continue;
        // When Redis is back, all are joined anew.
        const rest = [...this.#changes.values()];
        this.#changes.clear();
        for (const { done } of rest) done();
      }
    }
    this.#flushing = false;
  }
}
