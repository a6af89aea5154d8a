import { bounds, type DeviceId, type NodeId, type SdkAppId, type UserId } from 'ringback-protocol';
import { ChurnMap } from '../base/churn-map.ts';
import { type Clock, steadyOf, type Timeline } from '../ports/clock.ts';
import type { DeviceInCall } from '../ports/shared-calls.ts';
import { Alarms } from './alarms.ts';
import { type LeaseKeeper, leaseKey } from './lease-keeper.ts';

/** A device that holds a call. */
export type Lease = DeviceInCall;

/** Whose lease was inherited: a process that died, one that nobody knows, or this one, which has not heard of the device. */
export type Heritage = { readonly from: NodeId | '' };

interface Held extends Lease {
  /** ms of a clock that nobody sets. */
  heardAt: number;
  /** Not heard of here since the lease was inherited. */
  heritage: Heritage | undefined;
}

/**
 * The leases of the devices in calls. An alarm is armed once per lease and looks, when it rings, whether the device
 * was heard of meanwhile: a ping costs a look-up, not a timer. That the time is set ahead makes no device silent.
 */
export class Leases implements LeaseKeeper {
  readonly #clock: Timeline;
  readonly #alarms: Alarms;
  readonly #held = new ChurnMap<string, Held>();
  readonly #onLost: (lease: Lease, heritage: Heritage | undefined) => void;

  constructor(options: {
    readonly clock: Clock;
    /** `heritage` when the device has not been heard of since the lease was inherited. */
    readonly onLost: (lease: Lease, heritage: Heritage | undefined) => void;
  }) {
    this.#clock = steadyOf(options.clock);
    this.#alarms = new Alarms(this.#clock);
    this.#onLost = options.onLost;
  }

  /** Starts the lease of a device that is here. */
  hold(lease: Lease): void {
    this.#start(lease, undefined, 0);
  }

  /**
   * Starts the lease of a device that was in the call with a process that is no more, `later` (ms) than now. One that was
   * inherited already goes on as it is. One of a device that was here is no better: it may have gone to that process since,
   * and if it has not, it will be heard of.
   */
  inherit(lease: Lease, heritage: Heritage, later = 0): void {
    const held = this.#held.get(leaseKey(lease.app, lease.userId, lease.device));
    const runs = held?.callId === lease.callId && held.heritage?.from === heritage.from;
    if (!runs) this.#start(lease, heritage, later);
  }

  /** Whether that very lease runs. */
  has({ app, callId, userId, device }: Lease): boolean {
    return this.#held.get(leaseKey(app, userId, device))?.callId === callId;
  }

  release(app: SdkAppId, userId: UserId, device: DeviceId): void {
    const key = leaseKey(app, userId, device);
    if (this.#held.delete(key)) this.#alarms.clear(key);
  }

  over(lease: Lease): void {
    if (this.has(lease)) this.release(lease.app, lease.userId, lease.device);
  }

  heard(key: string): void {
    const held = this.#held.get(key);
    if (held === undefined) return;
    held.heardAt = this.#clock.now();
    held.heritage = undefined;
  }

  get size(): number {
    return this.#held.size;
  }

  /** Leases that were not inherited. */
  get own(): number {
    let n = 0;
    for (const { heritage } of this.#held.values()) if (heritage === undefined) n += 1;
    return n;
  }

  close(): void {
    this.#alarms.close();
    this.#held.clear();
  }

  #start({ app, callId, userId, device }: Lease, heritage: Heritage | undefined, later: number): void {
    const key = leaseKey(app, userId, device);
    const held: Held = { app, callId, userId, device, heardAt: this.#clock.now() + later, heritage };
    this.#held.set(key, held);
    this.#alarms.clear(key);
    this.#watch(key, held);
  }

  #watch(key: string, held: Held): void {
    this.#alarms.set(key, held.heardAt + bounds.lease, () => {
      if (this.#held.get(key) !== held) return;
      if (held.heardAt + bounds.lease > this.#clock.now()) {
        this.#watch(key, held);
        return;
      }
      this.#held.delete(key);
      this.#onLost(held, held.heritage);
    });
  }
}
