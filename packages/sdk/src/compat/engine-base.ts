import { localError } from '../base/ringback-error.ts';
import { Chat } from '../chat/chat.ts';
import type { Call } from '../client/call.ts';
import type { Client } from '../client/client.ts';
import { discard, enter, leave, sharedClient } from '../client/client-pool.ts';
import type { LocalMedia } from '../media/local-media.ts';
import { bindCall, type CallBinding } from './call-binding.ts';
import { CallError, TUICallEvent } from './constants.ts';
import { devicesPayload } from './device-lists.ts';
import { engineError } from './engine-error.ts';
import type { EventPayloads } from './event-payloads.ts';
import { type Handler, Handlers } from './handlers.ts';
import { MethodLocks } from './method-locks.ts';
import { requireText } from './parameters.ts';
import { TRTCCloud } from './trtc-cloud.ts';

/** How an engine is made. */
export interface CreateOptions {
  readonly SDKAppID?: number | undefined;
  readonly sdkAppID?: number | undefined;
  readonly sdkAppId?: number | undefined;
  /** A chat SDK of the application's own; it is handed back as `engine.tim` and not used. */
  readonly tim?: object | null | undefined;
  /** This and the rest are what call kits tell the original about themselves; nothing here depends on it. */
  readonly callkitVersion?: unknown;
  readonly framework?: unknown;
  readonly frameWork?: unknown;
  readonly isFromChat?: unknown;
  readonly language?: unknown;
  readonly component?: unknown;
  readonly isSharedInstance?: unknown;
  readonly scene?: unknown;
}

/** An answer of the original interface. */
export interface Ok {
  readonly code: 0;
  readonly message: 'success';
  readonly data: Readonly<Record<string, unknown>>;
}

/** The answer of what was done. */
export const ok = (data: Readonly<Record<string, unknown>> = {}): Ok => ({ code: 0, message: 'success', data });

/** What makes or enters a call other than one that rings. */
const opening = ['calls', 'call', 'groupCall', 'join', 'joinInGroupCall'] as const;

/** What makes this device a member of a call. */
export const entering = [...opening, 'accept'] as const;

/** ms that whoever enters a call waits at most for the end of the one that an earlier page was in. */
const leavingTime = 2000;

const callMethods = [...entering, 'reject', 'ignore', 'hangup', 'inviteUser'] as const;

/** What is under the methods of the engine: the client, its events in the original's words, and sign-in. */
export class EngineBase {
  readonly client: Client;
  readonly trtcCloud: TRTCCloud;
  /** The application's chat SDK, or names, pictures and groups of ours through its interface. */
  readonly tim: Chat;
  protected readonly ownChat: Chat;
  protected readonly locks = new MethodLocks();
  readonly #handlers = new Handlers(this);
  #ready = false;
  /** The application has been told so. */
  #toldReady = false;
  /** Before the application has signed in, and once it has left, though its chat may be signed in: calls are none of its business. */
  #left = true;
  #bound: Call | undefined;
  #binding: CallBinding | undefined;
  /** The call of an earlier page is being left; settles when it is over. */
  #leaving: Promise<unknown> | undefined;
  readonly #stops: (() => void)[] = [];
  /** Requests that wait until the user has allowed the microphone; each ends the waiting of one. */
  readonly #prompts = new Set<() => void>();

  protected constructor(options: CreateOptions) {
    const sdkAppId = options.SDKAppID ?? options.sdkAppID ?? options.sdkAppId;
    if (typeof sdkAppId !== 'number' || !Number.isInteger(sdkAppId) || sdkAppId <= 0) {
      throw engineError(localError('bad_params', 'createInstance: SDKAppID must be a number.'), 'createInstance');
    }
    this.client = sharedClient(sdkAppId);
    this.trtcCloud = new TRTCCloud(() => this.client);
    this.ownChat = new Chat(this.client);
    this.tim = (options.tim ?? this.ownChat) as Chat;
    this.#listen();
  }

  on<K extends keyof EventPayloads>(event: K, handler: (payload: EventPayloads[K]) => void, context?: unknown): void;
  on(event: string, handler: Handler, context?: unknown): void;
  on(event: string, handler: Handler, context?: unknown): void {
    this.#handlers.on(event, handler, context);
    // Whoever listens late is told, too.
    if (event === TUICallEvent.SDK_READY && this.#ready && this.#toldReady) {
      setTimeout(() => {
        if (this.#ready)
          (handler as (this: unknown, payload: object) => void).call(context ?? this, { name: 'ts_im_ready' });
      });
    }
  }

  off(event: string, handler?: Handler, _context?: unknown): void {
    this.#handlers.off(event, handler);
  }

  /** Signs in; a second one with the same user renews the signature. */
  login(params: { readonly userID: string; readonly userSig: string; readonly assetsPath?: string }): Promise<void> {
    return this.run('login', async () => {
      const userId = requireText(params?.userID, 'userID', 'login');
      const userSig = requireText(params?.userSig, 'userSig', 'login');
      await this.locks.run('login', async () => {
        // Another sign-in than one that renews the signature: what it finds is taken up below.
        if (!this.client.isSignedIn || this.client.me.userId !== userId) this.#left = true;
        await enter(this.client, this, { userId, userSig });
        this.#takeUp();
        this.#ready = true;
        this.#toldReady = false;
        setTimeout(() => {
          if (!this.#ready) return;
          this.#toldReady = true;
          this.tell(TUICallEvent.SDK_READY, { name: 'ts_im_ready' });
        });
      });
    });
  }

  /** The same as `login`. */
  init(params: { readonly userID: string; readonly userSig: string; readonly assetsPath?: string }): Promise<void> {
    return this.login(params);
  }

  logout(): Promise<void> {
    return this.run('logout', async () => {
      // Who is signed in by others and waits for the own sign-in may give that up.
      if (!this.client.isSignedIn || !this.locks.isBusy('login')) this.signedIn();
      this.#ready = false;
      this.givePromptsUp();
      this.#left = true;
      await leave(this.client, this, () => this.#leaveCall());
    });
  }

  getTim(): Chat {
    return this.tim;
  }

  getTRTCCloudInstance(): TRTCCloud {
    return this.trtcCloud;
  }

  /**
   * Takes the microphone; whoever waits for the user's answer is let go when the call ends, the prompt is given up, or a
   * call comes with which what it is for `mayGoOn` no longer.
   */
  protected prompted(local: LocalMedia, call: Call | undefined, mayGoOn: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const giveUp = (error: Error) => {
        local.forgetMicrophone();
        over();
        reject(error);
      };
      const letGo = () => giveUp(localError('not_in_call', 'The call was over before the microphone was allowed.'));
      const stops = [
        call?.on('ended', letGo),
        this.client.on('call', () => {
          if (!mayGoOn()) giveUp(localError('already_in_call'));
        }),
      ];
      const over = () => {
        for (const stop of stops) stop?.();
        this.#prompts.delete(letGo);
      };
      this.#prompts.add(letGo);
      local.prepareMicrophone().then(resolve, reject).finally(over);
    });
  }

  /** Nobody waits for an answer of the user any longer. False when nobody did. */
  protected givePromptsUp(): boolean {
    const open = [...this.#prompts];
    for (const letGo of open) letGo();
    return open.length > 0;
  }

  /** Ends what runs and gives the instance up. */
  protected async dispose(): Promise<void> {
    this.#ready = false;
    this.givePromptsUp();
    for (const stop of this.#stops) stop();
    this.#left = true;
    await discard(this.client, this, () => this.#leaveCall()).catch(() => {});
    this.#binding?.stop();
    this.#handlers.clear();
  }

  /** Every promise settles, and every rejection is an error that applications know. */
  protected async run<T>(name: string, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      throw engineError(error, name);
    }
  }

  protected tell<K extends keyof EventPayloads>(name: K, payload: EventPayloads[K]): void {
    this.#handlers.emit(name, payload);
  }

  protected tellError(thrown: unknown, code?: number): void {
    const error = engineError(thrown, '');
    const { message } = error;
    this.tell(TUICallEvent.ERROR, { code: code ?? error.code, message, msg: message });
  }

  protected async tellDevices(): Promise<void> {
    const { media } = this.client;
    // The switch was made; that the browser does not list devices does not undo it.
    const payload = media === undefined ? undefined : await devicesPayload(media).catch(() => undefined);
    if (payload !== undefined) this.tell(TUICallEvent.DEVICED_UPDATED, payload);
  }

  /** Throws before sign-in. */
  protected signedIn(): Client {
    if (!this.client.isSignedIn || this.#left) throw localError('not_signed_in');
    return this.client;
  }

  /** The call that rings or runs; throws when there is none. */
  protected theCall(): Call {
    const { call } = this.signedIn();
    if (call === undefined) throw localError('not_in_call');
    return call;
  }

  /** Microphone and camera; undefined for signalling alone. */
  protected get local(): LocalMedia | undefined {
    return this.client.media;
  }

  /** The same, for what cannot do without: throws in a browser that has none, unless the application has wanted none. */
  protected get devices(): LocalMedia | undefined {
    const { media, options } = this.client;
    if (media === undefined && options.media !== false) throw localError('no_webrtc');
    return media;
  }

  #listen(): void {
    const { client } = this;
    this.#stops.push(
      client.on('call', ({ call }) => {
        if (!this.#left) this.#bind(call);
      }),
      client.on('incoming', ({ call }) => {
        if (!this.#left) void this.#incoming(call);
      }),
      client.on('kickedOut', ({ reason }) => {
        this.#ready = false;
        this.givePromptsUp();
        if (!this.#left) this.tell(TUICallEvent.KICKED_OUT, { message: reason });
      }),
      client.on('sigExpired', () => {
        if (!this.#left) this.tell(TUICallEvent.onUserSigExpired, undefined);
      }),
    );
    const { media } = client;
    if (media === undefined) return;
    this.#stops.push(
      media.on('failed', ({ error }) => this.tellError(error)),
      media.on('devices', ({ came, went }) => void this.#devicesChanged(came, went)),
    );
  }

  /** Its events are told in the original's words from now on. */
  #bind(call: Call): void {
    this.#bound = call;
    this.#binding?.stop();
    // What was asked of a call that is over must not stand in the way of the next one.
    call.on('ended', () => this.locks.clear(...callMethods));
    this.trtcCloud.attach(call);
    this.#binding = bindCall(call, this.client.me.userId, (name, payload) => this.tell(name, payload), {
      autoplayBlocked: (event) => this.trtcCloud.emit('onAutoPlayFailed', event),
      mediaFailed: (error) => this.tellError(error, CallError.ERROR_SIGNALING_SEND_FAIL),
    });
    call.on('mediaType', ({ to }) => {
      // An audio call has no pictures.
      if (to === 'Audio') this.local?.closeCamera();
    });
  }

  /** Applications take a refusal for the end of what they show: one that is on its way comes before the call that rings. */
  async #incoming(call: Call): Promise<void> {
    while (opening.some((name) => this.locks.isBusy(name))) {
      await this.locks.settled(...opening);
      await new Promise((resolve) => setTimeout(resolve));
      if (this.#left || this.client.call !== call || call.status !== 'ringing') return;
    }
    this.#binding?.received();
  }

  /** Signed in. A call that has come before is told now; one that this device is in already is of an earlier page. */
  #takeUp(): void {
    this.#left = false;
    const { call } = this.client;
    if (call === undefined || call === this.#bound || call.status === 'ended') return;
    if (call.status === 'ringing' && call.role === 'callee') {
      this.#bind(call);
      void this.#incoming(call);
    } else {
      const over = Promise.allSettled([call.once('ended'), call.hangUp()]);
      this.#leaving = Promise.race([over, new Promise((resolve) => setTimeout(resolve, leavingTime))]);
    }
  }

  /** Resolves when the call that an earlier page was in is over: it must not stand in the way of another one. */
  protected async earlierLeft(): Promise<void> {
    await this.#leaving;
  }

  /** Out of the call while the chat of the application stays signed in. One that only rings here rings on elsewhere. */
  async #leaveCall(): Promise<void> {
    // What is on its way becomes a call yet.
    await this.locks.settled(...entering);
    const { call } = this.client;
    if (call !== undefined && !(call.status === 'ringing' && call.role === 'callee'))
      await call.hangUp().catch(() => {});
    if (this.client.call === undefined || this.client.call === call) this.local?.release();
    if (this.#bound !== call) return;
    this.#binding?.stop();
    this.#bound = undefined;
  }

  async #devicesChanged(
    came: readonly { readonly deviceId: string; readonly kind: string }[],
    went: readonly { readonly deviceId: string; readonly kind: string }[],
  ): Promise<void> {
    const { media } = this.client;
    if (media === undefined) return;
    const payload = await devicesPayload(media).catch((error: unknown) => this.tellError(error));
    if (payload === undefined) return;
    this.tell(TUICallEvent.DEVICED_UPDATED, payload);
    const types: Readonly<Record<string, 0 | 1 | 2>> = { audioinput: 0, audiooutput: 1, videoinput: 2 };
    for (const [list, state] of [[came, 0] as const, [went, 1] as const]) {
      for (const { deviceId, kind } of list) {
        this.tell(TUICallEvent.onDeviceChange, { ...payload, deviceId, type: types[kind] ?? 0, state });
      }
    }
  }
}
