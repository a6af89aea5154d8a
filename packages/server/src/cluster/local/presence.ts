import type { DeviceId, SdkAppId, UserId } from 'ringback-protocol';
import type { OnlineDevice, Presence } from '../../ports/presence.ts';

type Devices = Map<DeviceId, OnlineDevice>;

/** Who is signed in on this only node. */
export class LocalPresence implements Presence {
  readonly #apps = new Map<SdkAppId, Map<UserId, Devices>>();

  online(app: SdkAppId, userId: UserId, device: OnlineDevice): void {
    let users = this.#apps.get(app);
    if (users === undefined) {
      users = new Map();
      this.#apps.set(app, users);
    }
    let devices = users.get(userId);
    if (devices === undefined) {
      devices = new Map();
      users.set(userId, devices);
    }
    // Out first: a device that signs in anew is the newest.
    devices.delete(device.device);
    devices.set(device.device, device);
  }

  offline(app: SdkAppId, userId: UserId, device: DeviceId): void {
    const users = this.#apps.get(app);
    const devices = users?.get(userId);
    if (users === undefined || devices === undefined) return;
    devices.delete(device);
    // Nothing is kept of users who are gone.
    if (devices.size === 0) users.delete(userId);
    if (users.size === 0) this.#apps.delete(app);
  }

  /** There is no other node. */
  async isElsewhere(): Promise<boolean> {
    return false;
  }

  async devices(app: SdkAppId, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, readonly OnlineDevice[]>> {
    const users = this.#apps.get(app);
    const found = new Map<UserId, readonly OnlineDevice[]>();
    for (const userId of userIds) {
      const devices = users?.get(userId);
      if (devices !== undefined) found.set(userId, [...devices.values()]);
    }
    return found;
  }
}
