import type { DeviceId, NodeId, UserId } from 'ringback-protocol';
import type { Scheduler } from '../world/scheduler.ts';

/** ms of `elapsed`: when something was not as it should be. */
interface Disturbance {
  readonly node: NodeId;
  readonly from: number;
  until: number;
}

/** What is known of a device where the server has heard of it. */
interface Sign {
  /** ms of `elapsed`. */
  heardAt: number;
  signedInAt: number;
  node: NodeId;
  /** ms of the clock of that node; when its session began. */
  since: number;
}

/** A session of a device that was kicked. */
interface Kick {
  /** ms of `elapsed`. */
  readonly at: number;
  /** ms of the clock of its node; when the session began. */
  readonly since: number;
  /** ms of `elapsed`; when it was looked last whether the device has come back, while the device is still being taken out. */
  lookedAt: number | undefined;
}

/** What the judge knows of the world besides the database: who did what, who was heard of, what was broken when. */
export class Journal {
  readonly #scheduler: Scheduler;
  readonly #did = new Set<string>();
  /** Kicks under way, by the node that does it and the user. */
  readonly #kicks = new Map<string, number>();
  readonly #kicked = new Map<string, Kick[]>();
  readonly #signs = new Map<string, Sign>();
  readonly #disturbances: Disturbance[] = [];
  /** ms of `elapsed`, by process. */
  readonly #died = new Map<NodeId, number>();
  /** ms of `elapsed`; when the process that runs alone had started. Infinite while none runs. */
  aloneSince: number | undefined;

  constructor(scheduler: Scheduler) {
    this.#scheduler = scheduler;
  }

  /** A device, or an operator as '', has asked for something that takes members out of a call. */
  did(callId: string, who: DeviceId | '', what: string): void {
    this.#did.add(`${callId} ${who} ${what}`);
  }

  hasDone(callId: string, who: DeviceId | '', what: string): boolean {
    return this.#did.has(`${callId} ${who} ${what}`);
  }

  /** A node takes a user out of whichever call it finds them in; until the answered function is called. */
  kicks(node: NodeId, userId: UserId): () => void {
    const key = `${node} ${userId}`;
    const count = (change: number): void => void this.#kicks.set(key, (this.#kicks.get(key) ?? 0) + change);
    count(1);
    return () => count(-1);
  }

  isKicking(node: NodeId, userId: UserId): boolean {
    return (this.#kicks.get(`${node} ${userId}`) ?? 0) > 0;
  }

  /** A session of a device was kicked; what becomes of it is told to what is answered. */
  kicked(userId: UserId, device: DeviceId, since: number): { looked(): void; over(): void } {
    const kick: Kick = { at: this.#scheduler.elapsed, since, lookedAt: undefined };
    const key = `${userId} ${device}`;
    const kicks = this.#kicked.get(key);
    if (kicks === undefined) this.#kicked.set(key, [kick]);
    else kicks.push(kick);
    return {
      looked: () => {
        kick.lookedAt = this.#scheduler.elapsed;
      },
      over: () => {
        kick.lookedAt = undefined;
      },
    };
  }

  kicksOf(userId: UserId, device: DeviceId): readonly Readonly<Kick>[] {
    return this.#kicked.get(`${userId} ${device}`) ?? [];
  }

  signedIn(userId: UserId, device: DeviceId, node: NodeId, since: number): void {
    const now = this.#scheduler.elapsed;
    this.#signs.set(`${userId} ${device}`, { heardAt: now, signedInAt: now, node, since });
  }

  heard(userId: UserId, device: DeviceId): void {
    const sign = this.#signs.get(`${userId} ${device}`);
    if (sign !== undefined) sign.heardAt = this.#scheduler.elapsed;
  }

  signOf(userId: UserId, device: DeviceId): Readonly<Sign> | undefined {
    return this.#signs.get(`${userId} ${device}`);
  }

  /** Something is not as it should be; until the answered function is called. */
  disturbed(node: NodeId): () => void {
    const one = { node, from: this.#scheduler.elapsed, until: Number.POSITIVE_INFINITY };
    this.#disturbances.push(one);
    return () => {
      one.until = this.#scheduler.elapsed;
    };
  }

  died(node: NodeId): void {
    this.#died.set(node, this.#scheduler.elapsed);
  }

  diedAt(node: NodeId | ''): number | undefined {
    return node === '' ? undefined : this.#died.get(node);
  }

  /** ms of `elapsed` at which the last disturbance since then ended, but for those of one node; undefined when there was none. */
  troubleSince(since: number, except?: NodeId | ''): number | undefined {
    let last: number | undefined;
    for (let n = this.#disturbances.length - 1; n >= 0; n -= 1) {
      const { node, until } = this.#disturbances[n] as Disturbance;
      if (until >= since && node !== except && (last === undefined || until > last)) last = until;
    }
    return last;
  }
}
