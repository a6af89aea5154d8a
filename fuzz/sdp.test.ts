import { isIP } from 'node:net';
import fc from 'fast-check';
import { Refusal } from 'ringback-protocol';
import { describe, expect, it } from 'vitest';
import { checkCandidate as checkJanusCandidate, checkSdp, withoutRtx } from '../packages/server/src/media/janus/sdp.ts';
import { checkCandidate } from '../packages/server/src/media/sfu/candidate.ts';
import {
  type DeviceAnswer,
  type DeviceOffer,
  readDeviceAnswer,
  readDeviceOffer,
} from '../packages/server/src/media/sfu/description.ts';
import { SdpProblem, type SdpTransport } from '../packages/server/src/media/sfu/sdp-read.ts';
import { writeSdp } from '../packages/server/src/media/sfu/sdp-write.ts';
import { fingerprint, offer, pwd } from '../packages/server/test/media/sfu/browser-offer.ts';
import { fuzzed } from './support/fuzzed.ts';
import { noise, spoilt } from './support/inputs.ts';

/** The same for all lines, said once above them. */
const above = offer
  .replace(/a=(?:ice-|fingerprint|setup).*\r\n/g, '')
  .replace(
    't=0 0',
    `t=0 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:${pwd}\r\na=fingerprint:SHA-256 ${fingerprint}\r\na=setup:active`,
  );
const simulcast = offer
  .split(/(?=m=video)/)
  .slice(0, 2)
  .join('')
  .concat('a=rtcp-fb:97 nack\r\na=extmap:5 urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id\r\n')
  .concat('a=simulcast:send h;l\r\n');
const answer = offer.replaceAll('actpass', 'active').replaceAll('sendonly', 'recvonly');
const good = [offer, above, answer, simulcast, offer.replaceAll('\r\n', '\n'), simulcast.replaceAll('\r\n', '\n')];

/** Lines at the edge of what is taken, or beyond it. */
const strange = [
  ...['m=audio 9 UDP/TLS/RTP/SAVPF 111', 'm=video 0 UDP/TLS/RTP/SAVP 96', 'm=video 9 RTP/AVP 96', 'm=video'],
  ...[
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'm=text 9 UDP/TLS/RTP/SAVPF 98',
    `m=audio 9 x ${'1'.repeat(501)}`,
  ],
  ...['a=ssrc:0 x', 'a=ssrc:4294967295 x', 'a=ssrc:4294967296 x', 'a=ssrc:7', 'a=ssrc', 'a=simulcast:send h'],
  ...['a=rtpmap:35 vp8/90000', 'a=rtpmap:95 VP8/90000', 'a=rtpmap:127 OPUS/48000/2', 'a=rtpmap:128 opus/48000/2'],
  ...['a=rtpmap:111 rtx/90000', 'a=rtpmap:120 rtx/90000', 'a=rtpmap:98 VP8/90000 ', 'a=fmtp:97', 'a=rtcp-fb:97x nack'],
  ...[
    'a=mid:0',
    'a=mid:1',
    `a=mid:${'m'.repeat(33)}`,
    'a=mid',
    'a=recvonly',
    'a=inactive',
    'a=sendrecv',
    'a=recvonly:x',
  ],
  ...[
    'a=setup:actpass',
    'a=setup:active',
    'a=setup:passive',
    'a=setup:holdconn',
    'a=ice-ufrag:abc',
    'a=ice-ufrag:a_bcd',
  ],
  ...[21, 22, 256, 257].map((length) => `a=ice-pwd:${'x'.repeat(length)}`),
  ...[
    `a=fingerprint:sha-256 ${fingerprint}:00`,
    `a=fingerprint:sha-1 ${fingerprint}`,
    `a=fingerprint:sha-256 ${fingerprint} x`,
  ],
  ...[
    'a=group:BUNDLE 0',
    'a=group:LS 0 1 2',
    'a=group:BUNDLE 2 1 0 3',
    'v=0',
    '',
    `a=${'x'.repeat(1023)}`,
    '\ra=mid:1',
  ],
];

/** What a line is about. */
const nameOf = (line: string): string | undefined => /^a=[^:]*|^m=\w+/.exec(line)?.[0];

/** Descriptions of which whole lines were changed, put in and taken out, and then perhaps characters, too. */
const descriptions = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...good),
      fc.array(
        fc.record({
          at: fc.nat(70),
          put: fc.oneof(
            fc.array(fc.oneof(fc.constantFrom(...strange, ...offer.split('\r\n')), fc.string()), { maxLength: 2 }),
            // A whole m-line with what follows it.
            fc.constantFrom(...offer.split(/\r\n(?=m=)/)).map((section) => [section]),
          ),
          cut: fc.oneof(fc.constant(1), fc.nat(2), fc.nat(20)),
        }),
        { maxLength: 3 },
      ),
      fc.array(fc.tuple(fc.constantFrom(...strange), fc.nat(12)), { maxLength: 3 }),
    )
    .map(([text, edits, swaps]) => {
      const end = text.includes('\r\n') ? '\r\n' : '\n';
      const lines = text.split(end);
      for (const { at, put, cut } of edits) lines.splice(at % lines.length, cut, ...put);
      // In the place of one that is about the same.
      for (const [line, nth] of swaps) {
        const places = [...lines.keys()].filter((at) => nameOf(lines[at] as string) === nameOf(line));
        if (places.length > 0) lines[places[nth % places.length] as number] = line;
      }
      return lines.join(end);
    }),
  spoilt(...good),
  noise,
);

/** A description as RFC 8866 writes it: values of attributes by their place, 0 above all m-lines. */
class Written {
  readonly media: readonly string[];
  readonly #parts: readonly (readonly string[])[];

  constructor(lines: readonly string[]) {
    const starts = [...lines.keys()].filter((at) => lines[at]?.startsWith('m='));
    this.media = starts.map((at) => lines[at] as string);
    this.#parts = [0, ...starts].map((from, i) => lines.slice(from, starts[i]));
  }

  /** The values of an attribute at a place. */
  all(place: number, name: string): readonly string[] {
    return (this.#parts[place] ?? [])
      .filter((line) => line === `a=${name}` || line.startsWith(`a=${name}:`))
      .map((line) => line.slice(name.length + 3));
  }

  /** How the side is reached: what its first m-line says, else what stands above. */
  get transport(): SdpTransport | undefined {
    const [ufrag = '', pwd = '', fingerprint = '', setup = ''] = ['ice-ufrag', 'ice-pwd', 'fingerprint', 'setup'].map(
      (name) => (this.all(1, name)[0] ?? this.all(0, name)[0] ?? '') as string,
    );
    const [hash = '', digits = ''] = fingerprint.split(' ');
    const pairs = digits.split(':');
    const isIce = (text: string, least: number): boolean =>
      text.length >= least && text.length <= 256 && !/[^\w+/]|_/.test(text);
    return isIce(ufrag, 4) &&
      isIce(pwd, 22) &&
      hash.toLowerCase() === 'sha-256' &&
      pairs.length === 32 &&
      pairs.every((pair) => pair.length === 2 && /^[\da-f]*$/i.test(pair)) &&
      (setup === 'active' || setup === 'passive' || setup === 'actpass')
      ? { ufrag, pwd, fingerprint: digits.toUpperCase(), setup }
      : undefined;
  }

  /** The names of all m-lines; undefined where one has none that can be used. */
  get mids(): readonly string[] | undefined {
    const mids = this.media.map((_, i) => this.all(i + 1, 'mid')[0] ?? '');
    return mids.every((mid) => mid.length >= 1 && mid.length <= 32 && !/[^\w.-]/.test(mid)) ? mids : undefined;
  }
}

function isMediaLine(line: string): boolean {
  const [kind = '', port = '', protocol = '', ...formats] = line.slice(2).split(' ');
  const listed = formats.join(' ');
  return (
    ['audio', 'video', 'application'].includes(kind) &&
    /^\d{1,5}$/.test(port) &&
    protocol.length >= 1 &&
    protocol.length <= 40 &&
    !/\s/.test(protocol) &&
    listed.length >= 1 &&
    listed.length <= 500 &&
    !/[\r\u2028\u2029]/.test(listed)
  );
}

/** Undefined for what is no description, or too much of one. */
function writtenIn(text: string): Written | undefined {
  const lines = text.replaceAll('\r\n', '\n').split('\n');
  if (text.length > 160_000 || lines.length > 6000 || lines.some((line) => line.length > 1024)) return undefined;
  const written = new Written(lines);
  return lines[0] === 'v=0' && written.media.length > 0 && written.media.every(isMediaLine) ? written : undefined;
}

const isWithin = (value: number, from: number, to: number): boolean => value >= from && value <= to;

/** The number of a codec out of `rtpmap`; undefined where there is none that can be told from RTCP. */
const numberOf = (maps: readonly string[], codec: string): number | undefined =>
  maps
    .map((map) => map.split(' '))
    .filter(
      ([number = '', name = '', ...more]) => /^\d{1,3}$/.test(number) && name.toLowerCase() === codec && !more.length,
    )
    .map(([number]) => Number(number))
    .find((number) => isWithin(number, 35, 63) || isWithin(number, 96, 127));

/** What an offer says; undefined for one that this room does not take. */
function offerIn(text: string): DeviceOffer | undefined {
  const written = writtenIn(text);
  const transport = written?.transport;
  const mids = written?.mids;
  if (written === undefined || transport === undefined || mids === undefined) return undefined;
  const kinds = written.media.map((line) => line.slice(2).split(' ')[0]);
  const roles = kinds.map((kind, i) => (kind === 'audio' ? kind : kinds.indexOf('video') === i ? 'high' : 'low'));
  const lines = kinds.map((kind, i) => {
    const [ssrc = '', ...names] = (written.all(i + 1, 'ssrc')[0] ?? '').split(' ');
    const number = numberOf(written.all(i + 1, 'rtpmap'), kind === 'audio' ? 'opus/48000/2' : 'vp8/90000');
    const sends = ['recvonly', 'inactive', 'simulcast'].every((name) => written.all(i + 1, name).length === 0);
    const secure = ['UDP/TLS/RTP/SAVP', 'UDP/TLS/RTP/SAVPF'].includes(written.media[i]?.split(' ')[2] ?? '');
    const isSource = /^\d{1,10}$/.test(ssrc) && isWithin(Number(ssrc), 1, 2 ** 32 - 1) && names.length > 0;
    return sends && secure && isSource && number !== undefined && kind !== 'application'
      ? { role: roles[i], mid: mids[i], payloadType: number, ssrc: Number(ssrc) }
      : undefined;
  });
  const bundled = written.all(0, 'group').some((group) => {
    const [word, ...together] = group.split(' ');
    return word === 'BUNDLE' && mids.every((mid) => together.includes(mid));
  });
  const fits =
    transport.setup !== 'passive' &&
    !lines.includes(undefined) &&
    kinds.filter((kind) => kind === 'audio').length <= 1 &&
    kinds.filter((kind) => kind === 'video').length <= 2 &&
    new Set(mids).size === mids.length &&
    new Set(lines.map((line) => line?.ssrc)).size === lines.length &&
    (bundled || lines.length === 1);
  return fits ? ({ transport, lines } as DeviceOffer) : undefined;
}

/** What an answer says; undefined for what is none. */
function answerIn(text: string): DeviceAnswer | undefined {
  const written = writtenIn(text);
  const transport = written?.transport;
  const mids = written?.mids;
  return transport === undefined || mids === undefined || transport.setup === 'actpass' || mids.length > 256
    ? undefined
    : { transport, mids };
}

/** What is read, or undefined where it is refused in a sentence. */
function readBy<T>(read: (text: string) => T, text: string): T | undefined {
  try {
    return read(text);
  } catch (error) {
    if (!(error instanceof SdpProblem)) throw error;
    expect(error.message).toMatch(/^[A-Za-z][ -~]{5,120}\.$/);
    return undefined;
  }
}

/** What goes on holds no character that this program would not write itself. */
const ours = /^[A-Za-z0-9 =:/.*+_;\r\n-]*$/;

describe('a session description of a device', () => {
  // What refuses everything would pass some of what follows.
  it('that was not spoilt is taken', () => {
    for (const text of [offer, above, offer.replaceAll('\r\n', '\n')]) {
      expect(readDeviceOffer(text).lines).toHaveLength(3);
      expect(readDeviceOffer(text)).toEqual(offerIn(text));
    }
    expect(readDeviceAnswer(answer)).toEqual(answerIn(answer));
    for (const text of [answer, simulcast]) expect(checkSdp(text, 'answer')).toBe(text);
    expect(checkSdp(simulcast, 'offer')).toBe(simulcast);
  });

  fuzzed(
    'is an offer that says what is believed of it, and goes on in our own words, or is refused in a sentence',
    descriptions,
    (text) => {
      const read = readBy(readDeviceOffer, text);
      expect(read).toEqual(offerIn(text));
      if (read === undefined) return;
      const lines = read.lines.map(({ mid, payloadType, role, ssrc }) => ({
        kind: role === 'audio' ? ('audio' as const) : ('video' as const),
        mid,
        payloadType,
        direction: 'sendonly' as const,
        source: { ssrc, stream: 'm1', track: 't1' },
      }));
      const again = writeSdp({ transport: read.transport, lines });
      expect(again).toMatch(ours);
      expect(readDeviceOffer(again)).toEqual(read);
    },
  );

  fuzzed(
    'is an answer that says what is believed of it, and goes on in our own words, or is refused in a sentence',
    descriptions,
    (text) => {
      const read = readBy(readDeviceAnswer, text);
      expect(read).toEqual(answerIn(text));
      if (read === undefined) return;
      const lines = read.mids.map((mid) => ({ kind: 'audio', mid, payloadType: 111, direction: 'recvonly' }) as const);
      const again = writeSdp({ transport: read.transport, lines });
      expect(again).toMatch(ours);
      expect(readDeviceAnswer(again)).toEqual(read);
    },
  );
});

/** Whether it is refused, by name. */
function refuses(check: () => unknown, field: string): boolean {
  try {
    check();
    return false;
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    expect([error.reason, error.field, (error.detail ?? '').length < 200]).toEqual(['frame_bad_params', field, true]);
    return true;
  }
}

const kindsIn = (text: string): readonly string[] =>
  [...text.matchAll(/\nm=([^ \r\n]*)/g)].map(([, kind = '']) => kind);

/** An offer with simulcast, line by line, without what its video says of retransmission streams. */
function withoutStreams(text: string): readonly string[] {
  const lines = text.split(/\r?\n/);
  if (!text.includes('a=simulcast:')) return lines;
  let video = false;
  let types = new Set<string | undefined>();
  return lines.flatMap((line, at) => {
    if (line.startsWith('m=')) {
      const next = lines.findIndex((other, i) => i > at && other.startsWith('m='));
      const section = lines.slice(at, next < 0 ? lines.length : next);
      video = line.startsWith('m=video');
      types = new Set(section.map((other) => /^a=rtpmap:(\d+) rtx\//.exec(other)?.[1]).filter((type) => type));
      return video
        ? [
            line
              .split(' ')
              .filter((one, i) => i < 3 || !types.has(one))
              .join(' '),
          ]
        : [line];
    }
    const [name = '', value = ''] = line.split(/:(.*)/);
    const of = ['a=rtpmap', 'a=fmtp', 'a=rtcp-fb'].includes(name) && types.has(/^\d+/.exec(value)?.[0]);
    return video && (of || line.includes('sdes:repaired-rtp-stream-id')) ? [] : [line];
  });
}

describe('a session description for Janus', () => {
  it.each(['\r\n', '\n'])('with simulcast loses its retransmission streams (lines end with %j)', (end) => {
    const kept = withoutRtx(simulcast.replaceAll('\r\n', end));
    expect(kept).toMatch(/^m=video 9 UDP\/TLS\/RTP\/SAVPF 45 98 120\r?$/m);
    expect(kept).not.toMatch(/rtx|:97 |repaired/);
    expect(kept).toContain('a=rtpmap:120 VP8/90000');
  });

  fuzzed(
    'is handed on as it is where it is lines of printable text with the sections that are wanted, and else refused',
    descriptions,
    (text) => {
      const isOne = /^v=0(?:\r?\n[a-z]=[ -~]*)*(?:\r?\n)?$/.test(text);
      const kinds = kindsIn(text);
      const isAnswer = isOne && kinds.length >= 1 && kinds.length <= 200;
      const isOffer = isAnswer && ['audio', 'audio,video', 'video', 'video,audio'].includes(kinds.join());
      expect(refuses(() => expect(checkSdp(text, 'answer')).toBe(text), 'data.sdp')).toBe(!isAnswer);
      expect(refuses(() => expect(checkSdp(text, 'offer')).toBe(text), 'data.sdp')).toBe(!isOffer);
      if (isOffer) expect(withoutRtx(text).split(/\r?\n/)).toEqual(withoutStreams(text));
    },
  );
});

const browsers = [
  'candidate:1 1 udp 2122260223 192.0.2.1 54321 typ host generation 0 ufrag abcd network-cost 999',
  'a=candidate:1 1 UDP 2122260223 2001:db8::1 54321 typ srflx raddr 0.0.0.0 rport 0',
  'candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active',
  'candidate:1 1 udp 2122260223 0b0f3e2a-7d1a-4f63-8a5f-0a0c1d2e3f40.local 54321 typ relay',
];
const words = [
  'candidate:1',
  'a=candidate:',
  '1',
  '123456',
  'udp',
  'SCTP',
  '4294967296',
  '12345678901',
  '::1',
  '::1%lo',
];
const hosts = [
  '192.0.2.1',
  '192.0.2.256',
  'localhost',
  'example.com',
  'a.b.local',
  '.local',
  'x.local',
  '9',
  'typ',
  'prflx',
];
const candidates = fc.oneof(
  fc
    .tuple(
      fc.constantFrom(...browsers),
      fc.array(fc.tuple(fc.nat(12), fc.oneof(fc.constantFrom(...words, ...hosts, ''), fc.string())), { maxLength: 3 }),
    )
    .map(([text, edits]) => {
      const parts = text.split(' ');
      for (const [at, put] of edits) parts.splice(at, 1, put);
      return parts.join(' ');
    }),
  spoilt(...browsers),
  noise,
);

/** Whether a text is a candidate by RFC 8839, section 5.1, with an address that needs no look-up in the DNS. */
function isCandidate(text: string): boolean {
  const [
    first = '',
    component = '',
    transport = '',
    priority = '',
    address = '',
    port = '',
    typ = '',
    type = '',
    ...more
  ] = (text.startsWith('a=') ? text.slice(2) : text).split(' ');
  const foundation = first.slice('candidate:'.length);
  const name = address.endsWith('.local') ? address.slice(0, -'.local'.length) : '';
  return (
    text.length <= 600 &&
    first.toLowerCase().startsWith('candidate:') &&
    isWithin(foundation.length, 1, 64) &&
    !/\s/.test(foundation) &&
    [component, port].every((number) => /^\d{1,5}$/.test(number)) &&
    ['udp', 'tcp'].includes(transport.toLowerCase()) &&
    /^\d{1,10}$/.test(priority) &&
    (isIP(address) !== 0 || (isWithin(name.length, 1, 63) && !/[^A-Za-z0-9-]/.test(name))) &&
    typ.toLowerCase() === 'typ' &&
    ['host', 'srflx', 'prflx', 'relay'].includes(type.toLowerCase()) &&
    !/[^ -~]/.test(more.join(' '))
  );
}

describe('a candidate of a device', () => {
  fuzzed('is taken where it has the form of one and an address, and else refused in a sentence', candidates, (text) => {
    const taken = readBy((one) => checkCandidate(one) ?? true, text) === true;
    expect(taken, text).toBe(text === '' || isCandidate(text));
  });

  fuzzed('is handed on to Janus as it is, or refused by name', candidates, (text) => {
    const body = text.replace(/^(?:a=)?candidate:/, '');
    const isOne = text === '' || (body !== text && body !== '' && !/[^ -~]/.test(body));
    const handed = text === '' ? { completed: true } : { candidate: text, sdpMid: '0' };
    expect(refuses(() => expect(checkJanusCandidate(text, '')).toEqual(handed), 'data.candidate')).toBe(!isOne);
  });
});
