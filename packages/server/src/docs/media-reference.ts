import {
  bounds,
  type DeviceMessageType,
  deviceMessageSchemas,
  peerMessageSchemas,
  type ServiceMessageName,
  serviceMessageSchemas,
} from 'ringback-protocol';
import type { TObject } from 'typebox';
import { schemaTable } from './schema-table.ts';
import { plainSchema } from './signalling-schemas.ts';

/** What each message of a device is for. */
const deviceNotes: Readonly<Record<DeviceMessageType, string>> = {
  hello:
    'Asks for `setup`: after a lost connection and after a restart of the server. When the device runs what the service runs, the answer has the same epoch and nothing is torn down; a room that has not heard its offer sets it up anew. With `mode: "p2p"` two that are connected survive a restart of the server.',
  offer:
    'Publishes. Sections in this order, all sendonly and there from the start even while nothing is sent: audio (Opus), video (VP8); with `layers: "lines"` a second video of the same camera at a quarter of the size, with `layers: "rids"` one video with the rids `h` and `l`.',
  answer: 'Answers the offer `n` of the service.',
  candidate: 'An ICE candidate of the device.',
  state: 'The microphone or camera of the device went on or off; the service tells the others.',
  want: 'What this viewer shows of that member. High until it says otherwise.',
  failed:
    'The connection is broken beyond an ICE restart. A peer-to-peer call moves to a room; in a room this device is set up anew.',
  stats: 'What the device receives of each member, at most every 5 s; kept with the call.',
};

/** When each message of the service is sent. */
const serviceNotes: Readonly<Record<ServiceMessageName, readonly [title: string, note: string]>> = {
  setupP2p: [
    '`setup`, peer to peer',
    'Two devices connect to each other. Sent when the device is in the call and somebody has accepted, in answer to `hello`, and with a new epoch whenever the media of the call moves: the device then starts anew, and closes what it had when the new runs.',
  ],
  setupRoom: ['`setup`, room', 'The device connects to a media room. Sent as above.'],
  answer: ['`answer`', 'Answers the `offer` of the device.'],
  offer: ['`offer`', 'What there is to receive, all of it on one connection. The next offer comes after the answer.'],
  candidate: ['`candidate`', 'An ICE candidate of the service.'],
  state: ['`state`', "A member's microphone or camera went on or off."],
  quality: ['`quality`', 'The network quality of the others, when it has changed.'],
};

const peerNotes: Readonly<Record<keyof typeof peerMessageSchemas, string>> = {
  description: 'Perfect negotiation: the polite side gives way.',
  candidate: 'An ICE candidate of the peer.',
};

const section = (title: string, note: string, schema: TObject): string =>
  `### ${title}\n\n${note}\n\n${schemaTable(plainSchema(schema))}`;

/** The reference page of media messages, in Markdown. */
export function mediaReference(): string {
  const device = Object.entries(deviceMessageSchemas).map(([type, schema]) =>
    section(`\`${type}\``, deviceNotes[type as DeviceMessageType], schema),
  );
  const service = Object.entries(serviceMessageSchemas).map(([name, schema]) => {
    const [title, note] = serviceNotes[name as ServiceMessageName];
    return section(title, note, schema);
  });
  const peer = Object.entries(peerMessageSchemas).map(([type, schema]) =>
    section(`\`${type}\` between peers`, peerNotes[type as keyof typeof peerMessageSchemas], schema),
  );
  return `# Media

This page is generated from the schemas of the protocol. Devices talk to the media service of their call over the
[signalling socket](signalling.md): the request \`signal\` with an empty \`to\` carries a message of a device, the notice
\`media\` one of the service. Peer to peer, devices talk to each other with \`signal\` to the other member.

* \`epoch\` names a media session of the device: every \`setup\` that moves the media has another one. A receiver drops what
  has not the epoch of its last \`setup\`; the service does so without a word.
* Unknown members are ignored. What does not fit is refused with -32602 \`bad_params\`; \`data.field\` names it, as
  \`data.sdp\`. A device that sends faster than it needs to is refused with \`too_fast\`; where several nodes
  look after calls and the one of this call does not answer, with \`overloaded\` and the reason \`media_unreachable\`: then try again.
* A description is at most ${bounds.sdpBytes} bytes, a whole message ${bounds.mediaBytes}; between peers ${bounds.peerSdpBytes} and ${bounds.signalBytes}.
* What may have been lost is said again: \`offer\` and \`answer\` may come twice, of the service as of a peer. The second one is
  ignored when nothing waits for it; an offer that was answered already gets the same answer.

## From the device

${device.join('\n')}
## From the service

${service.join('\n')}
## Between peers

${peer.join('\n')}`;
}
