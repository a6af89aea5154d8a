import { closeCodes, signallingProtocol } from 'ringback-protocol';
import { localError, RingbackError } from '../base/ringback-error.ts';
import type { Timers } from '../base/timers.ts';
import type { Method, Notices, Results, SignInResult } from '../base/wire.ts';
import { backoff } from './backoff.ts';
import { type Closed, RpcSocket, type SocketConstructor } from './rpc-socket.ts';
import { watchWakefulness } from './wakefulness.ts';

/** ms. */
const patience = { connect: 8000, answer: 8000, ping: 5000, probe: 2500, online: 10_000, signature: 10_000 };

/** Why a connection is over for good. */
export type StopReason = 'signedOut' | 'newerSignIn' | 'kicked' | 'signature' | 'closed';

/** What a connection tells. */
export interface ConnectionEvents {
  /** Signed in, the first time and each time it is back. Called before the notices that follow. */
  online(result: SignInResult, again: boolean): void;
  lost(): void;
  notice<M extends keyof Notices>(method: M, params: Notices[M]): void;
  /** The signature is no longer good and no fresh one could be had. */
  sigExpired(): void;
  stopped(reason: StopReason): void;
  /** How far the call of this device has come, for pings. */
  call(): { readonly callId: string; readonly eventSeq: number } | undefined;
  /** A ping has told that there is more than was heard. */
  behind(): void;
}

export interface ConnectionOptions {
  readonly url: string;
  readonly sdkAppId: number;
  readonly userId: string;
  readonly userSig: string;
  readonly platform: string;
  readonly deviceId: string;
  readonly Socket: SocketConstructor;
  readonly timers: Timers;
  /** Gives a fresh UserSig. */
  readonly renew: (() => Promise<string>) | undefined;
  readonly events: ConnectionEvents;
}

/** Keeps one device signed in, over as many sockets as it takes. */
export class Connection {
  readonly #options: ConnectionOptions;
  #userSig: string;
  /** The signature that the server took last; empty when it has run out since. */
  #takenSig = '';
  /** The signature that the server refused last when the line was to come back, and what it said. */
  #refused: { readonly userSig: string; readonly error: unknown } | undefined;
  /** The application knows that this one has run out: the server says so in a notice, and by closing. */
  #toldExpired: string | undefined;
  #socket: RpcSocket | undefined;
  #signedIn = false;
  #wasSignedIn = false;
  #stopped = false;
  #attempt = 0;
  #pingMs = 25_000;
  #connecting = false;
  /** The signature in use was refused; only a fresh one is worth a try. */
  #needsSignature = false;
  /** Gives whoever waits for a fresh signature the one in use: it is another one by now. */
  #replaced = () => {};
  #stopRetry = () => {};
  #stopPing = () => {};
  #stopWatching = () => {};
  readonly #waiting = new Set<(error?: unknown) => void>();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#userSig = options.userSig;
  }

  get isOnline(): boolean {
    return this.#signedIn;
  }

  /** Signs in for the first time. Rejects when the signature is refused, and when no server answers for 10 s. */
  async open(): Promise<void> {
    this.#stopWatching = watchWakefulness(this.#options.timers, () => this.#awake());
    this.#retry(0);
    try {
      await this.#online();
    } catch (error) {
      this.#stop('closed');
      throw error;
    }
  }

  /**
   * Sends a request, waiting for the connection where there is none. `again`: it may be sent once more when the connection
   * is lost before the answer. `take` gets the result before any notice that follows it.
   */
  async request<M extends Method>(
    method: M,
    params: object,
    options: { readonly again?: boolean; readonly take?: (result: Results[M]) => void } = {},
  ): Promise<Results[M]> {
    for (let tries = 0; ; tries += 1) {
      await this.#online();
      const socket = this.#socket;
      if (socket === undefined) continue;
      try {
        return await this.#send(socket, method, params, options.take);
      } catch (error) {
        const lost = error instanceof RingbackError && error.reason === 'connection_lost';
        if (!lost || this.#stopped || options.again !== true || tries >= 3) throw error;
      }
    }
  }

  /** Uses a fresh signature from now on; rejects where the server refuses it, and uses the one before. */
  async renew(userSig: string): Promise<void> {
    this.#userSig = userSig;
    this.#refused = undefined;
    this.#toldExpired = undefined;
    this.#needsSignature = false;
    this.#replaced();
    const socket = this.#socket;
    if (this.#signedIn && socket !== undefined) {
      try {
        await this.#signIn(socket, true);
        return;
      } catch (error) {
        // The server closes sockets whose signature ran out; the fresh one then goes over the next.
        const lost = error instanceof RingbackError && error.reason === 'connection_lost';
        if (!lost || this.#stopped) {
          const refused = error instanceof RingbackError && error.reason === 'bad_signature';
          if (refused && this.#userSig === userSig && this.#takenSig !== '') this.#userSig = this.#takenSig;
          throw error;
        }
        socket.close();
        this.#closed(socket, { code: 0, reason: '' });
      }
    }
    this.#retry(0);
    await this.#onlineWith(userSig);
  }

  /** Signs out and closes; does not wait long for the server. */
  async signOut(): Promise<void> {
    const socket = this.#socket;
    if (this.#signedIn && socket !== undefined) {
      await this.#send(socket, 'signOut', {}).catch(() => {});
    }
    this.#stop('signedOut');
  }

  /** Closes without a word: the server finds out by itself. */
  close(): void {
    this.#stop('closed');
  }

  async #send<M extends Method>(
    socket: RpcSocket,
    method: M,
    params: object,
    take?: (result: Results[M]) => void,
  ): Promise<Results[M]> {
    let answer: Results[M] | undefined;
    await socket.request(method, params, method === 'signOut' ? 1000 : patience.answer, (result) => {
      answer = result as Results[M];
      take?.(answer);
    });
    return answer as Results[M];
  }

  /** Resolves when signed in. */
  #online(): Promise<void> {
    if (this.#signedIn) return Promise.resolve();
    if (this.#stopped) return Promise.reject(localError('not_signed_in'));
    return new Promise((resolve, reject) => {
      const done = (error?: unknown) => {
        stop();
        this.#waiting.delete(done);
        if (error === undefined) resolve();
        else reject(error);
      };
      const stop = this.#options.timers.after(patience.online, () => done(localError('no_network')));
      this.#waiting.add(done);
    });
  }

  /** Resolves when signed in; rejects when that came about by another signature, for this one was refused. */
  async #onlineWith(userSig: string): Promise<void> {
    await this.#online();
    if (this.#refused?.userSig === userSig) throw this.#refused.error;
  }

  #release(error?: unknown): void {
    for (const done of [...this.#waiting]) done(error);
  }

  #retry(ms: number): void {
    this.#stopRetry();
    if (this.#stopped || this.#signedIn) return;
    this.#stopRetry = this.#options.timers.after(ms, () => void this.#connect());
  }

  async #connect(): Promise<void> {
    if (this.#connecting || this.#signedIn || this.#stopped) return;
    this.#connecting = true;
    let [socket, userSig]: [RpcSocket | undefined, string] = [undefined, this.#userSig];
    try {
      if (this.#needsSignature && !(await this.#freshSignature())) return;
      const { url, Socket, timers, events } = this.#options;
      socket = await RpcSocket.open({
        url,
        protocol: signallingProtocol,
        Socket,
        timers,
        ms: patience.connect,
        notice: (method, params) => {
          if (method === 'sigExpired') void this.#expired();
          else events.notice(method as keyof Notices, params as Notices[keyof Notices]);
        },
        closed: (closed) => this.#closed(socket, closed),
      });
      if (this.#stopped) {
        socket.close();
        return;
      }
      this.#socket = socket;
      userSig = this.#userSig;
      await this.#signIn(socket, false);
      this.#attempt = 0;
    } catch (error) {
      this.#failed(socket, error, userSig);
    } finally {
      this.#connecting = false;
    }
  }

  async #signIn(socket: RpcSocket, renewing: boolean): Promise<void> {
    const { sdkAppId, userId, platform, deviceId, events } = this.#options;
    const params = { sdkAppId, userId, userSig: this.#userSig, platform, deviceId };
    await this.#send(socket, 'signIn', params, (result) => {
      this.#takenSig = params.userSig;
      this.#pingMs = result.pingMs;
      if (renewing) return;
      const again = this.#wasSignedIn;
      this.#signedIn = true;
      this.#wasSignedIn = true;
      this.#nextPing();
      events.online(result, again);
      this.#release();
    });
  }

  /** A sign-in did not come about. */
  #failed(socket: RpcSocket | undefined, error: unknown, userSig: string): void {
    if (this.#socket === socket) this.#socket = undefined;
    socket?.close();
    if (this.#stopped) return;
    const reason = error instanceof RingbackError ? error.reason : 'unknown';
    if (!this.#wasSignedIn && reason !== 'no_network' && reason !== 'connection_lost' && reason !== 'overloaded') {
      this.#release(error);
      return;
    }
    if (reason === 'bad_signature' && this.#needsAnother(userSig, error) && this.#options.renew === undefined) {
      this.#release(error);
      this.#tellExpired();
      return;
    }
    this.#comeBack();
  }

  /** The server refused a signature. Whether there is nothing else to come back with. */
  #needsAnother(userSig: string, error: unknown): boolean {
    this.#refused = { userSig, error };
    // It may have been replaced in the meantime.
    if (this.#userSig !== userSig) return false;
    if (this.#takenSig === '' || this.#takenSig === userSig) {
      this.#needsSignature = true;
      return true;
    }
    this.#userSig = this.#takenSig;
    return false;
  }

  /** An open socket is over. */
  #closed(socket: RpcSocket | undefined, { code, reason }: Closed): void {
    if (socket === undefined || this.#socket !== socket) return;
    this.#socket = undefined;
    this.#stopPing();
    const was = this.#signedIn;
    this.#signedIn = false;
    if (this.#stopped) return;
    if (code === closeCodes.newerSignIn.code) this.#stop('newerSignIn');
    else if (code === closeCodes.kicked.code) this.#stop('kicked');
    else if (code === closeCodes.signedOut.code && was) this.#stop('signedOut');
    // A sign-in that was under way says itself why it failed.
    else if (was) this.#lost(code, reason);
  }

  #lost(code: number, reason: string): void {
    const { events, renew, timers } = this.#options;
    events.lost();
    if (code === closeCodes.signatureRefused.code) {
      // It may have been replaced in the meantime.
      if (this.#userSig === this.#takenSig) this.#needsSignature = true;
      this.#takenSig = '';
      if (this.#needsSignature && renew === undefined) {
        this.#tellExpired();
        return;
      }
    }
    if (code === closeCodes.restarting.code) {
      this.#retry(timers.random() * retryMsOf(reason));
      return;
    }
    if (code === closeCodes.limits.code) this.#attempt = Math.max(this.#attempt, 4);
    this.#comeBack();
  }

  #comeBack(): void {
    const { timers, events } = this.#options;
    const ms = backoff(this.#attempt, events.call() !== undefined, timers.random());
    this.#attempt += 1;
    this.#retry(ms);
  }

  #nextPing(): void {
    this.#stopPing();
    this.#stopPing = this.#options.timers.after(this.#pingMs, () => void this.#ping(patience.ping));
  }

  /** Asks soon whether the server is there, and how far the call is. */
  pingSoon(): void {
    if (this.#signedIn) void this.#ping(patience.ping);
  }

  async #ping(ms: number): Promise<void> {
    const socket = this.#socket;
    if (socket === undefined || !this.#signedIn) return;
    this.#stopPing();
    const call = this.#options.events.call();
    try {
      await socket.request('ping', call === undefined ? {} : { callId: call.callId }, ms, (result) => {
        const { eventSeq, pingMs } = result as Results['ping'];
        if (pingMs !== undefined) this.#pingMs = pingMs;
        const now = this.#options.events.call();
        if (eventSeq !== undefined && now?.callId === call?.callId && eventSeq > (now?.eventSeq ?? 0))
          this.#options.events.behind();
      });
    } catch (error) {
      const reason = error instanceof RingbackError ? error.reason : '';
      if (reason === 'connection_lost') {
        // Whatever became of it: nothing comes through.
        socket.close();
        if (this.#socket === socket) this.#closed(socket, { code: 0, reason: '' });
        return;
      }
      if (reason === 'no_such_call' || reason === 'call_ended' || reason === 'not_in_call')
        this.#options.events.behind();
    }
    if (this.#socket === socket && this.#signedIn) this.#nextPing();
  }

  #awake(): void {
    if (this.#stopped) return;
    if (this.#signedIn) void this.#ping(patience.probe);
    // Without anybody to ask for a fresh signature there is nothing to try.
    else if (!this.#needsSignature || this.#options.renew !== undefined) {
      this.#attempt = 0;
      this.#retry(0);
    }
  }

  /** The signature ran out while the socket stands: a fresh one goes over the same socket. */
  async #expired(): Promise<void> {
    if (!(await this.#freshSignature())) return;
    const socket = this.#socket;
    if (socket !== undefined && this.#signedIn) await this.#signIn(socket, true).catch(() => {});
  }

  /** False when there is none; the application has been told then. */
  async #freshSignature(): Promise<boolean> {
    const before = this.#userSig;
    const fresh = await this.#askSignature();
    // What has come by `renew` meanwhile is the newer one.
    if (this.#userSig !== before) return true;
    if (fresh !== undefined) {
      this.#userSig = fresh;
      this.#needsSignature = false;
      return true;
    }
    // Told below, and tried again with the next attempt.
    if (this.#needsSignature && this.#options.renew !== undefined) setTimeout(() => this.#comeBack());
    this.#tellExpired();
    return false;
  }

  /** A signature that the application gives, or brings by `renew` meanwhile; undefined when there is none in time. */
  #askSignature(): Promise<string | undefined> {
    const { renew, timers } = this.#options;
    if (renew === undefined) return Promise.resolve(undefined);
    const before = this.#userSig;
    return new Promise((resolve) => {
      let waiting = true;
      const done = (userSig?: string) => {
        waiting = false;
        resolve(userSig);
      };
      this.#replaced = () => done(this.#userSig);
      const stop = timers.after(patience.signature, done);
      const take = (fresh?: string) => {
        if (waiting) done(fresh);
        // Too late for what asked for it: unless there is a newer one, it is as good as any that the application brings.
        else if (fresh !== undefined && fresh !== before && !this.#stopped && this.#userSig === before)
          this.renew(fresh).catch(() => {});
      };
      renew()
        .then(take, () => done())
        .finally(stop);
    });
  }

  #tellExpired(): void {
    if (this.#stopped || this.#toldExpired === this.#userSig) return;
    this.#toldExpired = this.#userSig;
    this.#options.events.sigExpired();
  }

  #stop(reason: StopReason): void {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#signedIn = false;
    this.#stopRetry();
    this.#stopPing();
    this.#stopWatching();
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close();
    this.#release(localError('not_signed_in'));
    this.#options.events.stopped(reason);
  }
}

/** The reason of a close for a restart is JSON. At most a minute. */
function retryMsOf(reason: string): number {
  try {
    const { retryMs } = JSON.parse(reason) as { readonly retryMs?: unknown };
    return typeof retryMs === 'number' && retryMs >= 0 ? Math.min(retryMs, 60_000) : 5000;
  } catch {
    return 5000;
  }
}
