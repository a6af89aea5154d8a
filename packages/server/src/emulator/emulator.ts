import { rmSync } from 'node:fs';
import type { CallRecord } from 'ringback-engine';
import { devAppId, type UnderWay } from '../app.ts';
import type { LogStream } from '../observe/log.ts';
import type { Script, ScriptUser, TimelineEntry } from '../script/script.ts';
import type { Action, ServerActionName, UserActionName } from '../script/words.ts';
import { dataFolder } from './data-folder.ts';
import { EmulatedServer } from './emulated-server.ts';
import { writeHistory } from './history.ts';
import { Journal } from './journal.ts';
import { changeUser, checkNewUser, type DescribedUser, whyNot } from './make-user.ts';
import type { Outcome } from './outcome.ts';
import type { PushInbox } from './push-inbox.ts';
import type { Receiver } from './receiver.ts';
import { pushProvider, Receivers } from './receivers.ts';
import { importUsers, type RestDoor, robotCall } from './rest.ts';
import { ServerSide } from './server-side.ts';
import { TestClock } from './test-clock.ts';
import { TimeMachine } from './time-machine.ts';
import { planTraffic } from './traffic.ts';
import { isVirtual } from './user-devices.ts';
import { VirtualUser } from './virtual-user.ts';

/** The account that keeps busy users busy. */
const busyRobot = 'busy-line';

/** How an emulator is opened. */
export interface EmulatorOptions {
  readonly script: Script;
  /** The port of the server on loopback; 0 for any that is free. */
  readonly port: number;
  readonly log: LogStream;
  readonly onFatal: (error: Error) => void;
  /** A data directory that stays, new, empty or made by an emulator; a temporary one when left out. */
  readonly data?: string;
  /** Where webhooks go besides the built-in receiver. */
  readonly webhookUrl?: string;
}

/**
 * The real server on a test clock, with virtual users on its socket and a receiver for its webhooks, in one process.
 * `begin` starts the script; until then the clock stands still.
 */
export class Emulator {
  readonly clock: TestClock;
  readonly time: TimeMachine;
  readonly journal = new Journal();
  readonly script: Script;
  readonly data: string;
  /** ms; the time of the server when the script began. */
  readonly startedAt: number;
  readonly #options: EmulatorOptions;
  readonly #users = new Map<string, VirtualUser>();
  readonly #receivers: Receivers;
  readonly #server: EmulatedServer;
  readonly #serverSide: ServerSide;

  private constructor(
    options: EmulatorOptions,
    parts: {
      readonly clock: TestClock;
      readonly receivers: Receivers;
      readonly server: EmulatedServer;
      readonly data: string;
    },
  ) {
    const { clock, receivers, server, data } = parts;
    this.#options = options;
    this.script = options.script;
    this.clock = clock;
    this.startedAt = clock.now();
    this.data = data;
    this.#receivers = receivers;
    this.#server = server;
    this.#serverSide = new ServerSide({
      rest: () => this.rest,
      restart: () => this.#restart(),
      callOf: (id) => this.#callOf(id),
      journal: this.journal,
      now: () => clock.now(),
      onFatal: options.onFatal,
    });
    this.time = new TimeMachine(clock, {
      underWay: () => server.underWay,
      asking: () => this.#serverSide.doing + this.users.filter(({ isDoing }) => isDoing).length,
      received: () => this.users.reduce((sum, { received }) => sum + received, 0),
      happened: () => this.journal.count + this.receiver.count + server.underWay.pushesTried,
      probe: () => server.probe(isVirtual),
    });
  }

  /** Opens the server and everything around it. Rejects with a sentence. */
  static async open(options: EmulatorOptions): Promise<Emulator> {
    const { script } = options;
    const data = dataFolder(options.data);
    const clock = new TestClock(script.start ?? Date.now());
    const receivers = await Receivers.open(() => clock.now());
    try {
      return new Emulator(options, {
        clock,
        receivers,
        server: await EmulatedServer.start({ ...options, data, clock }),
        data,
      });
    } catch (error) {
      receivers.close();
      if (options.data === undefined) rmSync(data, { recursive: true, force: true });
      throw error;
    }
  }

  get sdkAppId(): number {
    return devAppId;
  }

  /** The key that signatures are made with. */
  get key(): string {
    return this.#server.key;
  }

  /** The address of the server, `http://127.0.0.1:8080`. */
  get url(): string {
    return this.#server.url;
  }

  /** Where webhooks go. */
  get receiver(): Receiver {
    return this.#receivers.webhooks;
  }

  /** Where pushes go. */
  get inbox(): PushInbox {
    return this.#receivers.pushes;
  }

  /** The secret of `webhookUrl`; empty where none was given. */
  get webhookSecret(): string {
    return this.#receivers.yourSecret;
  }

  /** The REST API, for those who act as the server of an application. */
  get rest(): RestDoor {
    return this.#server.rest;
  }

  get users(): readonly VirtualUser[] {
    return [...this.#users.values()];
  }

  get underWay(): UnderWay {
    return this.#server.underWay;
  }

  /** Writes the past, signs everybody in, and sets the timeline and the clock going. */
  async begin(): Promise<void> {
    const { script } = this;
    if (script.history !== undefined) {
      await writeHistory(this.#server.calls, devAppId, script.history, this.startedAt);
    }
    const busyDay = script.traffic && planTraffic(script.traffic, this.startedAt);
    const users = [...script.users, ...(busyDay?.users ?? [])];
    const absent = users.filter(({ signedIn }) => !signedIn).map(({ id }) => id);
    if (absent.length > 0) await importUsers(this.rest, absent);
    if (users.some(({ push }) => push)) await this.#receivers.openPushes(this.data);
    for (const user of users) this.#addUser(user);
    for (const user of this.#users.values()) {
      await user.begin().catch((error: Error & { reason?: string }) => {
        if (error.reason === undefined) throw error;
        const { id } = user;
        this.journal.add({ at: this.clock.now(), user: id, what: 'signIn', refused: error.reason });
      });
    }
    await this.#makeBusy();
    await this.#receivers.openEndpoints(this.data, script.webhooks.failFirst, this.#options.webhookUrl);
    for (const entry of [...script.timeline, ...(busyDay?.timeline ?? [])]) this.#plan(entry);
    if (script.clock === 'running') this.clock.run();
  }

  /** A user by its id, made now where there is none: an ordinary one, who signs in. Rejects with `ScriptError`. */
  async user(id: string, described?: DescribedUser): Promise<VirtualUser> {
    const known = this.#users.get(id);
    if (known !== undefined) {
      if (described !== undefined) changeUser(known, described);
      return known;
    }
    const asked = described?.user ?? { ...ordinary, id };
    checkNewUser(asked);
    const user = this.#addUser(asked);
    try {
      if (asked.push) await this.#receivers.openPushes(this.data);
      if (!asked.signedIn) await importUsers(this.rest, [id]);
      await user.begin();
      if (asked.busy) await this.#keepBusy(user);
    } catch (error) {
      // Whoever asks again must not find half a user.
      this.#users.delete(id);
      user.close();
      throw whyNot(id, error);
    }
    return user;
  }

  /** A virtual user does something now. */
  async act(id: string, action: Action<UserActionName>): Promise<{ refused?: string; callId?: string }> {
    const done = await (await this.user(id)).act(action);
    await this.time.rest();
    return done;
  }

  /** Something happens on the side of the server. Rejects with `RestRefusal`. */
  actAsServer(action: Action<ServerActionName>): Promise<{ callId?: string }> {
    return this.#serverSide.act(action);
  }

  /** The records, in the order of their calls. */
  records(): Promise<readonly CallRecord[]> {
    return this.#server.records();
  }

  /** What has come of it so far. */
  async outcome(): Promise<Outcome> {
    const { refusals } = this.journal;
    const [records, { webhooks }, { pushes }] = [await this.records(), this.receiver, this.inbox];
    return { records, webhooks, pushes, refusals };
  }

  async close(): Promise<void> {
    await Promise.all([this.time.stop(), this.#serverSide.close()]);
    for (const user of this.#users.values()) user.close();
    // What the server waits for while it stops is measured by this clock.
    this.clock.run();
    await this.#server.close();
    this.clock.pause();
    this.#receivers.close();
    if (this.#options.data === undefined) rmSync(this.data, { recursive: true, force: true });
  }

  #addUser(user: ScriptUser): VirtualUser {
    const made = new VirtualUser(user, {
      clock: this.clock,
      journal: this.journal,
      url: () => `${this.url.replace('http', 'ws')}/signalling`,
      sdkAppId: this.sdkAppId,
      key: this.key,
      callOf: (id) => this.#callOf(id),
      pushProvider,
      ringOf: (id, device) => this.inbox.ringOf(id, device),
      answerUrl: () => `${this.url}/push`,
    });
    this.#users.set(user.id, made);
    return made;
  }

  #callOf(id: string): string | undefined {
    return this.#users.get(id)?.callId;
  }

  /** Busy users talk to a robot that does not hang up, before anybody listens to webhooks. */
  async #makeBusy(): Promise<void> {
    for (const user of this.#users.values()) if (user.described.busy) await this.#keepBusy(user);
  }

  async #keepBusy(user: VirtualUser): Promise<void> {
    const { whenCalled } = user;
    user.whenCalled = [];
    const callId = await robotCall(this.rest, { from: busyRobot, to: [user.id], media: 'Audio', timeout: 60_000 });
    await user.act({ name: 'answer', options: {} }, callId);
    await this.time.rest();
    user.whenCalled = whenCalled;
  }

  #plan(entry: TimelineEntry): void {
    this.clock.schedule('script', entry.at, () => {
      if (entry.user === undefined) void this.#serverSide.actByScript(entry.action);
      else void this.#users.get(entry.user)?.act(entry.action);
    });
  }

  async #restart(): Promise<void> {
    for (const user of this.#users.values()) user.cutSilent();
    await this.#server.restart();
  }
}

/** A user of whom nothing was said. */
const ordinary: Omit<ScriptUser, 'id'> = {
  devices: ['phone'],
  signedIn: true,
  push: false,
  busy: false,
  platform: 'Web',
  skew: 0,
  signature: 'good',
  whenCalled: [],
};
