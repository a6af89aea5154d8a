import type { Duplex } from 'node:stream';
import { memberOf } from 'ringback-engine';
import { type CloseName, closeCodes, type NoticeMethod, Refusal, requestId } from 'ringback-protocol';
import type { RawData } from 'ws';
import { hasKey, isRevoked, type SigningKey } from '../auth/verify.ts';
import { kickedOutFrame } from '../calls/kicked-out.ts';
import { leaseKey } from '../calls/lease-keeper.ts';
import type { Identity, RequestSession, Validity } from '../requests/request.ts';
import { answerText, errorNameOf, errorText } from './answer.ts';
import { contextOf } from './context.ts';
import type { Reachable } from './directory.ts';
import { type BadFrame, type Frame, readFrame } from './frame.ts';
import { FrameGauge } from './gauge.ts';
import type { SessionHost } from './host.ts';
import { leaveKicked } from './leave-kicked.ts';
import { paramsChecks } from './params.ts';
import { type SignallingSocket, setFrameLimit } from './socket.ts';
import { TextFrames } from './text-frames.ts';

const sigExpired = JSON.stringify({ jsonrpc: '2.0', method: 'sigExpired' satisfies NoticeMethod, params: {} });

/** The reason of a close after which the device is to come back within so many ms. */
export const comeBack = (retryMs: number): string => JSON.stringify({ retryMs });

/** Frames that may come in between the start of a sign-in and its answer. */
const heldFrames = 1000;

/** ms of work at a stretch after which the requests of others come between. */
const stretch = 1;

/** Bytes of frames that may wait behind a request under way; more are refused as too fast. */
const mostWaiting = 262_144;

/**
 * One socket: before its sign-in a stranger on a short leash, after it the device of a user.
 *
 * Requests are carried out one at a time, in the order in which they came. Nothing here starts a timer: the server
 * sweeps over all sessions.
 */
export class Session implements RequestSession, Reachable {
  readonly id: string;
  readonly clientIp: string;
  readonly origin: string;
  /** ms of a clock that nobody sets, as is `#heardAt`. */
  readonly #openedAt: number;
  pingMs = 0;
  #since = 0;
  readonly #socket: SignallingSocket;
  readonly #frames: TextFrames;
  readonly #host: SessionHost;
  readonly #gauge: FrameGauge;
  /** Frames that nobody has looked into yet. */
  readonly #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** ms; since when the device is not listened to. */
  #pausedAt: number | undefined;
  #busy = false;
  /** The next request waits for another turn of the event loop. */
  #resting = false;
  /** ms that its frames have used at a stretch, until `#workedUntil`; as much time without work pays them back. */
  #worked = 0;
  #workedUntil = 0;
  #identity: Identity | undefined;
  /** Empty before the sign-in. */
  #leaseKey = '';
  #validity: Validity = { issuedAt: 0, expiresAt: 0, key: { keyId: '', secret: '' } };
  #expired = false;
  /** ms; of the last sign of life. */
  #heardAt: number;
  /** Notices that wait for the answer to `signIn`. */
  #held: string[] | undefined;
  /** What the socket will be closed with once the request under way is answered. */
  #closing: { readonly name: CloseName; readonly reason: string } | undefined;
  #closedWith: number | undefined;
  #over = false;
  #count = 0;

  constructor(options: {
    readonly id: string;
    readonly clientIp: string;
    readonly origin: string;
    readonly socket: SignallingSocket;
    readonly line: Duplex;
    readonly host: SessionHost;
  }) {
    const { socket, host } = options;
    this.id = options.id;
    this.clientIp = options.clientIp;
    this.origin = options.origin;
    this.#socket = socket;
    this.#frames = new TextFrames(options.line, () => socket.readyState === socket.OPEN);
    this.#host = host;
    this.#gauge = new FrameGauge(host.limits);
    this.#openedAt = host.services.clock.steady();
    this.#heardAt = this.#openedAt;
    setFrameLimit(socket, host.limits.signInFrameBytes);
    socket.on('message', (data, isBinary) => this.#receive(data, isBinary));
    socket.on('ping', (data) => this.#admit(data.length));
    socket.on('pong', (data) => this.#admit(data.length));
    // The library has begun to close the socket by itself; `close` follows.
    socket.on('error', () => {
      this.#closedWith ??= socket.closeCode;
      this.#end();
    });
    socket.on('close', () => this.#gone());
  }

  get identity(): Identity | undefined {
    return this.#identity;
  }

  /** ms; when the device has signed in; 0 before. */
  get since(): number {
    return this.#since;
  }

  /** ms; when the signature runs out. */
  get expiresAt(): number {
    return this.#validity.expiresAt;
  }

  /** What has made the signature. */
  get key(): SigningKey {
    return this.#validity.key;
  }

  get isOpen(): boolean {
    return !this.#over;
  }

  enter(identity: Identity, validity: Validity): Promise<void> | void {
    if (this.#over) return;
    const { services, directory, limits, observer, log } = this.#host;
    const { sdkAppId, userId, device, platform } = identity;
    const since = services.clock.now();
    this.#since = since;
    // The older socket of this device goes first, wherever it is; its call is taken over, not left.
    const { code } = closeCodes.newerSignIn;
    services.bus.disconnect(sdkAppId, { userId, device }, code, kickedOutFrame('newerSignIn'), since);
    this.#identity = identity;
    this.#leaseKey = leaseKey(sdkAppId, userId, device);
    this.#validity = validity;
    this.#held = [];
    const followed = directory.add(identity, this);
    services.presence.online(sdkAppId, userId, { device, platform, since });
    this.#heard();
    setFrameLimit(this.#socket, limits.frameBytes);
    this.#host.signedIn(this);
    observer.signedIn();
    log.info({ session: this.id, app: sdkAppId, user: userId, device, platform, ip: this.clientIp }, 'sign in');
    return followed;
  }

  renew(validity: Validity): void {
    this.#validity = validity;
    this.#expired = false;
  }

  release(ring?: { readonly callId: string; readonly frame: string }): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    const rung = (frame: string) => frame.includes('"method":"callReceived"') && frame.includes(`"${ring?.callId}"`);
    if (ring !== undefined && !held.some(rung)) this.#send(ring.frame);
    for (const frame of held) this.#send(frame);
  }

  refuse(): void {
    this.#closing = { name: 'signatureRefused', reason: '' };
  }

  leave(): void {
    this.#closing = { name: 'signedOut', reason: '' };
  }

  deliver(frame: string): void {
    if (this.#held === undefined) this.#send(frame);
    else if (this.#held.length < heldFrames) this.#held.push(frame);
    else this.close('slowReader');
  }

  disconnect(closeCode: number, frame: string | undefined): void {
    if (frame !== undefined) this.#send(frame);
    this.#close(closeCode, '');
    // What is under way may still put it into a call.
    if (!this.#busy) this.#leaveIfKicked();
  }

  close(name: CloseName, reason = ''): void {
    this.#close(closeCodes[name].code, reason);
  }

  /** Closes the socket once the request under way is answered; those that wait are dropped. */
  retire(name: CloseName, reason: string): void {
    this.#waiting.length = 0;
    this.#waitingBytes = 0;
    if (this.#busy) this.#closing = { name, reason };
    else this.close(name, reason);
  }

  /** Asks the device's WebSocket for a sign of life; resolves when one came, or the socket is gone. */
  probe(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#over) return resolve();
      const done = (): void => {
        this.#socket.off('pong', done);
        this.#socket.off('close', done);
        resolve();
      };
      this.#socket.on('pong', done);
      this.#socket.on('close', done);
      this.#socket.ping();
    });
  }

  /** Cuts the line without another word. */
  cut(): void {
    this.#socket.terminate();
  }

  /**
   * Closes what is silent or no longer has a right to be here. Both in ms, `steady` of a clock that nobody sets; asked about once a
   * second, and when its application changes.
   */
  sweep(now: number, steady: number): void {
    if (this.#over) return;
    if (this.#identity === undefined) {
      if (steady - this.#openedAt >= this.#host.limits.signInTime) this.close('noSignIn');
    } else if (steady - this.#heardAt >= this.#host.limits.silence) {
      this.close('silent');
    } else if (this.#isRevoked(this.#identity)) {
      // Whoever has kicked this user could not tell this socket.
      this.disconnect(closeCodes.kicked.code, kickedOutFrame('kicked'));
    } else if (this.#hasLostKey(this.#identity)) {
      // Also in a call: whoever cannot come back with a signature of another key leaves it when the lease runs out.
      this.close('signatureRefused');
    } else if (now >= this.#validity.expiresAt) {
      if (!this.#expired) {
        this.#expired = true;
        this.deliver(sigExpired);
      }
      void this.#closeUnlessInCall();
    }
  }

  #leaveIfKicked(): void {
    const { services, apps, log } = this.#host;
    const me = this.#identity;
    if (this.#closedWith !== closeCodes.kicked.code || me === undefined) return;
    const app = apps.get(me.sdkAppId);
    // The same code tells devices that their application was disabled; its calls go on.
    if (app === undefined || app.disabled) return;
    leaveKicked(services, { app, me, clientIp: this.clientIp, since: this.#since }).catch((error: unknown) =>
      log.error({ session: this.id, app: me.sdkAppId, user: me.userId, err: error }, 'leave call'),
    );
  }

  #isRevoked({ sdkAppId, userId }: Identity): boolean {
    return isRevoked(this.#validity.issuedAt, this.#host.services.accounts.revokedAt(sdkAppId, userId));
  }

  #hasLostKey({ sdkAppId }: Identity): boolean {
    const app = this.#host.apps.get(sdkAppId);
    return app === undefined || !hasKey(app, this.#validity.key);
  }

  async #closeUnlessInCall(): Promise<void> {
    const { services, apps, log } = this.#host;
    const me = this.#identity;
    const app = me === undefined ? undefined : apps.get(me.sdkAppId);
    try {
      const call = me === undefined || app === undefined ? undefined : await services.calls.callOf(app, me.userId);
      const member = call === undefined || me === undefined ? undefined : memberOf(call, me.userId);
      const needed = member?.status === 'Waiting' || (member !== undefined && member.device === me?.device);
      if (!needed && this.#expired) this.close('signatureRefused');
    } catch (error) {
      log.error({ session: this.id, err: error }, 'look up call');
    }
  }

  #receive(data: RawData, isBinary: boolean): void {
    if (this.#over || this.#closing !== undefined) return;
    const bytes = data as Buffer;
    if (!this.#admit(bytes.length)) return;
    if (isBinary) {
      this.close('badFrame', 'Send text frames.');
      return;
    }
    if (!this.#busy && !this.#resting) this.#run(bytes);
    // While it rests, no more is read than what has come already.
    else if (!this.#busy || this.#mayWait()) {
      this.#waiting.push(bytes);
      this.#waitingBytes += bytes.length;
    } else {
      const startedAt = performance.now();
      const frame = readFrame(bytes.toString());
      if ('refusal' in frame) this.#send(errorText(frame.id, frame.refusal));
      else this.#refuse(frame, new Refusal('too_fast', 'Too many requests wait for their answer.'));
      if (this.#tires(startedAt)) this.#rest();
    }
  }

  #mayWait(): boolean {
    return this.#waiting.length < this.#host.limits.waitingRequests && this.#waitingBytes <= mostWaiting;
  }

  /** Notes a sign of life; false, and the end, when there are too many of them. */
  #admit(bytes: number): boolean {
    if (this.#over) return false;
    if (!this.#gauge.admits(this.#identity !== undefined, bytes, this.#host.services.clock.now())) {
      this.close('limits');
      return false;
    }
    this.#heard();
    return true;
  }

  #heard(): void {
    this.#heardAt = this.#host.services.clock.steady();
    if (this.#leaseKey !== '') this.#host.leases.heard(this.#leaseKey);
  }

  /**
   * Looks into a frame and carries its request out. Once those at a stretch have used their time, what else has come waits for turns of
   * the event loop to come, so that the requests of others come between; a frame that comes alone does not cost a turn.
   */
  #run(bytes: Buffer): void {
    const startedAt = performance.now();
    const running = this.#answer(readFrame(bytes.toString()), startedAt);
    const tired = this.#tires(startedAt);
    if (running === undefined) {
      if (tired || this.#waiting.length > 0) this.#rest();
      return;
    }
    this.#busy = true;
    void running.then(() => {
      this.#busy = false;
      this.#leaveIfKicked();
      if (this.#waiting.length > 0 || this.#tires(performance.now())) this.#rest();
    });
  }

  /** Counts what was done since `startedAt` (ms), at once and not later; whether it is enough at a stretch. */
  #tires(startedAt: number): boolean {
    const now = performance.now();
    this.#worked = Math.max(0, this.#worked - (startedAt - this.#workedUntil)) + now - startedAt;
    this.#workedUntil = now;
    return this.#worked >= stretch;
  }

  /** Goes on in another turn of the event loop; meanwhile the device is not listened to. */
  #rest(): void {
    if (this.#over || this.#resting) return;
    this.#resting = true;
    this.#pause();
    setImmediate(() => {
      this.#resting = false;
      if (this.#over) return;
      const next = this.#busy ? undefined : this.#waiting.shift();
      if (next !== undefined) {
        this.#waitingBytes -= next.length;
        this.#run(next);
      }
      if (!this.#resting) this.#resume();
    });
  }

  #pause(): void {
    if (this.#pausedAt !== undefined || this.#socket.readyState !== this.#socket.OPEN) return;
    this.#pausedAt = this.#host.services.clock.now();
    this.#socket.pause();
  }

  #resume(): void {
    if (this.#pausedAt === undefined) return;
    this.#gauge.heldBack(this.#pausedAt, this.#host.services.clock.now());
    this.#pausedAt = undefined;
    this.#socket.resume();
  }

  #answer(frame: Frame | BadFrame, startedAt: number): Promise<void> | undefined {
    if (!('refusal' in frame)) return this.#handle(frame, startedAt);
    this.#send(errorText(frame.id, frame.refusal));
    return undefined;
  }

  /** Answers a request that came up at `startedAt` (ms). The promise, when there is one, never rejects. */
  #handle(frame: Frame, startedAt: number): Promise<void> | undefined {
    let answered = false;
    const request = this.#host.requests.get(frame.method);
    const done = (error?: unknown): void => {
      let name = '';
      // What fails after the answer is our own trouble.
      if (error !== undefined && answered)
        this.#host.log.error({ session: this.id, method: frame.method, err: error }, 'follow up');
      else if (error !== undefined) name = this.#refuse(frame, error);
      this.#host.observer.requested(request?.method ?? 'unknown', name, (performance.now() - startedAt) / 1000);
      // A sign-in that failed halfway: the device would count as online, and be told nothing.
      if (this.#held !== undefined) this.#closing ??= { name: 'restarting', reason: comeBack(this.#host.limits.retry) };
      const closing = this.#closing;
      if (closing !== undefined) this.close(closing.name, closing.reason);
    };
    const answer = (result: unknown): void => {
      if (answered) return;
      answered = true;
      if (frame.id !== undefined) this.#send(answerText(frame.id, result));
    };
    try {
      if (request === undefined) throw new Refusal('method_unknown');
      this.#count += 1;
      const context = contextOf(request, this.#host, this, requestId(`${this.id}-${this.#count}`));
      const params = paramsChecks.get(request.method)?.pass(frame.params);
      const running = request.run(context, params, answer);
      const check = (): void => (answered || this.#over ? done() : done(new Error('The request was not answered.')));
      if (running instanceof Promise) return running.then(check, done);
      check();
    } catch (error) {
      done(error);
    }
    return undefined;
  }

  /** Tells the device why not; the name that it is given. */
  #refuse(frame: Frame, error: unknown): string {
    let refusal: Refusal;
    if (error instanceof Refusal) refusal = error;
    else {
      refusal = new Refusal('internal');
      this.#host.log.error({ session: this.id, method: frame.method, id: frame.id, err: error }, 'fail request');
    }
    if (frame.id !== undefined) this.#send(errorText(frame.id, refusal));
    return errorNameOf(refusal);
  }

  #send(frame: string): void {
    if (this.#over) return;
    this.#frames.send(frame);
    this.#host.observer.sent();
    // What a device does not read piles up in memory; past the bound it costs the device its socket.
    if (this.#frames.unread > this.#host.limits.unreadBytes) this.close('slowReader');
  }

  #close(code: number, reason: string): void {
    if (this.#over) return;
    this.#closedWith = code;
    this.#end();
    this.#frames.flush();
    this.#socket.close(code, reason);
  }

  /** From here on the device is not here any more, whatever its socket still does. */
  #end(): void {
    if (this.#over) return;
    this.#over = true;
    this.#waiting.length = 0;
    // What it says of the end is to be heard.
    this.#resume();
    this.#held = undefined;
    const me = this.#identity;
    if (me === undefined) return;
    const { directory, services, observer, log } = this.#host;
    // A newer session of the same device has taken its place already, and stays online.
    if (directory.remove(me, this)) services.presence.offline(me.sdkAppId, me.userId, me.device);
    observer.signedOut();
    log.info(
      { session: this.id, app: me.sdkAppId, user: me.userId, device: me.device, code: this.#closedWith },
      'sign out',
    );
  }

  #gone(): void {
    this.#end();
    this.#host.observer.closed(this.#closedWith ?? 0);
    this.#host.gone(this);
  }
}
