import { createHash } from 'node:crypto';
import { bounds, closeCodes, type RequestMethod } from 'ringback-protocol';
import { makeUserSig } from '../auth/usersig.ts';
import type { Reaction, ScriptUser } from '../script/script.ts';
import type { Action, UserActionName } from '../script/words.ts';
import type { Journal } from './journal.ts';
import { pushToken, type ReceivedPush } from './push-inbox.ts';
import type { TestClock } from './test-clock.ts';
import { DeviceRefusal, type Notice, VirtualDevice } from './virtual-device.ts';

const prefix = 'emulator-';

/** How the server knows a device: ids of users may have letters that ids of devices may not. */
const deviceIdOf = (userId: string, name: string): string =>
  `${prefix}${createHash('sha256').update(userId).digest('hex').slice(0, 12)}-${name}`;

/** Whether a device is one of a virtual user. */
export const isVirtual = (deviceId: string): boolean => deviceId.startsWith(prefix);

/** Where virtual users live. */
export interface Surroundings {
  readonly clock: TestClock;
  readonly journal: Journal;
  /** The address of the signalling socket, now. */
  readonly url: () => string;
  readonly sdkAppId: number;
  readonly key: string;
  /** The call that a user is in, as far as that user knows. */
  readonly callOf: (userId: string) => string | undefined;
  readonly pushProvider: string;
  /** The latest push that rang for a user. */
  readonly ringOf: (userId: string, device?: string) => ReceivedPush | undefined;
  /** Where pushes are answered, now. */
  readonly answerUrl: () => string;
}

/** s; signatures outlive every script. */
const lifetime = 20 * 365 * 86_400;

/** ms; a device whose connection was closed connects again. */
const reconnectAfter = 1000;

/** Codes after which a device does not come back by itself. */
const final: ReadonlySet<number> = new Set(
  [closeCodes.signedOut, closeCodes.signatureRefused, closeCodes.newerSignIn, closeCodes.kicked].map(
    ({ code }) => code,
  ),
);

interface Held {
  device: VirtualDevice | undefined;
  /** The call that this device holds. */
  callId: string | undefined;
  /** The app runs: it comes back when its connection is closed. */
  alive: boolean;
  stopPing: (() => void) | undefined;
}

/** A user who signs in over the real socket, on one device or several, and does what the script says. */
export class VirtualUser {
  readonly id: string;
  whenCalled: readonly Reaction[];
  readonly #user: ScriptUser;
  readonly #in: Surroundings;
  readonly #devices = new Map<string, Held>();
  /** The call that rings or goes on. */
  #callId: string | undefined;
  /** Calls to which the user has begun to react. */
  readonly #reacting = new Map<string, () => void>();
  /** Frames that came to devices that are gone. */
  #receivedBefore = 0;
  #doing = 0;

  constructor(user: ScriptUser, surroundings: Surroundings) {
    this.id = user.id;
    this.whenCalled = user.whenCalled;
    this.#user = user;
    this.#in = surroundings;
  }

  get isBusy(): boolean {
    return this.#user.busy;
  }

  /** The call that this user is in, or that rings. */
  get callId(): string | undefined {
    return this.#callId;
  }

  /** Something is under way that will go on by itself. */
  get isDoing(): boolean {
    return this.#doing > 0 || [...this.#devices.values()].some(({ device }) => (device?.asking ?? 0) > 0);
  }

  /** Frames that have come to all devices so far. */
  get received(): number {
    let sum = this.#receivedBefore;
    for (const { device } of this.#devices.values()) sum += device?.received ?? 0;
    return sum;
  }

  /** What people see of the user. */
  get view() {
    const devices = [...this.#devices].map(([name, { device, callId }]) => ({
      name,
      connected: device?.isOpen === true,
      ...(callId === undefined ? {} : { callId }),
    }));
    return { id: this.id, devices, ...(this.#callId === undefined ? {} : { callId: this.#callId }) };
  }

  /** Signs all devices in, where apps run at the beginning; those that can be rung by push have run before. */
  async begin(): Promise<void> {
    const { signedIn, push, devices } = this.#user;
    if (signedIn || push) for (const name of devices) await this.#signIn(name);
    if (!signedIn) for (const held of this.#those(undefined)) await this.#leave(held, (device) => device.cut());
  }

  /** Does something now. Resolves when the server has answered; a refusal goes to the journal and is answered. */
  async act({ name, options }: Action<UserActionName>, about?: string): Promise<{ refused?: string; callId?: string }> {
    this.#doing += 1;
    try {
      const callId = await this.#act(name, options, about ?? this.#callId);
      this.#note(name, callId);
      return callId === undefined ? {} : { callId };
    } catch (error) {
      if (!(error instanceof DeviceRefusal)) throw error;
      this.#note(name, about ?? this.#callId, error.reason);
      return { refused: error.reason };
    } finally {
      this.#doing -= 1;
    }
  }

  /** The server process goes, and with it those connections that went dead before. */
  cutSilent(): void {
    for (const { device, alive } of this.#devices.values()) if (!alive) device?.cut();
  }

  /** Ends all connections. */
  close(): void {
    for (const stop of this.#reacting.values()) stop();
    for (const held of this.#devices.values()) {
      held.alive = false;
      held.stopPing?.();
      held.device?.cut();
    }
  }

  async #act(name: UserActionName, options: Action['options'], about: string | undefined): Promise<string | undefined> {
    const on = options.on as string | undefined;
    switch (name) {
      case 'nothing':
        return about;
      case 'comeBack':
        await this.#signIn(on ?? this.#user.devices[0] ?? 'phone');
        return this.#callId;
      case 'crash':
        for (const held of this.#those(on)) await this.#leave(held, (device) => device.cut());
        return about;
      case 'loseConnection':
        for (const held of this.#those(on)) await this.#leave(held, (device) => device.goSilent());
        return about;
      case 'signOut':
        for (const held of this.#those(on)) {
          held.alive = false;
          await held.device?.ask('signOut', {});
        }
        return about;
      case 'call': {
        const { to, media, timeout, group, room, userData } = options;
        const asked = {
          callees: to,
          mediaType: media ?? 'Audio',
          timeoutMs: timeout,
          chatGroupId: group,
          roomId: room,
        };
        const { callId } = await this.#ask(on, 'call', { ...asked, userData });
        return this.#entered(on, callId as string);
      }
      case 'join': {
        const callId = this.#in.callOf(options.callOf as string) ?? about ?? '';
        await this.#ask(on, 'join', { callId });
        return this.#entered(on, callId);
      }
      case 'answer':
        await this.#ask(on, 'accept', { callId: about ?? '' });
        return this.#entered(on, about ?? '');
      case 'invite':
        await this.#ask(on, 'invite', { callId: about ?? '', users: options.to, timeoutMs: options.timeout });
        return about;
      case 'switchMedia':
        await this.#ask(on, 'switchMedia', { callId: about ?? '', mediaType: options.media });
        return about;
      case 'mediaState': {
        const data = { type: 'state', audio: options.microphone, video: options.camera };
        await this.#ask(on, 'signal', { callId: about ?? '', to: '', data });
        return about;
      }
      case 'acceptByPush':
      case 'declineByPush':
        return this.#answerByPush(name, on);
      case 'reject':
      case 'ignore':
      case 'hangUp':
        await this.#ask(on, name, { callId: about ?? '' });
        return about;
    }
  }

  /** The device that is named, or holds the call, or is connected. */
  #one(name: string | undefined): Held | undefined {
    if (name !== undefined) return this.#devices.get(name);
    const all = [...this.#devices.values()];
    return (
      all.find(({ callId, device }) => callId !== undefined && callId === this.#callId && device?.isOpen) ??
      all.find(({ device }) => device?.isOpen === true)
    );
  }

  #those(name: string | undefined): readonly Held[] {
    if (name === undefined) return [...this.#devices.values()];
    const held = this.#devices.get(name);
    return held === undefined ? [] : [held];
  }

  #ask(on: string | undefined, method: RequestMethod, params: object): Promise<Readonly<Record<string, unknown>>> {
    const device = this.#one(on)?.device;
    if (device === undefined) throw new DeviceRefusal(method, 'not_connected', 'no app of the user runs');
    return device.ask(method, params);
  }

  /** As the system does for an app that does not run: over HTTP, with the token of the push. */
  async #answerByPush(name: 'acceptByPush' | 'declineByPush', on: string | undefined): Promise<string> {
    const ring = this.#in.ringOf(this.id, on);
    if (ring === undefined) throw new DeviceRefusal(name, 'no_push', 'no push has come');
    const { callId, device, answerToken } = ring;
    const url = `${this.#in.answerUrl()}/${name === 'acceptByPush' ? 'accept' : 'reject'}`;
    const { error } = await fetch(url, { method: 'POST', body: JSON.stringify({ token: answerToken }) })
      .then(async (response) => (await response.json()) as { readonly error?: string })
      .catch(() => ({ error: 'not_connected' }));
    if (error !== undefined) throw new DeviceRefusal(name, error, 'the push cannot be answered with');
    const held = this.#devices.get(device);
    if (name === 'acceptByPush' && held !== undefined) {
      this.#callId = callId;
      held.callId = callId;
    }
    return callId;
  }

  #entered(on: string | undefined, callId: string): string {
    const held = this.#one(on);
    this.#callId = callId;
    if (held !== undefined) {
      held.callId = callId;
      this.#ping(held);
    }
    return callId;
  }

  async #signIn(name: string): Promise<void> {
    const { clock, url, sdkAppId, key } = this.#in;
    const { signature, skew, platform } = this.#user;
    const before = this.#devices.get(name);
    const held: Held = { device: undefined, callId: undefined, alive: true, stopPing: undefined };
    const own = Math.floor((clock.now() + skew) / 1000);
    const userSig = makeUserSig({
      sdkAppId,
      userId: this.id,
      key: signature === 'wrongKey' ? `${key}-of-another-application` : key,
      expire: signature === 'expired' ? 3600 : lifetime,
      now: signature === 'expired' ? own - 7200 : own,
    });
    const identity = { url: url(), sdkAppId, userId: this.id, deviceId: deviceIdOf(this.id, name), platform, userSig };
    const heard = {
      notice: (notice: Notice) => this.#hear(held, notice),
      closed: (code: number) => this.#closed(name, held, code),
    };
    try {
      const { device, answer } = await VirtualDevice.signIn(identity, heard);
      if (before !== undefined) this.#forget(before);
      held.device = device;
      this.#devices.set(name, held);
      if (this.#user.push) {
        await device.ask('registerPush', { provider: this.#in.pushProvider, token: pushToken(this.id, name) });
      }
      const call = answer.call as { readonly callId: string } | undefined;
      if (call !== undefined && answer.callHere === true) {
        this.#callId = call.callId;
        // One that rings is told by `callReceived`, which follows.
        held.callId = before?.callId === call.callId ? call.callId : undefined;
      }
      this.#ping(held);
    } catch (error) {
      held.alive = false;
      if (error instanceof DeviceRefusal) throw new DeviceRefusal('signIn', error.reason, error.message);
      throw new DeviceRefusal('signIn', 'not_connected', 'nobody listens');
    }
  }

  /** Tells that the device is alive, as often as a real one does. */
  #ping(held: Held): void {
    held.stopPing?.();
    if (held.device?.isOpen !== true) return;
    const every = held.callId === undefined ? bounds.pingIdle : bounds.pingInCall;
    held.stopPing = this.#in.clock.schedule('life', every, () => {
      held.device?.ask('ping', {}).catch(() => {});
      this.#ping(held);
    });
  }

  #hear(held: Held, { method, params }: Notice): void {
    const callId = params.callId as string | undefined;
    if (method === 'callReceived' && callId !== undefined) {
      this.#callId = callId;
      // As an app does; without it a push would go out.
      held.device?.ask('ringing', { callId }).catch(() => {});
      if (!this.#reacting.has(callId)) {
        this.#note('heard callReceived', callId);
        this.#react(callId, 0);
      }
    } else if (method === 'callEnded' && callId !== undefined) {
      if (held.callId === callId) held.callId = undefined;
      if (params.result !== '' || ![...this.#devices.values()].some((one) => one.callId === callId)) this.#over(callId);
      this.#note('heard callEnded', callId);
    }
  }

  /** Answered on one device, the call goes on for the user while it is over on the others. */
  #over(callId: string): void {
    this.#reacting.get(callId)?.();
    if (this.#callId === callId) this.#callId = undefined;
  }

  #react(callId: string, index: number): void {
    const reaction = this.whenCalled[index];
    if (reaction === undefined) {
      this.#reacting.set(callId, () => {});
      return;
    }
    const stop = this.#in.clock.schedule('script', reaction.after, () => {
      void this.act(reaction.action, callId);
      this.#react(callId, index + 1);
    });
    this.#reacting.set(callId, stop);
  }

  #closed(name: string, held: Held, code: number): void {
    held.stopPing?.();
    if (!held.alive || this.#devices.get(name) !== held) return;
    if (final.has(code)) {
      held.alive = false;
      this.#note(`was signed out with ${code}`, undefined);
      return;
    }
    this.#in.clock.schedule('script', reconnectAfter, () => {
      if (held.alive && this.#devices.get(name) === held) void this.act({ name: 'comeBack', options: { on: name } });
    });
  }

  /** The last sign of life is of this very moment, so that the lease runs out at a time that a script can name. */
  async #leave(held: Held, how: (device: VirtualDevice) => void): Promise<void> {
    await held.device?.ask('ping', {}).catch(() => {});
    this.#drop(held, how);
  }

  #drop(held: Held, how: (device: VirtualDevice) => void): void {
    held.alive = false;
    held.stopPing?.();
    if (held.device !== undefined) how(held.device);
  }

  /** A device that signs in anew leaves its old connection behind. */
  #forget(held: Held): void {
    this.#drop(held, (device) => device.cut());
    this.#receivedBefore += held.device?.received ?? 0;
  }

  #note(what: string, callId: string | undefined, refused?: string): void {
    this.#in.journal.add({
      at: this.#in.clock.now(),
      user: this.id,
      what,
      ...(callId === undefined ? {} : { callId }),
      ...(refused === undefined ? {} : { refused }),
    });
  }
}
