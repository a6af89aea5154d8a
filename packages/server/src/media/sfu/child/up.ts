import type { PeerConnection, Track } from 'node-datachannel';
import type { DeviceOffer } from '../description.ts';
import { writeSdp } from '../sdp-write.ts';
import { type ConnectionKit, onDescribed, openConnection } from './connection.ts';
import { maxBitrate } from './rtcp.ts';
import { ownSsrc, Source } from './source.ts';

/** Packets that no honest device sends in one second, five times what the greatest bitrate makes; the connection is cut. */
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
  /** Kept as long as the connection: a track that is collected closes. */
  readonly #tracks = new Map<string, Track>();
  #closed = false;
  #inSecond = 0;
  #packets = 0;

  /** Throws when the native side does not take the offer. */
  constructor(options: { kit: ConnectionKit; name: string; offer: DeviceOffer; events: UpEvents }) {
    const { kit, offer, events } = options;
    this.#kit = kit;
    this.#events = events;
    this.#pc = openConnection(kit, options.name);
    const sources: Source[] = [];
    this.sources = sources;
    for (const { mid, role, ssrc, payloadType } of offer.lines) {
      const track = {
        sendMessageBinary: (packet: Buffer) => this.#tracks.get(mid)?.sendMessageBinary(packet) ?? false,
      };
      sources.push(new Source({ role, ssrc, payloadType, track }));
    }
    this.#pc.onTrack((track) => this.#track(track, offer));
    this.#pc.onStateChange((state) => this.#state(state));
    onDescribed(kit, this.#pc, 'answer', ({ transport, candidates }) => {
      const lines = offer.lines.map(({ role, mid, payloadType }) => {
        return { kind: role === 'audio' ? 'audio' : 'video', mid, payloadType, direction: 'recvonly' } as const;
      });
      if (!this.#closed) events.answer(writeSdp({ transport, lines, candidates }));
    });
    try {
      this.#pc.setRemoteDescription(nativeOffer(offer), 'offer');
      // In any other state, an answer would end the process.
      if (this.#pc.signalingState() !== 'have-remote-offer') throw new Error('The offer was not taken.');
      this.#pc.setLocalDescription('answer');
    } catch (error) {
      this.close();
      throw error;
    }
  }

  #track(track: Track, offer: DeviceOffer): void {
    const at = offer.lines.findIndex(({ mid }) => mid === track.mid());
    const source = this.sources[at];
    if (source === undefined || this.#closed) {
      track.close();
      return;
    }
    this.#tracks.set(track.mid(), track);
    track.onClosed(() => {});
    track.onMessage((packet) => {
      if (this.#closed) return;
      this.#inSecond += 1;
      if (source.receive(packet, performance.now())) this.#packets += 1;
      if (this.#inSecond > flood) this.#end('It sent more packets than a camera and a microphone can.');
    });
  }

  #state(state: string): void {
    if (this.#closed) return;
    if (state === 'connected') this.#events.connected();
    else if (state === 'closed') this.#end();
    else if (state === 'failed') this.#end('The publishing connection failed.');
  }

  #end(why?: string): void {
    this.close();
    this.#events.over(why);
  }

  /** To be called every few ms. */
  tick(now: number): void {
    for (const source of this.sources) source.tick(now);
  }

  /** To be called once a second; gives the media packets since the last time. */
  second(now: number): number {
    for (const source of this.sources) source.second(now);
    const videos = this.sources.filter(({ role }) => role !== 'audio');
    const ssrcs = videos.map(({ ssrc }) => ssrc);
    if (ssrcs.length > 0) videos[0]?.feedback(maxBitrate(ownSsrc, this.#kit.config.maxBitrate, ssrcs));
    const packets = this.#packets;
    this.#packets = 0;
    this.#inSecond = 0;
    return packets;
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const track of this.#tracks.values()) track.close();
    this.#tracks.clear();
    this.#pc.close();
  }
}

/** The offer for the native side, made of nothing but what was checked. */
function nativeOffer(offer: DeviceOffer): string {
  const lines = offer.lines.map(({ role, mid, payloadType, ssrc }) => {
    const kind: 'audio' | 'video' = role === 'audio' ? 'audio' : 'video';
    const source = { ssrc, stream: 'm', track: role };
    return { kind, mid, payloadType, direction: 'sendonly', source } as const;
  });
  return writeSdp({ transport: offer.transport, lines });
}
