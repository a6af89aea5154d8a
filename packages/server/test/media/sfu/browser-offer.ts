/** Of a certificate. */
export const fingerprint = Array.from({ length: 32 }, (_, i) => (i + 160).toString(16).toUpperCase()).join(':');
/** Of ICE. */
export const pwd = 'abcdefghijklmnopqrstuvwx';

/** An m-line as browsers write it: several codecs, extensions, repairs. */
export const section = (kind: 'audio' | 'video', mid: string, ssrc: number) =>
  [
    kind === 'audio' ? 'm=audio 9 UDP/TLS/RTP/SAVPF 63 111 9' : 'm=video 9 UDP/TLS/RTP/SAVPF 45 98 120 97',
    'c=IN IP4 0.0.0.0',
    'a=ice-ufrag:uf+/',
    `a=ice-pwd:${pwd}`,
    `a=fingerprint:sha-256 ${fingerprint}`,
    'a=setup:actpass',
    `a=mid:${mid}`,
    'a=extmap:4 urn:ietf:params:rtp-hdrext:sdes:mid',
    'a=sendonly',
    'a=rtcp-mux',
    ...(kind === 'audio'
      ? ['a=rtpmap:63 red/48000/2', 'a=rtpmap:111 opus/48000/2', 'a=rtpmap:9 G722/8000']
      : [
          'a=rtpmap:45 AV1/90000',
          'a=rtpmap:98 VP9/90000',
          'a=rtpmap:120 VP8/90000',
          'a=rtpmap:97 rtx/90000',
          'a=fmtp:97 apt=120',
        ]),
    `a=ssrc-group:FID ${ssrc} ${ssrc + 1}`,
    `a=ssrc:${ssrc} cname:x`,
    `a=ssrc:${ssrc + 1} cname:x`,
  ].join('\r\n');
/** What stands above the m-lines. */
export const head = 'v=0\r\no=- 4 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1 2';
/** The offer of a device that publishes a microphone and both sizes of its camera. */
export const offer = [head, section('audio', '0', 11), section('video', '1', 21), section('video', '2', 31), ''].join(
  '\r\n',
);
