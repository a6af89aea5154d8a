/**
 * What devices, the media service and each other tell. Types for what this SDK sends; what it receives is read member by
 * member, since neither a peer nor a network can be trusted to keep to the protocol.
 */

export interface IceServer {
  readonly urls: string[];
  readonly username?: string;
  readonly credential?: string;
}

export interface MemberMedia {
  readonly userId: string;
  readonly audio: boolean;
  readonly video: boolean;
}

interface SetupCommon {
  readonly type: 'setup';
  readonly epoch: number;
  readonly iceServers: readonly IceServer[];
  readonly members: readonly MemberMedia[];
}
export interface P2pSetup extends SetupCommon {
  readonly mode: 'p2p';
  readonly peer: string;
  readonly polite: boolean;
}
export interface RoomSetup extends SetupCommon {
  readonly mode: 'room';
  readonly layers: 'lines' | 'rids';
}
export type Setup = P2pSetup | RoomSetup;

export interface Feed {
  readonly mid: string;
  readonly userId: string;
  readonly kind: 'audio' | 'video';
}

/** From the media service. */
export type ServiceMessage =
  | Setup
  | { readonly type: 'answer'; readonly epoch: number; readonly sdp: string }
  | {
      readonly type: 'offer';
      readonly epoch: number;
      readonly n: number;
      readonly sdp: string;
      readonly feeds: readonly Feed[];
    }
  | {
      readonly type: 'candidate';
      readonly epoch: number;
      readonly pc: 'up' | 'down';
      readonly candidate: string;
      readonly mid: string;
    }
  | { readonly type: 'state'; readonly userId: string; readonly audio: boolean; readonly video: boolean }
  | {
      readonly type: 'quality';
      readonly members: readonly { readonly userId: string; readonly quality: number }[];
    };

/** One member's line as this device sees it. */
export interface QualitySample {
  readonly userId: string;
  readonly rtt: number;
  readonly loss: number;
  readonly jitter: number;
  readonly width: number;
  readonly height: number;
  readonly freezes: number;
  readonly fps: number;
}

export type Layer = 'high' | 'low' | 'off';

/** To the media service. */
export type DeviceMessage =
  | { readonly type: 'hello'; readonly epoch: number; readonly mode?: 'p2p' | 'room' }
  | { readonly type: 'offer'; readonly epoch: number; readonly sdp: string }
  | { readonly type: 'answer'; readonly epoch: number; readonly n: number; readonly sdp: string }
  | {
      readonly type: 'candidate';
      readonly epoch: number;
      readonly pc: 'up' | 'down';
      readonly candidate: string;
      readonly mid: string;
    }
  | { readonly type: 'state'; readonly audio: boolean; readonly video: boolean }
  | { readonly type: 'want'; readonly epoch: number; readonly userId: string; readonly layer: Layer }
  | { readonly type: 'failed'; readonly epoch: number; readonly text: string }
  | { readonly type: 'stats'; readonly samples: readonly QualitySample[] };

/** Between two devices. */
export type PeerMessage =
  | {
      readonly type: 'description';
      readonly epoch: number;
      readonly description: { readonly type: 'offer' | 'answer'; readonly sdp: string };
    }
  | {
      readonly type: 'candidate';
      readonly epoch: number;
      readonly candidate: string | null;
      readonly mid: string | null;
    };

type Fields = Readonly<Record<string, unknown>>;

const fieldsOf = (data: unknown): Fields | undefined =>
  typeof data === 'object' && data !== null && !Array.isArray(data) ? (data as Fields) : undefined;
const isText = (value: unknown): value is string => typeof value === 'string';
const isEpoch = (value: unknown): value is number => Number.isInteger(value) && (value as number) > 0;
const listOf = (value: unknown): readonly Fields[] =>
  Array.isArray(value) ? value.slice(0, 200).flatMap((one): Fields[] => [fieldsOf(one) ?? {}]) : [];

/** A message of the media service; undefined when it is none that is known. */
export function readServiceMessage(data: unknown): ServiceMessage | undefined {
  const fields = fieldsOf(data);
  if (fields === undefined) return undefined;
  const { type, epoch, sdp } = fields;
  if (type === 'state' && isText(fields.userId)) {
    return { type, userId: fields.userId, audio: fields.audio === true, video: fields.video === true };
  }
  if (type === 'quality') {
    return {
      type,
      members: listOf(fields.members).map((one) => ({ userId: String(one.userId), quality: Number(one.quality) || 0 })),
    };
  }
  if (!isEpoch(epoch)) return undefined;
  if (type === 'setup') return readSetup(fields, epoch);
  if (type === 'answer' && isText(sdp)) return { type, epoch, sdp };
  if (type === 'offer' && isText(sdp) && isEpoch(fields.n)) {
    const feeds = listOf(fields.feeds).map(
      (one): Feed => ({
        mid: String(one.mid),
        userId: String(one.userId),
        kind: one.kind === 'video' ? 'video' : 'audio',
      }),
    );
    return { type, epoch, n: fields.n, sdp, feeds };
  }
  if (type === 'candidate' && isText(fields.candidate) && (fields.pc === 'up' || fields.pc === 'down')) {
    return { type, epoch, pc: fields.pc, candidate: fields.candidate, mid: isText(fields.mid) ? fields.mid : '' };
  }
  return undefined;
}

function readSetup(fields: Fields, epoch: number): Setup | undefined {
  const common = {
    type: 'setup' as const,
    epoch,
    iceServers: listOf(fields.iceServers).map(
      (one): IceServer => ({
        urls: Array.isArray(one.urls) ? one.urls.filter(isText) : [],
        ...(isText(one.username) ? { username: one.username } : {}),
        ...(isText(one.credential) ? { credential: one.credential } : {}),
      }),
    ),
    members: listOf(fields.members).map((one) => ({
      userId: String(one.userId),
      audio: one.audio === true,
      video: one.video === true,
    })),
  };
  if (fields.mode === 'p2p' && isText(fields.peer)) {
    return { ...common, mode: 'p2p', peer: fields.peer, polite: fields.polite === true };
  }
  if (fields.mode !== 'room') return undefined;
  return { ...common, mode: 'room', layers: fields.layers === 'rids' ? 'rids' : 'lines' };
}

/** A message of another device; undefined when it is none that is known. */
export function readPeerMessage(data: unknown): PeerMessage | undefined {
  const fields = fieldsOf(data);
  if (fields === undefined || !isEpoch(fields.epoch)) return undefined;
  const { type, epoch } = fields;
  if (type === 'candidate') {
    const { candidate, mid } = fields;
    return { type, epoch, candidate: isText(candidate) ? candidate : null, mid: isText(mid) ? mid : null };
  }
  const description = fieldsOf(fields.description);
  if (type !== 'description' || description === undefined || !isText(description.sdp)) return undefined;
  if (description.type !== 'offer' && description.type !== 'answer') return undefined;
  return { type, epoch, description: { type: description.type, sdp: description.sdp } };
}
