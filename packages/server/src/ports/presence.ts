import type { DeviceId, Platform, SdkAppId, UserId } from 'ringback-protocol';

/** A signed-in device. */
export interface OnlineDevice {
  readonly device: DeviceId;
  readonly platform: Platform;
  /** ms. */
  readonly since: number;
}

/** Who is signed in, on what. */
export interface Presence {
  online(app: SdkAppId, userId: UserId, device: OnlineDevice): void;
  offline(app: SdkAppId, userId: UserId, device: DeviceId): void;
  /** Whether a device is signed in at another node than this one, as far as is known. */
  isElsewhere(app: SdkAppId, userId: UserId, device: DeviceId): Promise<boolean>;
  /** Those who are signed in, each user's devices in the order of their sign-ins, which is the same on all nodes. */
  devices(app: SdkAppId, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, readonly OnlineDevice[]>>;
}
