import type { DeviceId, SdkAppId, UserId } from 'ringback-protocol';

/** Knows when each device in a call was last heard of; silence for `bounds.lease` removes its user from the call. */
export interface LeaseKeeper {
  /** The device has sent something. Cheap: called for every frame. */
  heard(app: SdkAppId, userId: UserId, device: DeviceId): void;
}
