import { rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { CallRecord } from 'ringback-engine';
import { controlClient } from '../admin/control-client.ts';
import { devAppId, type RunningServer, startServer } from '../app.ts';
import { makeWebhookSecret } from '../auth/webhook-secret.ts';
import type { Settings } from '../config/settings.ts';
import type { LogStream } from '../observe/log.ts';
import type { Script, ScriptUser, TimelineEntry } from '../script/script.ts';
import type { Action, ServerActionName, UserActionName } from '../script/words.ts';
import { dataFolder } from './data-folder.ts';
import { writeHistory } from './history.ts';
import { Journal } from './journal.ts';
import type { Outcome } from './outcome.ts';
import { PushInbox } from './push-inbox.ts';
import { Receiver } from './receiver.ts';
import { endCall, importUsers, kick, type RestDoor, RestRefusal, robotCall } from './rest.ts';
import { emulatorSettings } from './settings.ts';
import { TestClock } from './test-clock.ts';
import { TimeMachine } from './time-machine.ts';
import { planTraffic } from './traffic.ts';
import { isVirtual, VirtualUser } from './virtual-user.ts';

/** The webhook endpoint that is built in. */
const endpointId = 'emulator';

/** The push provider that is built in, and where it listens. */
const [pushProvider, pushPath] = ['emulator', '/push'];

/** The one of who starts the emulator. */
const yourEndpoint = 'yours';

/** The account that keeps busy users busy. */
const busyRobot = 'busy-line';

/** Records on a page. */
const perPage = 1000;

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
  readonly receiver: Receiver;
  /** Where pushes go. */
  readonly inbox: PushInbox;
  readonly script: Script;
  readonly data: string;
  /** ms; the time of the server when the script began. */
  readonly startedAt: number;
  readonly #options: EmulatorOptions;
  readonly #users = new Map<string, VirtualUser>();
  readonly #hooks: Server;
  #server: RunningServer;
  #settings: Settings;
  /** What the side of the server is asked for. */
  #acting: Promise<unknown> = Promise.resolve();
  #doing = 0;
  #webhookSecret = '';
  /** Frames that servers before this one have sent. */
  #sentBefore = 0;

  private constructor(
    options: EmulatorOptions,
    parts: {
      readonly clock: TestClock;
      readonly receiver: Receiver;
      readonly inbox: PushInbox;
      readonly hooks: Server;
      readonly server: RunningServer;
      readonly settings: Settings;
      readonly data: string;
    },
  ) {
    this.#options = options;
    this.script = options.script;
    this.clock = parts.clock;
    this.startedAt = parts.clock.now();
    this.receiver = parts.receiver;
    this.inbox = parts.inbox;
    this.data = parts.data;
    this.#hooks = parts.hooks;
    this.#server = parts.server;
    this.#settings = parts.settings;
    const all = (): readonly VirtualUser[] => [...this.#users.values()];
    this.time = new TimeMachine(this.clock, {
      underWay: () => {
        const now = this.#server.underWay();
        return { ...now, framesSent: now.framesSent + this.#sentBefore };
      },
      asking: () => this.#doing + all().filter(({ isDoing }) => isDoing).length,
      received: () => all().reduce((sum, { received }) => sum + received, 0),
      happened: () => this.journal.count + this.receiver.count + this.#server.underWay().pushesTried,
      probe: () => this.#server.probeDevices(isVirtual),
    });
  }

  /** Opens the server and everything around it. Rejects with a sentence. */
  static async open(options: EmulatorOptions): Promise<Emulator> {
    const { script, log, onFatal, port } = options;
    const data = dataFolder(options.data);
    const clock = new TestClock(script.start ?? Date.now());
    const receiver = new Receiver(() => clock.now());
    const inbox = new PushInbox(() => clock.now());
    const hooks = createServer((request, response) => {
      const to = request.url === pushPath ? inbox : receiver;
      to.handle(request, response).catch(() => response.destroy());
    });
    try {
      await listen(hooks);
      const settings = emulatorSettings({ data, port, script });
      const server = await startServer({ settings, log, onFatal, clock });
      // After a restart the server is where it was.
      const bound = Number(new URL(server.addresses.http ?? '').port);
      const again = emulatorSettings({ data, port: bound, script });
      return new Emulator(options, { clock, receiver, inbox, hooks, server, settings: again, data });
    } catch (error) {
      hooks.close();
      if (options.data === undefined) rmSync(data, { recursive: true, force: true });
      throw error;
    }
  }

  get sdkAppId(): number {
    return devAppId;
  }

  /** The key that signatures are made with. */
  get key(): string {
    return this.#server.apps.get(devAppId)?.keys.at(-1)?.secret ?? '';
  }

  /** The address of the server, `http://127.0.0.1:8080`. */
  get url(): string {
    return this.#server.addresses.http ?? '';
  }

  /** The secret of `webhookUrl`; empty where none was given. */
  get webhookSecret(): string {
    return this.#webhookSecret;
  }

  /** The REST API, for those who act as the server of an application. */
  get rest(): RestDoor {
    return { url: () => this.url, sdkAppId: this.sdkAppId, key: this.key, now: () => this.clock.now() };
  }

  get users(): readonly VirtualUser[] {
    return [...this.#users.values()];
  }

  get underWay() {
    return this.#server.underWay();
  }

  /** Writes the past, signs everybody in, and sets the timeline and the clock going. */
  async begin(): Promise<void> {
    const { script } = this;
    if (script.history !== undefined) {
      await writeHistory(this.#server.store.calls, devAppId, script.history, this.startedAt);
    }
    const busyDay = script.traffic && planTraffic(script.traffic, this.startedAt);
    const users = [...script.users, ...(busyDay?.users ?? [])];
    const absent = users.filter(({ signedIn }) => !signedIn).map(({ id }) => id);
    if (absent.length > 0) await importUsers(this.rest, absent);
    if (users.some(({ push }) => push)) await this.#openPushes();
    for (const user of users) this.#addUser(user);
    for (const user of this.#users.values()) {
      await user.begin().catch((error: Error & { reason?: string }) => {
        if (error.reason === undefined) throw error;
        const { id } = user;
        this.journal.add({ at: this.clock.now(), user: id, what: 'signIn', refused: error.reason });
      });
    }
    await this.#makeBusy();
    await this.#openEndpoints();
    for (const entry of [...script.timeline, ...(busyDay?.timeline ?? [])]) this.#plan(entry);
    if (script.clock === 'running') this.clock.run();
  }

  /** A user by its id, made now where there is none: an ordinary one, who signs in. */
  async user(id: string, described?: ScriptUser): Promise<VirtualUser> {
    const known = this.#users.get(id);
    if (known !== undefined) {
      if (described !== undefined) known.whenCalled = described.whenCalled;
      return known;
    }
    const user = this.#addUser(described ?? { ...ordinary, id });
    if (described?.push) await this.#openPushes();
    if (described?.signedIn === false) await importUsers(this.rest, [id]);
    await user.begin();
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
    // One after the other: a restart waits for what was asked before it, and what is asked after it waits for the restart.
    const done = this.#acting.then(() => this.#actAsServer(action));
    this.#acting = done.catch(() => {});
    return done;
  }

  async #actAsServer({ name, options }: Action<ServerActionName>): Promise<{ callId?: string }> {
    switch (name) {
      case 'restart':
        await this.#restart();
        return {};
      case 'kick':
        await kick(this.rest, options.user as string);
        return {};
      case 'endCall': {
        const callId = this.#callOf(options.callOf as string) ?? '';
        await endCall(this.rest, callId);
        return { callId };
      }
      case 'robotCall': {
        const { to, from = 'robot', media = 'Audio', timeout = 30_000, userData } = options;
        const call = { to: to as string[], from: from as string, media: media as string, timeout: timeout as number };
        const about = userData === undefined ? {} : { userData: userData as string };
        return { callId: await robotCall(this.rest, { ...call, ...about }) };
      }
    }
  }

  /** The records, in the order of their calls. */
  async records(): Promise<readonly CallRecord[]> {
    const records: CallRecord[] = [];
    for (let page = 1; ; page += 1) {
      const found = await this.#server.store.calls.records(devAppId, { from: 0, to: 2 ** 40, perPage, page });
      records.push(...found.records);
      if (records.length >= found.total || found.records.length === 0) break;
    }
    return records.sort((a, b) => a.startedAt - b.startedAt);
  }

  /** What has come of it so far. */
  async outcome(): Promise<Outcome> {
    const { refusals } = this.journal;
    const [records, { webhooks }, { pushes }] = [await this.records(), this.receiver, this.inbox];
    return { records, webhooks, pushes, refusals };
  }

  async close(): Promise<void> {
    await Promise.all([this.time.stop(), this.#acting]);
    for (const user of this.#users.values()) user.close();
    // What the server waits for while it stops is measured by this clock.
    this.clock.run();
    await this.#server.close();
    this.clock.pause();
    this.#hooks.close();
    this.#hooks.closeAllConnections();
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
    for (const user of this.#users.values()) {
      if (!user.isBusy) continue;
      const { whenCalled } = user;
      user.whenCalled = [];
      const callId = await robotCall(this.rest, { from: busyRobot, to: [user.id], media: 'Audio', timeout: 60_000 });
      await user.act({ name: 'answer', options: {} }, callId);
      await this.time.rest();
      user.whenCalled = whenCalled;
    }
  }

  /** The push service of the operator's own, as the server sees it. */
  async #openPushes(): Promise<void> {
    if (this.inbox.secret !== '') return;
    const { port } = this.#hooks.address() as AddressInfo;
    this.inbox.secret = makeWebhookSecret();
    const setup = { kind: 'webhook', url: `http://127.0.0.1:${port}${pushPath}`, secret: this.inbox.secret };
    await controlClient(this.data)('push.set', { app: devAppId, name: pushProvider, ...setup });
  }

  async #openEndpoints(): Promise<void> {
    const operator = controlClient(this.data);
    const { port } = this.#hooks.address() as AddressInfo;
    const add = async (id: string, url: string): Promise<string> => {
      await operator('endpoints.remove', { app: devAppId, id }).catch(() => {});
      const { secrets } = (await operator('endpoints.add', { app: devAppId, id, url })) as { secrets: string[] };
      return secrets[0] ?? '';
    };
    this.receiver.failFirst = this.script.webhooks.failFirst;
    this.receiver.secret = await add(endpointId, `http://127.0.0.1:${port}/`);
    if (this.#options.webhookUrl !== undefined) this.#webhookSecret = await add(yourEndpoint, this.#options.webhookUrl);
  }

  #plan(entry: TimelineEntry): void {
    this.clock.schedule('script', entry.at, () => {
      if (entry.user === undefined) void this.#serverDoes(entry.action);
      else void this.#users.get(entry.user)?.act(entry.action);
    });
  }

  async #serverDoes(action: Action<ServerActionName>): Promise<void> {
    this.#doing += 1;
    try {
      await this.actAsServer(action);
      this.journal.add({ at: this.clock.now(), user: 'server', what: action.name });
    } catch (error) {
      // Nobody waits for this: what is no refusal, such as a server that does not start again, ends the emulator.
      if (!(error instanceof RestRefusal)) this.#options.onFatal(error as Error);
      const refused = (error as Error).message;
      this.journal.add({ at: this.clock.now(), user: 'server', what: action.name, refused });
    } finally {
      this.#doing -= 1;
    }
  }

  async #restart(): Promise<void> {
    const { log, onFatal } = this.#options;
    for (const user of this.#users.values()) user.cutSilent();
    this.#sentBefore += this.#server.underWay().framesSent;
    await this.#server.close();
    this.#server = await startServer({ settings: this.#settings, log, onFatal, clock: this.clock });
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

function listen(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
}
