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
  /** Those who are signed in, each user's devices in the order of their sign-ins. */
  devices(app: SdkAppId, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, readonly OnlineDevice[]>>;
}
