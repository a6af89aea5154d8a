import type { Call, Member } from 'ringback-engine';
import type {
  CallId,
  DeviceMessage,
  ProviderMessage,
  QualitySample,
  RoomMessage,
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
  readonly rooms: number;
  /** Members whose devices are in rooms. */
  readonly peers: number;
  /** RTP packets forwarded since the start; undefined when the provider does not know. */
  readonly packets?: number;
  /** Times that it, or a part of it, was lost with all its rooms. */
  readonly losses: number;
  /** A sentence for the operator: what is up, or why it is not. */
  readonly detail: string;
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

/** The media of one call. Its methods do not throw but for the data of a device. */
export interface MediaRoom {
  /** A device may publish and receives the others. A member who is inside already begins anew. */
  enter(userId: UserId, info: { readonly audioOnly: boolean }): void;
  /** What a device sends, checked for form. Throws `Refusal('frame_bad_params', sentence, 'data.<field>')` when it makes no sense. */
  receive(userId: UserId, data: RoomMessage): void;
  leave(userId: UserId): void;
  /** Ends the room for all; no event follows. */
  close(): void;
}

/** The media service of all calls, as requests see it. */
export interface MediaService {
  /**
   * `from` is in the call with the device that sends. Calls `answer` once, before anybody is told of what follows; or
   * throws a `Refusal`.
   */
  receive(call: Call, from: Member, message: DeviceMessage, answer: () => void): void;
}

/** Hears of every committed change of a call, once devices have been told of it, in the order of the versions. */
export interface CallFollower {
  /** Must not throw and must be quick. */
  changed(call: Call): void;
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
  of(app: SdkAppId, startedAt: number, callId: CallId, limit: number): readonly QualityReport[];
  /** Deletes at most `limit` reports of calls that started before this time (ms); says how many. */
  prune(before: number, limit: number): Promise<number>;
}
