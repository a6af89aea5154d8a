import type { RedisConnection } from './connection.ts';
import { inTurn } from './in-turn.ts';

/** ms between two rounds. */
const pace = 100;

/** ms for which what another process has said counts. */
const silence = 1000;

/** Rounds without a request after which a key is forgotten. */
const idle = 20;

/** Keys that one round is about at most; the others keep what was known of them. */
const atOnce = 500;

/** What this process knows of one key. */
interface Flight {
  /** Of this process, as it is at any moment. */
  usage: { readonly inFlight: number };
  /** At the other processes, as they said last. */
  others: number;
  /** Rounds without a request. */
  idle: number;
}

/** Says what is in flight here, and sums up what the others have said lately. By the clock of Redis. */
const script = `
local time = redis.call('TIME')
local ms = time[1] * 1000 + math.floor(time[2] / 1000)
local answer = {}
for i = 1, #KEYS do
  redis.call('HSET', KEYS[i], ARGV[1], ARGV[2 + i] .. ' ' .. ms)
  redis.call('PEXPIRE', KEYS[i], 5000)
  local sum = 0
  local said = redis.call('HGETALL', KEYS[i])
  for n = 1, #said, 2 do
    if said[n] ~= ARGV[1] then
      local count, at = string.match(said[n + 1], '^(%d+) (%d+)$')
      if at and ms - tonumber(at) < tonumber(ARGV[2]) then sum = sum + tonumber(count)
      else redis.call('HDEL', KEYS[i], said[n]) end
    end
  end
  answer[i] = sum
end
return answer`;

/**
 * What is in flight over all nodes, as each says ten times a second: no request waits for that, and a burst that begins at
 * several nodes at once may exceed a limit for as long. Without Redis each node has its share.
 */
export class RedisFlight {
  readonly #connection: RedisConnection;
  readonly #process: string;
  readonly #nodes: () => number;
  readonly #keys = new Map<string, Flight>();
  /** Whether the last round came to an answer. */
  #heard = false;
  #asking = false;
  /** There is none while nothing is in flight. */
  #timer: NodeJS.Timeout | undefined;

  /** `nodes`: how many there are. */
  constructor(options: {
    readonly connection: RedisConnection;
    readonly process: string;
    readonly nodes: () => number;
  }) {
    this.#connection = options.connection;
    this.#process = options.process;
    this.#nodes = options.nodes;
  }

  /** Whether there is room for one more request of `key` here, of `limit` at all nodes together. */
  room(key: string, usage: { readonly inFlight: number }, limit: number): boolean {
    const known = this.#keys.get(key);
    if (this.#timer === undefined) {
      this.#heard = this.#connection.isUp;
      this.#timer = setInterval(() => void this.#round(), pace).unref();
    }
    if (known === undefined) this.#keys.set(key, { usage, others: 0, idle: 0 });
    else Object.assign(known, { usage, idle: 0 });
    if (this.#heard) return usage.inFlight + (known?.others ?? 0) < limit;
    return usage.inFlight < Math.ceil(limit / Math.max(1, this.#nodes()));
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  async #round(): Promise<void> {
    if (this.#asking) return;
    for (const [key, flight] of this.#keys) {
      flight.idle += 1;
      // What is still under way here is still to be told.
      if (flight.idle > idle && flight.usage.inFlight === 0) this.#keys.delete(key);
    }
    const asked = inTurn(this.#keys, atOnce);
    if (asked.length === 0) {
      this.close();
      return;
    }
    this.#asking = true;
    const answer = await this.#connection.ask(
      (redis) =>
        redis.eval(
          script,
          asked.length,
          ...asked.map(([key]) => `ringback:flight:${key}`),
          this.#process,
          silence,
          ...asked.map(([, { usage }]) => usage.inFlight),
        ) as Promise<number[]>,
    );
    this.#asking = false;
    this.#heard = answer !== undefined;
    asked.forEach(([, flight], n) => {
      flight.others = answer?.[n] ?? 0;
    });
  }
}
