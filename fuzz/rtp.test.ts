import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  maxBitrate,
  nack,
  pictureLoss,
  receiverReport,
  senderReport,
} from '../packages/server/src/media/sfu/child/rtcp.ts';
import {
  extend,
  isRtcp,
  payloadEnd,
  payloadStart,
  read16,
  read32,
  write16,
  write32,
} from '../packages/server/src/media/sfu/child/rtp.ts';
import { readVp8, vp8View, writeVp8 } from '../packages/server/src/media/sfu/child/vp8.ts';
import { heard } from '../packages/server/test/media/sfu/heard.ts';
import { fuzzed } from './support/fuzzed.ts';
import { spoiltBytes } from './support/inputs.ts';

const word = fc.oneof(fc.constantFrom(0, 1, 0x7fffffff, 0x80000000, 0xffffffff), fc.nat(0xffffffff));
const bytes = fc.uint8Array({ maxLength: 60, size: 'max' });
const hex = (packet: Uint8Array | undefined): string | undefined => packet && Buffer.from(packet).toString('hex');
const dataOf = (packet: Uint8Array): DataView => new DataView(packet.buffer, packet.byteOffset, packet.byteLength);

/** The payload of an RTP packet by RFC 3550, section 5.1, cut off part by part; undefined for what is none. */
function payloadOf(packet: Uint8Array): Uint8Array | undefined {
  const [first = 0] = packet;
  const flags = first.toString(2).padStart(8, '0');
  if (packet.length < 12 || !flags.startsWith('10')) return undefined;
  const sources = Number.parseInt(flags.slice(4), 2);
  let rest = packet.subarray(12);
  if (rest.length < 4 * sources) return undefined;
  rest = rest.subarray(4 * sources);
  if (flags[3] === '1') {
    if (rest.length < 4) return undefined;
    const size = 4 + 4 * dataOf(rest).getUint16(2);
    if (rest.length < size) return undefined;
    rest = rest.subarray(size);
  }
  if (flags[2] === '0') return rest;
  // Padding counts itself; of a wrong count nothing is left.
  const padding = rest.at(-1) ?? 0;
  return padding === 0 || padding > rest.length ? rest.subarray(0, 0) : rest.subarray(0, rest.length - padding);
}

/** An RTP packet out of its parts. */
const written = fc
  .record({
    sources: fc.array(word, { maxLength: 15, size: 'max' }),
    extension: fc.option(fc.array(word, { maxLength: 5 })),
    payload: bytes,
    padding: fc.nat(20),
    second: fc.nat(255),
    numbers: fc.tuple(fc.nat(0xffff), word, word),
  })
  .map(({ sources, extension, payload, padding, second, numbers: [sequence, timestamp, ssrc] }) => {
    const more = extension === null ? [] : [0xbede0000 + extension.length, ...extension];
    const packet = new Uint8Array(12 + 4 * (sources.length + more.length) + payload.length + padding);
    const data = dataOf(packet);
    data.setUint8(0, 0x80 | (padding > 0 ? 0x20 : 0) | (extension === null ? 0 : 0x10) | sources.length);
    data.setUint8(1, second);
    data.setUint16(2, sequence);
    [timestamp, ssrc, ...sources, ...more].forEach((one, i) => {
      data.setUint32(4 + 4 * i, one);
    });
    packet.set(payload, packet.length - padding - payload.length);
    if (padding > 0) packet[packet.length - 1] = padding;
    return { packet, payload };
  });
const rtp = fc.sample(written, { seed: 1, numRuns: 20 }).map(({ packet }) => packet);

describe('an RTP packet', () => {
  fuzzed('is told from any other bytes, and its payload found', fc.oneof(spoiltBytes(...rtp), bytes), (packet) => {
    const start = payloadStart(packet);
    expect(start).toBeLessThanOrEqual(packet.length);
    const end = start > 0 ? payloadEnd(packet, start) : 0;
    expect(end).toBeGreaterThanOrEqual(start);
    expect(start > 0 ? hex(packet.subarray(start, end)) : undefined).toBe(hex(payloadOf(packet)));
    const marked = ((packet[1] ?? 0) & 0x80) !== 0;
    const type = (packet[1] ?? 0) & 0x7f;
    expect(isRtcp(packet)).toBe(marked && type >= 64 && type <= 95);
  });

  fuzzed('has the payload that was written into it', written, ({ packet, payload }) => {
    const start = payloadStart(packet);
    expect(start).toBeGreaterThanOrEqual(12);
    expect(hex(packet.subarray(start, payloadEnd(packet, start)))).toBe(hex(payload));
  });

  fuzzed(
    'has numbers that are read as they were written, and go on over the end of 16 bits',
    fc.tuple(fc.uint8Array({ minLength: 8, maxLength: 20, size: 'max' }), fc.nat(4), word, fc.nat(2 ** 40)),
    ([packet, at, value, near]) => {
      const data = dataOf(packet);
      expect([read16(packet, at), read32(packet, at)]).toEqual([data.getUint16(at), data.getUint32(at)]);
      const other = packet.slice();
      write32(packet, at, value);
      dataOf(other).setUint32(at, value);
      expect(hex(packet)).toBe(hex(other));
      write16(packet, at, value >>> 16);
      dataOf(other).setUint16(at, value >>> 16);
      expect(hex(packet)).toBe(hex(other));
      const sequence = value % 0x10000;
      const ahead = extend(sequence, near) - near;
      expect(ahead >= -0x8000 && ahead < 0x8000).toBe(true);
      expect((near + ahead + 0x10000) % 0x10000).toBe(sequence);
    },
  );
});

/** What a compound packet says by RFC 3550, 4585 and 5104, in words of 32 bits. */
function reading(packet: Uint8Array): readonly unknown[] {
  const all: unknown[] = [];
  let asked = 0;
  for (let rest = packet; rest.length >= 8; ) {
    const data = dataOf(rest);
    const size = 4 * (data.getUint16(2) + 1);
    if (data.getUint8(0) >= 0xc0 || data.getUint8(0) < 0x80 || size > rest.length) break;
    const [count, type] = [data.getUint8(0) % 32, data.getUint8(1)];
    const words = Array.from({ length: size / 4 - 1 }, (_, i) => data.getUint32(4 + 4 * i));
    if (type === 200 && words.length >= 6) all.push(['sr', ...words.slice(0, 4)], ...blocks(words.slice(6), count));
    if (type === 201) all.push(...blocks(words.slice(1), count));
    if (type === 203) all.push(...words.slice(0, count).map((ssrc) => ['bye', ssrc]));
    if (type === 205 && count === 1) {
      for (const item of words.slice(2)) {
        if (asked >= 512) break;
        const bits = (item & 0xffff).toString(2).padStart(16, '0');
        const numbers = [0, ...[...bits].reverse().flatMap((bit, i) => (bit === '1' ? [i + 1] : []))];
        for (const number of numbers) all.push(['nack', words[1], ((item >>> 16) + number) % 0x10000]);
        asked += numbers.length;
      }
    }
    if (type === 206 && count === 1 && words.length >= 2) all.push(['keyframe', words[1]]);
    if (type === 206 && count === 4) {
      for (let i = 2; i + 2 <= words.length; i += 2) all.push(['keyframe', words[i]]);
    }
    rest = rest.subarray(size);
  }
  return all;
}

function blocks(words: readonly number[], count: number): readonly unknown[] {
  const whole = Math.min(count, Math.floor(words.length / 6));
  return Array.from({ length: whole }, (_, i) => {
    const [ssrc, losses = 0, highest, jitter, lastReport, sinceReport] = words.slice(6 * i);
    const [fractionLost, lost] = [losses >>> 24, losses % 2 ** 24];
    return ['block', { ssrc, fractionLost, lost, highest, jitter, lastReport, sinceReport }];
  });
}

const block = fc.record({
  ssrc: word,
  fractionLost: fc.nat(255),
  lost: fc.nat(2 ** 30),
  highest: word,
  jitter: word,
  lastReport: word,
  sinceReport: word,
});
const report = fc.record({ ntpHigh: word, ntpLow: word, rtp: word, packets: word, octets: word });
const missing = fc
  .tuple(fc.nat(1 << 20), fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60, size: 'max' }))
  .map(([start, steps]) => {
    const numbers = [start];
    for (const step of steps) numbers.push((numbers.at(-1) ?? 0) + step);
    return numbers;
  });

/** Packets with what they say. */
const said: fc.Arbitrary<readonly [Buffer, readonly unknown[]]> = fc.oneof(
  fc
    .tuple(word, block)
    .map(([from, one]): readonly [Buffer, readonly unknown[]] => [
      receiverReport(from, one),
      [['block', { ...one, lost: Math.min(one.lost, 0x7fffff) }]],
    ]),
  fc
    .tuple(word, report)
    .map(([ssrc, one]): readonly [Buffer, readonly unknown[]] => [
      senderReport(ssrc, one),
      [['sr', ssrc, one.ntpHigh, one.ntpLow, one.rtp]],
    ]),
  fc
    .tuple(word, word, missing)
    .map(([from, ssrc, numbers]): readonly [Buffer, readonly unknown[]] => [
      nack(from, ssrc, numbers),
      numbers.map((number) => ['nack', ssrc, number & 0xffff]),
    ]),
  fc
    .tuple(word, word)
    .map(([from, ssrc]): readonly [Buffer, readonly unknown[]] => [pictureLoss(from, ssrc), [['keyframe', ssrc]]]),
  // Of the greatest bitrate, nothing is heard here.
  fc
    .tuple(word, fc.nat(2 ** 31 - 1), fc.array(word, { maxLength: 9 }))
    .map(([from, rate, ssrcs]): readonly [Buffer, readonly unknown[]] => [maxBitrate(from, rate, ssrcs), []]),
);
const compound = fc.array(said, { minLength: 1, maxLength: 5 }).map((parts) => ({
  packet: Buffer.concat(parts.map(([packet]) => packet)),
  says: parts.flatMap(([, says]) => says),
}));
const rtcp = [
  ...fc.sample(compound, { seed: 1, numRuns: 20 }).map(({ packet }) => packet),
  // A full intra request of two streams, and the end of three.
  Buffer.from('84ce0006000000010000000000000063010000000000006402000000', 'hex'),
  Buffer.from('83cb0003000000010000000200000003', 'hex'),
];
const typed = fc
  .tuple(
    fc.uint8Array({ minLength: 4, maxLength: 300, size: 'max' }),
    fc.constantFrom(200, 201, 203, 205, 206),
    fc.oneof(fc.nat(8), fc.nat(75)),
  )
  .map(([packet, type, length]) => {
    // Forms of feedback are 1 and 4; of other packets, it is a count.
    packet[0] = 0x80 | ((packet[0] ?? 0) & (length % 2 === 0 ? 5 : 0x1f));
    packet[1] = type;
    dataOf(packet).setUint16(2, length);
    return packet;
  });

describe('RTCP', () => {
  // What hears nothing at all would pass some of what follows.
  it('of all kinds is heard before it is spoilt', () => {
    const kinds = new Set(rtcp.flatMap((packet) => heard(packet)).map((one) => (one as unknown[])[0]));
    expect([...kinds].sort()).toEqual(['block', 'bye', 'keyframe', 'nack', 'sr']);
  });

  fuzzed(
    'of any bytes says what stands in it as far as it is whole, in a time that their number bounds',
    fc.oneof(spoiltBytes(...rtcp), typed, fc.uint8Array({ maxLength: 300, size: 'max' })),
    (packet) => {
      const all = heard(packet);
      expect(all).toEqual(reading(packet));
      expect(all.length).toBeLessThanOrEqual(17 * Math.max(80, packet.length / 4));
    },
  );

  fuzzed('says what was written into it, exactly the numbers that are missing too', compound, ({ packet, says }) => {
    expect(heard(packet)).toEqual(says);
  });
});

/** The descriptor in front of a VP8 payload by RFC 7741, section 4.2, byte by byte. */
function descriptorOf(payload: Uint8Array) {
  const left = [...payload];
  const take = (): number => left.shift() ?? Number.NaN;
  const first = take();
  const has = first >= 0x80 ? take() : 0;
  const head = has & 0x80 ? take() : undefined;
  const isLong = head !== undefined && head >= 0x80;
  const picture = head !== undefined && isLong ? (head - 0x80) * 256 + take() : head;
  const tl0 = has & 0x40 ? take() : undefined;
  if (has & 0x30) take();
  // One that is cut off says nothing.
  if (left.length === 0) return { keyframe: false, isLong: false, picture: undefined, tl0: undefined };
  const begins = (first & 0x10) !== 0 && first % 8 === 0;
  return { keyframe: begins && take() % 2 === 0, isLong, picture, tl0 };
}

const payloads = [
  '90e0923407200010',
  '90e0923407200110',
  '80e0923407200010',
  '90801200',
  '1000',
  '1100',
  '90f01207110010',
];
const vp8 = payloads.map((hex) => Buffer.from(hex, 'hex'));
const view = vp8View();
const readIn = (packet: Uint8Array, start: number, end: number) => {
  readVp8(packet, start, end, view);
  return {
    keyframe: view.keyframe,
    isLong: view.pictureAt > 0 && view.longPictureId,
    picture: view.pictureAt > 0 ? view.pictureId : undefined,
    tl0: view.tl0At > 0 ? view.tl0 : undefined,
  };
};

describe('the descriptor of VP8', () => {
  fuzzed(
    'says what stands in it within the payload; other numbers are written in their place and nowhere else',
    fc.tuple(
      fc.uint8Array({ minLength: 1, maxLength: 20, size: 'max' }),
      fc.oneof(spoiltBytes(...vp8), fc.uint8Array({ maxLength: 12 })),
      fc.uint8Array({ maxLength: 6 }),
      fc.integer({ min: -0x10000, max: 0x20000 }),
      fc.integer({ min: -0x100, max: 0x200 }),
    ),
    ([head, payload, padding, pictureId, tl0]) => {
      const packet = new Uint8Array([...head, ...payload, ...padding]);
      const before = packet.slice();
      const [start, end] = [head.length, head.length + payload.length];
      const read = readIn(packet, start, end);
      expect(read).toEqual(descriptorOf(payload));
      writeVp8(packet, view, pictureId, tl0);
      const changed = {
        ...read,
        picture: read.picture === undefined ? undefined : pictureId & (read.isLong ? 0x7fff : 0x7f),
        tl0: read.tl0 === undefined ? undefined : tl0 & 0xff,
      };
      expect(descriptorOf(packet.subarray(start, end))).toEqual(changed);
      writeVp8(packet, view, read.picture ?? 0, read.tl0 ?? 0);
      expect(hex(packet)).toBe(hex(before));
    },
  );
});
