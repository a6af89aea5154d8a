import type { Audience, Call } from 'ringback-engine';
import type { CallId, SdkAppId, UserId } from 'ringback-protocol';

/** Which state of a call a notice is about, so that whoever hears it knows how far its devices are. */
export interface CallMark {
  readonly callId: CallId;
  readonly version: number;
  readonly eventSeq: number;
  /** The call is over for the receiver. */
  readonly over: boolean;
  /** That state, as it was written; undefined where the call is over or large, and where nobody vouches for it. */
  readonly call?: Call | undefined;
}

/** Takes notices to the devices they are meant for, wherever those are connected. May lose them: notices are hints. */
export interface Bus {
  /** Whether what other nodes publish is heard here, and the other way round, as far as is known. */
  readonly isUp: boolean;
  /** `frame` is the whole JSON-RPC text, made once for all. */
  publish(app: SdkAppId, to: readonly Audience[], frame: string, mark?: CallMark): void;
  /**
   * Closes the sockets of a user (of one device, if given) with a close code of the signalling protocol, after `frame` if given.
   * Devices that have signed in after `until` (ms) stay, should they hear of it late.
   */
  disconnect(app: SdkAppId, to: Audience, closeCode: number, frame?: string, until?: number): void;
  /**
   * A user has signed in here: what others publish for the user comes here from when the promise resolves, or from now on
   * where there is none. Never rejects; it resolves also when nothing can come here by now.
   */
  follow(app: SdkAppId, userId: UserId): Promise<void> | void;
  /** The last device of a user has signed out here. */
  leave(app: SdkAppId, userId: UserId): void;
  /** The sessions of this node hear what is meant for them. */
  onDeliver(listener: BusListener): void;
}

export interface BusListener {
  deliver(app: SdkAppId, to: Audience, frame: string, mark?: CallMark): void;
  /** `until` in ms; undefined where the sender did not say. */
  disconnect(
    app: SdkAppId,
    to: Audience,
    closeCode: number,
    frame: string | undefined,
    until: number | undefined,
  ): void;
  /** Notices for devices here may have been lost, even if the bus is up by now. */
  doubted?(): void;
}
