import {
  readMid,
  readSdp,
  readTransport,
  type Sdp,
  SdpProblem,
  type SdpSection,
  type SdpTransport,
} from './sdp-read.ts';

/** What an m-line of a publishing device carries. */
export type PublishedRole = 'audio' | 'high' | 'low';

/** One stream that a device publishes. */
export interface PublishedLine {
  readonly role: PublishedRole;
  readonly mid: string;
  readonly payloadType: number;
  readonly ssrc: number;
}

/** All of a device's offer that is believed: numbers and tokens in known ranges. */
export interface DeviceOffer {
  readonly transport: SdpTransport;
  readonly lines: readonly PublishedLine[];
}

/** All of a device's answer that is believed. */
export interface DeviceAnswer {
  readonly transport: SdpTransport;
  readonly mids: readonly string[];
}

const codecs = { audio: /^opus\/48000\/2$/i, video: /^VP8\/90000$/i };

/** m-lines that an answer may have: two for each of 99 others, and some that wait for the next one. */
const mostAnswered = 256;

/** Reads the offer of a publishing device: audio (Opus), then video high and video low (VP8). Throws an `SdpProblem`. */
export function readDeviceOffer(text: string): DeviceOffer {
  const sdp = readSdp(text);
  const transport = readTransport(sdp);
  if (transport.setup === 'passive') throw new SdpProblem('An offer has setup:actpass.');
  const lines: PublishedLine[] = [];
  for (const section of sdp.sections) lines.push(readPublished(section, lines));
  if (new Set(lines.map(({ mid }) => mid)).size < lines.length) throw new SdpProblem('Two m-lines have the same mid.');
  if (new Set(lines.map(({ ssrc }) => ssrc)).size < lines.length) {
    throw new SdpProblem('Two m-lines have the same SSRC.');
  }
  checkBundle(sdp, lines);
  return { transport, lines };
}

function readPublished(section: SdpSection, before: readonly PublishedLine[]): PublishedLine {
  const { kind, attributes } = section;
  if (kind !== 'audio' && kind !== 'video') throw new SdpProblem('Only audio and video are taken.');
  if (!/^UDP\/TLS\/RTP\/SAVPF?$/.test(section.protocol))
    throw new SdpProblem('Media travel as UDP/TLS/RTP/SAVPF only.');
  if (attributes.has('recvonly') || attributes.has('inactive')) {
    throw new SdpProblem('The publishing connection sends only; what a device receives has a connection of its own.');
  }
  if (attributes.has('simulcast')) throw new SdpProblem('This room takes two m-lines of video, not simulcast.');
  const taken = before.filter(({ role }) => (role === 'audio') === (kind === 'audio')).length;
  if (taken >= (kind === 'audio' ? 1 : 2)) throw new SdpProblem('An offer has one m-line of audio and two of video.');
  const role = kind === 'audio' ? 'audio' : taken === 0 ? 'high' : 'low';
  return { role, mid: readMid(section), payloadType: readPayloadType(section, kind), ssrc: readSsrc(section) };
}

/** The number under which the device sends the one codec of this kind. */
function readPayloadType(section: SdpSection, kind: 'audio' | 'video'): number {
  for (const value of section.attributes.get('rtpmap') ?? []) {
    const match = /^(\d{1,3}) (\S+)$/.exec(value);
    if (match === null || !codecs[kind].test(match[2] ?? '')) continue;
    const number = Number(match[1]);
    // 64 to 95 would be taken for RTCP.
    if ((number >= 96 && number <= 127) || (number >= 35 && number <= 63)) return number;
  }
  throw new SdpProblem(kind === 'audio' ? 'The audio has no Opus.' : 'The video has no VP8.');
}

/** The first source of a section; further ones are repairs of it. */
function readSsrc(section: SdpSection): number {
  const match = /^(\d{1,10}) /.exec(section.attributes.get('ssrc')?.[0] ?? '');
  const ssrc = Number(match?.[1]);
  if (!Number.isInteger(ssrc) || ssrc < 1 || ssrc > 0xffffffff) throw new SdpProblem('An m-line names no SSRC.');
  return ssrc;
}

function checkBundle(sdp: Sdp, lines: readonly { readonly mid: string }[]): void {
  const bundled = (sdp.attributes.get('group') ?? []).some((group) => {
    const [word, ...mids] = group.split(' ');
    return word === 'BUNDLE' && lines.every(({ mid }) => mids.includes(mid));
  });
  if (!bundled && lines.length > 1) throw new SdpProblem('The m-lines are not bundled over one transport.');
}

/** Reads the answer of a receiving device. Throws an `SdpProblem`. */
export function readDeviceAnswer(text: string): DeviceAnswer {
  const sdp = readSdp(text);
  const transport = readTransport(sdp);
  if (transport.setup === 'actpass') throw new SdpProblem('An answer has setup:active or setup:passive.');
  if (sdp.sections.length > mostAnswered) throw new SdpProblem(`An answer has ${mostAnswered} m-lines at most.`);
  return { transport, mids: sdp.sections.map(readMid) };
}
