import { type Static, type TObject, Type } from 'typebox';
import {
  candidateText,
  epochNumber,
  isOn,
  messageType,
  midText,
  offerNumber,
  pcWord,
  qualityNumber,
  sdpText,
} from './fields.ts';

const userId = Type.String({ description: 'the member' });

/** A STUN or TURN server, in the form that RTCPeerConnection takes. */
export const iceServerSchema = Type.Object(
  {
    urls: Type.Array(Type.String({ description: 'stun:, turn: or turns: URL' }), { description: 'its URLs' }),
    username: Type.Optional(Type.String({ description: 'for TURN: a name that runs out' })),
    credential: Type.Optional(Type.String({ description: 'for TURN: what belongs to the name' })),
  },
  { description: 'a STUN or TURN server' },
);

/** Whether a member's microphone and camera are on. */
export const mediaMemberSchema = Type.Object(
  { userId, audio: isOn('microphone'), video: isOn('camera') },
  { description: 'another member of the call' },
);

const setup = {
  type: messageType('setup'),
  epoch: epochNumber,
  iceServers: Type.Array(iceServerSchema, { description: 'for RTCPeerConnection' }),
  members: Type.Array(mediaMemberSchema, { description: 'the others in the call, and what they have switched on' }),
};

/** A media section of the receiving connection, and whose it is. */
export const feedSchema = Type.Object(
  {
    mid: midText,
    userId,
    kind: Type.Enum(['audio', 'video'], { description: 'audio or video' }),
  },
  { description: 'a media section of the offer' },
);

/** What the media service tells a device of the call: the `data` of the notice `media`, by `type`. */
export const serviceMessageSchemas = {
  /** Peer to peer: the two devices negotiate through `signal`. */
  setupP2p: Type.Object({
    ...setup,
    mode: Type.Literal('p2p', { description: 'peer to peer' }),
    provider: Type.Literal('p2p', { description: 'peer to peer' }),
    peer: Type.String({ description: 'the other member' }),
    polite: Type.Boolean({ description: 'true: this side gives way when both offer at once' }),
  }),
  /** A media room: the device publishes on one connection and receives on another. */
  setupRoom: Type.Object({
    ...setup,
    mode: Type.Literal('room', { description: 'a media room' }),
    provider: Type.Enum(['sfu', 'janus'], { description: 'what carries the media' }),
    layers: Type.Enum(['lines', 'rids'], {
      description: 'lines: two video sections, high and low; rids: one with the rids h and l',
    }),
  }),
  /** Answers the offer of the device. */
  answer: Type.Object({ type: messageType('answer'), epoch: epochNumber, sdp: sdpText }),
  /** Offers what there is to receive. The next one comes only after this one was answered. */
  offer: Type.Object({
    type: messageType('offer'),
    epoch: epochNumber,
    n: offerNumber,
    sdp: sdpText,
    feeds: Type.Array(feedSchema, { description: 'whose media each section carries' }),
  }),
  candidate: Type.Object({
    type: messageType('candidate'),
    epoch: epochNumber,
    pc: pcWord,
    candidate: candidateText,
    mid: midText,
  }),
  /** A member's microphone or camera went on or off. */
  state: Type.Object({ type: messageType('state'), userId, audio: isOn('microphone'), video: isOn('camera') }),
  /** The network quality of the others. */
  quality: Type.Object({
    type: messageType('quality'),
    members: Type.Array(Type.Object({ userId, quality: qualityNumber }), { description: 'the others' }),
  }),
} as const satisfies Record<string, TObject>;

/** Any of them. */
export const serviceMessageSchema = Type.Union(
  [
    serviceMessageSchemas.setupP2p,
    serviceMessageSchemas.setupRoom,
    serviceMessageSchemas.answer,
    serviceMessageSchemas.offer,
    serviceMessageSchemas.candidate,
    serviceMessageSchemas.state,
    serviceMessageSchemas.quality,
  ],
  { description: 'what the media service has to say' },
);

type Schemas = typeof serviceMessageSchemas;
export type ServiceMessageName = keyof Schemas;
export type ServiceMessageOf<T extends ServiceMessageName> = Static<Schemas[T]>;
export type ServiceMessage = { [T in ServiceMessageName]: ServiceMessageOf<T> }[ServiceMessageName];
export type SetupMessage = ServiceMessageOf<'setupP2p' | 'setupRoom'>;
export type IceServer = Static<typeof iceServerSchema>;
export type MediaMember = Static<typeof mediaMemberSchema>;
export type Feed = Static<typeof feedSchema>;
