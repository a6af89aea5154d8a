import { read32 } from './rtp.ts';

/**
 * Numbers of streams (SSRCs) that one connection may use. The native side keeps the state of each for as long as the
 * connection lives. An honest device has one for each stream that it sends, and perhaps one for each that it receives.
 */
export const mostSsrcs = 400;

/** The SSRCs that a device has used on one connection. */
export class Ssrcs {
  readonly #known = new Set<number>();

  /** Notes whose packet it is; false when that is one number too many. */
  note(packet: Uint8Array): boolean {
    // What is taken for RTCP by the native side: it does not look at the first bit.
    const type = (packet[1] ?? 0) & 0x7f;
    this.#known.add(read32(packet, type >= 64 && type <= 95 ? 4 : 8));
    return this.#known.size <= mostSsrcs;
  }
}
