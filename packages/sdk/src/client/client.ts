import { defined } from '../base/defined.ts';
import { Emitter } from '../base/emitter.ts';
import { asRingbackError, localError } from '../base/ringback-error.ts';
import { pageTimers, type Timers } from '../base/timers.ts';
import type { GroupRole, GroupView, InviteResults, KickReason, Notices, Profile, SignInResult } from '../base/wire.ts';
import { LocalMedia } from '../media/local-media.ts';
import { hasWebRtc } from '../media/support.ts';
import { type PushOptions, subscribe, unsubscribe } from '../push/subscribe.ts';
import { Connection, type StopReason } from '../signalling/connection.ts';
import { giveDeviceIdBack, tabDeviceId } from '../signalling/device-id.ts';
import type { SocketConstructor } from '../signalling/rpc-socket.ts';
import { findServer, socketUrl } from '../signalling/server-url.ts';
import type { Call } from './call.ts';
import { CallDesk } from './call-desk.ts';
import type { ClientEvents, ClientState } from './client-events.ts';
import type { CallOptions, CallPlace, ClientOptions } from './client-options.ts';

/** ms that the browser may take to end its subscription for pushes. */
const unsubscribeTime = 2000;

/** The calls of one user on this device. */
export class Client extends Emitter<ClientEvents> {
  /** Microphone, camera, speaker; undefined for a client without media. */
  readonly media: LocalMedia | undefined;
  readonly #timers: Timers;
  readonly #desk: CallDesk;
  #options: ClientOptions;
  #connection: Connection | undefined;
  #me: Profile = { userId: '', nick: '', avatar: '' };
  #state: ClientState = 'offline';
  #signingIn = false;
  #toldKick = false;
  #closed = false;
  /** Of this tab, the same at each sign-in. */
  #tabDevice: Promise<string> | undefined;

  constructor(options: ClientOptions) {
    super();
    this.#options = options;
    this.#timers = options.timers ?? pageTimers();
    const wanted = options.media ?? hasWebRtc();
    this.media = wanted ? new LocalMedia() : undefined;
    this.#desk = new CallDesk({
      media: this.media,
      timers: this.#timers,
      iceTransportPolicy: () => this.options.iceTransportPolicy ?? 'all',
      userId: () => this.#me.userId,
      connection: () => this.#connection,
      began: (call) => this.emit('call', { call }),
      incoming: (call) => this.emit('incoming', { call }),
      elsewhere: (view) => this.emit('elsewhere', { view }),
    });
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
    return this.#desk.call;
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
    const deviceId = this.options.deviceId ?? (await this.#ownDevice());
    if (this.#closed) throw localError('not_signed_in');
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
        call: () => (this.call === undefined ? undefined : { callId: this.call.id, eventSeq: this.call.heardUpTo }),
        behind: () => this.#desk.catchUp(),
      },
    });
    this.#connection = connection;
    this.#toldKick = false;
    await connection.open();
    return this.#me;
  }

  #ownDevice(): Promise<string> {
    this.#tabDevice ??= tabDeviceId();
    return this.#tabDevice;
  }

  /** Goes on with a fresh UserSig. */
  async renew(userSig: string): Promise<void> {
    await this.#door().renew(userSig);
  }

  /** Leaves the call and signs out; no push rings this browser any more. */
  async signOut(): Promise<void> {
    await Promise.all([this.#door().signOut(), unsubscribe(this.#timers, unsubscribeTime)]);
  }

  /** Gives everything up for good, without asking the server: iterators of events end. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#connection?.close();
    this.media?.close();
    // Whoever comes next on this page is this tab.
    void this.#tabDevice?.then(giveDeviceIdBack);
    this.finish();
  }

  /** Calls users. Resolves when the server has processed the invitations; `results` of those without an account are 70107. */
  dial(callees: readonly string[], options: CallOptions): Promise<{ call: Call; results: InviteResults }> {
    return this.#desk.dial(callees, options);
  }

  /** Whether these can be dialled now: nobody else is called, or the caller of the call that rings here, which answers it. */
  mayDial(callees: readonly string[]): boolean {
    return this.#desk.mayDial(callees);
  }

  /** Enters a running call by its id. */
  join(callId: string): Promise<Call> {
    return this.#desk.join(callId);
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

  /** No push rings this browser any more, whichever tab has registered it. */
  async unregisterPush(): Promise<void> {
    const door = this.#door();
    await unsubscribe(this.#timers, unsubscribeTime);
    await door.request('unregisterPush', {}, { again: true });
  }

  async #asked<M extends 'group' | 'groupMembers'>(method: M, params: object) {
    return this.#door().request(method, params, { again: true });
  }

  #door(): Connection {
    if (this.#connection === undefined) throw localError('not_signed_in');
    return this.#connection;
  }

  #online(result: SignInResult, again: boolean): void {
    const { nick, avatar } = result.user;
    this.#me = { ...this.#me, nick, avatar };
    this.#setState('online');
    this.#desk.online(result, again);
  }

  #notice<M extends keyof Notices>(method: M, params: Notices[M]): void {
    if (method === 'kickedOut') this.#kicked((params as Notices['kickedOut']).reason);
    else if (method !== 'sigExpired') this.#desk.notice(method, params as never);
  }

  #setState(state: ClientState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.emit('state', { state });
  }

  #stopped(connection: Connection, reason: StopReason): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    this.#desk.stopped(reason === 'signedOut' || reason === 'closed');
    this.#setState('offline');
    // A sign-in elsewhere is told by a notice; where that was lost, the close says it.
    if (reason === 'kicked' || reason === 'newerSignIn') this.#kicked(reason);
  }

  #kicked(reason: KickReason): void {
    if (this.#toldKick) return;
    this.#toldKick = true;
    this.emit('kickedOut', { reason });
  }
}
