import { randomInt } from 'node:crypto';
import type { PeerConnection, Track } from 'node-datachannel';
import type { UserId } from 'ringback-protocol';
import type { MediaFeed } from '../../../ports/media.ts';
import type { DeviceAnswer } from '../description.ts';
import { type WrittenLine, writeSdp } from '../sdp-write.ts';
import { type ConnectionKit, type LocalFacts, nativeLine, onDescribed, openConnection } from './connection.ts';
import { Feed, sentPayloadTypes } from './feed.ts';
import { Pace } from './pace.ts';
import { readRtcp } from './rtcp.ts';
import { isRtcp } from './rtp.ts';
import { Ssrcs } from './ssrcs.ts';

/** ms after which an offer that was not answered is sent once more, and how often; candidates likewise. */
const answerPatience = 3000;
const repeats = 3;

/** Packets of feedback that no honest device sends in a second; the connection is cut. */
const flood = 4000;

/** What feedback may tell in a second, each missed packet by itself; the rest of it is not read. */
const mostTold = 20_000;

/** Packets that are sent again in a second at most, with a burst of as many. */
const resendRate = 1000;

/** What happens to a receiving connection. */
export interface DownEvents {
  offer(n: number, sdp: string, feeds: readonly MediaFeed[]): void;
  candidate(candidate: string, mid: string): void;
  connected(): void;
  /** It is over: the device closed it, or it broke, `why` in a sentence. */
  over(why?: string): void;
}

/** Two m-lines that carry one member after another. */
interface Slot {
  readonly feeds: { readonly audio: Feed; readonly video: Feed };
  shows: { readonly userId: UserId; readonly kinds: readonly ('audio' | 'video')[] } | undefined;
  /** Counts whom it has shown, so that a device sees a new stream. */
  turn: number;
  /** The turn that the device has answered last. What is sent in another one it takes for that of the member before. */
  answered: number;
}

interface Offered {
  readonly n: number;
  readonly mids: readonly string[];
  /** The turns of its pairs of m-lines. */
  readonly turns: readonly number[];
  readonly sdp: string;
  readonly feeds: readonly MediaFeed[];
}

/**
 * The connection over which a member receives all others. It makes one offer at a time; what changes while the device
 * has not answered goes into the next one. m-lines of members who left are used again.
 */
export class Down {
  readonly #events: DownEvents;
  readonly #pc: PeerConnection;
  readonly #ssrcs = new Ssrcs();
  /** Kept as long as the connection: a track that is collected closes. */
  readonly #track: Track;
  readonly #slots: Slot[] = [];
  readonly #bySsrc = new Map<number, Feed>();
  #facts: LocalFacts | undefined;
  #offered: Offered | undefined;
  #making = false;
  #stale = false;
  #n = 0;
  #answered = false;
  #open = false;
  readonly #pace = new Pace(flood);
  readonly #told = new Pace(mostTold);
  readonly #resends = { left: resendRate };
  /** When something was said that the device has to act upon, and how often it was repeated. */
  #saidAt = 0;
  #repeated = 0;
  #closed = false;

  constructor(options: { kit: ConnectionKit; name: string; events: DownEvents }) {
    this.#events = options.events;
    this.#pc = openConnection(options.kit, options.name);
    this.#pc.onStateChange((state) => this.#state(state));
    onDescribed(options.kit, this.#pc, 'offer', (facts) => this.#described(facts));
    // It receives as well: so we see what a device sends that should not send.
    const line = new options.kit.native.Video(nativeLine.mid, 'SendRecv');
    line.addVP8Codec(nativeLine.payloadType);
    this.#track = this.#pc.addTrack(line);
    this.#track.onOpen(() => this.#openFeeds());
    this.#track.onClosed(() => {
      for (const feed of this.#feeds()) feed.closed();
    });
    this.#track.onMessage((packet) => this.#receive(packet));
  }

  /** Whether it has come about, and is not over. */
  get isConnected(): boolean {
    return this.#open && !this.#closed;
  }

  /** The feeds of a member; undefined when it is not shown. */
  feeds(userId: UserId): { readonly audio: Feed; readonly video: Feed } | undefined {
    return this.#slots.find(({ shows }) => shows?.userId === userId)?.feeds;
  }

  /** Shows these kinds of a member from now on; none: the member is gone. Gives the feeds when there are any. */
  show(userId: UserId, kinds: readonly ('audio' | 'video')[]): void {
    if (this.#closed) return;
    let slot = this.#slots.find(({ shows }) => shows?.userId === userId);
    if (slot?.shows?.kinds.join() === kinds.join() || (slot === undefined && kinds.length === 0)) return;
    if (kinds.length === 0 && slot !== undefined) {
      slot.feeds.audio.aim(undefined, 0);
      slot.feeds.video.aim(undefined, 0);
      slot.shows = undefined;
    } else {
      slot ??= this.#freeSlot();
      slot.shows = { userId, kinds };
    }
    this.#offer();
  }

  /** A slot for a member who was not shown; it sends nothing before the device has answered for whom it is. */
  #freeSlot(): Slot {
    const slot = this.#slots.find(({ shows }) => shows === undefined) ?? this.#addSlot();
    slot.turn += 1;
    slot.feeds.audio.closed();
    slot.feeds.video.closed();
    return slot;
  }

  #addSlot(): Slot {
    const make = (kind: 'audio' | 'video') => {
      let ssrc = 0;
      do ssrc = randomInt(2, 2 ** 32 - 1);
      while (this.#bySsrc.has(ssrc));
      const start = randomInt(1, 2 ** 14);
      const feed = new Feed({ kind, ssrc, track: this.#track, start, resends: this.#resends });
      this.#bySsrc.set(ssrc, feed);
      return feed;
    };
    const feeds = { audio: make('audio'), video: make('video') };
    const slot: Slot = { feeds, shows: undefined, turn: 0, answered: 0 };
    this.#slots.push(slot);
    return slot;
  }

  *#feeds(): Iterable<Feed> {
    for (const { feeds } of this.#slots) yield* [feeds.audio, feeds.video];
  }

  /** Opens the feeds of which the device knows whom they show, when the connection is open. */
  #openFeeds(): void {
    if (this.#closed || !this.#track.isOpen()) return;
    const now = performance.now();
    for (const { feeds, turn, answered } of this.#slots) {
      if (turn !== answered) continue;
      feeds.audio.opened(now);
      feeds.video.opened(now);
    }
  }

  #receive(packet: Buffer): void {
    if (this.#closed) return;
    const now = performance.now();
    if (!this.#pace.take(now)) {
      this.#end('It sent more feedback than a device can have.');
      return;
    }
    if (!this.#ssrcs.note(packet)) {
      this.#end('It sent more streams than a device can have.');
      return;
    }
    if (!isRtcp(packet)) return;
    const about = (ssrc: number) => (this.#told.take(now) ? this.#bySsrc.get(ssrc) : undefined);
    readRtcp(packet, {
      block: (block) => about(block.ssrc)?.reported(block),
      nack: (ssrc, sequence) => about(ssrc)?.missed(sequence, now),
      keyframe: (ssrc) => about(ssrc)?.wantKeyframe(now),
    });
  }

  /** Offers what is shown now, unless an offer waits for its answer. */
  #offer(): void {
    if (this.#closed || this.#slots.length === 0) return;
    if (this.#offered !== undefined) {
      this.#stale = true;
      return;
    }
    this.#stale = false;
    if (this.#facts !== undefined) this.#tell(this.#facts);
    else if (!this.#making) {
      this.#making = true;
      this.#pc.setLocalDescription('offer');
    }
  }

  #described(facts: LocalFacts): void {
    if (this.#closed || this.#facts !== undefined) return;
    this.#facts = facts;
    this.#tell(facts);
  }

  #tell(facts: LocalFacts): void {
    this.#n += 1;
    const lines: WrittenLine[] = [];
    const feeds: MediaFeed[] = [];
    this.#slots.forEach(({ feeds: pair, shows, turn }, i) => {
      for (const kind of ['audio', 'video'] as const) {
        const mid = String(i * 2 + (kind === 'audio' ? 0 : 1));
        const shown = shows?.kinds.includes(kind) === true;
        if (shown && shows !== undefined) feeds.push({ mid, userId: shows.userId, kind });
        lines.push({
          kind,
          mid,
          payloadType: sentPayloadTypes[kind],
          direction: shown ? 'sendonly' : 'inactive',
          source: { ssrc: pair[kind].ssrc, stream: `m${i}-${turn}`, track: `${kind}${i}-${turn}` },
        });
      }
    });
    // A device that knocks before its answer is here finds a native side that does not know its certificate yet, and
    // refuses it for good. So the first offer does not say where to knock.
    const candidates = this.#answered ? facts.candidates : [];
    const sdp = writeSdp({ transport: facts.transport, lines, candidates, version: this.#n });
    const mids = lines.map(({ mid }) => mid);
    this.#offered = { n: this.#n, mids, turns: this.#slots.map(({ turn }) => turn), sdp, feeds };
    this.#repeated = 0;
    this.#say();
  }

  /** The device answers. An answer to another offer than the last is passed over; throws for one that does not fit. */
  answer(n: number, answer: DeviceAnswer): void {
    const offered = this.#offered;
    if (this.#closed || offered === undefined || offered.n !== n) return;
    if (answer.mids.join() !== offered.mids.join()) throw new Error('The answer has other m-lines than the offer.');
    if (!this.#answered) {
      // In any other state, an answer would end the process.
      if (this.#pc.signalingState() !== 'have-local-offer')
        throw new Error('The connection does not wait for an answer.');
      const lines = [{ ...nativeLine, direction: 'sendrecv' }] as const;
      this.#pc.setRemoteDescription(writeSdp({ transport: answer.transport, lines }), 'answer');
    }
    this.#slots.forEach((slot, i) => {
      slot.answered = offered.turns[i] ?? 0;
    });
    this.#openFeeds();
    this.#offered = undefined;
    this.#repeated = 0;
    if (!this.#answered) {
      this.#answered = true;
      this.#say();
    }
    if (this.#stale) this.#offer();
  }

  /** Says again what the device has to act upon: it may have been lost on the way. */
  repeat(): void {
    if (!this.#closed) this.#say();
  }

  #say(): void {
    this.#saidAt = performance.now();
    const offered = this.#offered;
    if (this.#answered && !this.#open) {
      for (const one of this.#facts?.candidates ?? []) this.#events.candidate(`candidate:${one}`, '0');
    }
    if (offered !== undefined) this.#events.offer(offered.n, offered.sdp, offered.feeds);
  }

  /** To be called once a second; gives the packets that came, and those sent and lost, since the last time. */
  second(now: number): { readonly heard: number; readonly sent: number; readonly lost: number } {
    this.#told.second(now);
    this.#resends.left = resendRate;
    const sum = { heard: this.#pace.second(now), sent: 0, lost: 0 };
    for (const feed of this.#feeds()) {
      const { sent, lost } = feed.second(now);
      sum.sent += sent;
      sum.lost += lost;
    }
    const waits = this.#offered !== undefined || (this.#answered && !this.#open);
    if (waits && this.#repeated < repeats && now - this.#saidAt > answerPatience) {
      this.#repeated += 1;
      this.repeat();
    }
    return sum;
  }

  #state(state: string): void {
    if (this.#closed) return;
    if (state === 'connected' && !this.#open) {
      this.#open = true;
      this.#events.connected();
    } else if (state === 'closed') this.#end();
    else if (state === 'failed') this.#end('The receiving connection failed.');
  }

  #end(why?: string): void {
    this.close();
    this.#events.over(why);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const feed of this.#feeds()) feed.closed();
    this.#track.close();
    this.#pc.close();
  }
}
