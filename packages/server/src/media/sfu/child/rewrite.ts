import { extend, write16, write32 } from './rtp.ts';
import { type Vp8View, writeVp8 } from './vp8.ts';

/** One stretch of what a viewer gets, all from one source: what is added to the source's numbers. */
export interface Segment<Source> {
  readonly source: Source;
  /** The first packet of the source that belongs to it, and its number as sent. */
  readonly first: number;
  readonly firstSent: number;
  readonly numbers: number;
  readonly timestamps: number;
  readonly pictures: number;
  readonly tl0: number;
}

/** Stretches whose packets can still be asked for. */
const keptSegments = 4;

/**
 * Makes one unbroken stream out of packets of sources that follow each other: sequence numbers, timestamps and the
 * numbers of VP8 run on over a change of source. Numbers are extended ones; they are cut when written.
 */
export class Rewriter<Source> {
  readonly #segments: Segment<Source>[] = [];
  #now: Segment<Source> | undefined;
  #sent: number;
  #timestamp = 0;
  #picture: number;
  #tl0 = -1;

  /** `start`: the first sequence number to send, and whence picture ids count. */
  constructor(start: number) {
    this.#sent = start - 1;
    this.#picture = start - 1;
  }

  /** The stretch that is being sent. */
  get segment(): Segment<Source> | undefined {
    return this.#now;
  }

  /** The timestamp that was sent last. */
  get timestamp(): number {
    return this.#timestamp;
  }

  /** From this packet of `source` on, its packets are sent; `timestamp` is what this one shall have. */
  begin(source: Source, number: number, sourceTimestamp: number, timestamp: number, view: Vp8View | undefined): void {
    this.#now = {
      source,
      first: number,
      firstSent: this.#sent + 1,
      numbers: this.#sent + 1 - number,
      timestamps: timestamp - sourceTimestamp,
      pictures: view === undefined ? 0 : this.#picture + 1 - view.pictureId,
      tl0: view === undefined ? 0 : this.#tl0 + 1 - view.tl0,
    };
    this.#segments.push(this.#now);
    if (this.#segments.length > keptSegments) this.#segments.shift();
  }

  /** Nothing is sent any more until the next `begin`; what was sent can still be asked for. */
  end(): void {
    this.#now = undefined;
  }

  /** Forgets the stretches of a source that is gone. */
  forget(source: Source): void {
    if (this.#now?.source === source) this.#now = undefined;
    for (let i = this.#segments.length - 1; i >= 0; i -= 1) {
      if (this.#segments[i]?.source === source) this.#segments.splice(i, 1);
    }
  }

  /** Rewrites a packet for sending, in place, from the numbers of its source. False when it is older than the stretch. */
  rewrite(packet: Uint8Array, number: number, timestamp: number, view: Vp8View | undefined): boolean {
    const segment = this.#now;
    if (segment === undefined || number < segment.first) return false;
    const sent = number + segment.numbers;
    const time = timestamp + segment.timestamps;
    write16(packet, 2, sent & 0xffff);
    write32(packet, 4, time);
    if (view !== undefined && view.pictureAt > 0) {
      const picture = view.pictureId + segment.pictures;
      const tl0 = view.tl0 + segment.tl0;
      writeVp8(packet, view, picture, tl0);
      if (sent > this.#sent) {
        this.#picture = picture & 0x7fff;
        this.#tl0 = tl0 & 0xff;
      }
    }
    if (sent > this.#sent) {
      this.#sent = sent;
      this.#timestamp = time >>> 0;
    }
    return true;
  }

  /** Where a packet came from that was sent under this (16-bit) number, if that is still known. */
  origin(sequence: number): { readonly segment: Segment<Source>; readonly number: number } | undefined {
    const sent = extend(sequence, this.#sent);
    if (sent > this.#sent) return undefined;
    for (let i = this.#segments.length - 1; i >= 0; i -= 1) {
      const segment = this.#segments[i];
      if (segment !== undefined && sent >= segment.firstSent) return { segment, number: sent - segment.numbers };
    }
    return undefined;
  }
}

/** Rewrites a kept packet as it was sent in its stretch. */
export function rewriteAgain<Source>(
  packet: Uint8Array,
  segment: Segment<Source>,
  number: number,
  timestamp: number,
  view: Vp8View | undefined,
): void {
  write16(packet, 2, (number + segment.numbers) & 0xffff);
  write32(packet, 4, timestamp + segment.timestamps);
  if (view !== undefined && view.pictureAt > 0) {
    writeVp8(packet, view, view.pictureId + segment.pictures, view.tl0 + segment.tl0);
  }
}
