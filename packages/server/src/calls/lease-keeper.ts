import type { DeviceId, SdkAppId, UserId } from 'ringback-protocol';
import type { DeviceInCall } from '../ports/shared-calls.ts';

/** What the lease of a device is found by. A session makes it once: to make it for each frame takes longer than to look. */
export const leaseKey = (app: SdkAppId, userId: UserId, device: DeviceId): string => `${app}/${userId}/${device}`;

/** Knows when each device in a call was last heard of; silence for `bounds.lease` removes its user from the call. */
export interface LeaseKeeper {
  /** The device has sent something. Cheap: called for every frame. `key`: its `leaseKey`. */
  heard(key: string): void;
  /** The call is over for the device, by what another process has done. */
  over(lease: DeviceInCall): void;
}
