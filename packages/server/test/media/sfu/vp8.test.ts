import { describe, expect, it } from 'vitest';
import { extend, payloadEnd, payloadStart } from '../../../src/media/sfu/child/rtp.ts';
import { readVp8, vp8View, writeVp8 } from '../../../src/media/sfu/child/vp8.ts';

function read(hex: string) {
  const packet = Buffer.from(hex, 'hex');
  const view = vp8View();
  readVp8(packet, 0, packet.length, view);
  return { packet, view };
}

describe('the descriptor of VP8', () => {
  it.each([
    [
      'a keyframe with a long picture id and TL0PICIDX',
      '90e0923407200010',
      { keyframe: true, pictureId: 0x1234, tl0: 7 },
    ],
    ['a frame that needs others', '90e0923407200110', { keyframe: false, pictureId: 0x1234, tl0: 7 }],
    ['a later packet of a keyframe', '80e0923407200010', { keyframe: false, pictureId: 0x1234, tl0: 7 }],
    ['a short picture id', '90801200', { keyframe: true, pictureId: 0x12 }],
    ['no extension', '1000', { keyframe: true, pictureAt: 0, tl0At: 0 }],
    ['a later partition', '1100', { keyframe: false }],
  ])('%s', (_, hex, expected) => {
    expect(read(hex).view).toMatchObject(expected);
  });

  it.each(['', '90', '9080', '908092', '90e09234', '90e0923407'])('cut off (%s) says nothing', (hex) => {
    expect(read(hex).view).toMatchObject({ keyframe: false, pictureAt: 0, tl0At: 0 });
  });

  it('takes other numbers in the width that it has', () => {
    const long = read('90e0923407200010');
    writeVp8(long.packet, long.view, 0x8001, 0x105);
    expect(long.packet.toString('hex')).toBe('90e0800105200010');
    const short = read('90801200');
    writeVp8(short.packet, short.view, 0x1ff, 0);
    expect(short.packet.toString('hex')).toBe('90807f00');
  });
});

describe('an RTP packet', () => {
  it('has its payload behind sources and extensions, and before its padding', () => {
    const packet = Buffer.alloc(40);
    packet[0] = 0xb1;
    packet.writeUInt16BE(1, 18);
    packet[39] = 4;
    expect(payloadStart(packet)).toBe(24);
    expect(payloadEnd(packet, 24)).toBe(36);
    packet[39] = 0xff;
    expect(payloadEnd(packet, 24)).toBe(24);
  });

  it('has a number that goes on over the end of 16 bits, both ways', () => {
    expect(extend(0, 65_535)).toBe(65_536);
    expect(extend(65_535, 65_536)).toBe(65_535);
    expect(extend(10, 1_000_000 * 65_536 + 5)).toBe(1_000_000 * 65_536 + 10);
  });
});
