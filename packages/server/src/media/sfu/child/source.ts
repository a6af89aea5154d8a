import type { PublishedRole } from '../description.ts';
import { Gaps } from './gaps.ts';
import { PacketHistory } from './history.ts';
import { Reception } from './reception.ts';
import { nack, pictureLoss, readRtcp, receiverReport } from './rtcp.ts';
import { extend, isRtcp, payloadEnd, payloadStart, read16, read32 } from './rtp.ts';
import { readVp8, type Vp8View, vp8View } from './vp8.ts';

/** Who gets the packets of a source. Numbers and timestamps are the source's; the packet may be rewritten in place. */
export interface Outlet {
  packet(packet: Buffer, number: number, timestamp: number, view: Vp8View | undefined, now: number): void;
  /** Asks an outlet that waits whether it begins with this packet. */
  begin(source: Source, number: number, timestamp: number, view: Vp8View | undefined, now: number): boolean;
}

/** The track of a connection that packets go to; false when it cannot take one. */
export interface Sender {
  sendMessageBinary(packet: Buffer): boolean;
}

/** Our own SSRC in what we say of streams that we receive. */
export const ownSsrc = 1;

/** Sizes of the histories: more than two seconds of each kind. */
const historySizes = {
  audio: { bytes: 48 * 1024, slots: 256 },
  high: { bytes: 768 * 1024, slots: 1024 },
  low: { bytes: 192 * 1024, slots: 512 },
};

/** ms between two requests for a keyframe. */
const keyframePause = 300;

/** Packets this far behind are of no use to anybody. */
const tooLate = 1024;

/** One stream that a member publishes: takes its packets in, has gaps filled, hands on. Times are ms of one clock. */
export class Source {
  readonly role: PublishedRole;
  readonly ssrc: number;
  readonly clockRate: number;
  readonly history: PacketHistory;
  readonly #payloadType: number;
  readonly #track: Sender;
  readonly #outlets: Outlet[] = [];
  readonly #waiting: Outlet[] = [];
  readonly #gaps = new Gaps();
  readonly #reception: Reception;
  readonly #view: Vp8View | undefined;
  #highest = -1;
  #lastAt = Number.NEGATIVE_INFINITY;
  #keyframeWanted = false;
  #keyframeAskedAt = Number.NEGATIVE_INFINITY;
  #lost = 0;
  #report: { seconds: number; rtp: number; at: number } | undefined;

  constructor(options: { role: PublishedRole; ssrc: number; payloadType: number; track: Sender }) {
    this.role = options.role;
    this.ssrc = options.ssrc;
    this.clockRate = options.role === 'audio' ? 48_000 : 90_000;
    this.#payloadType = options.payloadType;
    this.#track = options.track;
    this.history = new PacketHistory(historySizes[options.role]);
    this.#reception = new Reception(this.clockRate);
    this.#view = options.role === 'audio' ? undefined : vp8View();
  }

  /** When the last packet arrived. */
  get lastAt(): number {
    return this.#lastAt;
  }

  /** Share (0 to 1) of its packets that have not come, of late: reports of viewers tell of it seconds after. */
  get lost(): number {
    return this.#lost;
  }

  /** Takes in what the connection received; whatever it is, nothing is thrown for it. */
  receive(packet: Buffer, now: number): void {
    if (isRtcp(packet)) {
      readRtcp(packet, {
        senderReport: (ssrc, high, low, rtp) => {
          if (ssrc !== this.ssrc) return;
          this.#report = { seconds: high + low / 2 ** 32, rtp, at: now };
          this.#reception.senderReport((((high & 0xffff) << 16) | (low >>> 16)) >>> 0, now);
        },
      });
      return;
    }
    const start = payloadStart(packet);
    if (start === 0 || ((packet[1] ?? 0) & 0x7f) !== this.#payloadType) return;
    const sequence = read16(packet, 2);
    const timestamp = read32(packet, 4);
    const number = this.#highest < 0 ? sequence : extend(sequence, this.#highest);
    if (number > this.#highest) {
      if (this.#highest >= 0 && number > this.#highest + 1 && this.role !== 'audio') {
        if (!this.#gaps.skipped(this.#highest, number)) this.wantKeyframe(now);
      }
      this.#highest = number;
    } else {
      if (number < 0 || number < this.#highest - tooLate) return;
      this.#gaps.arrived(number);
    }
    this.#lastAt = now;
    this.#reception.packet(number, timestamp, now);
    this.history.put(number, packet);
    const view = this.#view;
    if (view !== undefined) readVp8(packet, start, payloadEnd(packet, start), view);
    if (this.#waiting.length > 0 && (view === undefined || view.keyframe)) this.#begin(number, timestamp, now);
    for (let i = 0; i < this.#outlets.length; i += 1) this.#outlets[i]?.packet(packet, number, timestamp, view, now);
  }

  #begin(number: number, timestamp: number, now: number): void {
    for (const outlet of [...this.#waiting]) {
      if (!outlet.begin(this, number, timestamp, this.#view, now)) continue;
      this.#waiting.splice(this.#waiting.indexOf(outlet), 1);
      this.#outlets.push(outlet);
    }
  }

  /** From the next packet that can be understood alone, the outlet gets all. */
  await(outlet: Outlet, now: number): void {
    if (this.#waiting.includes(outlet) || this.#outlets.includes(outlet)) return;
    this.#waiting.push(outlet);
    this.wantKeyframe(now);
  }

  /** The outlet gets nothing any more. */
  detach(outlet: Outlet): void {
    for (const list of [this.#outlets, this.#waiting]) {
      const at = list.indexOf(outlet);
      if (at >= 0) list.splice(at, 1);
    }
  }

  /** Has the member send a keyframe, soon; not more often than encoders can bear. */
  wantKeyframe(now: number): void {
    if (this.role === 'audio') return;
    this.#keyframeWanted = true;
    this.#askKeyframe(now);
  }

  #askKeyframe(now: number): void {
    if (now - this.#keyframeAskedAt < keyframePause) return;
    this.#keyframeWanted = false;
    this.#keyframeAskedAt = now;
    this.#send(pictureLoss(ownSsrc, this.ssrc));
  }

  /** To be called every few ms: asks again for what is missing. */
  tick(now: number): void {
    if (this.#keyframeWanted) this.#askKeyframe(now);
    if (this.#gaps.size === 0) return;
    const { ask, givenUp } = this.#gaps.due(now);
    if (ask.length > 0) this.#send(nack(ownSsrc, this.ssrc, ask));
    if (givenUp > 0) this.wantKeyframe(now);
  }

  /** To be called once a second: reports to the member, and asks again on behalf of those who still wait. */
  second(now: number): void {
    const block = this.#reception.report(this.ssrc, now);
    this.#lost = Math.max((block?.fractionLost ?? 0) / 256, this.#lost / 2);
    if (block !== undefined) this.#send(receiverReport(ownSsrc, block));
    // A camera that is off has none to send, and begins with one.
    if (this.#waiting.length > 0 && now - this.#lastAt < 2000) this.wantKeyframe(now);
  }

  /** Sends an RTCP packet to the member. */
  feedback(packet: Buffer): void {
    this.#send(packet);
  }

  /** The sender's own time (s) of a timestamp of this stream; undefined before its first report. */
  timeOf(timestamp: number): number | undefined {
    const report = this.#report;
    return report === undefined ? undefined : report.seconds + ((timestamp - report.rtp) | 0) / this.clockRate;
  }

  /** The timestamp of this stream at a time of the sender; only after `timeOf` was defined. */
  timestampAt(seconds: number): number {
    const report = this.#report;
    if (report === undefined) return 0;
    return (report.rtp + Math.round((seconds - report.seconds) * this.clockRate)) >>> 0;
  }

  /** What a sender report would say now: the line through the last one goes on. */
  reportNow(now: number): { readonly seconds: number; readonly rtp: number } | undefined {
    const report = this.#report;
    if (report === undefined) return undefined;
    const passed = (now - report.at) / 1000;
    return { seconds: report.seconds + passed, rtp: (report.rtp + Math.round(passed * this.clockRate)) >>> 0 };
  }

  #send(packet: Buffer): void {
    try {
      this.#track.sendMessageBinary(packet);
    } catch {
      // The connection is not open yet, or not any more.
    }
  }
}
