import { Emitter } from '../base/emitter.ts';
import { asRingbackError } from '../base/ringback-error.ts';
import type { Timers } from '../base/timers.ts';
import { CallStats } from './call-stats.ts';
import type { Link, LinkHost } from './link.ts';
import type { LocalMedia } from './local-media.ts';
import {
  type DeviceMessage,
  type Layer,
  type PeerMessage,
  readPeerMessage,
  readServiceMessage,
  type Setup,
} from './messages.ts';
import { P2pLink } from './p2p-link.ts';
import { RemoteSound } from './remote-sound.ts';
import { RoomLink } from './room-link.ts';
import { VideoView, type ViewOptions } from './video-view.ts';

/** ms. */
const periods = { volumes: 400, stats: 5000, quality: 2000, setup: 5000 };

/** How many times as long as the first link one may take at most. */
const mostPatience = 4;

/** CSS pixels; a smaller picture is shown from the low layer. */
const smallView = 200;

/** The events of a call's media. */
export interface CallMediaEvents {
  /** A member's microphone went on or off. */
  audio: { readonly userId: string; readonly on: boolean };
  /** A member's camera went on or off. */
  video: { readonly userId: string; readonly on: boolean };
  /** A member's sound or picture is there (again), or gone. */
  track: { readonly userId: string; readonly kind: 'audio' | 'video'; readonly track: MediaStreamTrack | undefined };
  /** 0 to 100, this user's own among them. */
  volumes: { readonly volumes: ReadonlyMap<string, number> };
  /** 0 unknown, 1 excellent … 6 down, this user's own among them. */
  quality: { readonly quality: ReadonlyMap<string, number> };
  /** The browser plays no sound before a gesture; call `resume` from one. */
  autoplayBlocked: { readonly resume: () => Promise<void> };
  /** How the media goes, and whether it flows. */
  link: { readonly mode: 'p2p' | 'room'; readonly epoch: number; readonly connected: boolean };
}

export interface CallMediaOptions {
  readonly userId: string;
  readonly local: LocalMedia;
  readonly timers: Timers;
  readonly iceTransportPolicy: RTCIceTransportPolicy;
  /** Sends to the media service (`to` empty) or to a member. */
  readonly send: (to: string, data: object) => Promise<void>;
}

interface Member {
  audio: boolean;
  video: boolean;
  readonly view: VideoView;
  /** From which link each track is. */
  readonly tracks: Map<'audio' | 'video', { readonly link: Link; readonly track: MediaStreamTrack }>;
}

/** The media of one call: follows what the media service sets up, and shows who is there. */
export class CallMedia extends Emitter<CallMediaEvents> {
  readonly #options: CallMediaOptions;
  readonly #host: LinkHost;
  readonly #members = new Map<string, Member>();
  readonly #sound: RemoteSound;
  readonly #stats = new CallStats();
  readonly #quality = new Map<string, number>();
  /** How members who come later are shown. */
  #style: ViewOptions = {};
  /** What is shown of each member; high when nothing is said. */
  readonly #layers = new Map<string, Layer>();
  /** The newest last; older ones go when it runs. */
  #links: Link[] = [];
  /** From a peer that has been set up already, while this device has not. */
  #early: { from: string; message: PeerMessage }[] = [];
  /** In order, and again when the server is asked too fast, or cannot just now. */
  #sending: Promise<void> = Promise.resolve();
  #state = '';
  /** Doubles with each link that does not come about. */
  #patience = 1;
  #closed = false;
  readonly #stops = new Set<() => void>();

  constructor(options: CallMediaOptions) {
    super();
    this.#options = options;
    this.#sound = new RemoteSound((resume) => this.emit('autoplayBlocked', { resume }));
    const { local } = options;
    const patience = () => this.#patience;
    this.#host = {
      local,
      iceTransportPolicy: options.iceTransportPolicy,
      get patience() {
        return patience();
      },
      after: (ms, fire) => this.#after(ms, fire),
      toService: (message) => this.#send('', message),
      toPeer: (userId, message) => this.#send(userId, message),
      received: (link, userId, kind, track) => this.#received(link, userId, kind, track),
      connected: (link) => this.#connected(link),
      broken: (link, text) => this.#broken(link, text),
    };
    this.#stops.add(
      local.on('tracks', () => {
        for (const link of this.#links) link.update();
        this.#tellState();
      }),
    );
    this.#stops.add(local.on('speaker', ({ deviceId }) => void this.#sound.useSpeaker(deviceId).catch(() => {})));
    if (local.speaker !== '') void this.#sound.useSpeaker(local.speaker).catch(() => {});
  }

  /** How the media goes; undefined before the service has said so. */
  get link(): { readonly mode: 'p2p' | 'room'; readonly epoch: number; readonly connected: boolean } | undefined {
    const link = this.#newest;
    return link === undefined ? undefined : { mode: link.mode, epoch: link.epoch, connected: link.isConnected };
  }

  /** The connections in use, for measurements. */
  get connections(): readonly RTCPeerConnection[] {
    return this.#newest?.connections ?? [];
  }

  /** A member's sound or picture. */
  track(userId: string, kind: 'audio' | 'video'): MediaStreamTrack | undefined {
    return this.#members.get(userId)?.tracks.get(kind)?.track;
  }

  /** Whether a member has the microphone or camera on. */
  isOn(userId: string, kind: 'audio' | 'video'): boolean {
    return this.#members.get(userId)?.[kind] ?? false;
  }

  /** Shows a member in an element, by itself or by its id. False when there is no such element. */
  show(userId: string, target: string | HTMLElement, options: ViewOptions = {}): boolean {
    if (this.#closed) return false;
    const { view } = this.#member(userId);
    view.style(options);
    const attached = view.attach(target);
    if (attached) this.#want(userId, 'high');
    return attached;
  }

  /** Shows a member no longer. */
  hide(userId: string): void {
    const member = this.#members.get(userId);
    if (member === undefined) return;
    member.view.remove();
    this.#want(userId, 'off');
  }

  /** Changes how members are shown: one, or all. */
  style(userId: string | undefined, options: ViewOptions): void {
    if (userId === undefined) this.#style = { ...this.#style, ...options };
    for (const [id, { view }] of this.#members) if (userId === undefined || userId === id) view.style(options);
  }

  /** Whether nobody is heard on this page. */
  get isMuted(): boolean {
    return this.#sound.isMuted;
  }

  muteAll(muted: boolean): void {
    this.#sound.muteAll(muted);
  }

  mute(userId: string, muted: boolean): void {
    this.#sound.mute(userId, muted);
  }

  /** This device is in the call now: the service will say how the media goes, or is asked. */
  start(): void {
    this.#after(periods.setup, () => {
      if (this.#links.length === 0) this.back();
    });
    this.#repeat(periods.volumes, () => this.#volumes());
    this.#repeat(periods.quality, () => this.#tellQuality());
    this.#repeat(periods.stats, () => this.#sample());
  }

  /** The line to the server was lost and is back. */
  back(): void {
    const link = this.#newest;
    const hello = link === undefined ? { epoch: 0 } : { epoch: link.epoch, mode: link.mode };
    this.#send('', { type: 'hello', ...hello });
    link?.refresh();
  }

  /** A member has left the call. */
  forget(userId: string): void {
    const member = this.#members.get(userId);
    if (member === undefined) return;
    this.#members.delete(userId);
    this.#quality.delete(userId);
    this.#layers.delete(userId);
    member.view.remove();
    this.#sound.play(userId, undefined);
  }

  fromService(data: unknown): void {
    const message = readServiceMessage(data);
    if (message === undefined || this.#closed) return;
    if (message.type === 'setup') this.#setUp(message);
    else if (message.type === 'state') this.#memberState(message.userId, message.audio, message.video);
    else if (message.type === 'quality') {
      for (const { userId, quality } of message.members) this.#quality.set(userId, quality);
    } else if (message.epoch === this.#newest?.epoch) this.#newest.fromService(message);
  }

  fromPeer(from: string, data: unknown): void {
    const message = readPeerMessage(data);
    if (message === undefined || this.#closed) return;
    const epoch = this.#newest?.epoch ?? 0;
    if (message.epoch === epoch) this.#newest?.fromPeer(from, message);
    else if (message.epoch > epoch && this.#early.length < 100) this.#early.push({ from, message });
  }

  /** Everything is given back; the own devices are not this call's to give. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const stop of this.#stops) stop();
    this.#stops.clear();
    for (const link of this.#links) link.close();
    this.#links = [];
    for (const { view } of this.#members.values()) view.remove();
    this.#members.clear();
    this.#sound.close();
    this.finish();
  }

  get #newest(): Link | undefined {
    return this.#links.at(-1);
  }

  #setUp(setup: Setup): void {
    const newest = this.#newest;
    if (newest !== undefined && setup.epoch < newest.epoch) return;
    if (newest?.epoch !== setup.epoch) {
      // What runs goes on until the new way runs; what does not is in its way.
      for (const link of this.#links) if (!link.isConnected) link.close();
      this.#links = this.#links.filter((link) => link.isConnected);
      const link = setup.mode === 'p2p' ? new P2pLink(this.#host, setup) : new RoomLink(this.#host, setup);
      this.#links.push(link);
      this.emit('link', { mode: link.mode, epoch: link.epoch, connected: false });
      const early = this.#early;
      this.#early = [];
      for (const { from, message } of early) this.fromPeer(from, message);
    }
    this.#state = '';
    this.#tellState();
    for (const { userId, audio, video } of setup.members) this.#memberState(userId, audio, video);
  }

  #tellState(): void {
    const { local } = this.#options;
    const [audio, video] = [local.isOn('microphone'), local.isOn('camera')];
    const state = `${audio} ${video}`;
    if (this.#links.length === 0 || this.#state === state) return;
    this.#state = state;
    this.#send('', { type: 'state', audio, video });
  }

  #memberState(userId: string, audio: boolean, video: boolean): void {
    if (userId === this.#options.userId) return;
    const member = this.#member(userId);
    const [hadAudio, hadVideo] = [member.audio, member.video];
    member.audio = audio;
    member.video = video;
    if (audio !== hadAudio) this.emit('audio', { userId, on: audio });
    if (video !== hadVideo) this.emit('video', { userId, on: video });
  }

  #member(userId: string): Member {
    let member = this.#members.get(userId);
    if (member === undefined) {
      const view = new VideoView(userId, (width) => {
        if (view.isAttached && width > 0)
          this.#want(userId, width <= smallView && this.#members.size > 2 ? 'low' : 'high');
      });
      view.style(this.#style);
      member = { audio: false, video: false, view, tracks: new Map() };
      this.#members.set(userId, member);
    }
    return member;
  }

  #want(userId: string, layer: Layer): void {
    this.#layers.set(userId, layer);
    this.#newest?.want(userId, layer);
  }

  #received(link: Link, userId: string, kind: 'audio' | 'video', track: MediaStreamTrack | undefined): void {
    if (this.#closed || userId === this.#options.userId) return;
    if (track === undefined) {
      const member = this.#members.get(userId);
      if (member?.tracks.get(kind)?.link !== link) return;
      member.tracks.delete(kind);
      this.#present(userId, kind, undefined);
      return;
    }
    const old = this.#member(userId).tracks.get(kind);
    // While an older way still shows something, the new one takes its place with its first packet.
    const waits = old !== undefined && old.link !== link && this.#links.includes(old.link) && track.muted;
    if (waits) track.addEventListener('unmute', () => this.#take(link, userId, kind, track), { once: true });
    else this.#take(link, userId, kind, track);
  }

  #take(link: Link, userId: string, kind: 'audio' | 'video', track: MediaStreamTrack): void {
    if (this.#closed || !this.#links.includes(link)) return;
    this.#member(userId).tracks.set(kind, { link, track });
    this.#present(userId, kind, track);
  }

  #present(userId: string, kind: 'audio' | 'video', track: MediaStreamTrack | undefined): void {
    if (kind === 'audio') this.#sound.play(userId, track);
    else this.#members.get(userId)?.view.show(track);
    this.emit('track', { userId, kind, track });
  }

  #connected(link: Link): void {
    if (link === this.#newest) {
      this.#patience = 1;
      const older = this.#links.slice(0, -1);
      this.#links = [link];
      for (const { userId, kind, track } of link.receiving) {
        if (this.track(userId, kind) !== track) this.#take(link, userId, kind, track);
      }
      for (const one of older) one.close();
      for (const [userId, layer] of this.#layers) link.want(userId, layer);
    }
    this.emit('link', { mode: link.mode, epoch: link.epoch, connected: true });
  }

  #broken(link: Link, text: string): void {
    if (link !== this.#newest) {
      link.close();
      this.#links = this.#links.filter((one) => one !== link);
      return;
    }
    if (link.mode === 'room') this.#patience = Math.min(mostPatience, 2 * this.#patience);
    this.emit('link', { mode: link.mode, epoch: link.epoch, connected: false });
    this.#send('', { type: 'failed', epoch: link.epoch, text: text.slice(0, 200) });
    // The service answers with a new setup; where that was lost, it is asked.
    this.#after(periods.setup, () => {
      if (this.#newest === link && !link.isConnected) this.back();
    });
  }

  #send(to: string, data: DeviceMessage | PeerMessage): void {
    this.#sending = this.#sending.then(async () => {
      for (let tries = 0; tries < 5 && !this.#closed; tries += 1) {
        try {
          return await this.#options.send(to, data);
        } catch (error) {
          const { reason } = asRingbackError(error);
          // It may be moving the call from one node to another, which takes it seconds.
          if (reason !== 'too_fast' && reason !== 'overloaded') return;
          await new Promise<void>((resolve) => void this.#after(300 * (tries + 1), resolve));
        }
      }
    });
  }

  async #volumes(): Promise<void> {
    const link = this.#newest;
    if (link === undefined) return;
    const { userId, local } = this.#options;
    const { volumes } = await this.#stats.look(link, userId, false);
    if (this.#closed) return;
    const own = local.isOn('microphone') ? (volumes.get(userId) ?? 0) : 0;
    const others = [...volumes].filter(([id]) => this.#members.get(id)?.audio === true);
    this.emit('volumes', { volumes: new Map([[userId, own], ...others]) });
  }

  async #sample(): Promise<void> {
    const link = this.#newest;
    if (link === undefined) return;
    const { userId } = this.#options;
    const { samples, quality } = await this.#stats.look(link, userId, true);
    if (this.#closed) return;
    this.#quality.set(userId, quality);
    if (samples.length > 0 && link.isConnected) this.#send('', { type: 'stats', samples: samples.slice(0, 100) });
  }

  async #tellQuality(): Promise<void> {
    const link = this.#newest;
    if (link === undefined) return;
    const { userId } = this.#options;
    const own = link.isConnected ? (this.#quality.get(userId) ?? 0) : 6;
    const others = [...this.#members.keys()].map((id) => [id, this.#quality.get(id) ?? 0] as const);
    this.emit('quality', { quality: new Map([[userId, own], ...others]) });
  }

  #after(ms: number, fire: () => void): () => void {
    const cancel = this.#options.timers.after(ms, () => {
      this.#stops.delete(stop);
      fire();
    });
    const stop = () => {
      this.#stops.delete(stop);
      cancel();
    };
    this.#stops.add(stop);
    return stop;
  }

  #repeat(ms: number, run: () => Promise<void>): void {
    this.#after(ms, () => {
      const again = () => {
        if (!this.#closed) this.#repeat(ms, run);
      };
      run().then(again, again);
    });
  }
}
