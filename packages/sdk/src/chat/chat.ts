import { guarded } from '../base/emitter.ts';
import { asRingbackError, localError } from '../base/ringback-error.ts';
import type { Client } from '../client/client.ts';
import { discard, enter, leave, sharedClient } from '../client/client-pool.ts';
import { CHAT_EVENT } from './constants.ts';

/** An answer of the chat interface. */
export interface ChatAnswer<T> {
  readonly code: 0;
  readonly data: T;
}

/** What chat requests are rejected with. */
export interface ChatError extends Error {
  readonly code: number;
}

const answer = <T>(data: T): ChatAnswer<T> => ({ code: 0, data });

/** Chat's number of a user who has not logged in. */
const notLoggedIn = 2024;

function chatError(thrown: unknown): ChatError {
  const error = asRingbackError(thrown);
  const code = error.reason === 'not_signed_in' ? notLoggedIn : error.code;
  return Object.assign(new Error(error.message, { cause: thrown }), { code });
}

type Listener = (event: never) => void;

interface Registered {
  readonly listener: Listener;
  readonly context: unknown;
  /** Has been told that the present sign-in is there. */
  knows: boolean;
}

/** Names, pictures and groups through the interface of a chat SDK, from our own profiles and groups. There are no messages. */
export class Chat {
  readonly #client: Client;
  readonly #listeners = new Map<string, Set<Registered>>();
  #destroyed = false;
  readonly #stops: (() => void)[] = [];

  /** Of a client that somebody else signs in, or of one of its own for this application. */
  constructor(of: Client | number) {
    this.#client = typeof of === 'number' ? sharedClient(of) : of;
    this.#stops.push(
      this.#client.on('state', ({ state }) => {
        if (state === 'online') this.#tellReady();
        if (state !== 'offline') return;
        for (const one of this.#listeners.get(CHAT_EVENT.SDK_READY) ?? []) one.knows = false;
        this.#emit(CHAT_EVENT.SDK_NOT_READY, { name: CHAT_EVENT.SDK_NOT_READY });
      }),
      this.#client.on('kickedOut', ({ reason }) => {
        this.#emit(CHAT_EVENT.KICKED_OUT, { name: CHAT_EVENT.KICKED_OUT, data: { type: reason } });
      }),
    );
  }

  on(name: string, listener: Listener, context?: unknown): void {
    const listeners = this.#listeners.get(name) ?? new Set();
    listeners.add({ listener, context, knows: false });
    this.#listeners.set(name, listeners);
    if (name === CHAT_EVENT.SDK_READY) this.#tellReady();
  }

  /** Once for each listener and sign-in, whoever signed in and whoever came first. */
  #tellReady(): void {
    setTimeout(() => {
      if (!this.isReady()) return;
      for (const one of [...(this.#listeners.get(CHAT_EVENT.SDK_READY) ?? [])]) {
        if (one.knows) continue;
        one.knows = true;
        call(one, { name: CHAT_EVENT.SDK_READY });
      }
    });
  }

  /** True after `destroy`. */
  get isDestroyed(): boolean {
    return this.#destroyed;
  }

  off(name: string, listener: Listener): void {
    const listeners = this.#listeners.get(name);
    for (const one of listeners ?? []) if (one.listener === listener) listeners?.delete(one);
  }

  isReady(): boolean {
    return this.#client.state === 'online';
  }

  getLoginUser(): string {
    return this.#client.isSignedIn ? this.#client.me.userId : '';
  }

  login({ userID, userSig }: { readonly userID: string; readonly userSig: string }): Promise<ChatAnswer<object>> {
    return this.#ask(async () => {
      await enter(this.#client, this, { userId: userID, userSig });
      return {};
    });
  }

  logout(): Promise<ChatAnswer<object>> {
    return this.#ask(async () => {
      await leave(this.#client, this);
      return {};
    });
  }

  async destroy(): Promise<void> {
    this.#destroyed = true;
    for (const stop of this.#stops) stop();
    this.#listeners.clear();
    await discard(this.#client, this);
  }

  getMyProfile() {
    return this.#ask(async () => {
      this.#signedIn();
      return profileOf(this.#client.me);
    });
  }

  updateMyProfile(change: { readonly nick?: string | undefined; readonly avatar?: string | undefined }) {
    return this.#ask(async () =>
      profileOf(await this.#client.setProfile({ nick: change.nick, avatar: change.avatar })),
    );
  }

  getUserProfile({ userIDList }: { readonly userIDList: readonly string[] }) {
    return this.#ask(async () => {
      this.#signedIn();
      return (await this.#client.profiles(userIDList)).map(profileOf);
    });
  }

  /** Nobody has friends here: everybody is looked up as a user. */
  getFriendProfile({ userIDList }: { readonly userIDList: readonly string[] }) {
    return this.#ask(async () => {
      this.#signedIn();
      return {
        friendList: [] as readonly {
          readonly userID: string;
          readonly remark: string;
          readonly profile: ChatProfile;
        }[],
        failureUserIDList: userIDList.map((userID) => ({ userID })),
      };
    });
  }

  createGroup(options: {
    readonly type?: string;
    readonly name: string;
    readonly groupID?: string;
    readonly memberList?: readonly { readonly userID: string }[];
  }) {
    return this.#ask(async () => {
      const { type = 'Public', name, groupID, memberList } = options;
      const kind = type === 'Work' || type === 'Private' ? 'Private' : type === 'Public' ? 'Public' : 'ChatRoom';
      const members = memberList?.map(({ userID }) => userID);
      const made = await this.#client.createGroup({ type: kind, name, groupId: groupID, members });
      return { group: { groupID: made, name, type }, failureUserIDList: [] as readonly string[] };
    });
  }

  getGroupProfile({ groupID }: { readonly groupID: string }) {
    return this.#ask(async () => {
      const { groupId, name, avatar, owner, type, memberCount, role } = await this.#client.group(groupID);
      const selfInfo = { userID: this.#client.me.userId, role };
      return { group: { groupID: groupId, name, avatar, ownerID: owner, type, memberCount, selfInfo } };
    });
  }

  getGroupMemberList(page: { readonly groupID: string; readonly count?: number; readonly offset?: number }) {
    return this.#ask(async () => {
      const { groupID, count = 15, offset = 0 } = page;
      const limit = Math.min(Math.max(1, count), 100);
      const { total, members } = await this.#client.groupMembers(groupID, { offset, limit });
      const next = offset + members.length;
      return {
        memberList: members.map((one) => ({ ...profileOf(one), role: one.role, nameCard: '' })),
        offset: next < total ? next : 0,
      };
    });
  }

  /** Groups have no attributes here. */
  getGroupAttributes(_options: object) {
    return this.#ask(async () => {
      this.#signedIn();
      return { groupAttributes: {} as Readonly<Record<string, string>> };
    });
  }

  /** Signalling goes another way: its listeners are accepted and never called. */
  addSignalingListener(_name: string, _listener: Listener, _context?: unknown): void {}
  removeSignalingListener(_name: string, _listener: Listener): void {}
  registerPlugin(_plugins: object): void {}
  setLogLevel(_level: number): void {}

  async callExperimentalAPI(_name: string, _params?: unknown): Promise<ChatAnswer<object>> {
    return answer({});
  }

  #signedIn(): void {
    if (!this.#client.isSignedIn) throw localError('not_signed_in');
  }

  async #ask<T>(run: () => Promise<T>): Promise<ChatAnswer<T>> {
    try {
      return answer(await run());
    } catch (error) {
      throw chatError(error);
    }
  }

  #emit(name: string, event: object): void {
    for (const one of [...(this.#listeners.get(name) ?? [])]) call(one, event);
  }
}

/** What a listener throws is reported, and disturbs nobody else. */
const call = ({ listener, context }: Registered, event: object): void =>
  guarded(() => (listener as (this: unknown, event: object) => void).call(context, event));

/** A profile in the words of chat. */
export interface ChatProfile {
  readonly userID: string;
  readonly nick: string;
  readonly avatar: string;
}

const profileOf = (profile: {
  readonly userId: string;
  readonly nick: string;
  readonly avatar: string;
}): ChatProfile => ({
  userID: profile.userId,
  nick: profile.nick,
  avatar: profile.avatar,
});
