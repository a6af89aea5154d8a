import type { Audience } from 'ringback-engine';
import type { SdkAppId, UserId } from 'ringback-protocol';

/** Takes notices to the devices they are meant for, wherever those are connected. May lose them: notices are hints. */
export interface Bus {
  /** `frame` is the whole JSON-RPC text, made once for all. */
  publish(app: SdkAppId, to: readonly Audience[], frame: string): void;
  /** Closes the sockets of a user (of one device, if given) with a close code of the signalling protocol, after `frame` if given. */
  disconnect(app: SdkAppId, to: Audience, closeCode: number, frame?: string): void;
  /** A user has signed in here: what others publish for the user comes here from now on. */
  follow(app: SdkAppId, userId: UserId): void;
  /** The last device of a user has signed out here. */
  leave(app: SdkAppId, userId: UserId): void;
  /** The sessions of this node hear what is meant for them. */
  onDeliver(listener: BusListener): void;
}

export interface BusListener {
  deliver(app: SdkAppId, to: Audience, frame: string): void;
  disconnect(app: SdkAppId, to: Audience, closeCode: number, frame: string | undefined): void;
}
