import type { Rates } from '../../ports/rates.ts';
import type { RedisConnection } from './connection.ts';
import { RedisFlight } from './flight.ts';
import { inTurn } from './in-turn.ts';

/** ms between two rounds. */
const pace = 100;

/** Pieces of time that a second is counted in, and one more for what lies between two rounds. */
const buckets = 11;

/** Rounds without a request after which a key is forgotten; nothing of it counts any more then. */
const idle = 20;

/** ms between two rounds while nothing is asked for: only so often that the others count this process. */
const rest = 1000;

/** ms after the first request in a calm before the others are to know of it: until then each node gives away its whole share. */
const first = 5;

/** Keys that one round asks for at most; the others keep what they have until it is their turn. */
const atOnce = 1000;

/** s; what counts of a process that is silent. */
const silence = 3;

/** What this node knows of one key. */
interface Tokens {
  limit: number;
  /** Tokens from Redis, good for this round. */
  left: number;
  /** The piece of time that they are counted in. */
  from: number;
  /** Of those before, to be given back, and where they are counted. */
  unused: number;
  unusedFrom: number;
  /** Requests that may be accepted beyond the tokens. */
  extra: number;
  /** Those that were: Redis is yet to hear of them. */
  owed: number;
  /** Asked for since the last round, accepted or not. */
  wanted: number;
  /** Rounds without a request. */
  idle: number;
}

/**
 * One round: takes back what was not used, counts what was accepted unasked, and hands out what is left of each second. All of it
 * by the clock of Redis. KEYS: the processes, then the keys. ARGV: the process, the pieces, the silence, then for
 * each key its limit, what is wanted, what comes back and from which piece, and what is owed.
 */
const script = `
local time = redis.call('TIME')
local ms = time[1] * 1000 + math.floor(time[2] / 1000)
local now = math.floor(ms / 100)
redis.call('ZADD', KEYS[1], ms, ARGV[1])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', ms - ARGV[3] * 1000)
redis.call('PEXPIRE', KEYS[1], ARGV[3] * 1000)
local answer = { redis.call('ZCARD', KEYS[1]), now }
for i = 2, #KEYS do
  local at = 4 + (i - 2) * 5
  local limit, wanted, back, from, owed =
    tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3]), tonumber(ARGV[at + 4])
  if back > 0 and from > now - ARGV[2] then redis.call('HINCRBY', KEYS[i], from, -back) end
  local used = owed
  local counted = redis.call('HGETALL', KEYS[i])
  for n = 1, #counted, 2 do
    if tonumber(counted[n]) <= now - ARGV[2] then redis.call('HDEL', KEYS[i], counted[n])
    else used = used + tonumber(counted[n + 1]) end
  end
  local granted = math.max(0, math.min(wanted, limit - used))
  if granted + owed > 0 then
    redis.call('HINCRBY', KEYS[i], now, granted + owed)
    redis.call('PEXPIRE', KEYS[i], 3000)
  end
  answer[i * 2 - 1] = granted
  answer[i * 2] = math.max(0, limit - used - granted)
end
return answer`;

/**
 * Rates over all nodes. Ten times a second each node takes as many tokens from Redis as it is likely to need; no request
 * waits for that. A burst beyond them is met from half of the node's share of what nobody has taken, and told afterwards:
 * bursts at several nodes within the same round may so exceed a limit by half, once. A key that was not asked for lately,
 * or any while Redis is away, has its share of the limit.
 */
export class RedisRates implements Rates {
  readonly #connection: RedisConnection;
  readonly #process: string;
  readonly #keys = new Map<string, Tokens>();
  /** Nodes that share the limits, as far as is known. */
  #nodes = 1;
  #asking = false;
  #closed = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #flight: RedisFlight;

  /** `process` is another one in each process, and after each restart. */
  constructor(options: { readonly connection: RedisConnection; readonly process: string }) {
    this.#connection = options.connection;
    this.#process = options.process;
    options.connection.onUp(() => void this.#round());
    this.#arm();
    this.#flight = new RedisFlight({ ...options, nodes: () => this.#nodes });
  }

  free(key: string, limit: number): boolean {
    let tokens = this.#keys.get(key);
    if (tokens === undefined) {
      const extra = this.#share(limit);
      tokens = { limit, left: 0, from: 0, unused: 0, unusedFrom: 0, extra, owed: 0, wanted: 0, idle: 0 };
      this.#keys.set(key, tokens);
      if (this.#keys.size === 1) this.#arm(first);
    }
    tokens.limit = limit;
    tokens.idle = 0;
    tokens.wanted += 1;
    return tokens.left + tokens.extra >= 1;
  }

  take(key: string): void {
    const tokens = this.#keys.get(key);
    if (tokens === undefined) return;
    if (tokens.left >= 1) tokens.left -= 1;
    else {
      tokens.extra -= 1;
      tokens.owed += 1;
    }
  }

  room(key: string, usage: { readonly inFlight: number }, limit: number): boolean {
    return this.#flight.room(key, usage, limit);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#flight.close();
  }

  #arm(ms = this.#keys.size === 0 ? rest : pace): void {
    clearTimeout(this.#timer);
    if (this.#closed) return;
    const next = (): void => {
      this.#arm();
      void this.#round();
    };
    this.#timer = setTimeout(next, ms).unref();
  }

  #share(limit: number): number {
    return limit === 0 ? 0 : Math.max(1, Math.floor(limit / this.#nodes));
  }

  async #round(): Promise<void> {
    if (this.#asking) return;
    for (const [key, tokens] of this.#keys) {
      tokens.idle += 1;
      if (tokens.idle > idle) this.#keys.delete(key);
    }
    const asked = inTurn(this.#keys, atOnce);
    const sent = asked.map(([, tokens]) => {
      const { limit, wanted, unused, unusedFrom, owed } = tokens;
      tokens.wanted = 0;
      // A little more than in the last round, so that a demand that grows is met.
      return [limit, Math.min(limit, Math.ceil(wanted * 1.5) + 1), unused, unusedFrom, owed] as const;
    });
    this.#asking = true;
    const keys = ['ringback:nodes', ...asked.map(([key]) => `ringback:rate:${key}`)];
    const answer = await this.#connection.ask(
      (redis) =>
        redis.eval(script, keys.length, ...keys, this.#process, buckets, silence, ...sent.flat()) as Promise<number[]>,
    );
    this.#asking = false;
    if (answer === undefined) {
      for (const [, tokens] of asked) this.#fallBack(tokens);
      return;
    }
    const [nodes = 1, now = 0, ...granted] = answer;
    this.#nodes = Math.max(1, nodes);
    asked.forEach(([, tokens], n) => {
      const free = granted[2 * n + 1] ?? 0;
      // What was accepted while the answer was on its way is told in the next round.
      tokens.owed -= sent[n]?.[4] ?? 0;
      // Tokens are good for one round: what is left of the last ones goes back with the next.
      [tokens.unused, tokens.unusedFrom] = [tokens.left, tokens.from];
      [tokens.left, tokens.from] = [granted[2 * n] ?? 0, now];
      const most = this.#nodes === 1 ? free : Math.max(Math.min(1, free), Math.floor(free / (2 * this.#nodes)));
      tokens.extra = Math.max(0, most - tokens.owed);
    });
  }

  /** Without Redis a node enforces its share: a tenth of it comes in each round. */
  #fallBack(tokens: Tokens): void {
    const share = this.#share(tokens.limit);
    tokens.extra = Math.min(share, tokens.left + tokens.extra + share / (1000 / pace));
    [tokens.left, tokens.from, tokens.unused, tokens.unusedFrom] = [0, 0, 0, 0];
    // What was accepted meanwhile is too old to be told once it is back.
    tokens.owed = 0;
  }
}
