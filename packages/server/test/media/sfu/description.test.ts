import { bounds } from 'ringback-protocol';
import { describe, expect, it } from 'vitest';
import { checkSdp } from '../../../src/media/janus/sdp.ts';
import { checkCandidate, shownCandidates } from '../../../src/media/sfu/candidate.ts';
import { readDeviceAnswer, readDeviceOffer } from '../../../src/media/sfu/description.ts';
import { longestSdp, readSdp, SdpProblem } from '../../../src/media/sfu/sdp-read.ts';
import { writeSdp } from '../../../src/media/sfu/sdp-write.ts';
import { mediaDataOf } from '../../../src/requests/media-data.ts';
import { fingerprint, head, offer, pwd, section } from './browser-offer.ts';

describe('the offer of a device', () => {
  it('is read into one codec a line, with the roles in the order of the lines', () => {
    expect(readDeviceOffer(offer)).toEqual({
      transport: { ufrag: 'uf+/', pwd, fingerprint, setup: 'actpass' },
      lines: [
        { role: 'audio', mid: '0', payloadType: 111, ssrc: 11 },
        { role: 'high', mid: '1', payloadType: 120, ssrc: 21 },
        { role: 'low', mid: '2', payloadType: 120, ssrc: 31 },
      ],
    });
  });

  it('may say once for all lines what is the same for all', () => {
    const above = offer
      .replace(/a=(ice-|fingerprint|setup).*\r\n/g, '')
      .replace(
        't=0 0',
        `t=0 0\r\na=ice-ufrag:abcd\r\na=ice-pwd:${pwd}\r\na=fingerprint:sha-256 ${fingerprint.toLowerCase()}\r\na=setup:active`,
      );
    expect(readDeviceOffer(above).transport).toEqual({ ufrag: 'abcd', pwd, fingerprint, setup: 'active' });
  });

  it.each([
    ['no text of this kind', 'hello', /v=0/],
    ['nothing but a head', head, /no m-line/],
    ['a data channel', `${offer}m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:3\r\n`, /audio and video/],
    [
      'two microphones',
      [head, section('audio', '0', 1), section('audio', '1', 5), ''].join('\r\n'),
      /one m-line of audio/,
    ],
    ['three cameras', `${offer}${section('video', '3', 41)}\r\n`, /two of video/],
    ['the same mid twice', offer.replace('a=mid:2', 'a=mid:1'), /same mid/],
    ['the same SSRC twice', offer.replaceAll('31', '21').replaceAll('32', '22'), /same SSRC/],
    ['no SSRC', offer.replace(/a=ssrc.*\r\n/g, ''), /SSRC/],
    ['an SSRC beyond 32 bits', offer.replaceAll('a=ssrc:31 ', 'a=ssrc:4294967296 '), /SSRC/],
    ['no VP8', offer.replaceAll('VP8', 'VP7'), /no VP8/],
    ['no Opus', offer.replaceAll('opus', 'opuss'), /no Opus/],
    ['a payload type that is one of RTCP', offer.replaceAll('120', '72'), /no VP8/],
    ['a line that receives', offer.replace('a=sendonly', 'a=recvonly'), /sends only/],
    ['simulcast', `${offer}a=simulcast:send h;l\r\n`, /simulcast/],
    ['no bundle', offer.replace('BUNDLE 0 1 2', 'BUNDLE 0 1'), /bundled/],
    ['plain RTP', offer.replaceAll('UDP/TLS/RTP/SAVPF', 'RTP/AVP'), /SAVPF/],
    ['a short password', offer.replaceAll(pwd, 'short'), /ice-pwd/],
    ['a password with a line end of its own', offer.replaceAll(pwd, `${pwd}\ra=x`), /ice-pwd/],
    ['a weak fingerprint', offer.replaceAll('sha-256', 'sha-1'), /SHA-256/],
    ['a fingerprint that is cut off', offer.replaceAll(fingerprint, fingerprint.slice(0, 50)), /SHA-256/],
    ['an answer', offer.replaceAll('actpass', 'passive'), /actpass/],
    ['a mid with a blank', offer.replaceAll('a=mid:1', 'a=mid:1 2'), /mid/],
    ['a long line', offer.replace('s=-', `s=${'x'.repeat(2000)}`), /longer than 1024/],
    ['many lines', offer.replace('s=-', `s=-${'\r\na=x'.repeat(7000)}`), /more than 6000 lines/],
    ['many bytes', offer + 'a'.repeat(170_000), /longer than/],
    ['an m-line that is none', offer.replace('m=video 9', 'm=video x'), /m-line/],
  ])('%s is refused with a sentence', (_, text, sentence) => {
    expect(() => readDeviceOffer(text)).toThrow(SdpProblem);
    expect(() => readDeviceOffer(text)).toThrow(sentence);
  });
});

describe('the answer of a device', () => {
  const answer = offer.replaceAll('actpass', 'active').replaceAll('sendonly', 'recvonly');

  it('is read into how to reach the device, and the lines that it answers', () => {
    expect(readDeviceAnswer(answer)).toEqual({
      transport: { ufrag: 'uf+/', pwd, fingerprint, setup: 'active' },
      mids: ['0', '1', '2'],
    });
  });

  it('is taken from a room of a hundred, as browsers write it', () => {
    const part = (kind: 'audio' | 'video', mid: number) =>
      [
        `m=${kind} 9 UDP/TLS/RTP/SAVPF ${kind === 'audio' ? 111 : 96}`,
        'c=IN IP4 0.0.0.0',
        'a=rtcp:9 IN IP4 0.0.0.0',
        'a=ice-ufrag:abcd',
        `a=ice-pwd:${pwd}`,
        'a=ice-options:trickle',
        `a=fingerprint:sha-256 ${fingerprint}`,
        'a=setup:active',
        `a=mid:${mid}`,
        'a=recvonly',
        'a=rtcp-mux',
        ...(kind === 'audio'
          ? ['a=rtpmap:111 opus/48000/2', 'a=rtcp-fb:111 transport-cc', 'a=fmtp:111 minptime=10;useinbandfec=1']
          : [
              'a=rtpmap:96 VP8/90000',
              ...['nack', 'nack pli', 'ccm fir', 'goog-remb'].map((one) => `a=rtcp-fb:96 ${one}`),
            ]),
        `a=msid:- ${'0'.repeat(36)}`,
        `a=ssrc:4294967295 cname:${'x'.repeat(16)}`,
      ].join('\r\n');
    const mids = Array.from({ length: 2 * (bounds.maxMembersCeiling - 1) }, (_, i) => i);
    const sdp = [
      `v=0\r\no=- 4611731400430051336 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE ${mids.join(' ')}`,
      ...mids.map((mid) => part(mid % 2 === 0 ? 'audio' : 'video', mid)),
      '',
    ].join('\r\n');
    const data = { type: 'answer', epoch: 1, n: 1, sdp };
    expect(mediaDataOf(data)).toEqual(data);
    expect(longestSdp).toBe(bounds.sdpBytes);
    expect(JSON.stringify(data).length).toBeLessThan(bounds.mediaBytes);
    expect(readDeviceAnswer(sdp).mids).toEqual(mids.map(String));
    expect(checkSdp(sdp, 'answer')).toBe(sdp);
    // What it answers fits too.
    const lines = mids.map((mid) => {
      const kind: 'audio' | 'video' = mid % 2 === 0 ? 'audio' : 'video';
      const source = { ssrc: 4_294_967_295, stream: 'm99-99', track: 'video99-99' };
      return { kind, mid: String(mid), payloadType: 111, direction: 'sendonly', source } as const;
    });
    const transport = { ufrag: 'abcd', pwd, fingerprint, setup: 'actpass' } as const;
    expect(writeSdp({ transport, lines }).length).toBeLessThan(bounds.sdpBytes);
  });

  it('is refused when it is an offer', () => {
    expect(() => readDeviceAnswer(offer)).toThrow(/setup:active/);
  });
});

describe('a description that is written', () => {
  it('is read as what it was written from', () => {
    const transport = { ufrag: 'abcd', pwd, fingerprint, setup: 'actpass' } as const;
    const line = { kind: 'video', mid: '7', payloadType: 96, direction: 'sendonly' } as const;
    const source = { ssrc: 77, stream: 'm1', track: 'video1' };
    const text = writeSdp({ transport, lines: [{ ...line, source }], candidates: ['1 1 UDP 1 127.0.0.1 5 typ host'] });
    expect(readDeviceOffer(text)).toEqual({
      transport,
      lines: [{ role: 'high', mid: '7', payloadType: 96, ssrc: 77 }],
    });
    expect(readSdp(text).sections[0]?.attributes.get('candidate')).toEqual(['1 1 UDP 1 127.0.0.1 5 typ host']);
  });
});

describe('a candidate', () => {
  it.each([
    '',
    'candidate:1 1 udp 2122260223 192.0.2.1 54321 typ host generation 0 ufrag abcd network-cost 999',
    'a=candidate:1 1 UDP 2122260223 2001:db8::1 54321 typ srflx raddr 0.0.0.0 rport 0',
    'candidate:1 1 tcp 1518280447 192.0.2.1 9 typ host tcptype active',
    'candidate:1 1 udp 2122260223 0b0f3e2a-7d1a-4f63-8a5f-0a0c1d2e3f40.local 54321 typ host',
  ])('of a browser is taken: %s', (text) => {
    expect(() => checkCandidate(text)).not.toThrow();
  });

  it.each([
    'candidate:',
    'candidate:1 1 udp 1 localhost 80 typ host',
    'candidate:1 1 udp 1 metadata.example.com 80 typ host',
    'candidate:1 1 udp 1 192.0.2.1 80 typ host\r\na=setup:active',
    `candidate:1 1 udp 1 192.0.2.1 80 typ host ${'x'.repeat(600)}`,
    'candidate:1 1 sctp 1 192.0.2.1 80 typ host',
  ])('of nobody else is: %s', (text) => {
    expect(() => checkCandidate(text)).toThrow(SdpProblem);
  });

  it('is shown with the announced address, once', () => {
    const gathered = ['1 1 UDP 2114977791 10.0.0.5 40000 typ host', '2 1 UDP 2114977535 172.17.0.1 40000 typ host'];
    expect(shownCandidates(gathered, '')).toEqual(gathered);
    expect(shownCandidates(gathered, '203.0.113.7')).toEqual(['1 1 UDP 2114977791 203.0.113.7 40000 typ host']);
    expect(shownCandidates([], '203.0.113.7')).toEqual([]);
  });
});
