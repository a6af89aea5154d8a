import type { UserId } from 'ringback-protocol';

/** One way to carry the media of calls with more than two (or of two that cannot reach each other). */
export interface MediaProvider {
  readonly name: 'sfu' | 'janus';
  /** How a device publishes two qualities of its camera: two m-lines, or one with simulcast rids. */
  readonly layers: 'lines' | 'rids';
  /** Makes a room. Rejects with a sentence when the provider cannot be had now. */
  open(room: string, events: RoomEvents): Promise<MediaRoom>;
  /** For console and metrics. */
  status(): ProviderStatus;
  close(): Promise<void>;
}

/** What the provider does now. */
export interface ProviderStatus {
  readonly up: boolean;
  /** Why it is not up, in a sentence. */
  readonly problem?: string;
  readonly rooms: number;
  /** Members in all rooms. */
  readonly peers: number;
  /** Packets forwarded in the last second. */
  readonly packetsPerSecond: number;
  /** Share of the packets that viewers missed in the last seconds, 0 to 1. */
  readonly loss: number;
}

/** What a room tells the media plane. No method may throw. */
export interface RoomEvents {
  /** Something for this member's device. */
  tell(userId: UserId, data: ProviderMessage): void;
  /** This member's media flows, or is gone. */
  media(userId: UserId, state: 'up' | 'gone'): void;
  /** The room is lost: the plane opens another one. */
  lost(reason: string): void;
}

/** A room of one call. What is asked of it after `lost` or `close` does nothing. */
export interface MediaRoom {
  /** Lets a member in; refused with `call_full`. For one who is in, repeats the offer that waits for an answer. */
  enter(userId: UserId, info: { readonly audioOnly: boolean }): void;
  /** Something from a member's device. Throws a refusal when the data is bad. */
  receive(userId: UserId, data: DeviceMessage): void;
  leave(userId: UserId): void;
  close(): void;
}

/** Which m-line of the receiving connection shows whom. */
export interface MediaFeed {
  readonly mid: string;
  readonly userId: UserId;
  readonly kind: 'audio' | 'video';
}

/** From a provider to a device. */
export type ProviderMessage =
  | { readonly type: 'answer'; readonly sdp: string }
  | { readonly type: 'offer'; readonly n: number; readonly sdp: string; readonly feeds: readonly MediaFeed[] }
  | { readonly type: 'candidate'; readonly pc: 'up' | 'down'; readonly candidate: string; readonly mid: string };

/** From a device to a provider. */
export type DeviceMessage =
  | { readonly type: 'offer'; readonly sdp: string }
  | { readonly type: 'answer'; readonly n: number; readonly sdp: string }
  | { readonly type: 'candidate'; readonly pc: 'up' | 'down'; readonly candidate: string; readonly mid: string }
  | { readonly type: 'want'; readonly userId: UserId; readonly layer: 'high' | 'low' | 'off' };
