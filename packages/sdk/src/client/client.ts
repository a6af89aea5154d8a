import { Emitter } from '../base/emitter.ts';
import { asRingbackError, localError, RingbackError } from '../base/ringback-error.ts';
import { pageTimers, type Timers } from '../base/timers.ts';
import type {
  CallView,
  GroupRole,
  GroupView,
  InviteResults,
  KickReason,
  MediaType,
  Notices,
  Profile,
  Results,
  SignInResult,
} from '../base/wire.ts';
import { CallMedia } from '../media/call-media.ts';
import { LocalMedia } from '../media/local-media.ts';
import { hasWebRtc } from '../media/support.ts';
import { type PushOptions, subscribe } from '../push/subscribe.ts';
import { Connection, type StopReason } from '../signalling/connection.ts';
import { tabDeviceId } from '../signalling/device-id.ts';
import type { SocketConstructor } from '../signalling/rpc-socket.ts';
import { findServer, socketUrl } from '../signalling/server-url.ts';
import { Call, type InviteOptions } from './call.ts';
import type { ClientEvents, ClientState } from './client-events.ts';

/** What a client is made with. */
export interface ClientOptions {
  readonly sdkAppId: number;
  /**
   * The address of the server; else `globalThis.RINGBACK_SERVER`, `<meta name="ringback-server">`, `process.env.RINGBACK_SERVER`
   * as a bundler has put it in, the page's origin.
   */
  readonly server?: string | undefined;
  /** Gives a fresh UserSig when the one in use has run out. */
  readonly getUserSig?: ((userId: string) => Promise<string> | string) | undefined;
  /** Microphones, cameras and pictures; on by default where there is WebRTC. */
  readonly media?: boolean | undefined;
  /** As what the device signs in; `Web` by default. */
  readonly platform?: string | undefined;
  /** The id of this device; by default one that lives as long as the tab. */
  readonly deviceId?: string | undefined;
  /** A WebSocket for programs without a global one. */
  readonly WebSocket?: SocketConstructor | undefined;
  readonly timers?: Timers | undefined;
  /** `relay`: through TURN servers only, so that nobody learns the address of another. */
  readonly iceTransportPolicy?: RTCIceTransportPolicy | undefined;
}

/** How to call. */
export interface CallOptions extends InviteOptions {
  readonly mediaType: MediaType;
  /** The group that the call is of. */
  readonly chatGroupId?: string | undefined;
  readonly roomId?: string | undefined;
  readonly roomIdType?: 0 | 1 | 2 | undefined;
}

/** Where a running call is looked for; one that fits all that is given. */
export interface CallPlace {
  readonly roomId?: string | undefined;
  /** 1 = a number, 2 and absent = text. */
  readonly roomIdType?: 0 | 1 | 2 | undefined;
  readonly chatGroupId?: string | undefined;
}

/** The calls of one user on this device. */
export class Client extends Emitter<ClientEvents> {
  /** Microphone, camera, speaker; undefined for a client without media. */
  readonly media: LocalMedia | undefined;
  readonly #timers: Timers;
  #options: ClientOptions;
  #connection: Connection | undefined;
  #me: Profile = { userId: '', nick: '', avatar: '' };
  #call: Call | undefined;
  #state: ClientState = 'offline';
  /** Notices of a call whose first view is on its way. */
  #early: { callId: string; method: keyof Notices; params: Notices[keyof Notices] }[] = [];
  #opening = 0;
  /** Came in while this user dialled; told once it is clear that the two were not dialling each other. */
  #arrived: Call | undefined;
  #signingIn = false;
  #toldKick = false;
  #closed = false;
  /** Hung up while nobody could be told. */
  readonly #givenUp = new Set<string>();

  constructor(options: ClientOptions) {
    super();
    this.#options = options;
    this.#timers = options.timers ?? pageTimers();
    const wanted = options.media ?? hasWebRtc();
    this.media = wanted ? new LocalMedia() : undefined;
  }

  get options(): ClientOptions {
    return this.#options;
  }

  /** Changes what the next sign-in goes by. */
  configure(change: Partial<ClientOptions>): void {
    this.#options = { ...this.#options, ...change };
  }

  get state(): ClientState {
    return this.#state;
  }

  /** The own profile; empty before sign-in. */
  get me(): Profile {
    return this.#me;
  }

  /** The call that rings or runs here. */
  get call(): Call | undefined {
    return this.#call;
  }

  get isSignedIn(): boolean {
    return this.#connection !== undefined;
  }

  /** Signs in. A call that this device holds or that rings for it is then `call`. */
  async signIn({ userId, userSig }: { readonly userId: string; readonly userSig: string }): Promise<Profile> {
    if (this.#closed) throw localError('not_signed_in', 'The client was closed; make another one.');
    if (this.#connection !== undefined) {
      if (userId !== this.#me.userId) throw localError('repeated', 'Another user is signed in; sign out first.');
      if (this.#signingIn) throw localError('repeated');
      await this.#connection.renew(userSig);
      return this.#me;
    }
    if (this.#signingIn) throw localError('repeated');
    this.#signingIn = true;
    try {
      return await this.#signIn(userId, userSig);
    } catch (error) {
      throw asRingbackError(error);
    } finally {
      this.#signingIn = false;
    }
  }

  async #signIn(userId: string, userSig: string): Promise<Profile> {
    const { sdkAppId, getUserSig, platform } = this.options;
    if (!Number.isInteger(sdkAppId))
      throw localError('bad_params', 'sdkAppId must be a number.', { field: 'sdkAppId' });
    for (const [field, value] of Object.entries({ userId, userSig })) {
      if (typeof value !== 'string' || value === '')
        throw localError('bad_params', `${field} must be text that is not empty.`, { field });
    }
    const Socket = this.options.WebSocket ?? (globalThis as { WebSocket?: SocketConstructor }).WebSocket;
    if (Socket === undefined)
      throw localError('unsupported', 'There is no WebSocket; hand one in as the option WebSocket.');
    this.#me = { userId, nick: '', avatar: '' };
    const url = socketUrl(this.options.server ?? findServer());
    const deviceId = this.options.deviceId ?? (await tabDeviceId());
    const connection = new Connection({
      url,
      sdkAppId,
      userId,
      userSig,
      platform: platform ?? 'Web',
      deviceId,
      Socket,
      timers: this.#timers,
      renew: getUserSig === undefined ? undefined : async () => getUserSig(userId),
      events: {
        online: (result, again) => this.#online(result, again),
        lost: () => this.#setState('reconnecting'),
        notice: (method, params) => this.#notice(method, params),
        sigExpired: () => this.emit('sigExpired', {}),
        stopped: (reason) => this.#stopped(connection, reason),
        call: () => (this.#call === undefined ? undefined : { callId: this.#call.id, eventSeq: this.#call.heardUpTo }),
        behind: () => this.#call !== undefined && this.#resume(this.#call),
      },
    });
    this.#connection = connection;
    this.#toldKick = false;
    await connection.open();
    return this.#me;
  }

  /** Goes on with a fresh UserSig. */
  async renew(userSig: string): Promise<void> {
    await this.#door().renew(userSig);
  }

  /** Leaves the call and signs out. */
  async signOut(): Promise<void> {
    await this.#door().signOut();
  }

  /** Gives everything up for good, without asking the server: iterators of events end. */
  close(): void {
    this.#closed = true;
    this.#connection?.close();
    this.media?.close();
    this.finish();
  }

  /** Calls users. Resolves when the server has processed the invitations; `results` of those without an account are 70107. */
  async dial(callees: readonly string[], options: CallOptions): Promise<{ call: Call; results: InviteResults }> {
    const { mediaType, chatGroupId, roomId, roomIdType, timeoutMs, userData, push } = options;
    if (!this.mayDial(callees)) throw localError('already_in_call');
    const params = defined({ callees, mediaType, chatGroupId, roomId, roomIdType, timeoutMs, userData, push });
    return this.#open(async () => {
      let made: { call: Call; results: InviteResults } | undefined;
      const take = ({ role, results, call: view }: Results['call']) => {
        // One that rang while this user dialled is the very call that was answered, or is over.
        this.#arrived = undefined;
        // Of a call of one's own everything after its start is told.
        made = { call: this.#adopt(view, { settled: false, heardUpTo: role === 'caller' ? 1 : undefined }), results };
      };
      try {
        await this.#door().request('call', params, { take });
      } catch (error) {
        made = await this.#dialAgain(error, params, take, () => made);
      }
      if (made === undefined) throw localError('connection_lost');
      return made;
    });
  }

  /** Whether these can be dialled now: nobody else is called, or the caller of the call that rings here, which answers it. */
  mayDial(callees: readonly string[]): boolean {
    if (this.#call === undefined) return true;
    const { status, role, view } = this.#call;
    return status === 'ringing' && role === 'callee' && callees.length === 1 && callees[0] === view.caller;
  }

  /** Enters a running call by its id. */
  async join(callId: string): Promise<Call> {
    if (this.#call !== undefined && (this.#call.id !== callId || this.#call.status !== 'ringing'))
      throw localError('already_in_call');
    return this.#open(async () => {
      let call: Call | undefined;
      const take = (view: CallView) => {
        call = this.#adopt(view, { settled: false });
      };
      await this.#door().request('join', { callId }, { again: true, take });
      return call as Call;
    });
  }

  /** The id of the running call of a room or a group. Rejects with `no_such_call` when there is none that this user may join. */
  async findCall(place: CallPlace): Promise<string> {
    return (await this.#door().request('findCall', defined(place), { again: true })).callId;
  }

  /** Names and pictures; users who do not exist are left out. */
  async profiles(userIds: readonly string[]): Promise<readonly Profile[]> {
    const found: Profile[] = [];
    for (let from = 0; from < userIds.length; from += 100) {
      const page = userIds.slice(from, from + 100);
      found.push(...(await this.#door().request('profile', { userIds: page }, { again: true })));
    }
    return found;
  }

  /** Sets the own name and picture; what is left out stays. */
  async setProfile(change: {
    readonly nick?: string | undefined;
    readonly avatar?: string | undefined;
  }): Promise<Profile> {
    const { nick, avatar } = await this.#door().request('setProfile', defined(change), { again: true });
    this.#me = { ...this.#me, nick, avatar };
    return this.#me;
  }

  group(groupId: string): Promise<GroupView> {
    return this.#asked('group', { groupId });
  }

  /** One page of the members, at most 100. */
  groupMembers(
    groupId: string,
    page: { readonly offset?: number | undefined; readonly limit?: number | undefined } = {},
  ): Promise<{ readonly total: number; readonly members: readonly (Profile & { readonly role: GroupRole })[] }> {
    return this.#asked('groupMembers', { groupId, ...defined(page) });
  }

  async createGroup(options: {
    readonly type: 'Private' | 'Public' | 'ChatRoom';
    readonly name: string;
    readonly groupId?: string | undefined;
    readonly members?: readonly string[] | undefined;
  }): Promise<string> {
    return (await this.#door().request('createGroup', defined(options))).groupId;
  }

  /** From now on this browser is rung by a push while the page is closed. Asks for permission, so call it from a gesture. */
  async registerPush(options: PushOptions = {}): Promise<void> {
    if (!('serviceWorker' in navigator)) throw localError('unsupported', 'This browser has no service workers.');
    const { providers } = await this.#door().request('pushProviders', {}, { again: true });
    await this.#door().request('registerPush', await subscribe(providers, options), { again: true });
  }

  /** No push rings this browser any more. */
  async unregisterPush(): Promise<void> {
    await this.#door().request('unregisterPush', {}, { again: true });
  }

  async #asked<M extends 'group' | 'groupMembers'>(method: M, params: object) {
    return this.#door().request(method, params, { again: true });
  }

  #door(): Connection {
    if (this.#connection === undefined) throw localError('not_signed_in');
    return this.#connection;
  }

  /** While a call is being made its notices may come before anybody knows it. */
  async #open<T>(run: () => Promise<T>): Promise<T> {
    this.#opening += 1;
    try {
      return await run();
    } catch (error) {
      throw asRingbackError(error);
    } finally {
      this.#opening -= 1;
      if (this.#opening === 0) {
        this.#early = [];
        const arrived = this.#arrived;
        this.#arrived = undefined;
        if (arrived !== undefined && arrived.status === 'ringing' && this.#call === arrived)
          this.emit('incoming', { call: arrived });
      }
    }
  }

  /** The line broke while the server was dialling: it knows whether there is a call. */
  async #dialAgain<T>(
    error: unknown,
    params: object,
    take: (result: Results['call']) => void,
    made: () => T | undefined,
  ): Promise<T | undefined> {
    if (!(error instanceof RingbackError) || error.reason !== 'connection_lost') throw error;
    await this.#door().request('ping', {}, { again: true });
    const call = this.#call;
    if (call?.role === 'caller') {
      const results = call.view.members.filter((one) => one.userId !== this.#me.userId);
      return { call, results: results.map(({ userId }) => ({ userId, code: 0 })) } as T;
    }
    if (call !== undefined) throw localError('already_in_call');
    await this.#door().request('call', params, { take });
    return made();
  }

  /**
   * There is a call; notices that came early are for it. Unless it is `settled`, whoever asked for it hears of the answer
   * first, and of what happens in it after that.
   */
  #adopt(view: CallView, options: { readonly settled?: boolean; readonly heardUpTo?: number | undefined } = {}): Call {
    const { settled = true, heardUpTo } = options;
    if (this.#call?.id === view.callId) {
      const known = this.#call;
      this.#soon(settled, () => known.show(view));
      return known;
    }
    this.#call?.abandon(0);
    const call = new Call(
      {
        userId: this.#me.userId,
        act: (one, method) => this.#act(one, method),
        invite: async (one, users, options) => {
          const params = defined({ callId: one.id, users, ...options });
          await this.#door().request('invite', params);
        },
        switchMedia: async (one, mediaType) => {
          await this.#door().request('switchMedia', { callId: one.id, mediaType }, { again: true });
        },
        resume: (one) => this.#resume(one),
      },
      view,
      heardUpTo,
    );
    this.#call = call;
    if (this.media !== undefined && hasWebRtc()) {
      call.media = new CallMedia({
        userId: this.#me.userId,
        local: this.media,
        timers: this.#timers,
        iceTransportPolicy: this.options.iceTransportPolicy ?? 'all',
        send: async (to, data) => {
          await this.#door().request('signal', { callId: call.id, to, data });
        },
      });
    }
    const { media } = call;
    call.on('connected', () => media?.start());
    call.on('left', ({ userId }) => media?.forget(userId));
    call.on('ended', () => {
      if (this.#call !== call) return;
      this.#call = undefined;
      this.media?.release();
    });
    this.emit('call', { call });
    // Who holds a call pings more often, and learns how often by a ping.
    if (!settled) this.#connection?.pingSoon();
    const early = this.#early;
    this.#early = [];
    for (const { callId, method, params } of early) if (callId === call.id) this.#notice(method, params);
    this.#soon(settled, () => call.begin());
    return call;
  }

  #soon(now: boolean, run: () => void): void {
    if (now) run();
    else this.#timers.after(0, run);
  }

  async #act(call: Call, method: 'accept' | 'reject' | 'ignore' | 'hangUp'): Promise<void> {
    if (call.status === 'ended') {
      if (method === 'accept') throw localError('not_in_call', 'The call has ended.');
      return;
    }
    // Whoever hangs up is neither heard nor seen from that moment on.
    if (method === 'hangUp') {
      call.media?.close();
      this.media?.release();
    }
    try {
      await this.#door().request(method, { callId: call.id }, { again: true });
      // From here on the device pings as often as one in a call.
      if (method === 'accept') this.#connection?.pingSoon();
    } catch (error) {
      const { reason } = asRingbackError(error);
      const over =
        reason === 'no_such_call' || reason === 'call_ended' || reason === 'not_in_call' || reason === 'not_waiting';
      if (over) this.#resume(call);
      // Who wants to be out of a call that is over has what was wanted.
      if (over && method !== 'accept') return;
      if (method !== 'accept' && (reason === 'no_network' || reason === 'connection_lost')) {
        this.#givenUp.add(call.id);
        call.abandon(ownEnd(call, endings.rejected));
        return;
      }
      throw error;
    }
  }

  #resume(call: Call): void {
    const connection = this.#connection;
    if (connection === undefined || !call.holdBack()) return;
    const take = (answer: Parameters<Call['catchUp']>[0]) => {
      call.catchUp(answer);
      if (answer?.call === null && call.status !== 'ended') call.abandon(0);
    };
    connection
      .request('resume', { callId: call.id, eventSeq: call.heardUpTo }, { again: true, take })
      .catch((error) => {
        call.catchUp(undefined);
        const { reason } = asRingbackError(error);
        if (reason === 'no_such_call' || reason === 'not_in_call') call.abandon(0);
      });
  }

  #online(result: SignInResult, again: boolean): void {
    const { call: view, callHere, user } = result;
    this.#me = { ...this.#me, nick: user.nick, avatar: user.avatar };
    this.#setState('online');
    const call = this.#call;
    if (call !== undefined) {
      this.#resume(call);
      if (again && callHere && view?.callId === call.id) call.media?.back();
    }
    if (view === undefined || view.callId === call?.id) return;
    if (this.#givenUp.delete(view.callId)) {
      this.#door()
        .request('hangUp', { callId: view.callId })
        .catch(() => {});
      return;
    }
    if (!callHere) this.emit('elsewhere', { view });
    // One that rings is told of by a notice; one that is held goes on here.
    else if (
      call === undefined &&
      view.members.some((one) => one.userId === this.#me.userId && one.status === 'Calling')
    ) {
      this.#adopt(view).media?.back();
    }
  }

  #notice<M extends keyof Notices>(method: M, params: Notices[M]): void {
    if (method === 'kickedOut') {
      this.#kicked((params as Notices['kickedOut']).reason);
      return;
    }
    if (method === 'callReceived') {
      this.#received(params as CallView);
      return;
    }
    const { callId } = params as { readonly callId: string };
    const call = this.#call;
    if (call?.id !== callId) {
      if (this.#opening > 0 && this.#early.length < 200) this.#early.push({ callId, method, params });
      return;
    }
    if (method === 'callChanged') call.take({ method, params: params as Notices['callChanged'] });
    else if (method === 'callEnded') call.take({ method, params: params as Notices['callEnded'] });
    else if (method === 'media') call.media?.fromService((params as Notices['media']).data);
    else if (method === 'signal') {
      const { from, data } = params as Notices['signal'];
      call.media?.fromPeer(from, data);
    }
  }

  #received(view: CallView): void {
    if (this.#givenUp.has(view.callId)) return;
    // So that no push is needed to wake another device.
    this.#door()
      .request('ringing', { callId: view.callId })
      .catch(() => {});
    // Told again after each sign-in.
    if (this.#call?.id === view.callId) {
      this.#call.show(view);
      return;
    }
    const call = this.#adopt(view);
    if (this.#opening > 0) this.#arrived = call;
    else this.emit('incoming', { call });
  }

  #setState(state: ClientState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.emit('state', { state });
  }

  #stopped(connection: Connection, reason: StopReason): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    // A sign-in elsewhere is told by a notice; where that was lost, the close says it.
    const byUser = reason === 'signedOut' || reason === 'closed';
    if (this.#call !== undefined) this.#call.abandon(byUser ? ownEnd(this.#call, endings.offline) : endings.offline);
    this.media?.release();
    this.#setState('offline');
    if (reason === 'kicked' || reason === 'newerSignIn') this.#kicked(reason);
  }

  #kicked(reason: KickReason): void {
    if (this.#toldKick) return;
    this.#toldKick = true;
    this.emit('kickedOut', { reason });
  }
}

/** Reasons of ends that the server cannot be asked about. */
const endings = { hungUp: 1, rejected: 2, offline: 4, cancelled: 6 } as const;

/** How a call ends that this user leaves; `ringing`: where it only rings here. */
function ownEnd({ status, role }: Call, ringing: number): number {
  if (status === 'connected') return endings.hungUp;
  return role === 'caller' ? endings.cancelled : ringing;
}

/** Without the members that are undefined: they would be null on the wire. */
function defined(params: object): object {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => value !== undefined));
}
