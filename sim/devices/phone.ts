import { bounds, type DeviceId, deviceId, type UserId } from 'ringback-protocol';
import type { SimNode } from '../node/node.ts';
import { SimSession } from '../node/session.ts';
import { app, userOf } from '../node/users.ts';
import type { Behaviour, PlannedCall } from '../world/plan.ts';
import type { Random } from '../world/random.ts';
import type { Scheduler } from '../world/scheduler.ts';
import { DeviceLine } from './device-line.ts';

/** What phones ask of the world. */
export interface PhoneWorld {
  readonly scheduler: Scheduler;
  readonly random: Random;
  /** A node that serves, as a balancer chooses; undefined while there is none. */
  readonly balance: () => SimNode | undefined;
  readonly planned: (n: number) => PlannedCall | undefined;
  readonly trace: (line: () => string) => void;
}

/** ms; a request without an answer for so long makes the phone connect anew. */
const patience = 8000;

interface View {
  readonly callId: string;
  readonly userData?: string;
  readonly members: readonly { readonly userId: string; readonly status: string }[];
}

/**
 * A device with a user who does what the plan says. Its clock goes at a speed of its own, its line breaks, and it believes
 * what it is told.
 */
export class Phone {
  readonly user: number;
  readonly userId: UserId;
  readonly device: DeviceId;
  readonly #index: number;
  readonly #world: PhoneWorld;
  /** Its seconds, in seconds. */
  readonly #speed: number;
  #line: DeviceLine | undefined;
  #online = false;
  #off = false;
  /** The call that it is in, as far as it knows. */
  #call: string | undefined;
  readonly #ringing = new Map<string, number>();
  #cancelPing: (() => void) | undefined;
  #count = 0;

  constructor(world: PhoneWorld, user: number, index: number, speed: number) {
    this.#world = world;
    this.user = user;
    this.#index = index;
    this.#speed = speed;
    this.userId = userOf(user);
    this.device = deviceId(`${this.userId}-${index}`);
  }

  /** Signed in, or gone on purpose. */
  get isSettled(): boolean {
    return this.#online || this.#off;
  }

  get isBusy(): boolean {
    return !this.#off && (this.#call !== undefined || this.#ringing.size > 0);
  }

  get callId(): string | undefined {
    return this.#call;
  }

  get node(): SimNode | undefined {
    return this.#line?.node;
  }

  /** Looks for a node and signs in. */
  connect(): void {
    if (this.#off || this.#line !== undefined) return;
    const { random } = this.#world;
    const node = this.#world.balance();
    if (node === undefined) {
      this.#after(random.between(200, 800), () => this.connect());
      return;
    }
    const line = new DeviceLine(this.#world.scheduler, node, 2 + random.int(60), () => this.#lost(line));
    this.#line = line;
    this.#count += 1;
    line.open(
      (end) => new SimSession(node.host, end, this.#count),
      (frame) => this.#hear(frame),
    );
    const params = { sdkAppId: app.sdkAppId, userId: this.userId, userSig: 'x', deviceId: this.device };
    line.ask('signIn', { ...params, platform: 'Web' }, (result) => {
      if (result === undefined) line.cut(false);
      else this.#signedIn(result as { readonly call?: View; readonly callHere: boolean });
    });
    this.#after(patience, () => {
      if (this.#line === line && !this.#online) line.cut(true);
    });
  }

  start(planned: PlannedCall, started: (callId: string) => void): void {
    if (!this.#online || this.#call !== undefined) return;
    const params = {
      callees: planned.callees.map(userOf),
      mediaType: 'Video',
      timeoutMs: planned.timeout,
      userData: `c${planned.n}`,
      ...(planned.group ? { chatGroupId: 'team' } : {}),
    };
    this.#ask('call', params, (result) => {
      const { callId, call } = (result ?? {}) as { readonly callId?: string; readonly call?: View };
      if (callId === undefined || call === undefined || call.members.length === 0) return;
      this.#enter(callId, planned.talk);
      started(callId);
    });
  }

  /** Asks for something about a call. */
  act(method: string, params: object, done: (result: unknown) => void = () => {}): void {
    if (this.#online) this.#ask(method, params, done);
  }

  join(callId: string): void {
    this.act('join', { callId }, (result) => {
      if (result !== undefined) this.#enter(callId, 5000);
    });
  }

  /** Signs out, and comes back after `away` ms. */
  signOut(away: number): void {
    if (!this.#online) return;
    this.#ask('signOut', {}, () => {});
    this.#call = undefined;
    this.#ringing.clear();
    this.#after(away, () => this.connect());
  }

  /** Gone without a word for `away` ms; the server may hear of it from the system, or not. */
  vanish(away: number): void {
    if (this.#off) return;
    this.#off = true;
    this.#world.trace(() => `${this.device} is gone`);
    this.#line?.cut(this.#world.random.chance(0.6));
    this.#after(away, () => {
      this.#off = false;
      this.#world.trace(() => `${this.device} is back`);
      this.connect();
    });
  }

  /** The line is dead, and nobody has noticed yet. */
  loseLine(): void {
    this.#line?.cut(true);
  }

  #signedIn({ call, callHere }: { readonly call?: View; readonly callHere: boolean }): void {
    this.#online = true;
    const own = call?.members.find((member) => member.userId === this.userId);
    if (call !== undefined && callHere && own?.status === 'Calling') this.#enter(call.callId, 4000);
    else this.#call = undefined;
    if (!(own?.status === 'Waiting')) this.#ringing.clear();
    this.#ping();
  }

  #hear(frame: string): void {
    const { method, params } = parse(frame);
    const { callId } = params;
    if (method === 'callReceived') this.#ring(callId, Number(params.userData?.slice(1)));
    else if (method === 'callEnded') {
      this.#ringing.delete(callId);
      if (this.#call === callId) this.#call = undefined;
    }
  }

  #ring(callId: string, n: number): void {
    if (this.#call === callId) return;
    this.#ringing.set(callId, n);
    const behaviour = this.#world.planned(n)?.behaviours[this.user];
    if (behaviour === undefined) return;
    const { act, delay } = behaviour.device === this.#index ? behaviour : behaviour.other;
    if (act !== 'silent') this.#after(delay, () => this.#answer(callId, act, behaviour));
  }

  #answer(callId: string, act: string, { talk }: Behaviour): void {
    if (!this.#online || !this.#ringing.has(callId)) return;
    this.#ask(act, { callId }, (result) => {
      this.#ringing.delete(callId);
      if (result !== undefined && act === 'accept') this.#enter(callId, talk);
    });
  }

  #enter(callId: string, talk: number): void {
    this.#ringing.delete(callId);
    if (this.#call === callId) return;
    this.#call = callId;
    this.#ping();
    this.#after(talk, () => this.#hangUp(callId));
  }

  #hangUp(callId: string): void {
    if (this.#call !== callId) return;
    // Until it knows that it is out.
    this.#after(3000, () => this.#hangUp(callId));
    if (!this.#online) return;
    this.#ask('hangUp', { callId }, () => {
      if (this.#call === callId) this.#call = undefined;
    });
  }

  #ask(method: string, params: object, done: (result: unknown) => void): void {
    this.#world.trace(
      () => `${this.device} asks ${this.#line?.node.self ?? ''} for ${method} ${JSON.stringify(params)}`,
    );
    this.#line?.ask(method, params, done);
  }

  #ping(): void {
    this.#cancelPing?.();
    this.#cancelPing = this.#after(this.#call === undefined ? bounds.pingIdle : bounds.pingInCall, () => {
      const line = this.#line;
      if (line === undefined) return;
      if (line.waitsFor() > patience) line.cut(true);
      else {
        line.ping(this.#call);
        this.#ping();
      }
    });
  }

  #lost(line: DeviceLine): void {
    if (this.#line !== line) return;
    this.#line = undefined;
    this.#online = false;
    this.#cancelPing?.();
    if (!this.#off) this.#after(this.#world.random.between(100, 1500), () => this.connect());
  }

  #after(ms: number, work: () => void): () => void {
    return this.#world.scheduler.after(ms * this.#speed, work);
  }
}

interface Notice {
  readonly method: string;
  readonly params: { readonly callId: string; readonly userData?: string };
}

let lastText = '';
let last: Notice = { method: '', params: { callId: '' } };

/** The same text goes to many devices, one after the other. */
function parse(frame: string): Notice {
  if (frame !== lastText) {
    last = JSON.parse(frame) as Notice;
    lastText = frame;
  }
  return last;
}
