import type { Redis } from 'ioredis';
import type { DeviceId, SdkAppId, UserId } from 'ringback-protocol';
import { clocksDiffer } from '../../ports/clock.ts';
import type { OnlineDevice, Presence } from '../../ports/presence.ts';
import { LocalPresence } from '../local/presence.ts';
import type { RedisConnection } from './connection.ts';

/** A device in Redis, with the process that holds its socket. */
interface Kept {
  readonly at: string;
  readonly platform: OnlineDevice['platform'];
  readonly since: number;
}

/** ms between two signs of life, and how long one counts: what a process held that is silent for longer is offline. */
const pulse = 1000;
const silence = 5000;

/** s; after which nothing is left of users whom no living process has announced. */
const keep = 3600;

/** Pulses after which a process announces its users again, so that they are not forgotten. */
const announceEvery = 600;

/** Users, or devices, that are announced in one go. */
const atOnce = 500;

/** Doubts that are remembered; what is more is said when all is said again. */
const mostDoubts = 50_000;

const keyOf = (app: SdkAppId, userId: UserId): string => `ringback:online:${app}:${userId}`;
const life = 'ringback:alive:';
const lifeOf = (process: string): string => `${life}${process}`;

/**
 * Puts devices in, each under the key of its user; but none that has signed in anew at another process that is alive: who says
 * so has not noticed yet. A script as `takeOut` is: commands of a kind go to Redis in their order, while a transaction would
 * overtake what has been gathered before it.
 */
const putIn = `local keep, life, differ = ARGV[1], ARGV[2], tonumber(ARGV[3])
local function isNewer(text, than)
  local read, kept = pcall(cjson.decode, text)
  if not read or type(kept) ~= 'table' or type(kept.at) ~= 'string' or type(kept.since) ~= 'number' then return false end
  return kept.at ~= than.at and kept.since > than.since + differ and redis.call('EXISTS', life .. kept.at) == 1
end
for n, key in ipairs(KEYS) do
  local device, text = ARGV[2 * n + 2], ARGV[2 * n + 3]
  local kept = redis.call('HGET', key, device)
  if not kept or not isNewer(kept, cjson.decode(text)) then redis.call('HSET', key, device, text) end
  redis.call('EXPIRE', key, keep)
end`;

/** Takes a device out, unless another process has it by now. */
const takeOut = `local kept = redis.call('HGET', KEYS[1], ARGV[1])
if kept and cjson.decode(kept).at == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end`;

/**
 * Who is signed in, on all nodes. What this node holds it knows itself; what others hold is in Redis, and counts as long
 * as they give signs of life. Without Redis, only what this node holds is known.
 */
export class RedisPresence implements Presence {
  readonly #connection: RedisConnection;
  readonly #process: string;
  readonly #local = new LocalPresence();
  /** By key, what this node holds. */
  readonly #mine = new Map<string, Map<DeviceId, string>>();
  /** What Redis may not have heard: it is said again with the next sign of life. */
  readonly #doubts = new Map<string, { readonly key: string; readonly device: DeviceId }>();
  #pulses = 0;
  /** An announcement has come to nothing. */
  #unannounced = false;
  readonly #timer: NodeJS.Timeout;

  /** `process` is another one in each process, and after each restart. */
  constructor(options: { readonly connection: RedisConnection; readonly process: string }) {
    this.#connection = options.connection;
    this.#process = options.process;
    // A Redis that comes back may have come back empty.
    options.connection.onUp(() => {
      this.#live();
      void this.#announce();
    });
    this.#timer = setInterval(() => {
      this.#live();
      this.#sayAgain();
      this.#pulses += 1;
      if (this.#pulses % announceEvery === 0 || this.#unannounced) void this.#announce();
    }, pulse).unref();
  }

  online(app: SdkAppId, userId: UserId, device: OnlineDevice): void {
    this.#local.online(app, userId, device);
    const key = keyOf(app, userId);
    const kept: Kept = { at: this.#process, platform: device.platform, since: device.since };
    const text = JSON.stringify(kept);
    let devices = this.#mine.get(key);
    if (devices === undefined) {
      devices = new Map();
      this.#mine.set(key, devices);
    }
    devices.set(device.device, text);
    void this.#say(key, device.device);
  }

  offline(app: SdkAppId, userId: UserId, device: DeviceId): void {
    this.#local.offline(app, userId, device);
    const key = keyOf(app, userId);
    const devices = this.#mine.get(key);
    devices?.delete(device);
    if (devices?.size === 0) this.#mine.delete(key);
    void this.#say(key, device);
  }

  async isElsewhere(app: SdkAppId, userId: UserId, device: DeviceId): Promise<boolean> {
    const hash = await this.#connection.ask((redis) => redis.hgetall(keyOf(app, userId)));
    const other = this.#othersIn(hash ?? {}).find((one) => one.device === device);
    return other !== undefined && (await this.#alive(new Set([other.at]))).size === 1;
  }

  async devices(app: SdkAppId, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, readonly OnlineDevice[]>> {
    const mine = await this.#local.devices(app, userIds);
    const hashes = await Promise.all(
      userIds.map((userId) => this.#connection.ask((redis) => redis.hgetall(keyOf(app, userId)))),
    );
    const others = hashes.map((hash) => this.#othersIn(hash ?? {}));
    const alive = await this.#alive(new Set(others.flat().map(({ at }) => at)));
    const found = new Map<UserId, readonly OnlineDevice[]>();
    userIds.forEach((userId, n) => {
      const all = new Map<DeviceId, OnlineDevice>();
      for (const { at, ...device } of others[n] ?? []) if (alive.has(at)) all.set(device.device, device);
      for (const device of mine.get(userId) ?? []) all.set(device.device, device);
      if (all.size > 0) found.set(userId, [...all.values()].sort(inOrder));
    });
    return found;
  }

  /** Nothing of this process is online any more. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    await this.#connection.ask((redis) => redis.del(lifeOf(this.#process)));
  }

  #othersIn(hash: Readonly<Record<string, string>>): readonly (OnlineDevice & { readonly at: string })[] {
    const found = [];
    for (const [device, text] of Object.entries(hash)) {
      const kept = keptOf(text);
      if (kept !== undefined && kept.at !== this.#process) found.push({ ...kept, device: device as DeviceId });
    }
    return found;
  }

  /** Those of the processes that have given a sign of life lately. */
  async #alive(processes: ReadonlySet<string>): Promise<ReadonlySet<string>> {
    if (processes.size === 0) return processes;
    const all = [...processes];
    const signs = await this.#connection.ask((redis) => redis.mget(all.map(lifeOf)));
    return new Set(all.filter((_, n) => (signs?.[n] ?? null) !== null));
  }

  /** Writes down where a device is now: here, or not here any more. */
  async #say(key: string, device: DeviceId): Promise<void> {
    const text = this.#mine.get(key)?.get(device);
    const said = await this.#connection.ask(async (redis) => {
      if (text === undefined) await redis.eval(takeOut, 1, key, device, this.#process);
      else await putAll(redis, [[key, device, text]]);
      return true;
    });
    if (said === undefined && this.#doubts.size < mostDoubts) this.#doubts.set(`${key} ${device}`, { key, device });
  }

  #sayAgain(): void {
    if (this.#doubts.size === 0 || !this.#connection.isUp) return;
    const some = [...this.#doubts].slice(0, atOnce);
    for (const [name, { key, device }] of some) {
      this.#doubts.delete(name);
      void this.#say(key, device);
    }
  }

  #live(): void {
    void this.#connection.ask((redis) => redis.set(lifeOf(this.#process), '1', 'PX', silence));
  }

  /** Writes down all that this node holds. */
  async #announce(): Promise<void> {
    this.#unannounced = false;
    const all = [...this.#mine];
    for (let at = 0; at < all.length; at += atOnce) {
      const some = all.slice(at, at + atOnce);
      // As they are now: some may have gone while others were announced.
      const said = await this.#connection.ask(async (redis) => {
        await putAll(
          redis,
          some.flatMap(([key, devices]) => [...devices].map(([device, text]) => [key, device, text] as const)),
        );
        return true;
      });
      if (said === undefined) {
        this.#unannounced = true;
        return;
      }
    }
  }
}

/** Of sign-ins in the same millisecond the order is the same on all nodes, too. */
const inOrder = (a: OnlineDevice, b: OnlineDevice): number => a.since - b.since || (a.device < b.device ? -1 : 1);

/** Devices as key, device and text. */
const putAll = (redis: Redis, all: readonly (readonly [string, DeviceId, string])[]): Promise<unknown> =>
  redis.eval(
    putIn,
    all.length,
    ...all.map(([key]) => key),
    keep,
    life,
    clocksDiffer,
    ...all.flatMap(([, device, text]) => [device, text]),
  );

/** Undefined for what no node of this installation has written. */
export function keptOf(text: string): Kept | undefined {
  try {
    const kept = JSON.parse(text) as Kept | null;
    const isWhole = typeof kept?.at === 'string' && typeof kept.since === 'number' && typeof kept.platform === 'string';
    return isWhole ? kept : undefined;
  } catch {
    return undefined;
  }
}
