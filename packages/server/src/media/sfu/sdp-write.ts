import type { SdpTransport } from './sdp-read.ts';

/** One m-line to write. */
export interface WrittenLine {
  readonly kind: 'audio' | 'video';
  readonly mid: string;
  readonly payloadType: number;
  readonly direction: 'sendonly' | 'recvonly' | 'sendrecv' | 'inactive';
  /** Set where the line sends; streams with the same `stream` are played in step. */
  readonly source?: { readonly ssrc: number; readonly stream: string; readonly track: string };
}

const codec = {
  audio: (number: number) => [`a=rtpmap:${number} opus/48000/2`, `a=fmtp:${number} minptime=10;useinbandfec=1`],
  video: (number: number) => [
    `a=rtpmap:${number} VP8/90000`,
    `a=rtcp-fb:${number} nack`,
    `a=rtcp-fb:${number} nack pli`,
    `a=rtcp-fb:${number} ccm fir`,
    `a=rtcp-fb:${number} goog-remb`,
  ],
};

/**
 * Writes a session description. All lines travel over one transport with one codec each and without header extensions.
 * `candidates` are values of `a=candidate`; `version` rises with each description of one connection.
 */
export function writeSdp(options: {
  readonly transport: SdpTransport;
  readonly lines: readonly WrittenLine[];
  readonly candidates?: readonly string[];
  readonly version?: number;
}): string {
  const { transport, candidates = [] } = options;
  const text = [
    'v=0',
    `o=ringback 1 ${options.version ?? 1} IN IP4 127.0.0.1`,
    's=-',
    't=0 0',
    `a=group:BUNDLE ${options.lines.map(({ mid }) => mid).join(' ')}`,
    'a=msid-semantic:WMS *',
  ];
  options.lines.forEach((line, i) => {
    text.push(`m=${line.kind} 9 UDP/TLS/RTP/SAVPF ${line.payloadType}`, 'c=IN IP4 0.0.0.0', `a=mid:${line.mid}`);
    text.push(`a=${line.direction}`, 'a=rtcp-mux', `a=ice-ufrag:${transport.ufrag}`, `a=ice-pwd:${transport.pwd}`);
    text.push('a=ice-options:trickle', `a=fingerprint:sha-256 ${transport.fingerprint}`, `a=setup:${transport.setup}`);
    text.push(...codec[line.kind](line.payloadType));
    if (line.source !== undefined) {
      const { ssrc, stream, track } = line.source;
      text.push(
        `a=msid:${stream} ${track}`,
        `a=ssrc:${ssrc} cname:${stream}`,
        `a=ssrc:${ssrc} msid:${stream} ${track}`,
      );
    }
    if (i === 0) for (const candidate of candidates) text.push(`a=candidate:${candidate}`);
  });
  return `${text.join('\r\n')}\r\n`;
}
