import type { Audience } from 'ringback-engine';
import type { SdkAppId } from 'ringback-protocol';

/** Takes notices to the devices they are meant for, wherever those are connected. May lose them: notices are hints. */
export interface Bus {
  /** `frame` is the whole JSON-RPC text, made once for all. */
  publish(app: SdkAppId, to: readonly Audience[], frame: string): void;
  /** Closes the sockets of a user (of one device, if given) with a close code of the signalling protocol, after `frame` if given. */
  disconnect(app: SdkAppId, to: Audience, closeCode: number, frame?: string): void;
  /** The sessions of this node hear what is meant for them. */
  onDeliver(listener: BusListener): void;
}

export interface BusListener {
  deliver(app: SdkAppId, to: Audience, frame: string): void;
  disconnect(app: SdkAppId, to: Audience, closeCode: number, frame: string | undefined): void;
}
