/** Bytes of the fixed RTP header. */
export const rtpHeader = 12;

/** True for RTCP on a connection where RTP and RTCP share a port (RFC 5761). */
export const isRtcp = (packet: Uint8Array): boolean => {
  const second = packet[1] ?? 0;
  return second >= 192 && second <= 223;
};

/** Where the payload of an RTP packet begins; 0 when the packet is broken. */
export function payloadStart(packet: Uint8Array): number {
  const first = packet[0] ?? 0;
  if (packet.length < rtpHeader || first >> 6 !== 2) return 0;
  let start = rtpHeader + 4 * (first & 0x0f);
  if ((first & 0x10) !== 0) {
    if (start + 4 > packet.length) return 0;
    start += 4 + 4 * (((packet[start + 2] ?? 0) << 8) | (packet[start + 3] ?? 0));
  }
  return start > packet.length ? 0 : start;
}

/** Where the payload ends: padding does not count. At least `start`; a wrong length of padding leaves no payload. */
export function payloadEnd(packet: Uint8Array, start: number): number {
  if (((packet[0] ?? 0) & 0x20) === 0) return packet.length;
  const padding = packet[packet.length - 1] ?? 0;
  return padding === 0 ? start : Math.max(start, packet.length - padding);
}

/** The number beyond 16 bits that a sequence number stands for, next to one that is known. */
export function extend(sequence: number, near: number): number {
  const ahead = (sequence - near) & 0xffff;
  return ahead < 0x8000 ? near + ahead : near + ahead - 0x10000;
}

/** Reads 16 bits. */
export const read16 = (bytes: Uint8Array, at: number): number => ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);

/** Reads 32 bits, unsigned. */
export const read32 = (bytes: Uint8Array, at: number): number =>
  (((bytes[at] ?? 0) << 24) | ((bytes[at + 1] ?? 0) << 16) | ((bytes[at + 2] ?? 0) << 8) | (bytes[at + 3] ?? 0)) >>> 0;

/** Writes 16 bits. */
export function write16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Writes 32 bits. */
export function write32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}
