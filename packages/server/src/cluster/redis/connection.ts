import { Redis } from 'ioredis';

/** ms; what a command may take. Nobody waits longer: what is asked of Redis can be done without. */
const commandTimeout = 500;

/** Commands under way at once; more are not sent, so that a slow Redis does not fill the memory. */
const mostUnderWay = 5000;

/** ms between two attempts to connect, at most. */
const slowestRetry = 2000;

/** The connections of this process to Redis, or to Valkey. Both are made anew for as long as it takes. */
export class RedisConnection {
  readonly #commands: Redis;
  /** A connection that listens can do nothing else. */
  readonly #listening: Redis;
  #underWay = 0;

  private constructor(url: string, log: (up: boolean, reason: string) => void) {
    const options = {
      connectTimeout: 3000,
      // What cannot be sent now is not worth sending later.
      enableOfflineQueue: false,
      maxRetriesPerRequest: 0,
      enableAutoPipelining: true,
      retryStrategy: (times: number) => Math.min(slowestRetry, 50 * 2 ** Math.min(times, 10)),
      lazyConnect: true,
    };
    this.#commands = new Redis(url, { ...options, commandTimeout });
    this.#listening = new Redis(url, { ...options, autoResubscribe: false });
    let reason = '';
    for (const one of [this.#commands, this.#listening]) {
      one.on('error', (error: Error) => {
        reason = error.message;
      });
    }
    let up = false;
    const tell = (): void => {
      const now = this.isUp;
      if (now !== up) log(now, now ? '' : reason);
      up = now;
    };
    for (const one of [this.#commands, this.#listening]) for (const event of ['ready', 'close']) one.on(event, tell);
  }

  /** Begins to connect; a Redis that is away is no reason to wait. `log` hears when it comes and goes. */
  static open(url: string, log: (up: boolean, reason: string) => void): RedisConnection {
    const made = new RedisConnection(url, log);
    for (const one of [made.#commands, made.#listening]) one.connect().catch(() => {});
    return made;
  }

  /** Whether it can be asked and heard. */
  get isUp(): boolean {
    return this.#commands.status === 'ready' && this.#listening.status === 'ready';
  }

  /** Calls `listener` now, if it is so, and each time that both connections are there again. */
  onUp(listener: () => void): void {
    const check = (): void => {
      if (this.isUp) listener();
    };
    for (const one of [this.#commands, this.#listening]) one.on('ready', check);
    check();
  }

  /** Calls `listener` when one of the connections is lost, and for each attempt to make it anew that fails. */
  onDown(listener: () => void): void {
    for (const one of [this.#commands, this.#listening]) one.on('close', listener);
  }

  /** The answer of a command; undefined when there is none. */
  async ask<T>(command: (redis: Redis) => Promise<T>): Promise<T | undefined> {
    if (this.#commands.status !== 'ready' || this.#underWay >= mostUnderWay) return undefined;
    this.#underWay += 1;
    try {
      return await command(this.#commands);
    } catch {
      return undefined;
    } finally {
      this.#underWay -= 1;
    }
  }

  /** Hears what is published in the channels that are joined. */
  onMessage(listener: (channel: string, text: string) => void): void {
    this.#listening.on('message', listener);
  }

  /** False when it could not be. */
  async join(channels: readonly string[]): Promise<boolean> {
    return this.#listen(() => this.#listening.subscribe(...channels));
  }

  async leave(channels: readonly string[]): Promise<boolean> {
    return this.#listen(() => this.#listening.unsubscribe(...channels));
  }

  /** Makes both connections anew: what lies silent on the way is given up. */
  renew(): void {
    for (const one of [this.#commands, this.#listening]) one.disconnect(true);
  }

  close(): void {
    this.#commands.disconnect();
    this.#listening.disconnect();
  }

  async #listen(command: () => Promise<unknown>): Promise<boolean> {
    if (this.#listening.status !== 'ready') return false;
    try {
      await command();
      return true;
    } catch {
      return false;
    }
  }
}
