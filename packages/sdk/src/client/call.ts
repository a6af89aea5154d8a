import { Emitter } from '../base/emitter.ts';
import type {
  CallChanged,
  CallEnded,
  CallView,
  InviteResults,
  MediaType,
  MemberChange,
  MissedNotice,
} from '../base/wire.ts';
import type { CallMedia } from '../media/call-media.ts';
import type { CallEvents, CallStatus } from './call-events.ts';

/** How a call reaches the server; the client's part. */
export interface CallDoor {
  readonly userId: string;
  act(call: Call, method: 'accept' | 'reject' | 'ignore' | 'hangUp'): Promise<void>;
  invite(call: Call, users: readonly string[], options: InviteOptions): Promise<InviteResults>;
  switchMedia(call: Call, mediaType: MediaType): Promise<void>;
  /** Asks for what was missed since `call.heardUpTo`. */
  resume(call: Call): void;
  /** ms since 1970 by the clock of the server. */
  now(): number;
}

/** What goes with an invitation. */
export interface InviteOptions {
  /** How long it rings (ms). */
  readonly timeoutMs?: number | undefined;
  readonly userData?: string | undefined;
  readonly push?: object | undefined;
}

/**
 * A call as the server has told it. Nothing here decides about the call: requests go to the server, and what it tells is
 * shown and passed on as events.
 */
export class Call extends Emitter<CallEvents> {
  readonly id: string;
  readonly role: 'caller' | 'callee';
  /** Microphones, cameras and pictures of this call; undefined for a client without media. */
  media: CallMedia | undefined;
  readonly #door: CallDoor;
  #view: CallView;
  #connected = false;
  #ended: CallEnded | undefined;
  #begun = false;
  /** The server's answer to `resume` is on its way; what comes meanwhile waits for it. */
  #resuming = false;
  readonly #held: MissedNotice[] = [];
  /** Who is known to be in, to those who are told. */
  readonly #inside = new Set<string>();
  /** Who rings, as far as everything has been told here; the view may be of later. */
  #ringing: Set<string>;
  #heardUpTo: number;

  /** `heardUpTo`: the number of the event up to which everything has been told, where the view is of later. */
  constructor(door: CallDoor, view: CallView, heardUpTo = view.eventSeq) {
    super();
    this.#door = door;
    this.#view = view;
    this.#ringing = whoRings(view);
    // Whoever rang and is gone since is told of yet; what is told takes the others out.
    if (heardUpTo < view.eventSeq) for (const userId of view.invited ?? []) this.#ringing.add(userId);
    this.#heardUpTo = heardUpTo;
    this.id = view.callId;
    // Whoever began it, left and is invited back is rung like anybody else.
    const own = view.members.find(({ userId }) => userId === door.userId);
    this.role = view.caller === door.userId && own?.status !== 'Waiting' ? 'caller' : 'callee';
  }

  /** The call as the server told it last. */
  get view(): CallView {
    return this.#view;
  }

  /** The number of the last event of the call that was told here. */
  get heardUpTo(): number {
    return this.#heardUpTo;
  }

  get status(): CallStatus {
    if (this.#ended !== undefined) return 'ended';
    return this.#connected ? 'connected' : 'ringing';
  }

  /** How it ended; undefined while it lives. */
  get outcome(): CallEnded | undefined {
    return this.#ended;
  }

  /** Those who are in the call, this user left out. */
  get others(): readonly string[] {
    return this.#view.members
      .filter((one) => one.status === 'Calling' && one.userId !== this.#door.userId)
      .map((one) => one.userId);
  }

  /** Answers; this device holds the call from here on. */
  accept(): Promise<void> {
    return this.#door.act(this, 'accept');
  }

  /** Declines, on all devices of the user. */
  reject(): Promise<void> {
    return this.#door.act(this, 'reject');
  }

  /** Declines as busy. */
  ignore(): Promise<void> {
    return this.#door.act(this, 'ignore');
  }

  /** Leaves; withdraws the call when nobody has accepted it, declines it when it rings here. */
  hangUp(): Promise<void> {
    return this.#door.act(this, 'hangUp');
  }

  /** Rings more users. Resolves to what became of each: those who do not exist are not invited. */
  invite(users: readonly string[], options: InviteOptions = {}): Promise<InviteResults> {
    return this.#door.invite(this, users, options);
  }

  /** Between audio and video, in a call of two. */
  switchMedia(mediaType: MediaType): Promise<void> {
    return this.#door.switchMedia(this, mediaType);
  }

  /** Everybody listens who is to: a call that runs already is told of as such, and so is what has come meanwhile. */
  begin(): void {
    if (this.#begun) return;
    this.#begun = true;
    if (!this.#resuming) for (const notice of this.#held.splice(0)) this.take(notice);
    this.#enter();
  }

  /** Takes a notice of the server. */
  take(notice: MissedNotice): void {
    if (this.#ended !== undefined) return;
    if (this.#resuming || !this.#begun) {
      this.#held.push(notice);
      return;
    }
    const { eventSeq } = notice.params;
    if (notice.method === 'callEnded') {
      this.#end(notice.params);
      return;
    }
    // The view may be of later than what was told.
    if (eventSeq > this.#heardUpTo + 1) {
      this.#held.push(notice);
      this.#door.resume(this);
      return;
    }
    this.#change(notice.params);
  }

  /** A `resume` is on its way. False when one was already. */
  holdBack(): boolean {
    if (this.#resuming || this.#ended !== undefined) return false;
    this.#resuming = true;
    return true;
  }

  /** Takes the answer to `resume`; undefined when there was none. */
  catchUp(answer: { readonly call: CallView | null; readonly notices: readonly MissedNotice[] } | undefined): void {
    this.#resuming = false;
    const held = this.#held.splice(0);
    if (answer === undefined) return;
    for (const notice of answer.notices) this.#apply(notice);
    if (this.#ended !== undefined) return;
    if (answer.call !== null) this.show(answer.call);
    for (const notice of held) this.#apply(notice);
  }

  #apply(notice: MissedNotice): void {
    if (this.#ended !== undefined) return;
    if (notice.method === 'callEnded') this.#end(notice.params);
    else this.#change(notice.params);
  }

  /** The whole view, as an answer of the server gave it. */
  show(view: CallView): void {
    if (this.#ended !== undefined || view.eventSeq < this.#view.eventSeq) return;
    const { mediaType } = this.#view;
    this.#view = view;
    // What was missed is told yet by the answer that is on its way.
    if (!this.#resuming) {
      this.#heardUpTo = Math.max(this.#heardUpTo, view.eventSeq);
      this.#ringing = whoRings(view);
    }
    this.emit('changed', { view });
    if (view.mediaType !== mediaType) this.emit('mediaType', { from: mediaType, to: view.mediaType });
    if (this.#begun) this.#enter();
  }

  #isIn(view: { readonly members: CallView['members'] }): boolean {
    return view.members.some((one) => one.userId === this.#door.userId && one.status === 'Calling');
  }

  /** Once this device is in a call that was accepted: those who are there already are told of, too. */
  #enter(): void {
    if (this.#connected || this.#ended !== undefined) return;
    if (this.#view.acceptedAt === 0 || !this.#isIn(this.#view)) return;
    this.#connected = true;
    this.emit('connected', { view: this.#view });
    for (const userId of this.others) this.#joined(userId);
  }

  #joined(userId: string): void {
    if (this.#inside.has(userId)) return;
    this.#inside.add(userId);
    this.emit('joined', { userId });
  }

  /** Whoever only rings has not heard of anybody being there, but knows, as all do, who else `rang`. */
  #left(userId: string, why: 'hangUp' | 'offline', rang: boolean): void {
    if (this.#inside.delete(userId) || rang) this.emit('left', { userId, why });
  }

  #change(notice: CallChanged): void {
    const { eventSeq, changed, members, mediaType } = notice;
    const before = this.#view;
    // Changes of the media type have no number of their own.
    if (eventSeq < this.#heardUpTo || (eventSeq === this.#heardUpTo && changed.length > 0)) return;
    this.#heardUpTo = eventSeq;
    const { me, wasIn } = { me: this.#door.userId, wasIn: this.#connected };
    // The view may know it already; what happened is told all the same.
    if (eventSeq > before.eventSeq || changed.length === 0) {
      const invited = changed.filter((one) => isInvited(one, before)).map(({ userId }) => userId);
      const entered = changed.some(({ action }) => action === 'Answer' || action === 'Join');
      this.#view = {
        ...before,
        eventSeq: Math.max(eventSeq, before.eventSeq),
        members,
        mediaType,
        callType: invited.length > 0 ? 'MultiCall' : before.callType,
        invited: before.invited && [...new Set([...before.invited, ...invited])],
        acceptedAt: before.acceptedAt === 0 && entered ? this.#door.now() : before.acceptedAt,
      };
      this.emit('changed', { view: this.#view });
    }
    for (const { userId, action } of changed)
      if (action === 'Answer' && userId !== me) this.emit('accepted', { userId });
    this.#enter();
    this.#tell(notice, wasIn);
    const now = this.#view.mediaType;
    if (now !== before.mediaType) this.emit('mediaType', { from: before.mediaType, to: now });
  }

  /** One event for each member; silences of one moment are told together. */
  #tell({ changed }: CallChanged, wasIn: boolean): void {
    const silent: string[] = [];
    for (const { userId, action, by } of changed) {
      const rang = this.#ringing.delete(userId);
      if (action === 'Invite') this.#ringing.add(userId);
      if (userId === this.#door.userId) continue;
      if (action === 'Invite') this.emit('invited', { userId, by: by ?? '' });
      else if (action === 'Answer' || action === 'Join') {
        if (wasIn) this.#joined(userId);
      } else if (action === 'Reject') this.emit('rejected', { userId });
      else if (action === 'Busy') this.emit('busy', { userId });
      else if (action === 'NotAnswer') silent.push(userId);
      else if (action === 'Hangup') this.#left(userId, 'hangUp', false);
      else if (action === 'Offline') this.#left(userId, 'offline', rang);
    }
    if (silent.length > 0) this.emit('notAnswered', { userIds: silent });
  }

  #end(end: CallEnded): void {
    if (this.#ended !== undefined) return;
    this.#ended = end;
    this.#held.length = 0;
    this.media?.close();
    this.emit('ended', { ...end, wasConnected: this.#connected });
    this.finish();
  }

  /** The server can no longer be asked: the call is over here. */
  abandon(reason: number): void {
    this.#end({
      callId: this.id,
      eventSeq: this.#view.eventSeq,
      reason,
      userId: this.#door.userId,
      result: '',
      totalTime:
        this.#view.acceptedAt === 0 ? 0 : Math.max(0, Math.floor((this.#door.now() - this.#view.acceptedAt) / 1000)),
    });
  }
}

/** Whether somebody was invited; a busy user, of whom nothing else is told, was not one of the call before. */
const isInvited = ({ userId, action }: MemberChange, before: CallView): boolean =>
  action === 'Invite' || (action === 'Busy' && before.members.every((one) => one.userId !== userId));

const whoRings = ({ members }: CallView): Set<string> =>
  new Set(members.filter(({ status }) => status === 'Waiting').map(({ userId }) => userId));
