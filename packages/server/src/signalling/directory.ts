import type { Audience } from 'ringback-engine';
import type { DeviceId, SdkAppId, UserId } from 'ringback-protocol';
import { defaultKickedOutFrame } from '../calls/kicked-out.ts';
import type { Bus, BusListener } from '../ports/bus.ts';
import { clocksDiffer } from '../ports/clock.ts';
import type { Identity } from '../requests/request.ts';

/** What the directory needs of a signed-in device's session. */
export interface Reachable {
  /** ms; when the device has signed in. */
  readonly since: number;
  deliver(frame: string): void;
  /** Sends the frame, if given, and closes the socket. */
  disconnect(closeCode: number, frame: string | undefined): void;
}

type Devices<S> = Map<DeviceId, S>;

/** The signed-in devices of this node by application, user and device; takes the bus's deliveries to them. */
export class Directory<S extends Reachable> implements BusListener {
  readonly #apps = new Map<SdkAppId, Map<UserId, Devices<S>>>();
  readonly #bus: Pick<Bus, 'follow' | 'leave'>;
  /** By application and user: of whom the bus does not know yet whether the others are heard. */
  readonly #joining = new Map<string, Promise<void>>();
  #size = 0;

  /** `bus` is told of whom it has devices here. */
  constructor(bus: Pick<Bus, 'follow' | 'leave'>) {
    this.#bus = bus;
  }

  /** How many devices are signed in here. */
  get size(): number {
    return this.#size;
  }

  /** Replaces an older session of the same device. The promise is that of `Bus.follow`, if there is one to wait for. */
  add({ sdkAppId, userId, device }: Identity, session: S): Promise<void> | void {
    let users = this.#apps.get(sdkAppId);
    if (users === undefined) {
      users = new Map();
      this.#apps.set(sdkAppId, users);
    }
    const devices: Devices<S> = users.get(userId) ?? new Map();
    const isFirst = devices.size === 0;
    if (!devices.has(device)) this.#size += 1;
    devices.set(device, session);
    const key = `${sdkAppId}/${userId}`;
    // What rings the user meanwhile rings all of the user's devices: each of them waits.
    if (!isFirst) return this.#joining.get(key);
    users.set(userId, devices);
    const joining = this.#bus.follow(sdkAppId, userId);
    if (joining === undefined) return;
    this.#joining.set(key, joining);
    const over = (): void => {
      if (this.#joining.get(key) === joining) this.#joining.delete(key);
    };
    joining.then(over, over);
    return joining;
  }

  /** False when the device is by now another session's, which stays. */
  remove({ sdkAppId, userId, device }: Identity, session: S): boolean {
    const users = this.#apps.get(sdkAppId);
    const devices = users?.get(userId);
    if (users === undefined || devices?.get(device) !== session) return false;
    devices.delete(device);
    if (devices.size === 0) {
      users.delete(userId);
      this.#bus.leave(sdkAppId, userId);
    }
    if (users.size === 0) this.#apps.delete(sdkAppId);
    this.#size -= 1;
    return true;
  }

  deliver(app: SdkAppId, to: Audience, frame: string): void {
    const devices = this.#apps.get(app)?.get(to.userId);
    if (devices === undefined) return;
    if (to.device !== undefined) {
      devices.get(to.device)?.deliver(frame);
      return;
    }
    for (const [device, session] of devices) if (device !== to.except) session.deliver(frame);
  }

  /** The devices of a user here; undefined when there are none. */
  devicesOf(app: SdkAppId, userId: UserId): ReadonlyMap<DeviceId, S> | undefined {
    return this.#apps.get(app)?.get(userId);
  }

  disconnect(
    app: SdkAppId,
    to: Audience,
    closeCode: number,
    frame: string | undefined,
    until = Number.POSITIVE_INFINITY,
  ): void {
    const devices = this.#apps.get(app)?.get(to.userId);
    if (devices === undefined) return;
    const last = frame ?? defaultKickedOutFrame(closeCode);
    // A session that closes leaves the map, so this goes over a copy.
    for (const [device, session] of [...devices]) {
      if (to.device !== undefined && device !== to.device) continue;
      // Whoever is meant, this one came later.
      if (session.since > until + clocksDiffer) continue;
      if (device !== to.except) session.disconnect(closeCode, last);
    }
  }

  /** The sessions of an application. */
  of(app: SdkAppId): S[] {
    const found: S[] = [];
    for (const devices of this.#apps.get(app)?.values() ?? []) found.push(...devices.values());
    return found;
  }
}
