import { bounds, type CallId, type DeviceId, type SdkAppId, type UserId } from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import { Alarms } from './alarms.ts';
import type { LeaseKeeper } from './lease-keeper.ts';

/** A device that holds a call, and when it was last heard of. */
export interface Lease {
  readonly app: SdkAppId;
  readonly callId: CallId;
  readonly userId: UserId;
  readonly device: DeviceId;
}

interface Held extends Lease {
  /** ms. */
  heardAt: number;
  /** Not heard of since this process started, so the lease was inherited from one that died. */
  inherited: boolean;
}

const keyOf = (app: SdkAppId, userId: UserId, device: DeviceId): string => `${app}/${userId}/${device}`;

/**
 * The leases of the devices in calls. An alarm is armed once per lease and looks, when it rings, whether the device
 * was heard of meanwhile: a ping costs a look-up, not a timer.
 */
export class Leases implements LeaseKeeper {
  readonly #clock: Clock;
  readonly #alarms: Alarms;
  readonly #held = new Map<string, Held>();
  readonly #onLost: (lease: Lease, nodeDied: boolean) => void;

  constructor(options: { readonly clock: Clock; readonly onLost: (lease: Lease, nodeDied: boolean) => void }) {
    this.#clock = options.clock;
    this.#alarms = new Alarms(options.clock);
    this.#onLost = options.onLost;
  }

  /** Starts a lease; `inherited` when the device was in the call before this process started. */
  hold(lease: Lease, inherited = false): void {
    const key = keyOf(lease.app, lease.userId, lease.device);
    const held: Held = { ...lease, heardAt: this.#clock.now(), inherited };
    this.#held.set(key, held);
    this.#alarms.clear(key);
    this.#watch(key, held);
  }

  release(app: SdkAppId, userId: UserId, device: DeviceId): void {
    const key = keyOf(app, userId, device);
    if (this.#held.delete(key)) this.#alarms.clear(key);
  }

  heard(app: SdkAppId, userId: UserId, device: DeviceId): void {
    const held = this.#held.get(keyOf(app, userId, device));
    if (held === undefined) return;
    held.heardAt = this.#clock.now();
    held.inherited = false;
  }

  get size(): number {
    return this.#held.size;
  }

  close(): void {
    this.#alarms.close();
    this.#held.clear();
  }

  #watch(key: string, held: Held): void {
    this.#alarms.set(key, held.heardAt + bounds.lease, () => {
      if (this.#held.get(key) !== held) return;
      if (held.heardAt + bounds.lease > this.#clock.now()) {
        this.#watch(key, held);
        return;
      }
      this.#held.delete(key);
      this.#onLost(held, held.inherited);
    });
  }
}
