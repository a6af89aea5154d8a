import type { Link } from './link.ts';
import type { Layer } from './messages.ts';
import { RemoteSound } from './remote-sound.ts';
import { VideoView, type ViewOptions } from './video-view.ts';

/** CSS pixels; a smaller picture is shown from the low layer. */
const smallView = 200;

export type Kind = 'audio' | 'video';

interface Member {
  audio: boolean;
  video: boolean;
  readonly view: VideoView;
  /** From which link each track is. */
  readonly tracks: Map<Kind, { readonly link: Link; readonly track: MediaStreamTrack }>;
}

/** What the call hears of its members. */
export interface RemoteMembersHost {
  /** A member's microphone or camera went on or off. */
  readonly turned: (userId: string, kind: Kind, on: boolean) => void;
  /** A member's sound or picture is there (again), or gone. */
  readonly presented: (userId: string, kind: Kind, track: MediaStreamTrack | undefined) => void;
  /** What is shown of a member has changed. */
  readonly wants: (userId: string, layer: Layer) => void;
  /** The browser plays no sound before a gesture. */
  readonly blocked: (resume: () => Promise<void>) => void;
}

/** The other members of a call on this page: what each has turned on, where each is shown, and what is heard. */
export class RemoteMembers {
  readonly sound: RemoteSound;
  readonly #host: RemoteMembersHost;
  readonly #members = new Map<string, Member>();
  /** How members who come later are shown. */
  #style: ViewOptions = {};

  constructor(host: RemoteMembersHost) {
    this.#host = host;
    this.sound = new RemoteSound(host.blocked);
  }

  get userIds(): readonly string[] {
    return [...this.#members.keys()];
  }

  isOn(userId: string, kind: Kind): boolean {
    return this.#members.get(userId)?.[kind] ?? false;
  }

  track(userId: string, kind: Kind): MediaStreamTrack | undefined {
    return this.#members.get(userId)?.tracks.get(kind)?.track;
  }

  /** The link that what is presented comes from. */
  linkOf(userId: string, kind: Kind): Link | undefined {
    return this.#members.get(userId)?.tracks.get(kind)?.link;
  }

  /** Whether something that is presented comes from this link. */
  needs(link: Link): boolean {
    return [...this.#members.values()].some(({ tracks }) => [...tracks.values()].some((one) => one.link === link));
  }

  /** Shows a member in an element, by itself or by its id. False when there is no such element. */
  show(userId: string, target: string | HTMLElement, options: ViewOptions): boolean {
    const { view } = this.#member(userId);
    view.style(options);
    const attached = view.attach(target);
    if (attached) this.#host.wants(userId, 'high');
    return attached;
  }

  /** Shows a member no longer. */
  hide(userId: string): void {
    const member = this.#members.get(userId);
    if (member === undefined) return;
    member.view.remove();
    this.#host.wants(userId, 'off');
  }

  /** Changes how members are shown: one, or all. */
  style(userId: string | undefined, options: ViewOptions): void {
    if (userId === undefined) this.#style = { ...this.#style, ...options };
    for (const [id, { view }] of this.#members) if (userId === undefined || userId === id) view.style(options);
  }

  /** What a member has turned on. */
  turn(userId: string, audio: boolean, video: boolean): void {
    const member = this.#member(userId);
    const [hadAudio, hadVideo] = [member.audio, member.video];
    member.audio = audio;
    member.video = video;
    if (audio !== hadAudio) this.#host.turned(userId, 'audio', audio);
    if (video !== hadVideo) this.#host.turned(userId, 'video', video);
  }

  /** Presents what came by a link. */
  present(link: Link, userId: string, kind: Kind, track: MediaStreamTrack): void {
    this.#member(userId).tracks.set(kind, { link, track });
    this.#play(userId, kind, track);
  }

  /** What came by a link is gone; does nothing where another link has taken its place. */
  withdraw(link: Link, userId: string, kind: Kind): void {
    const member = this.#members.get(userId);
    if (member?.tracks.get(kind)?.link !== link) return;
    member.tracks.delete(kind);
    this.#play(userId, kind, undefined);
  }

  /** A member has left the call; whether there was one. */
  forget(userId: string): boolean {
    const member = this.#members.get(userId);
    if (member === undefined) return false;
    this.#members.delete(userId);
    member.view.remove();
    this.sound.play(userId, undefined);
    return true;
  }

  close(): void {
    for (const { view } of this.#members.values()) view.remove();
    this.#members.clear();
    this.sound.close();
  }

  #play(userId: string, kind: Kind, track: MediaStreamTrack | undefined): void {
    if (kind === 'audio') this.sound.play(userId, track);
    else this.#members.get(userId)?.view.show(track);
    this.#host.presented(userId, kind, track);
  }

  #member(userId: string): Member {
    let member = this.#members.get(userId);
    if (member === undefined) {
      const view = new VideoView(userId, (width) => {
        if (view.isAttached && width > 0)
          this.#host.wants(userId, width <= smallView && this.#members.size > 2 ? 'low' : 'high');
      });
      view.style(this.#style);
      member = { audio: false, video: false, view, tracks: new Map() };
      this.#members.set(userId, member);
    }
    return member;
  }
}
