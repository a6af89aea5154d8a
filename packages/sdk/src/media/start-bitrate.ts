/** kbit/s. Enough for the first pictures of every quality up to 540p. */
const start = 800;

/**
 * A remote description after which the browser begins with more than 300 kbit/s. With less it drops the first pictures of
 * a camera as too large, and people who have just answered wait a quarter of a second longer for each other. What the
 * network cannot carry is seen, and taken back, as always. Browsers that do not know the parameter pass over it.
 */
export const withStartBitrate = (sdp: string): string =>
  sdp.replace(/^a=rtpmap:(\d+) VP8\/90000\r?\n(?:a=(?!fmtp).*\r?\n)*/gim, (lines, payload: string) =>
    sdp.includes(`a=fmtp:${payload} `) ? lines : `${lines}a=fmtp:${payload} x-google-start-bitrate=${start}\r\n`,
  );
