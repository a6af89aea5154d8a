import { readRtcp } from '../../../src/media/sfu/child/rtcp.ts';

/** Everything that a packet says, as words. */
export function heard(packet: Uint8Array): readonly unknown[] {
  const said: unknown[] = [];
  readRtcp(packet, {
    senderReport: (...all) => said.push(['sr', ...all]),
    block: (block) => said.push(['block', block]),
    nack: (...all) => said.push(['nack', ...all]),
    keyframe: (ssrc) => said.push(['keyframe', ssrc]),
    bye: (ssrc) => said.push(['bye', ssrc]),
  });
  return said;
}
