import { Refusal } from 'ringback-protocol';

/** Sections of a description at most: audio and video of 99 others. */
const mostSections = 200;

const bad = (field: string, sentence: string): Refusal => new Refusal('frame_bad_params', sentence, `data.${field}`);

/** A device's description, if it has the form of one; Janus reads the rest. Throws a `Refusal`. */
export function checkSdp(sdp: string, type: 'offer' | 'answer'): string {
  const lines = sdp.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  if (lines[0] !== 'v=0' || !lines.every((line) => /^[a-z]=[\x20-\x7e]*$/.test(line))) {
    throw bad('sdp', 'data.sdp must be a session description: lines of a letter, = and text, the first one v=0');
  }
  const kinds = lines.filter((line) => line.startsWith('m=')).map((line) => line.slice(2).split(' ')[0] ?? '');
  if (kinds.length < 1 || kinds.length > mostSections) throw bad('sdp', 'data.sdp must have 1 to 200 media sections');
  // All that is published goes to all others: each further section would cost every one of them.
  if (
    type === 'offer' &&
    (kinds.some((kind) => kind !== 'audio' && kind !== 'video') || new Set(kinds).size < kinds.length)
  ) {
    throw bad('sdp', 'data.sdp must offer one section of audio and one of video at most, and nothing else');
  }
  return sdp;
}

/** An ICE candidate as Janus takes it. Throws a `Refusal`. */
export function checkCandidate(candidate: string, mid: string): object {
  if (candidate === '') return { completed: true };
  if (!/^(a=)?candidate:[\x20-\x7e]+$/.test(candidate)) {
    throw bad('candidate', 'data.candidate must be an ICE candidate, or empty');
  }
  return { candidate, sdpMid: mid === '' ? '0' : mid };
}

/**
 * An offer without retransmission streams. Janus 1.1 takes those of simulcast for lost packets of one of the layers and
 * asks for them without end; packets that are really lost it gets again on their own stream.
 */
export function withoutRtx(sdp: string): string {
  if (!sdp.includes('a=simulcast:')) return sdp;
  const sections = sdp.split(/(?=^m=)/m);
  return sections.map((section) => (section.startsWith('m=video') ? sectionWithoutRtx(section) : section)).join('');
}

function sectionWithoutRtx(section: string): string {
  const types = new Set([...section.matchAll(/^a=rtpmap:(\d+) rtx\//gm)].map(([, type = '']) => type));
  const [head = '', ...lines] = section.split(/\r?\n/);
  const media = head.split(' ').filter((one, i) => i < 3 || !types.has(one));
  const kept = lines.filter((line) => {
    const type = /^a=(?:rtpmap|fmtp|rtcp-fb):(\d+)/.exec(line)?.[1];
    return (type === undefined || !types.has(type)) && !line.includes('sdes:repaired-rtp-stream-id');
  });
  return [media.join(' '), ...kept].join('\r\n');
}
