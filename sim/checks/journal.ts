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
}

/** What the judge knows of the world besides the database: who did what, who was heard of, what was broken when. */
export class Journal {
  readonly #scheduler: Scheduler;
  readonly #did = new Set<string>();
  /** Kicks under way, by the node that does it and the user. */
  readonly #kicks = new Map<string, number>();
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

  signedIn(userId: UserId, device: DeviceId, node: NodeId): void {
    const now = this.#scheduler.elapsed;
    this.#signs.set(`${userId} ${device}`, { heardAt: now, signedInAt: now, node });
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
