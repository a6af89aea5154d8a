import type { Call, Member } from 'ringback-engine';
import type {
  CallId,
  DeviceId,
  DeviceMessage as MediaMessage,
  QualitySample,
  SdkAppId,
  UserId,
} from 'ringback-protocol';

/** One way to carry the media of calls of more than two, or of two that cannot reach each other. */
export interface MediaProvider {
  readonly name: 'sfu' | 'janus';
  /** How its devices publish two sizes of a picture: as two media sections, or as rids of one. */
  readonly layers: 'lines' | 'rids';
  /** Makes a room under a name that no other room has. Rejects when the provider cannot be had now. */
  open(room: string, events: RoomEvents): Promise<MediaRoom>;
  /** Cheap: asked on each choice and each scrape. */
  status(): ProviderStatus;
  close(): Promise<void>;
}

/** How a provider is doing, for the choice between several, console and metrics. */
export interface ProviderStatus {
  /** False: a room cannot be had now. */
  readonly up: boolean;
  /** Why it is not up, or not wholly, in a sentence. */
  readonly problem?: string;
  readonly rooms: number;
  /** Members in all rooms. */
  readonly peers: number;
  /** Packets forwarded in the last second; absent when the provider does not count them. */
  readonly packetsPerSecond?: number;
  /** Share of the packets that viewers missed in the last seconds, 0 to 1. */
  readonly loss?: number;
}

/** What carries the media of a call: the two themselves, or a provider. */
export type Carrier = 'p2p' | MediaProvider['name'];

/** How a provider does, as operators see it. */
export interface CarrierHealth {
  readonly name: MediaProvider['name'];
  /** False: a room cannot be had now. */
  readonly up: boolean;
  /** Why it is not up, or not wholly; empty when all is well. */
  readonly problem: string;
  readonly rooms: number;
  /** Members in all rooms. */
  readonly peers: number;
}

/** What a room tells the media plane. Called from the provider, never from within a method of its room. */
export interface RoomEvents {
  /** Something for this member's device. */
  tell(userId: UserId, data: ProviderMessage): void;
  /** The media of this member's device flows, or has stopped: the provider has no connection with it any more. */
  media(userId: UserId, state: 'up' | 'gone'): void;
  /** The room is no more, by no wish of the plane. Nothing follows, and the room need not be closed. */
  lost(reason: string): void;
}

/** The media of one call. What is asked of it after `lost` or `close` does nothing. */
export interface MediaRoom {
  /** A device may publish and receives the others. Throws `Refusal('call_full')`. For one who is inside, repeats the offer that waits. */
  enter(userId: UserId): void;
  /** What a device sends, checked for form. Throws `Refusal('frame_bad_params', sentence, 'data.<field>')` when it makes no sense. */
  receive(userId: UserId, data: DeviceMessage): void;
  leave(userId: UserId): void;
  /** Ends the room for all; no event follows. */
  close(): void;
}

/** Which section of the receiving connection shows whom. */
export interface MediaFeed {
  readonly mid: string;
  readonly userId: UserId;
  readonly kind: 'audio' | 'video';
}

/** From a provider to a device: the messages of the service without their epoch, which is the plane's affair. */
export type ProviderMessage =
  | { readonly type: 'answer'; readonly sdp: string }
  | { readonly type: 'offer'; readonly n: number; readonly sdp: string; readonly feeds: readonly MediaFeed[] }
  | { readonly type: 'candidate'; readonly pc: 'up' | 'down'; readonly candidate: string; readonly mid: string };

/** From a device to a room, likewise. An empty candidate: there are no more. */
export type DeviceMessage =
  | { readonly type: 'offer'; readonly sdp: string }
  | { readonly type: 'answer'; readonly n: number; readonly sdp: string }
  | { readonly type: 'candidate'; readonly pc: 'up' | 'down'; readonly candidate: string; readonly mid: string }
  | { readonly type: 'want'; readonly userId: UserId; readonly layer: 'high' | 'low' | 'off' };

/** The media service of all calls, as requests see it. */
export interface MediaService {
  /**
   * `from` is in the call with the device that sends. Calls `answer` once, before anybody is told of what follows; or
   * throws a `Refusal`. Where another node looks after the media of the call, that takes a round trip.
   */
  receive(call: Call, from: Member, message: MediaMessage, answer: () => void): Promise<void> | void;
}

/** Hears of every committed change of a call, once devices have been told of it, in the order of the versions. */
export interface CallFollower {
  /**
   * Must not throw and must be quick. `before`: the state that the change was made from, undefined for a new call; `by`: who
   * made it, empty for timers and operators.
   */
  changed(call: Call, before: Call | undefined, by: ChangedBy): void;
}

/** Whose doing a change is, as far as it is a user's. */
export interface ChangedBy {
  readonly actor: UserId | '';
  readonly device: DeviceId | '';
}

/** What one device has reported of what it receives. */
export interface QualityReport {
  /** ms. */
  readonly at: number;
  readonly viewer: UserId;
  readonly samples: readonly QualitySample[];
}

/** The quality reports of calls, on disk. */
export interface QualityReports {
  /** Written when the disk is at rest; nobody waits for it. */
  add(call: Call, report: QualityReport): void;
  /** The newest `limit` reports of a call, in the order of their times. `startedAt` in ms. */
  of(
    app: SdkAppId,
    startedAt: number,
    callId: CallId,
    limit: number,
  ): Promise<readonly QualityReport[]> | readonly QualityReport[];
  /** Deletes at most `limit` reports of calls that started before this time (ms); says how many. */
  prune(before: number, limit: number): Promise<number>;
}
