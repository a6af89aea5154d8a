import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Call } from 'ringback-engine';
import {
  type DeviceId,
  errorFrameSchema,
  type NoticeMethod,
  nodeId,
  type RequestMethod,
  sdkAppId,
  signallingNotices,
  signallingRequests,
  type UserId,
  userId,
} from 'ringback-protocol';
import { Compile } from 'typebox/compile';
import { WebSocket } from 'ws';
import { Authenticator } from '../../src/auth/authenticator.ts';
import { makeUserSig } from '../../src/auth/usersig.ts';
import { CallService } from '../../src/calls/call-service.ts';
import type { Calls } from '../../src/calls/calls.ts';
import { LocalBus } from '../../src/cluster/local/bus.ts';
import { LocalPresence } from '../../src/cluster/local/presence.ts';
import { MediaPlane, type MediaPlaneOptions } from '../../src/media/plane.ts';
import type { Log } from '../../src/observe/log.ts';
import type { App } from '../../src/ports/apps.ts';
import type { ChangedBy } from '../../src/ports/media.ts';
import { TokenDesk } from '../../src/push/desk.ts';
import { PushService } from '../../src/push/push-service.ts';
import { openSenders } from '../../src/push/senders.ts';
import { type SignallingOptions, SignallingServer } from '../../src/signalling/socket-server.ts';
import { openSqlite, type SqliteStore } from '../../src/stores/sqlite.ts';
import { AddressGuard } from '../../src/webhooks/guard.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { noWebhooks } from '../support/no-webhooks.ts';
import { testApp } from '../support/test-app.ts';

// biome-ignore lint/suspicious/noExplicitAny: frames are judged by the tests, member by member.
export type Json = any;

/** Asks again until there is no reason left why it is not so. */
export async function until(reason: () => string | undefined, ms = 5000): Promise<void> {
  const deadline = Date.now() + ms;
  for (;;) {
    const last = reason();
    if (last === undefined) return;
    if (Date.now() > deadline) throw new Error(`Waited ${ms} ms: ${last}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** What a test may want otherwise. */
export interface SceneOptions extends Partial<Pick<SignallingOptions, 'limits' | 'overloaded' | 'requests'>> {
  readonly app?: Partial<App>;
  /** Calls have media. */
  readonly media?: Partial<MediaPlaneOptions>;
  /** Wraps the service of calls, to slow it down or to make it fail. */
  readonly calls?: (calls: Calls) => Calls;
  /** Of an application, at most. */
  readonly maxAccounts?: number;
}

/** The signalling socket over the real embedded store, on a port of its own; time stands still until it is advanced. */
export class Scene {
  readonly clock = new ManualClock();
  readonly bus = new LocalBus();
  readonly presence = new LocalPresence();
  /** What the observer heard. */
  readonly seen: string[] = [];
  readonly errors: Json[] = [];
  store!: SqliteStore;
  calls!: CallService;
  media!: MediaPlane;
  push!: TokenDesk;
  pushes!: PushService;
  #closeSenders!: () => Promise<void>;
  signalling!: SignallingServer;
  app!: App;
  port = 0;
  #http!: Server;
  readonly #folder = mkdtempSync(join(tmpdir(), 'ringback-signalling-'));
  readonly #devices: Device[] = [];

  static async open(options: SceneOptions = {}): Promise<Scene> {
    const scene = new Scene();
    const { clock, bus, presence } = scene;
    const { path } = scene;
    const onFatal = (error: Error) => {
      throw error;
    };
    const bound = options.maxAccounts === undefined ? {} : { maxAccounts: options.maxAccounts };
    scene.store = await openSqlite({ path, node: nodeId('n1'), clock, onFatal, ...bound });
    scene.app = testApp(options.app);
    await scene.store.apps.save(scene.app);
    const { accounts, apps, calls: store } = scene.store;
    const nothing = () => {};
    const observer = { started: nothing, accepted: nothing, ended: nothing, failed: nothing };
    const gone = (call: Call, user: UserId, device: DeviceId) => scene.calls.mediaFailed(call, user, device);
    scene.media = new MediaPlane({
      setting: 'auto',
      providers: [],
      ice: { stunUrls: [], turnUrls: [], turnSecret: '', turnTtl: 60 },
      observer: { moved: nothing, openFailed: nothing, lost: nothing, failed: nothing, gaveUp: nothing },
      ...options.media,
      bus,
      clock,
      reports: scene.store.quality,
      gone,
    });
    const guard = new AddressGuard(['127.0.0.0/8']);
    const { senders, close } = openSenders({ guard, clock });
    scene.#closeSenders = close;
    const { pushProviders: providers, pushTokens: tokens, pushRings: rings, pushLog: log } = scene.store;
    const push = new TokenDesk({ providers, tokens, senders, clock, reading: () => scene.pushes.tokensRead() });
    scene.push = push;
    scene.pushes = new PushService({
      providers,
      tokens,
      rings,
      log,
      senders,
      apps,
      store,
      presence,
      clock,
      observer: { pushed: nothing, failed: (error) => scene.errors.push({ err: error }) },
      publicUrl: 'https://calls.example.com',
    });
    await scene.pushes.open();
    const follower = {
      changed: (call: Call, before: Call | undefined, by: ChangedBy) => {
        // Tests that are not about media hear nothing of it.
        if (options.media !== undefined) scene.media.changed(call);
        scene.pushes.changed(call, before, by);
      },
    };
    scene.calls = new CallService({
      store,
      accounts,
      groups: scene.store.groups,
      outbox: noWebhooks,
      bus,
      clock,
      observer,
      follower,
    });
    const authenticator = new Authenticator({ apps, accounts, clock, refused: nothing });
    scene.signalling = new SignallingServer({
      authenticate: (credentials) => authenticator.authenticate(credentials),
      calls: options.calls?.(scene.calls) ?? scene.calls,
      leases: scene.calls.leases,
      store,
      accounts,
      groups: scene.store.groups,
      apps,
      bus,
      presence,
      media: scene.media,
      push,
      rings: scene.pushes,
      clock,
      log: {
        debug: nothing,
        info: nothing,
        warn: nothing,
        error: (fields: Json) => scene.errors.push(fields),
      } as unknown as Log,
      observer: {
        turnedAway: (why) => scene.seen.push(`turnedAway ${why}`),
        opened: () => scene.seen.push('opened'),
        closed: (code) => scene.seen.push(`closed ${code}`),
        signedIn: () => scene.seen.push('signedIn'),
        signedOut: () => scene.seen.push('signedOut'),
        requested: (method, error) => scene.seen.push(`${method} ${error}`),
        sent: nothing,
      },
      clientIp: (request) => (request.headers['x-test-ip'] as string | undefined) ?? '127.0.0.1',
      ...(options.limits === undefined ? {} : { limits: options.limits }),
      ...(options.overloaded === undefined ? {} : { overloaded: options.overloaded }),
      ...(options.requests === undefined ? {} : { requests: options.requests }),
    });
    scene.#http = createServer((_, response) => response.end());
    scene.#http.on('upgrade', (request, socket, head) => scene.signalling.handleUpgrade(request, socket, head));
    await new Promise<void>((resolve) => scene.#http.listen(0, '127.0.0.1', resolve));
    scene.port = (scene.#http.address() as AddressInfo).port;
    return scene;
  }

  /** The file of the store. */
  get path(): string {
    return join(this.#folder, 'test.db');
  }

  get url(): string {
    return `ws://127.0.0.1:${this.port}/signalling`;
  }

  /** A UserSig as a customer's server makes it. `expire` in s. */
  userSig(name: string, expire = 86_400): string {
    const { sdkAppId, keys } = this.app;
    const now = Math.floor(this.clock.now() / 1000);
    return makeUserSig({ sdkAppId, userId: name, key: keys[0]?.secret ?? '', expire, now });
  }

  /** Connects a device; its socket is closed at the end of the test. */
  async connect(name: string, deviceId = `${name}-phone`, headers: Record<string, string> = {}): Promise<Device> {
    const device = new Device(this, name, deviceId);
    this.#devices.push(device);
    await device.connect(headers);
    return device;
  }

  /** Connects and signs in. */
  async device(name: string, deviceId = `${name}-phone`, platform = 'Web'): Promise<Device> {
    const device = await this.connect(name, deviceId);
    await device.signIn({ platform });
    return device;
  }

  /** Makes accounts that nobody has signed in with yet. */
  async accounts(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.store.accounts.ensure(this.app.sdkAppId, userId(name));
  }

  /** Lets time pass in steps, with real I/O in between; devices of `pinging` stay awake. */
  async pass(ms: number, pinging: readonly Device[] = []): Promise<void> {
    for (let gone = 0; gone < ms; gone += 1000) {
      this.clock.advance(Math.min(1000, ms - gone));
      for (const device of pinging) if (device.isOpen) await device.ask('ping');
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }

  /** As good as new: nobody is connected, and the application is another one without users. */
  async renew(change: Partial<App> = {}): Promise<void> {
    for (const device of this.#devices) device.drop();
    this.#devices.length = 0;
    await until(() => (this.signalling.sockets === 0 ? undefined : `${this.signalling.sockets} sockets are open`));
    this.seen.length = 0;
    this.errors.length = 0;
    this.app = testApp({ sdkAppId: sdkAppId(this.app.sdkAppId + 1), ...change });
    await this.store.apps.save(this.app);
  }

  async close(): Promise<void> {
    for (const device of this.#devices) device.drop();
    await this.signalling.close();
    this.calls.close();
    await this.pushes.close();
    await this.#closeSenders();
    await this.media.close();
    await new Promise((resolve) => this.#http.close(resolve));
    await this.store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Hands each test a scene: a common one, renewed, unless the test wants more than another application. */
export class Stage {
  #common: Scene | undefined;
  #own: Scene | undefined;

  async open(options: SceneOptions = {}): Promise<Scene> {
    if (Object.keys(options).some((name) => name !== 'app')) {
      this.#own = await Scene.open(options);
      return this.#own;
    }
    this.#common ??= await Scene.open();
    await this.#common.renew(options.app);
    return this.#common;
  }

  /** After each test. */
  async clear(): Promise<void> {
    await this.#own?.close();
    this.#own = undefined;
  }

  /** After all tests. */
  async close(): Promise<void> {
    await this.#common?.close();
  }
}

const compiled = new Map<object, { Check(value: unknown): boolean }>();
const fits = (schema: object, value: unknown): boolean => {
  let check = compiled.get(schema);
  if (check === undefined) {
    check = Compile(schema);
    compiled.set(schema, check);
  }
  return check.Check(value);
};

/** A device that judges every frame it is sent by the schemas of the protocol. */
export class Device {
  readonly name: string;
  readonly deviceId: string;
  /** All that came: answers as `answer <method>`, refusals as `refusal <method> <name>`, notices by their method. */
  readonly log: string[] = [];
  readonly notices: { readonly method: string; readonly params: Json }[] = [];
  readonly frames: Json[] = [];
  closeCode = 0;
  closeReason = '';
  readonly #scene: Scene;
  #socket: WebSocket | undefined;
  #count = 0;
  readonly #asked = new Map<unknown, { readonly method: string; readonly settle: (frame: Json) => void }>();

  constructor(scene: Scene, name: string, deviceId: string) {
    this.#scene = scene;
    this.name = name;
    this.deviceId = deviceId;
  }

  get isOpen(): boolean {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  get socket(): WebSocket {
    if (this.#socket === undefined) throw new Error('The device is not connected.');
    return this.#socket;
  }

  async connect(headers: Record<string, string> = {}): Promise<void> {
    const socket = new WebSocket(this.#scene.url, 'ringback.v1', { headers });
    this.#socket = socket;
    this.closeCode = 0;
    socket.on('message', (data) => this.#take(JSON.parse(data.toString())));
    socket.on('close', (code, reason) => {
      this.closeCode = code;
      this.closeReason = reason.toString();
      for (const { settle } of this.#asked.values()) settle({ error: { code: 0, message: `closed with ${code}` } });
      this.#asked.clear();
    });
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    socket.on('error', () => {});
  }

  async signIn(change: object = {}): Promise<Json> {
    const { sdkAppId } = this.#scene.app;
    const userSig = this.#scene.userSig(this.name);
    const params = { sdkAppId, userId: this.name, userSig, platform: 'Web', deviceId: this.deviceId, ...change };
    return this.ask('signIn', params);
  }

  /** Sends a request; resolves with its result, throws what was refused as `<name> …`. */
  async ask(method: string, params: object = {}): Promise<Json> {
    const frame = await this.tell(method, params);
    if (frame.error !== undefined) {
      throw Object.assign(new Error(`${frame.error.data?.name} ${frame.error.message}`), frame.error);
    }
    return frame.result;
  }

  /** Sends a request; resolves with the whole answer. */
  tell(method: string, params: object = {}): Promise<Json> {
    this.#count += 1;
    const id = this.#count;
    return new Promise((settle) => {
      this.#asked.set(id, { method, settle });
      this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  /** The name and field of the refusal that a request gets. */
  async refusal(method: string, params: object = {}): Promise<Json> {
    const { error } = await this.tell(method, params);
    return error === undefined ? 'accepted' : { code: error.code, ...error.data };
  }

  /** Sends text as it is, and resolves with the next answer that carries no id of ours. */
  async sendRaw(text: string): Promise<Json> {
    const from = this.frames.length;
    this.socket.send(text);
    await until(() => (this.frames.length > from ? undefined : 'no answer'));
    return this.frames[from];
  }

  async hears(method: NoticeMethod, wanted: (params: Json) => boolean = () => true): Promise<Json> {
    const find = () => this.notices.find((one) => one.method === method && wanted(one.params));
    await until(() => (find() === undefined ? `${this.name} heard ${JSON.stringify(this.log)}` : undefined));
    return find()?.params;
  }

  async closed(): Promise<number> {
    await until(() => (this.closeCode === 0 ? `${this.name} is open, heard ${JSON.stringify(this.log)}` : undefined));
    return this.closeCode;
  }

  /** Forgets what was heard so far. */
  forget(): void {
    this.log.length = 0;
    this.notices.length = 0;
  }

  /** Cuts the line without a word. */
  drop(): void {
    this.#socket?.terminate();
  }

  #take(frame: Json): void {
    this.frames.push(frame);
    const asked = this.#asked.get(frame.id);
    this.#asked.delete(frame.id);
    if (frame.method !== undefined) {
      this.#judge(signallingNotices[frame.method as NoticeMethod]?.params, frame.params, frame);
      this.log.push(frame.method);
      this.notices.push(frame);
    } else if (frame.error !== undefined) {
      this.#judge(errorFrameSchema, frame, frame);
      this.log.push(`refusal ${asked?.method} ${frame.error.data?.name}`);
    } else {
      this.#judge(signallingRequests[asked?.method as RequestMethod]?.result, frame.result, frame);
      this.log.push(`answer ${asked?.method}`);
    }
    asked?.settle(frame);
  }

  /** A frame that does not fit its own schema fails the test that provoked it. */
  #judge(schema: object | undefined, value: unknown, frame: Json): void {
    if (schema !== undefined && !fits(schema, value)) throw new Error(`Not as declared: ${JSON.stringify(frame)}`);
  }
}
