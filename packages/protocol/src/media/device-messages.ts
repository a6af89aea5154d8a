import { type Static, type TObject, Type } from 'typebox';
import { bounds } from '../bounds.ts';
import { userIdText } from '../signalling/words.ts';
import {
  candidateText,
  epochNumber,
  isOn,
  knownEpoch,
  layerWord,
  measure,
  messageType,
  midText,
  offerNumber,
  pcWord,
  sdpText,
} from './fields.ts';

/** One sample of what a device receives of a member. */
export const qualitySampleSchema = Type.Object(
  {
    userId: userIdText,
    rtt: measure('the round trip in ms', 60_000),
    loss: measure('the share of packets lost since the last sample', 1),
    jitter: measure('the jitter in ms', 60_000),
    width: measure('the width of the picture', 16_384),
    height: measure('the height of the picture', 16_384),
    freezes: measure('the freezes since the last sample', 100_000),
    fps: measure('the pictures per second', 1000),
  },
  { description: 'what the device receives of a member' },
);

/** What a device tells the media service of its call: the `data` of `signal` with an empty `to`, by `type`. */
export const deviceMessageSchemas = {
  /** Asks for `setup` again. */
  hello: Type.Object({
    type: messageType('hello'),
    epoch: knownEpoch,
    mode: Type.Optional(
      Type.Enum(['p2p', 'room'], { description: 'what the device runs, p2p or room; absent when it runs nothing' }),
    ),
  }),
  /** Publishes. */
  offer: Type.Object({ type: messageType('offer'), epoch: epochNumber, sdp: sdpText }),
  /** Answers the offer `n` of the service. */
  answer: Type.Object({ type: messageType('answer'), epoch: epochNumber, n: offerNumber, sdp: sdpText }),
  candidate: Type.Object({
    type: messageType('candidate'),
    epoch: epochNumber,
    pc: pcWord,
    candidate: candidateText,
    mid: midText,
  }),
  /** Microphone and camera of this device. */
  state: Type.Object({ type: messageType('state'), audio: isOn('microphone'), video: isOn('camera') }),
  /** What this viewer shows of a member. */
  want: Type.Object({ type: messageType('want'), epoch: epochNumber, userId: userIdText, layer: layerWord }),
  /** The connection is broken beyond an ICE restart. */
  failed: Type.Object({
    type: messageType('failed'),
    epoch: epochNumber,
    text: Type.String({
      description: `what went wrong, at most ${bounds.mediaTextBytes} bytes`,
      maxLength: bounds.mediaTextBytes,
    }),
  }),
  /** At most every five seconds. */
  stats: Type.Object({
    type: messageType('stats'),
    samples: Type.Array(qualitySampleSchema, {
      description: `a list of at most ${bounds.mediaSamples} samples, each with userId, rtt, loss, jitter, width, height, freezes and fps`,
      maxItems: bounds.mediaSamples,
    }),
  }),
} as const satisfies Record<string, TObject>;

type Schemas = typeof deviceMessageSchemas;
export type DeviceMessageType = keyof Schemas;
/** One message of a device to the media service. */
export type DeviceMessageOf<T extends DeviceMessageType> = Static<Schemas[T]>;
export type DeviceMessage = { [T in DeviceMessageType]: DeviceMessageOf<T> }[DeviceMessageType];
export type QualitySample = Static<typeof qualitySampleSchema>;
