import { Type } from 'typebox';
import { bounds } from '../bounds.ts';

/**
 * The single values of media messages. Each `description` ends the sentence "data.<field> must be …", which is what a
 * device reads when the value is wrong.
 */

/** Which message it is. */
export const messageType = <const Word extends string>(word: Word) =>
  Type.Literal(word, { description: `${word}: which message it is` });

/** Counts the media sessions of a call as one device sees them, from 1. */
export const epochNumber = Type.Integer({
  description: 'the epoch of the last setup, from 1',
  minimum: 1,
  maximum: bounds.mediaEpochMax,
});

/** Of `hello`: what the device runs, if anything. */
export const knownEpoch = Type.Integer({
  description: 'the epoch that the device runs, 0 for none',
  minimum: 0,
  maximum: bounds.mediaEpochMax,
});

/** A session description. */
export const sdpText = Type.String({
  description: `a session description of 1 to ${bounds.sdpBytes} bytes`,
  minLength: 1,
  maxLength: bounds.sdpBytes,
});

/** A session description for a peer. */
export const peerSdpText = Type.String({
  description: `a session description of 1 to ${bounds.peerSdpBytes} bytes`,
  minLength: 1,
  maxLength: bounds.peerSdpBytes,
});

/** An ICE candidate as browsers write it. */
export const candidateText = Type.String({
  description: `an ICE candidate of at most ${bounds.candidateBytes} bytes; empty: there are no more`,
  maxLength: bounds.candidateBytes,
});

/** The media section that a candidate or a feed belongs to. */
export const midText = Type.String({
  description: 'the mid of a media section: at most 16 letters, digits and marks; empty for the whole connection',
  pattern: '^[A-Za-z0-9._:+-]{0,16}$',
});

/** Which of a device's two connections with a media room: `up` publishes, `down` receives. */
export const pcWord = Type.Enum(['up', 'down'], { description: 'up (publishing) or down (receiving)' });

/** Counts the offers of the receiving connection within an epoch. */
export const offerNumber = Type.Integer({
  description: 'the number of the offer, from 1',
  minimum: 1,
  maximum: bounds.mediaEpochMax,
});

/** Which picture of a member a viewer wants. */
export const layerWord = Type.Enum(['high', 'low', 'off'], { description: 'high, low or off' });

/** A measured value; 0 when it is not known. */
export const measure = (what: string, maximum: number) =>
  Type.Number({ description: `${what}, 0 to ${maximum}; 0 when not known`, minimum: 0, maximum });

/** On or off. */
export const isOn = (what: string) => Type.Boolean({ description: `true when the ${what} is on` });

/** How good a network is, as the client engine numbers it. */
export const qualityNumber = Type.Integer({
  description: '0 unknown, 1 excellent, 2 good, 3 poor, 4 bad, 5 very bad, 6 down',
  minimum: 0,
  maximum: 6,
});
