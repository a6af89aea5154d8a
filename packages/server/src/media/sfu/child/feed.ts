import { Rewriter, rewriteAgain } from './rewrite.ts';
import { type ReportBlock, senderReport } from './rtcp.ts';
import { payloadEnd, payloadStart, read32, write32 } from './rtp.ts';
import type { Outlet, Sender, Source } from './source.ts';
import { readVp8, type Vp8View, vp8View } from './vp8.ts';

/** Payload types of all that is sent to viewers. */
export const sentPayloadTypes = { audio: 111, video: 96 };

/** ms in which a second request for a packet is taken for the same one. */
const resendPause = 15;

/** ms between two keyframes that one viewer asks for. */
const keyframePause = 1000;

/** s; a jump of the timestamp between two layers that is larger is no continuation. */
const largestStep = 5;

/** The largest packet that fits into a history. */
const scratch = Buffer.allocUnsafe(4096);
const scratchView = vp8View();

/** The track of a viewer's connection. */
interface ViewerTrack extends Sender {
  isOpen(): boolean;
}

/** What a viewer gets of one kind of one member: sends packets, sends again what is missed, reports. Times are ms. */
export class Feed implements Outlet {
  readonly kind: 'audio' | 'video';
  readonly ssrc: number;
  readonly #payloadType: number;
  readonly #track: ViewerTrack;
  readonly #rewriter: Rewriter<Source>;
  readonly #resends: { left: number };
  #open = false;
  #source: Source | undefined;
  #target: Source | undefined;
  #lastAt = 0;
  #packets = 0;
  #octets = 0;
  #sentBefore = 0;
  #missed = 0;
  #reportedLost = 0;
  #keyframeAt = Number.NEGATIVE_INFINITY;
  /** The last packets that were asked for, by number, and when they were sent again. */
  readonly #askedNumbers = new Int32Array(256).fill(-1);
  readonly #askedAt = new Float64Array(256);

  /** `start`: the first sequence number; `resends`: how many packets may be sent again now, counted with other feeds. */
  constructor(options: {
    kind: 'audio' | 'video';
    ssrc: number;
    track: ViewerTrack;
    start: number;
    resends: { left: number };
  }) {
    this.kind = options.kind;
    this.ssrc = options.ssrc;
    this.#track = options.track;
    this.#payloadType = sentPayloadTypes[options.kind];
    this.#rewriter = new Rewriter(options.start);
    this.#resends = options.resends;
  }

  /** The source whose packets are sent. */
  get source(): Source | undefined {
    return this.#source;
  }

  /** Packets sent so far. */
  get packets(): number {
    return this.#packets;
  }

  /** The viewer can receive it, and knows whom it shows. */
  opened(now: number): void {
    this.#open = true;
    if (this.#target !== this.#source) this.#target?.await(this, now);
  }

  /** The viewer cannot receive it any more, or does not know yet whom it shows from now on. */
  closed(): void {
    this.#open = false;
    this.aim(undefined, 0);
  }

  /** From its next keyframe on, this source is sent; until then the one that is sent goes on. `undefined`: nothing is. */
  aim(target: Source | undefined, now: number): void {
    if (target === this.#target) return;
    if (this.#target !== undefined && this.#target !== this.#source) this.#target.detach(this);
    this.#target = target;
    if (target === undefined) {
      this.#source?.detach(this);
      this.#source = undefined;
      this.#rewriter.end();
    } else if (target !== this.#source && this.#open) target.await(this, now);
  }

  /** The source is gone for good. */
  forget(source: Source): void {
    source.detach(this);
    if (this.#target === source) this.#target = undefined;
    if (this.#source === source) this.#source = undefined;
    this.#rewriter.forget(source);
  }

  begin(source: Source, number: number, timestamp: number, view: Vp8View | undefined, now: number): boolean {
    if (!this.#open || source !== this.#target) return false;
    const before = this.#source;
    this.#rewriter.begin(source, number, timestamp, this.#continued(before, source, timestamp, now), view);
    before?.detach(this);
    this.#source = source;
    return true;
  }

  /** The timestamp with which `source` goes on after what was sent. */
  #continued(before: Source | undefined, source: Source, timestamp: number, now: number): number {
    if (this.#packets === 0) return timestamp;
    const last = this.#rewriter.timestamp;
    const time = source.timeOf(timestamp);
    const segment = this.#rewriter.segment;
    // Two layers of one camera: what the other layer would have had at the same time.
    if (time !== undefined && segment !== undefined && before?.timeOf(0) !== undefined) {
      const step = (before.timestampAt(time) + segment.timestamps - last) | 0;
      if (step > 0 && step < largestStep * source.clockRate) return last + step;
    }
    return last + Math.max(1, Math.round(((now - this.#lastAt) * source.clockRate) / 1000));
  }

  packet(packet: Buffer, number: number, timestamp: number, view: Vp8View | undefined, now: number): void {
    if (!this.#open || !this.#rewriter.rewrite(packet, number, timestamp, view)) return;
    this.#lastAt = now;
    this.#transmit(packet);
  }

  #transmit(packet: Buffer): void {
    packet[1] = ((packet[1] ?? 0) & 0x80) | this.#payloadType;
    write32(packet, 8, this.ssrc);
    this.#packets += 1;
    this.#octets += packet.length - 12;
    this.#send(packet);
  }

  #send(packet: Buffer): void {
    try {
      this.#track.sendMessageBinary(packet);
    } catch {
      // That one packet is not taken, as one that is too old to be sent again, says nothing of the next.
      this.#open = this.#track.isOpen();
    }
  }

  /** The viewer misses a packet: it is sent again, within limits. */
  missed(sequence: number, now: number): void {
    const slot = sequence & 0xff;
    const known = this.#askedNumbers[slot] === sequence;
    if (known && now - (this.#askedAt[slot] ?? 0) < resendPause) return;
    this.#askedNumbers[slot] = sequence;
    this.#askedAt[slot] = now;
    const origin = this.#rewriter.origin(sequence);
    const history = origin?.segment.source.history;
    // What has not come from its sender was not lost on the way to the viewer.
    if (origin === undefined || history?.has(origin.number) !== true) return;
    // Asked for again after a while, it is not one more loss of the first sending.
    if (!known) this.#missed += 1;
    if (!this.#open || this.#resends.left < 1) return;
    const length = history.get(origin.number, scratch);
    this.#resends.left -= 1;
    const packet = scratch.subarray(0, length);
    const start = payloadStart(packet);
    const view = this.kind === 'video' ? scratchView : undefined;
    if (view !== undefined) readVp8(packet, start, payloadEnd(packet, start), view);
    rewriteAgain(packet, origin.segment, origin.number, read32(packet, 4), view);
    this.#transmit(packet);
  }

  /** The viewer cannot decode. All others get the keyframe too, so one viewer alone cannot have many. */
  wantKeyframe(now: number): void {
    if (now - this.#keyframeAt < keyframePause) return;
    this.#keyframeAt = now;
    (this.#source ?? this.#target)?.wantKeyframe(now);
  }

  /** What the viewer reports of this feed. */
  reported(block: ReportBlock): void {
    this.#reportedLost = Math.max(this.#reportedLost, block.fractionLost / 256);
  }

  /** Once a second: a sender report; gives the packets sent and lost since the last time. */
  second(now: number): { readonly sent: number; readonly lost: number } {
    const sent = this.#packets - this.#sentBefore;
    // The viewer counts what the sender lost as well.
    const share = Math.max(0, this.#reportedLost - (this.#source?.lost ?? 0));
    const lost = Math.min(sent, Math.max(this.#missed, Math.round(share * sent)));
    this.#sentBefore = this.#packets;
    this.#missed = 0;
    this.#reportedLost = 0;
    if (this.#open) this.#report(now);
    return { sent, lost };
  }

  #report(now: number): void {
    const segment = this.#rewriter.segment;
    const report = segment?.source.reportNow(now);
    if (segment === undefined || report === undefined) return;
    const whole = Math.floor(report.seconds);
    const packet = senderReport(this.ssrc, {
      ntpHigh: whole,
      ntpLow: Math.floor((report.seconds - whole) * 2 ** 32),
      rtp: report.rtp + segment.timestamps,
      packets: this.#packets,
      octets: this.#octets,
    });
    this.#send(packet);
  }
}
