import { read16, read32, write16, write32 } from './rtp.ts';

/** What a receiver says about one stream. */
export interface ReportBlock {
  readonly ssrc: number;
  /** Share lost since the last report, in 1/256. */
  readonly fractionLost: number;
  readonly lost: number;
  /** Highest sequence number received, with the count of its rounds above. */
  readonly highest: number;
  readonly jitter: number;
  /** Middle 32 bits of the time in the last sender report. */
  readonly lastReport: number;
  /** Time since it arrived, in 1/65536 s. */
  readonly sinceReport: number;
}

/** Who wants to hear what stands in RTCP packets. Sequence numbers are as on the wire. */
export interface RtcpListener {
  senderReport?(ssrc: number, ntpHigh: number, ntpLow: number, rtp: number): void;
  block?(block: ReportBlock): void;
  nack?(ssrc: number, sequence: number): void;
  /** A keyframe is wanted. */
  keyframe?(ssrc: number): void;
  /** The sender ends the stream. */
  bye?(ssrc: number): void;
}

const [sr, rr, bye, transportFeedback, payloadFeedback] = [200, 201, 203, 205, 206];

/** Sequence numbers that one packet may ask for; the rest of it is not read. */
const mostNacks = 512;

/** Reads a compound packet as far as it is whole. Never throws for what is in it. */
export function readRtcp(packet: Uint8Array, listener: RtcpListener): void {
  let nacks = 0;
  for (let at = 0; at + 8 <= packet.length; ) {
    const count = (packet[at] ?? 0) & 0x1f;
    const type = packet[at + 1];
    const end = at + 4 * (read16(packet, at + 2) + 1);
    if ((packet[at] ?? 0) >> 6 !== 2 || end > packet.length) return;
    if (type === sr && end >= at + 28) {
      const [ssrc, high, low] = [read32(packet, at + 4), read32(packet, at + 8), read32(packet, at + 12)];
      listener.senderReport?.(ssrc, high, low, read32(packet, at + 16));
      readBlocks(packet, at + 28, end, count, listener);
    } else if (type === rr) readBlocks(packet, at + 8, end, count, listener);
    else if (type === bye) {
      for (let i = 0; i < count && at + 8 + 4 * i <= end; i += 1) listener.bye?.(read32(packet, at + 4 + 4 * i));
    } else if (type === transportFeedback && count === 1) {
      const ssrc = read32(packet, at + 8);
      for (let item = at + 12; item + 4 <= end && nacks < mostNacks; item += 4) {
        const first = read16(packet, item);
        listener.nack?.(ssrc, first);
        nacks += 1;
        for (let rest = read16(packet, item + 2), i = 1; rest !== 0; rest >>>= 1, i += 1) {
          if ((rest & 1) === 0) continue;
          listener.nack?.(ssrc, (first + i) & 0xffff);
          nacks += 1;
        }
      }
    } else if (type === payloadFeedback && count === 1 && end >= at + 12) {
      listener.keyframe?.(read32(packet, at + 8));
    } else if (type === payloadFeedback && count === 4) {
      // A full intra request names its stream in each entry.
      for (let item = at + 12; item + 8 <= end; item += 8) listener.keyframe?.(read32(packet, item));
    }
    at = end;
  }
}

function readBlocks(packet: Uint8Array, from: number, end: number, count: number, listener: RtcpListener): void {
  if (listener.block === undefined) return;
  for (let i = 0, at = from; i < count && at + 24 <= end; i += 1, at += 24) {
    listener.block({
      ssrc: read32(packet, at),
      fractionLost: packet[at + 4] ?? 0,
      lost: ((packet[at + 5] ?? 0) << 16) | read16(packet, at + 6),
      highest: read32(packet, at + 8),
      jitter: read32(packet, at + 12),
      lastReport: read32(packet, at + 16),
      sinceReport: read32(packet, at + 20),
    });
  }
}

function header(count: number, type: number, length: number): Buffer {
  const packet = Buffer.alloc(length);
  packet[0] = 0x80 | count;
  packet[1] = type;
  write16(packet, 2, length / 4 - 1);
  return packet;
}

/** A receiver report with one block. */
export function receiverReport(from: number, block: ReportBlock): Buffer {
  const packet = header(1, rr, 32);
  write32(packet, 4, from);
  write32(packet, 8, block.ssrc);
  packet[12] = block.fractionLost;
  packet[13] = Math.min(block.lost, 0x7fffff) >>> 16;
  write16(packet, 14, Math.min(block.lost, 0x7fffff) & 0xffff);
  write32(packet, 16, block.highest);
  write32(packet, 20, block.jitter);
  write32(packet, 24, block.lastReport);
  write32(packet, 28, block.sinceReport);
  return packet;
}

/** A sender report; the time as NTP has it. */
export function senderReport(
  ssrc: number,
  report: { ntpHigh: number; ntpLow: number; rtp: number; packets: number; octets: number },
): Buffer {
  const packet = header(0, sr, 28);
  write32(packet, 4, ssrc);
  write32(packet, 8, report.ntpHigh);
  write32(packet, 12, report.ntpLow);
  write32(packet, 16, report.rtp);
  write32(packet, 20, report.packets);
  write32(packet, 24, report.octets);
  return packet;
}

/** Asks for packets again; `numbers` ascend and may be extended ones. */
export function nack(from: number, ssrc: number, numbers: readonly number[]): Buffer {
  const items: { first: number; rest: number }[] = [];
  for (const number of numbers) {
    const last = items.at(-1);
    if (last !== undefined && number - last.first <= 16) last.rest |= 1 << (number - last.first - 1);
    else items.push({ first: number, rest: 0 });
  }
  const packet = header(1, transportFeedback, 12 + 4 * items.length);
  write32(packet, 4, from);
  write32(packet, 8, ssrc);
  items.forEach(({ first, rest }, i) => {
    write16(packet, 12 + 4 * i, first & 0xffff);
    write16(packet, 14 + 4 * i, rest);
  });
  return packet;
}

/** Asks for a keyframe (picture loss indication). */
export function pictureLoss(from: number, ssrc: number): Buffer {
  const packet = header(1, payloadFeedback, 12);
  write32(packet, 4, from);
  write32(packet, 8, ssrc);
  return packet;
}

/** Says how many bits per second may come at most over these streams together (REMB). */
export function maxBitrate(from: number, bitsPerSecond: number, ssrcs: readonly number[]): Buffer {
  const packet = header(15, payloadFeedback, 20 + 4 * ssrcs.length);
  write32(packet, 4, from);
  packet.write('REMB', 12, 'latin1');
  let mantissa = Math.max(0, Math.floor(bitsPerSecond));
  let exponent = 0;
  while (mantissa >= 1 << 18) {
    mantissa = Math.floor(mantissa / 2);
    exponent += 1;
  }
  packet[16] = ssrcs.length;
  packet[17] = (exponent << 2) | (mantissa >>> 16);
  write16(packet, 18, mantissa & 0xffff);
  ssrcs.forEach((ssrc, i) => {
    write32(packet, 20 + 4 * i, ssrc);
  });
  return packet;
}
