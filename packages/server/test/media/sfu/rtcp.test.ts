import { describe, expect, it } from 'vitest';
import {
  maxBitrate,
  nack,
  pictureLoss,
  type ReportBlock,
  receiverReport,
  senderReport,
} from '../../../src/media/sfu/child/rtcp.ts';
import { heard } from './heard.ts';

const block: ReportBlock = {
  ssrc: 0xfffffffe,
  fractionLost: 25,
  lost: 1234,
  highest: 0x1fffe,
  jitter: 90,
  lastReport: 0x89abcdef,
  sinceReport: 65536,
};

describe('RTCP', () => {
  it('reads the report that it wrote', () => {
    expect(heard(receiverReport(1, block))).toEqual([['block', block]]);
    const report = { ntpHigh: 0xee000000, ntpLow: 0x80000000, rtp: -5, packets: 10, octets: 1000 };
    expect(heard(senderReport(7, report))).toEqual([['sr', 7, 0xee000000, 0x80000000, 2 ** 32 - 5]]);
  });

  it('caps a count of losses that has no room', () => {
    expect(heard(receiverReport(1, { ...block, lost: 2 ** 30 }))).toEqual([['block', { ...block, lost: 0x7fffff }]]);
  });

  it('reads a request for a keyframe in both of its forms', () => {
    expect(heard(pictureLoss(1, 99))).toEqual([['keyframe', 99]]);
    const full = Buffer.from('84ce0006000000010000000000000063010000000000006402000000', 'hex');
    expect(heard(full)).toEqual([
      ['keyframe', 99],
      ['keyframe', 100],
    ]);
  });

  it('writes the greatest bitrate in the form of REMB', () => {
    const packet = maxBitrate(1, 1_500_000, [5, 6]);
    expect(packet.toString('latin1', 12, 16)).toBe('REMB');
    const [exponent, mantissa] = [(packet[17] ?? 0) >> 2, (((packet[17] ?? 0) & 3) << 16) | packet.readUInt16BE(18)];
    expect(mantissa * 2 ** exponent).toBeGreaterThan(1_499_900);
    expect(mantissa * 2 ** exponent).toBeLessThanOrEqual(1_500_000);
    expect([packet[16], packet.readUInt32BE(20), packet.readUInt32BE(24)]).toEqual([2, 5, 6]);
    // It is no request for a keyframe.
    expect(heard(packet)).toEqual([]);
  });

  it('reads all parts of a compound packet, and stops where one is cut off', () => {
    const all = Buffer.concat([receiverReport(1, block), pictureLoss(1, 3), nack(1, 4, [5])]);
    expect(heard(all)).toHaveLength(3);
    expect(heard(all.subarray(0, all.length - 1))).toHaveLength(2);
  });

  it('reads no more numbers from one packet than a bound', () => {
    const items = Array.from({ length: 4000 }, (_, i) => i * 17);
    expect(heard(nack(1, 4, items)).length).toBeLessThan(600);
  });
});
