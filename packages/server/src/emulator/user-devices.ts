import { createHash } from 'node:crypto';
import { bounds, closeCodes, type RequestMethod } from 'ringback-protocol';
import { makeUserSig } from '../auth/usersig.ts';
import type { ScriptUser } from '../script/script.ts';
import { pushToken } from './push-inbox.ts';
import type { Surroundings } from './surroundings.ts';
import { DeviceRefusal, type Notice, notConnected, VirtualDevice } from './virtual-device.ts';

const prefix = 'emulator-';

/** How the server knows a device: ids of users may have letters that ids of devices may not. */
const deviceIdOf = (userId: string, name: string): string =>
  `${prefix}${createHash('sha256').update(userId).digest('hex').slice(0, 12)}-${name}`;

/** Whether a device is one of a virtual user. */
export const isVirtual = (deviceId: string): boolean => deviceId.startsWith(prefix);

/** s; signatures outlive every script. */
const lifetime = 20 * 365 * 86_400;

/** ms; a device whose connection was closed connects again, and tries as often until a server is there. */
const reconnectAfter = 1000;

/** Codes after which a device does not come back by itself. */
const final: ReadonlySet<number> = new Set(
  [closeCodes.signedOut, closeCodes.signatureRefused, closeCodes.newerSignIn, closeCodes.kicked].map(
    ({ code }) => code,
  ),
);

/** A device of a user, with its app that runs or does not. */
export interface Held {
  device: VirtualDevice | undefined;
  /** The call that this device holds. */
  callId: string | undefined;
  /** The app runs: it comes back when its connection is closed. */
  alive: boolean;
  stopPing: (() => void) | undefined;
}

/** What a user hears from the devices. */
export interface DeviceEars {
  readonly notice: (held: Held, notice: Notice) => void;
  /** The server has ended it for good, with this code. */
  readonly signedOut: (code: number) => void;
  /** Its connection was closed, and it is time to come back; resolves with whether a server was there. */
  readonly back: (name: string) => Promise<boolean>;
}

/** The devices of a virtual user: their sign-ins, signs of life, and how they go and come back. */
export class UserDevices {
  readonly #user: ScriptUser;
  readonly #in: Surroundings;
  readonly #ears: DeviceEars;
  readonly #devices = new Map<string, Held>();
  /** Frames that came to devices that are gone. */
  #receivedBefore = 0;

  constructor(user: ScriptUser, surroundings: Surroundings, ears: DeviceEars) {
    this.#user = user;
    this.#in = surroundings;
    this.#ears = ears;
  }

  get all(): readonly Held[] {
    return [...this.#devices.values()];
  }

  /** By the names of the script. */
  get named(): readonly (readonly [string, Held])[] {
    return [...this.#devices];
  }

  /** Frames that have come to all devices so far. */
  get received(): number {
    return this.all.reduce((sum, { device }) => sum + (device?.received ?? 0), this.#receivedBefore);
  }

  get(name: string): Held | undefined {
    return this.#devices.get(name);
  }

  /** The device that is named, or holds the call, or is connected. */
  one(name: string | undefined, callOfUser: string | undefined): Held | undefined {
    if (name !== undefined) return this.#devices.get(name);
    return (
      this.all.find(({ callId, device }) => callId !== undefined && callId === callOfUser && device?.isOpen) ??
      this.all.find(({ device }) => device?.isOpen === true)
    );
  }

  /** The one that is named, or all. */
  those(name: string | undefined): readonly Held[] {
    if (name === undefined) return this.all;
    const held = this.#devices.get(name);
    return held === undefined ? [] : [held];
  }

  /** Asks the server. Rejects with `DeviceRefusal`, too where no app runs. */
  ask(held: Held | undefined, method: RequestMethod, params: object): Promise<Readonly<Record<string, unknown>>> {
    if (held?.device === undefined) throw new DeviceRefusal(method, notConnected, 'no app of the user runs');
    return held.device.ask(method, params);
  }

  /** Connects a device, in the place of its connection before; says in which call the server knows the user, and whether on it. */
  async signIn(name: string): Promise<{ readonly callId: string | undefined; readonly isHere: boolean }> {
    const before = this.#devices.get(name);
    const held: Held = { device: undefined, callId: undefined, alive: true, stopPing: undefined };
    const heard = {
      notice: (notice: Notice) => this.#ears.notice(held, notice),
      closed: (code: number) => this.#closed(name, held, code),
    };
    try {
      const { device, answer } = await VirtualDevice.signIn(this.#identity(name), heard);
      if (before !== undefined) this.#forget(before);
      held.device = device;
      this.#devices.set(name, held);
      if (this.#user.push) {
        await device.ask('registerPush', { provider: this.#in.pushProvider, token: pushToken(this.#user.id, name) });
      }
      const callId = (answer.call as { readonly callId: string } | undefined)?.callId;
      const isHere = callId !== undefined && answer.callHere === true;
      // One that rings is told by `callReceived`, which follows.
      if (isHere) held.callId = before?.callId === callId ? callId : undefined;
      this.ping(held);
      return { callId, isHere };
    } catch (error) {
      held.alive = false;
      if (error instanceof DeviceRefusal) throw new DeviceRefusal('signIn', error.reason, error.message);
      throw new DeviceRefusal('signIn', notConnected, 'nobody listens');
    }
  }

  /** Tells from now on that the device is alive, as often as a real one does. */
  ping(held: Held): void {
    held.stopPing?.();
    if (held.device?.isOpen !== true) return;
    const every = held.callId === undefined ? bounds.pingIdle : bounds.pingInCall;
    held.stopPing = this.#in.clock.schedule('life', every, () => {
      held.device?.ask('ping', {}).catch(() => {});
      this.ping(held);
    });
  }

  /** The app goes. The last sign of life is of this very moment, so that the lease runs out at a time that a script can name. */
  async leave(held: Held, how: (device: VirtualDevice) => void): Promise<void> {
    await held.device?.ask('ping', {}).catch(() => {});
    drop(held, how);
  }

  /** The server process goes, and with it those connections that went dead before. */
  cutSilent(): void {
    for (const { device, alive } of this.all) if (!alive) device?.cut();
  }

  /** Ends all connections. */
  close(): void {
    for (const held of this.all) drop(held, (device) => device.cut());
  }

  #identity(name: string) {
    const { clock, url, sdkAppId, key } = this.#in;
    const { id: userId, signature, skew, platform } = this.#user;
    const own = Math.floor((clock.now() + skew) / 1000);
    const userSig = makeUserSig({
      sdkAppId,
      userId,
      key: signature === 'wrongKey' ? `${key}-of-another-application` : key,
      expire: signature === 'expired' ? 3600 : lifetime,
      now: signature === 'expired' ? own - 7200 : own,
    });
    return { url: url(), sdkAppId, userId, deviceId: deviceIdOf(userId, name), platform, userSig };
  }

  #closed(name: string, held: Held, code: number): void {
    held.stopPing?.();
    if (!held.alive || this.#devices.get(name) !== held) return;
    if (final.has(code)) {
      held.alive = false;
      this.#ears.signedOut(code);
      return;
    }
    this.#comeBackLater(name, held);
  }

  #comeBackLater(name: string, held: Held): void {
    const isWaiting = (): boolean => held.alive && this.#devices.get(name) === held;
    this.#in.clock.schedule('script', reconnectAfter, async () => {
      if (isWaiting() && !(await this.#ears.back(name)) && isWaiting()) this.#comeBackLater(name, held);
    });
  }

  /** A device that signs in anew leaves its old connection behind. */
  #forget(held: Held): void {
    drop(held, (device) => device.cut());
    this.#receivedBefore += held.device?.received ?? 0;
  }
}

function drop(held: Held, how: (device: VirtualDevice) => void): void {
  held.alive = false;
  held.stopPing?.();
  if (held.device !== undefined) how(held.device);
}
