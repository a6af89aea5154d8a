import type { RequestMethod } from 'ringback-protocol';
import type { Reaction, ScriptUser } from '../script/script.ts';
import type { Action, UserActionName } from '../script/words.ts';
import type { Surroundings } from './surroundings.ts';
import { type Held, UserDevices } from './user-devices.ts';
import { DeviceRefusal, type Notice, notConnected } from './virtual-device.ts';

/** A user who signs in over the real socket, on one device or several, and does what the script says. */
export class VirtualUser {
  readonly id: string;
  whenCalled: readonly Reaction[];
  readonly #user: ScriptUser;
  readonly #in: Surroundings;
  readonly #devices: UserDevices;
  /** The call that rings or goes on. */
  #callId: string | undefined;
  /** The calls in which the user rings or talks, as far as the devices have heard; each with what stops the reaction to it. */
  readonly #reacting = new Map<string, () => void>();
  #doing = 0;

  constructor(user: ScriptUser, surroundings: Surroundings) {
    this.id = user.id;
    this.whenCalled = user.whenCalled;
    this.#user = user;
    this.#in = surroundings;
    this.#devices = new UserDevices(user, surroundings, {
      notice: (held, notice) => this.#hear(held, notice),
      signedOut: (code) => this.#note(`was signed out with ${code}`, undefined),
      back: (on) => this.#back(on),
    });
  }

  /** What the user was made as. */
  get described(): ScriptUser {
    return this.#user;
  }

  /** The call that this user is in, or that rings. */
  get callId(): string | undefined {
    return this.#callId;
  }

  /** Something is under way that will go on by itself. */
  get isDoing(): boolean {
    return this.#doing > 0 || this.#devices.all.some(({ device }) => (device?.asking ?? 0) > 0);
  }

  /** Frames that have come to all devices so far. */
  get received(): number {
    return this.#devices.received;
  }

  /** What people see of the user. */
  get view() {
    const devices = this.#devices.named.map(([name, { device, callId }]) => ({
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
    if (!signedIn) for (const held of this.#devices.all) await this.#devices.leave(held, (device) => device.cut());
  }

  /** Does something now. Resolves when the server has answered; a refusal goes to the journal and is answered. */
  act(action: Action<UserActionName>, about?: string): Promise<{ refused?: string; callId?: string }> {
    return this.#do(action, about, () => true);
  }

  /** The server process goes, and with it those connections that went dead before. */
  cutSilent(): void {
    this.#devices.cutSilent();
  }

  /** Ends all connections. */
  close(): void {
    for (const stop of this.#reacting.values()) stop();
    this.#devices.close();
  }

  /** `isNews`: whether a refusal for this reason goes to the journal. */
  async #do(
    { name, options }: Action<UserActionName>,
    about: string | undefined,
    isNews: (reason: string) => boolean,
  ): Promise<{ refused?: string; callId?: string }> {
    this.#doing += 1;
    try {
      const callId = await this.#act(name, options, about ?? this.#callId);
      this.#note(name, callId);
      return callId === undefined ? {} : { callId };
    } catch (error) {
      if (!(error instanceof DeviceRefusal)) throw error;
      if (isNews(error.reason)) this.#note(name, about ?? this.#callId, error.reason);
      return { refused: error.reason };
    } finally {
      this.#doing -= 1;
    }
  }

  /** A device comes back by itself. Where no server is there yet, that is nothing that the script did: it will try again. */
  async #back(on: string): Promise<boolean> {
    const isNews = (reason: string): boolean => reason !== notConnected;
    const { refused } = await this.#do({ name: 'comeBack', options: { on } }, undefined, isNews);
    return refused === undefined || isNews(refused);
  }

  async #act(name: UserActionName, options: Action['options'], about: string | undefined): Promise<string | undefined> {
    const on = options.on as string | undefined;
    const devices = this.#devices;
    switch (name) {
      case 'nothing':
        return about;
      case 'comeBack':
        await this.#signIn(on ?? this.#user.devices[0] ?? 'phone');
        return this.#callId;
      case 'crash':
        for (const held of devices.those(on)) await devices.leave(held, (device) => device.cut());
        return about;
      case 'loseConnection':
        for (const held of devices.those(on)) await devices.leave(held, (device) => device.goSilent());
        return about;
      case 'signOut':
        for (const held of devices.those(on)) {
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

  async #ask(
    on: string | undefined,
    method: RequestMethod,
    params: object,
  ): Promise<Readonly<Record<string, unknown>>> {
    return this.#devices.ask(this.#devices.one(on, this.#callId), method, params);
  }

  async #signIn(name: string): Promise<void> {
    const before = [...this.#reacting.keys()];
    const { callId, isHere } = await this.#devices.signIn(name);
    // Nobody heard what ended while no app ran.
    for (const one of before) if (one !== callId) this.#forget(one);
    if (isHere) this.#callId = callId;
  }

  /** As the system does for an app that does not run: over HTTP, with the token of the push. */
  async #answerByPush(name: 'acceptByPush' | 'declineByPush', on: string | undefined): Promise<string> {
    const ring = this.#in.ringOf(this.id, on);
    if (ring === undefined) throw new DeviceRefusal(name, 'no_push', 'no push has come');
    const { callId, device, answerToken } = ring;
    const url = `${this.#in.answerUrl()}/${name === 'acceptByPush' ? 'accept' : 'reject'}`;
    const { error } = await fetch(url, { method: 'POST', body: JSON.stringify({ token: answerToken }) })
      .then(async (response) => (await response.json()) as { readonly error?: string })
      .catch(() => ({ error: notConnected }));
    if (error !== undefined) throw new DeviceRefusal(name, error, 'the push cannot be answered with');
    const held = this.#devices.get(device);
    if (name === 'acceptByPush' && held !== undefined) {
      this.#callId = callId;
      held.callId = callId;
    }
    return callId;
  }

  #entered(on: string | undefined, callId: string): string {
    const held = this.#devices.one(on, this.#callId);
    this.#callId = callId;
    if (held !== undefined) {
      held.callId = callId;
      this.#devices.ping(held);
    }
    return callId;
  }

  #hear(held: Held, { method, params }: Notice): void {
    const callId = params.callId as string | undefined;
    if (method === 'callReceived' && callId !== undefined) {
      this.#callId = callId;
      // As an app does; without it a push would go out.
      held.device?.ask('ringing', { callId }).catch(() => {});
      // Once for all devices, and for one that connects again while it rings.
      if (!this.#reacting.has(callId)) {
        this.#note('heard callReceived', callId);
        this.#react(callId, 0);
      }
    } else if (method === 'callEnded' && callId !== undefined) {
      if (held.callId === callId) held.callId = undefined;
      if (params.result !== '' || !this.#devices.all.some((one) => one.callId === callId)) this.#over(callId);
      this.#note('heard callEnded', callId);
    }
  }

  /** Answered on one device, the call goes on for the user while it is over on the others. */
  #over(callId: string): void {
    this.#forget(callId);
    if (this.#callId === callId) this.#callId = undefined;
  }

  /** Who is invited again reacts again. */
  #forget(callId: string): void {
    this.#reacting.get(callId)?.();
    this.#reacting.delete(callId);
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
