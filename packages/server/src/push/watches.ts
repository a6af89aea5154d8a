import type { DeviceId, SdkAppId } from 'ringback-protocol';
import { ChurnMap } from '../base/churn-map.ts';
import type { Clock } from '../ports/clock.ts';
import type { CancelReason, Ring } from '../ports/push.ts';
import { keyOf } from './ring-facts.ts';

/** A ring that is looked after: whoever waits for its time hears when it is over. */
export interface Watch {
  readonly ring: Ring;
  readonly over: boolean;
  readonly reason: CancelReason;
  /** The device that answered or declined. */
  readonly by: DeviceId | '';
  /** ms; returns early when it is over. */
  pause(ms: number): Promise<void>;
}

/** The rings that this process waits for, or sends pushes for. */
export class Watches {
  readonly #clock: Clock;
  readonly #all = new ChurnMap<string, WatchedRing>();
  readonly #ofApp = new Map<SdkAppId, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#all.size;
  }

  /** Those of an application. */
  sizeOf(app: SdkAppId): number {
    return this.#ofApp.get(app) ?? 0;
  }

  has(ring: Ring): boolean {
    return this.#all.has(keyOf(ring));
  }

  /** Looks after a ring for as long as the work goes on. */
  async during(ring: Ring, work: (watch: Watch) => Promise<void>): Promise<void> {
    const key = keyOf(ring);
    const watch = new WatchedRing(ring, this.#clock);
    if (!this.#all.has(key)) this.#ofApp.set(ring.app, this.sizeOf(ring.app) + 1);
    this.#all.set(key, watch);
    try {
      await work(watch);
    } finally {
      if (this.#all.get(key) === watch) this.#forget(ring);
    }
  }

  /** It rings no more. */
  end(ring: Ring, reason: CancelReason, by: DeviceId | ''): void {
    this.#all.get(keyOf(ring))?.end(reason, by);
  }

  /** Nobody waits any longer. */
  wake(): void {
    for (const watch of this.#all.values()) watch.wake();
  }

  #forget(ring: Ring): void {
    this.#all.delete(keyOf(ring));
    const left = this.sizeOf(ring.app) - 1;
    if (left > 0) this.#ofApp.set(ring.app, left);
    else this.#ofApp.delete(ring.app);
  }
}

class WatchedRing implements Watch {
  readonly ring: Ring;
  readonly #clock: Clock;
  readonly #sleepers = new Set<() => void>();
  over = false;
  reason: CancelReason = 'cancelled';
  by: DeviceId | '' = '';

  constructor(ring: Ring, clock: Clock) {
    this.ring = ring;
    this.#clock = clock;
  }

  end(reason: CancelReason, by: DeviceId | ''): void {
    this.over = true;
    this.reason = reason;
    this.by = by;
    this.wake();
  }

  wake(): void {
    for (const wake of this.#sleepers) wake();
  }

  pause(ms: number): Promise<void> {
    if (this.over) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        cancel();
        this.#sleepers.delete(wake);
        resolve();
      };
      const cancel = this.#clock.timer(ms, wake);
      this.#sleepers.add(wake);
    });
  }
}
