import type { DeviceId, SdkAppId, UserId } from 'ringback-protocol';
import type { DeviceInCall } from '../ports/shared-calls.ts';

/** Knows when each device in a call was last heard of; silence for `bounds.lease` removes its user from the call. */
export interface LeaseKeeper {
  /** The device has sent something. Cheap: called for every frame. */
  heard(app: SdkAppId, userId: UserId, device: DeviceId): void;
  /** The call is over for the device, by what another process has done. */
  over(lease: DeviceInCall): void;
}
