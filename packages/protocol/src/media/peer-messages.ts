import { type Static, type TObject, Type } from 'typebox';
import { candidateText, epochNumber, messageType, midText, peerSdpText } from './fields.ts';

/**
 * What two devices pass each other peer to peer: the `data` of `signal` to the peer. The server does not look into it;
 * the schemas are for devices, which have no reason to trust each other.
 */
export const peerMessageSchemas = {
  description: Type.Object({
    type: messageType('description'),
    epoch: epochNumber,
    description: Type.Object(
      { type: Type.Enum(['offer', 'answer'], { description: 'as in RTCSessionDescription' }), sdp: peerSdpText },
      { description: 'the session description' },
    ),
  }),
  candidate: Type.Object({
    type: messageType('candidate'),
    epoch: epochNumber,
    candidate: Type.Union([candidateText, Type.Null()], { description: 'an ICE candidate; null: there are no more' }),
    mid: Type.Union([midText, Type.Null()], { description: 'the mid that it belongs to' }),
  }),
} as const satisfies Record<string, TObject>;

type Schemas = typeof peerMessageSchemas;
export type PeerMessage = { [T in keyof Schemas]: Static<Schemas[T]> }[keyof Schemas];
