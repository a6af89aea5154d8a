import { Emitter } from '../base/emitter.ts';
import type { RingbackError } from '../base/ringback-error.ts';
import type { Timers } from '../base/timers.ts';
import { CallMeasures } from './call-measures.ts';
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
import { Outbox } from './outbox.ts';
import { P2pLink } from './p2p-link.ts';
import { type Kind, RemoteMembers } from './remote-members.ts';
import { RoomLink } from './room-link.ts';
import type { ViewOptions } from './video-view.ts';

/** ms after which the service is asked for the setup that it has not sent. */
const setupTime = 5000;

/** How many times as long as the first link one may take at most. */
const mostPatience = 4;

/** ms after which a description that was refused says nothing of the next ones; longer than it takes to have one refused again. */
const refusedLately = 60_000;

/** ms for which the way before goes on beside a new one that runs, until that has brought what this one shows. */
const overlap = 4000;

/** What a connection cannot do without. */
const describes: ReadonlySet<string> = new Set(['offer', 'answer', 'description']);

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
  /** The server does not take what a connection needs; another one is tried. Told once. */
  failed: { readonly error: RingbackError };
}

export interface CallMediaOptions {
  readonly userId: string;
  readonly local: LocalMedia;
  readonly timers: Timers;
  readonly iceTransportPolicy: RTCIceTransportPolicy;
  /** Sends to the media service (`to` empty) or to a member. */
  readonly send: (to: string, data: object) => Promise<void>;
}

/** The media of one call: follows what the media service sets up, and shows who is there. */
export class CallMedia extends Emitter<CallMediaEvents> {
  readonly #options: CallMediaOptions;
  readonly #host: LinkHost;
  readonly #members: RemoteMembers;
  readonly #measures: CallMeasures;
  /** What is shown of each member; high when nothing is said. */
  readonly #layers = new Map<string, Layer>();
  /** The newest last; older ones go when it runs. */
  #links: Link[] = [];
  /** From a peer that has been set up already, while this device has not. */
  #early: { from: string; message: PeerMessage }[] = [];
  readonly #outbox: Outbox;
  #state = '';
  #toldRefused = false;
  /** Forgets that a description was refused, once none has been for a while; undefined when it is forgotten. */
  #stopForgetting: (() => void) | undefined;
  /** Who has left with something turned on. */
  readonly #leftOn = new Set<string>();
  /** The broken link of which the service was told; each of its connections says so, and more than once. */
  #toldBroken: Link | undefined;
  #stopAsking = () => {};
  /** Doubles with each link that does not come about. */
  #patience = 1;
  #closed = false;
  readonly #stops = new Set<() => void>();

  constructor(options: CallMediaOptions) {
    super();
    this.#options = options;
    const { local } = options;
    this.#outbox = new Outbox({
      send: options.send,
      after: (ms, fire) => void this.#after(ms, fire),
      isStale: (data) => this.#closed || this.#isStale(data),
      refused: (data, error) => this.#refused(data, error),
    });
    this.#members = new RemoteMembers({
      turned: (userId, kind, on) => this.emit(kind, { userId, on }),
      presented: (userId, kind, track) => this.emit('track', { userId, kind, track }),
      wants: (userId, layer) => this.#want(userId, layer),
      blocked: (resume) => this.emit('autoplayBlocked', { resume }),
    });
    const { sound } = this.#members;
    this.#measures = new CallMeasures({
      userId: options.userId,
      timers: options.timers,
      after: (ms, fire) => void this.#after(ms, fire),
      isClosed: () => this.#closed,
      carrying: () => this.#carrying,
      newest: () => this.#newest,
      others: () => this.#members.userIds,
      speaks: (userId) => (userId === options.userId ? local.isOn('microphone') : this.#members.isOn(userId, 'audio')),
      sampled: (samples) => this.#outbox.send('', { type: 'stats', samples }),
      volumes: (volumes) => this.emit('volumes', { volumes }),
      quality: (quality) => this.emit('quality', { quality }),
    });
    const patience = () => this.#patience;
    this.#host = {
      local,
      iceTransportPolicy: options.iceTransportPolicy,
      get patience() {
        return patience();
      },
      after: (ms, fire) => this.#after(ms, fire),
      toService: (message) => this.#outbox.send('', message),
      toPeer: (userId, message) => this.#outbox.send(userId, message),
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
    this.#stops.add(local.on('speaker', ({ deviceId }) => void sound.useSpeaker(deviceId).catch(() => {})));
    if (local.speaker !== '') void sound.useSpeaker(local.speaker).catch(() => {});
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
  track(userId: string, kind: Kind): MediaStreamTrack | undefined {
    return this.#members.track(userId, kind);
  }

  /** Whether a member has the microphone or camera on. */
  isOn(userId: string, kind: Kind): boolean {
    return this.#members.isOn(userId, kind);
  }

  /** Shows a member in an element, by itself or by its id. False when there is no such element. */
  show(userId: string, target: string | HTMLElement, options: ViewOptions = {}): boolean {
    return !this.#closed && this.#members.show(userId, target, options);
  }

  /** Shows a member no longer. */
  hide(userId: string): void {
    this.#members.hide(userId);
  }

  /** Changes how members are shown: one, or all. */
  style(userId: string | undefined, options: ViewOptions): void {
    this.#members.style(userId, options);
  }

  /** Whether nobody is heard on this page. */
  get isMuted(): boolean {
    return this.#members.sound.isMuted;
  }

  muteAll(muted: boolean): void {
    this.#members.sound.muteAll(muted);
  }

  mute(userId: string, muted: boolean): void {
    this.#members.sound.mute(userId, muted);
  }

  /** This device is in the call now: the service will say how the media goes, or is asked. */
  start(): void {
    if (this.#closed) return;
    this.#ask(setupTime);
    this.#measures.start();
  }

  /** Asks for a setup that has not come, ever less often: it may be lost on the way, or there is no room yet. */
  #ask(ms: number): void {
    this.#after(ms, () => {
      if (this.#links.length > 0) return;
      this.back();
      this.#ask(2 * ms);
    });
  }

  /** The line to the server was lost and is back. */
  back(): void {
    const link = this.#newest;
    const hello = link === undefined ? { epoch: 0 } : { epoch: link.epoch, mode: link.mode };
    this.#outbox.send('', { type: 'hello', ...hello });
    link?.refresh();
  }

  /** A member has left the call. */
  forget(userId: string): void {
    if (this.#members.isOn(userId, 'audio') || this.#members.isOn(userId, 'video')) this.#leftOn.add(userId);
    if (!this.#members.forget(userId)) return;
    this.#measures.forget(userId);
    this.#layers.delete(userId);
    for (const link of this.#links) link.forget(userId);
    this.#retire();
  }

  /** A member is in the call now: perhaps one whose stay before it was told to be over after media of this one had come. */
  joined(userId: string): void {
    const link = this.#newest;
    // Peers are set up anew for each stay.
    if (link?.mode !== 'room') return;
    const missing = link.receiving.filter((one) => one.userId === userId && !this.track(userId, one.kind));
    for (const { kind, track } of missing) this.#received(link, userId, kind, track);
    // What the member has turned on was forgotten, too, and may have been that of this stay: the setup that answers says it.
    const wasOn = this.#leftOn.delete(userId);
    if (wasOn || missing.length > 0) this.back();
  }

  fromService(data: unknown): void {
    const message = readServiceMessage(data);
    if (message === undefined || this.#closed) return;
    if (message.type === 'setup') this.#setUp(message);
    else if (message.type === 'state') this.#memberState(message.userId, message.audio, message.video);
    else if (message.type === 'quality') {
      for (const { userId, quality } of message.members) this.#measures.note(userId, quality);
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
    this.#members.close();
    this.finish();
  }

  get #newest(): Link | undefined {
    return this.#links.at(-1);
  }

  /** What carries the media now: while another link is being set up, the one before. */
  get #carrying(): Link | undefined {
    return this.#links.filter(({ isConnected }) => isConnected).at(-1);
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
    this.#outbox.send('', { type: 'state', audio, video });
  }

  #memberState(userId: string, audio: boolean, video: boolean): void {
    if (userId !== this.#options.userId) this.#members.turn(userId, audio, video);
  }

  #want(userId: string, layer: Layer): void {
    this.#layers.set(userId, layer);
    this.#newest?.want(userId, layer);
  }

  #received(link: Link, userId: string, kind: Kind, track: MediaStreamTrack | undefined): void {
    if (this.#closed || userId === this.#options.userId) return;
    if (track === undefined) {
      this.#members.withdraw(link, userId, kind);
      this.#retire();
      return;
    }
    const old = this.#members.linkOf(userId, kind);
    // While an older way still shows something, the new one takes its place with its first packet.
    const waits = old !== undefined && old !== link && this.#links.includes(old) && track.muted;
    if (waits) track.addEventListener('unmute', () => this.#take(link, userId, kind, track), { once: true });
    else this.#take(link, userId, kind, track);
  }

  #take(link: Link, userId: string, kind: Kind, track: MediaStreamTrack): void {
    if (this.#closed || !this.#links.includes(link)) return;
    // Since it waited, its section may have been given to another member, or to nobody.
    if (!link.receiving.some((one) => one.userId === userId && one.kind === kind && one.track === track)) return;
    this.#members.present(link, userId, kind, track);
    this.#retire();
  }

  #connected(link: Link): void {
    if (this.#toldBroken === link) this.#toldBroken = undefined;
    if (link === this.#newest) {
      // What was refused a moment ago is refused again, whatever comes about beside it.
      if (this.#stopForgetting === undefined) this.#patience = 1;
      for (const [userId, layer] of this.#layers) link.want(userId, layer);
      this.#retire();
      // A room begins to send a moment after it has begun to receive.
      if (this.#links.length > 1) this.#after(overlap, () => this.#retire(link));
    }
    this.emit('link', { mode: link.mode, epoch: link.epoch, connected: true });
  }

  /** Ends older ways once the newest runs: those that bring nothing that is shown; all of them where `at` is the newest. */
  #retire(at?: Link): void {
    const newest = this.#newest;
    if (newest === undefined || this.#links.length === 1 || !newest.isConnected) return;
    const older = this.#links.filter((one) => one !== newest && (at === newest || !this.#members.needs(one)));
    if (older.length === 0) return;
    this.#links = this.#links.filter((one) => !older.includes(one));
    if (at === newest) {
      for (const { userId, kind, track } of newest.receiving) {
        if (this.track(userId, kind) !== track) this.#members.present(newest, userId, kind, track);
      }
    }
    for (const one of older) one.close();
  }

  #broken(link: Link, text: string): void {
    if (link !== this.#newest) {
      link.close();
      this.#links = this.#links.filter((one) => one !== link);
      return;
    }
    if (this.#toldBroken === link) return;
    this.#toldBroken = link;
    if (link.mode === 'room') this.#patience = Math.min(mostPatience, 2 * this.#patience);
    this.emit('link', { mode: link.mode, epoch: link.epoch, connected: false });
    const failed: DeviceMessage = { type: 'failed', epoch: link.epoch, text: text.slice(0, 200) };
    this.#outbox.send('', failed);
    this.#stopAsking();
    this.#askAnew(link, failed);
  }

  /** The service answers with a new setup; until that comes it is asked, and told again: either may have been lost. */
  #askAnew(link: Link, failed: DeviceMessage): void {
    this.#stopAsking = this.#after(setupTime, () => {
      if (this.#newest === link && !link.isConnected) {
        this.back();
        // What is held up is told yet.
        if (!this.#outbox.isHeldUp) this.#outbox.send('', failed);
        this.#askAnew(link, failed);
      } else if (this.#toldBroken === link) this.#toldBroken = undefined;
    });
  }

  /** Of a link that is there no longer: nobody waits for it, and what is sent of the next one must not wait for it. */
  #isStale(data: DeviceMessage | PeerMessage): boolean {
    if (!('epoch' in data)) return false;
    // A setup that has come meanwhile is what was asked for.
    if (data.type === 'hello') return data.epoch !== (this.#newest?.epoch ?? 0);
    return !this.#links.some(({ epoch }) => epoch === data.epoch);
  }

  /** The server has not taken it, and is not asked again. */
  #refused(data: DeviceMessage | PeerMessage, error: RingbackError): void {
    // With the next change it is told again, whatever was told before.
    if (data.type === 'state') this.#state = '';
    if (error.reason !== 'bad_params' || !describes.has(data.type)) return;
    const link = this.#links.find(({ epoch }) => 'epoch' in data && epoch === data.epoch);
    if (this.#closed || link === undefined) return;
    // The next link may have the same to say: it is not made at once, and the application is not told of each.
    this.#after(setupTime * this.#patience, () => {
      if (link === this.#newest) this.#broken(link, `The server does not take the ${data.type}: ${error.message}`);
    });
    this.#stopForgetting?.();
    this.#stopForgetting = this.#after(refusedLately, () => {
      this.#stopForgetting = undefined;
      if (this.#newest?.isConnected) this.#patience = 1;
    });
    if (this.#toldRefused) return;
    this.#toldRefused = true;
    this.emit('failed', { error });
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
}
