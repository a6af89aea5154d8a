import type { PeerConnection, Track } from 'node-datachannel';
import type { DeviceOffer } from '../description.ts';
import { writeSdp } from '../sdp-write.ts';
import { type ConnectionKit, nativeLine, onDescribed, openConnection } from './connection.ts';
import { Pace } from './pace.ts';
import { maxBitrate } from './rtcp.ts';
import { isRtcp, read32 } from './rtp.ts';
import { ownSsrc, Source } from './source.ts';
import { Ssrcs } from './ssrcs.ts';

/** Packets that no honest device sends in a second, five times what the greatest bitrate makes; the connection is cut. */
const flood = 1500;

/** What happens to a publishing connection. */
export interface UpEvents {
  answer(sdp: string): void;
  connected(): void;
  /** It is over: the device closed it, or it broke, `why` in a sentence. */
  over(why?: string): void;
}

/** The connection over which a member publishes. */
export class Up {
  /** The streams of the offer, in its order. */
  readonly sources: readonly Source[];
  readonly #kit: ConnectionKit;
  readonly #events: UpEvents;
  readonly #pc: PeerConnection;
  readonly #ssrcs = new Ssrcs();
  /** Kept as long as the connection: a track that is collected closes. */
  #track: Track | undefined;
  /** What was answered, until the connection shows that it has arrived. */
  #answer: string | undefined;
  readonly #pace = new Pace(flood);
  #connected = false;
  #closed = false;

  /** Throws when the native side does not take the offer. */
  constructor(options: { kit: ConnectionKit; name: string; offer: DeviceOffer; events: UpEvents }) {
    const { kit, offer, events } = options;
    this.#kit = kit;
    this.#events = events;
    this.#pc = openConnection(kit, options.name);
    const sources: Source[] = [];
    this.sources = sources;
    const track = { sendMessageBinary: (packet: Buffer) => this.#track?.sendMessageBinary(packet) ?? false };
    for (const { role, ssrc, payloadType } of offer.lines) {
      sources.push(new Source({ role, ssrc, payloadType, track }));
    }
    this.#pc.onTrack((opened) => this.#receive(opened));
    this.#pc.onStateChange((state) => this.#state(state));
    onDescribed(kit, this.#pc, 'answer', ({ transport, candidates }) => {
      const lines = offer.lines.map(({ role, mid, payloadType }) => {
        return { kind: role === 'audio' ? 'audio' : 'video', mid, payloadType, direction: 'recvonly' } as const;
      });
      this.#answer = writeSdp({ transport, lines, candidates });
      this.repeat();
    });
    try {
      // Made of nothing but what was checked.
      const { transport } = offer;
      const lines = [{ ...nativeLine, direction: 'sendonly' }] as const;
      this.#pc.setRemoteDescription(writeSdp({ transport, lines }), 'offer');
      // In any other state, an answer would end the process.
      if (this.#pc.signalingState() !== 'have-remote-offer') throw new Error('The offer was not taken.');
      this.#pc.setLocalDescription('answer');
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Whether it has come about, and is not over. */
  get isConnected(): boolean {
    return this.#connected && !this.#closed;
  }

  #receive(track: Track): void {
    if (this.#track !== undefined || this.#closed) {
      track.close();
      return;
    }
    this.#track = track;
    track.onClosed(() => {});
    track.onMessage((packet) => {
      if (this.#closed) return;
      const now = performance.now();
      this.#take(packet, now);
      if (!this.#pace.take(now)) this.#end('It sent more packets than a camera and a microphone can.');
      else if (!this.#ssrcs.note(packet)) this.#end('It sent more streams than a device can have.');
    });
  }

  /** Hands a packet to its source; RTCP to all: one packet may speak of any of them. */
  #take(packet: Buffer, now: number): void {
    const rtcp = isRtcp(packet);
    const ssrc = rtcp ? 0 : read32(packet, 8);
    for (const source of this.sources) {
      if (rtcp || source.ssrc === ssrc) source.receive(packet, now);
    }
  }

  #state(state: string): void {
    if (this.#closed) return;
    if (state === 'connected') {
      this.#connected = true;
      this.#answer = undefined;
      this.#events.connected();
    } else if (state === 'closed') this.#end();
    else if (state === 'failed') this.#end('The publishing connection failed.');
  }

  #end(why?: string): void {
    this.close();
    this.#events.over(why);
  }

  /** Says the answer again, unless it has arrived. */
  repeat(): void {
    if (!this.#closed && this.#answer !== undefined) this.#events.answer(this.#answer);
  }

  /** To be called every few ms. */
  tick(now: number): void {
    for (const source of this.sources) source.tick(now);
  }

  /** To be called once a second; gives the packets since the last time. */
  second(now: number): number {
    for (const source of this.sources) source.second(now);
    const videos = this.sources.filter(({ role }) => role !== 'audio');
    const ssrcs = videos.map(({ ssrc }) => ssrc);
    if (ssrcs.length > 0) videos[0]?.feedback(maxBitrate(ownSsrc, this.#kit.config.maxBitrate, ssrcs));
    return this.#pace.second(now);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#track?.close();
    this.#pc.close();
  }
}
