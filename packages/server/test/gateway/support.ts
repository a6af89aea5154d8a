import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { nodeId, type UserId, userId } from 'ringback-protocol';
import { Authenticator } from '../../src/auth/authenticator.ts';
import { makeUserSig } from '../../src/auth/usersig.ts';
import { CallService } from '../../src/calls/call-service.ts';
import { makeRemoval } from '../../src/calls/removal.ts';
import { LocalBus } from '../../src/cluster/local/bus.ts';
import { LocalPresence } from '../../src/cluster/local/presence.ts';
import type { Command } from '../../src/commands/command.ts';
import { commands as theList } from '../../src/commands/index.ts';
import { devCertificate } from '../../src/config/dev-certificate.ts';
import { withAccountDeadline } from '../../src/gateway/account-deadline.ts';
import { Gateway } from '../../src/gateway/gateway.ts';
import {
  defaultGatewaySettings,
  type GatewayOptions,
  type GatewaySettings,
  type TlsMaterial,
} from '../../src/gateway/options.ts';
import type { Accounts } from '../../src/ports/accounts.ts';
import type { App } from '../../src/ports/apps.ts';
import { PushAnswers } from '../../src/push/answers.ts';
import { TokenDesk } from '../../src/push/desk.ts';
import { openSqlite, type SqliteStore } from '../../src/stores/sqlite.ts';
import { AddressGuard } from '../../src/webhooks/guard.ts';
import { Listeners } from '../../src/webhooks/listeners.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { noWebhooks } from '../support/no-webhooks.ts';
import { testApp } from '../support/test-app.ts';

/** s; where the clock of the tests begins. */
export const startOfTime = 1_780_000_000;

let certificate: Promise<TlsMaterial> | undefined;

/** A certificate for localhost, made once a process. */
export async function testCertificate(): Promise<TlsMaterial> {
  certificate ??= makeCertificate();
  return certificate;
}

/** A fresh certificate for localhost. */
export async function makeCertificate(): Promise<TlsMaterial> {
  const folder = mkdtempSync(join(tmpdir(), 'ringback-certificate-'));
  const files = await devCertificate(folder, Date.now());
  const material = { cert: readFileSync(files.cert), key: readFileSync(files.key) };
  rmSync(folder, { recursive: true });
  return material;
}

/** What a test wants of its gateway. */
export interface SceneOptions {
  readonly settings?: Partial<GatewaySettings>;
  readonly app?: Partial<App>;
  readonly commands?: readonly Command[];
  readonly gateway?: Partial<GatewayOptions>;
  /** Stands before the accounts that calls ask. */
  readonly accounts?: (accounts: Accounts) => Accounts;
  /** Opens an HTTPS port too. */
  readonly tls?: boolean;
  /** Of an application, at most. */
  readonly maxAccounts?: number;
}

/** A signed URL's ingredients; what is left out is right. */
export interface Signing {
  readonly app?: number;
  readonly identifier?: string;
  readonly sigIdentifier?: string;
  readonly sigApp?: number;
  readonly key?: string;
  /** s. */
  readonly time?: number;
  readonly expire?: number;
}

/** A gateway over the real store and service of calls, on free ports. Calls live by a clock that stands still. */
export class Scene {
  readonly clock = new ManualClock(startOfTime * 1000);
  readonly lines: string[] = [];
  readonly warnings: { fields: object; message: string }[] = [];
  readonly errors: { fields: object; message: string }[] = [];
  readonly counted: { command: string; code: number }[] = [];
  app: App;
  readonly listeners = new Listeners();
  readonly presence = new LocalPresence();
  store!: SqliteStore;
  calls!: CallService;
  gateway!: Gateway;
  #closed = false;
  readonly #folder = mkdtempSync(join(tmpdir(), 'ringback-gateway-'));

  private constructor(app: App) {
    this.app = app;
  }

  static async open(options: SceneOptions = {}): Promise<Scene> {
    const scene = new Scene(testApp(options.app));
    const { clock } = scene;
    const onFatal = (error: Error) => {
      throw error;
    };
    const { maxAccounts } = options;
    const path = join(scene.#folder, 'test.db');
    const bound = maxAccounts === undefined ? {} : { maxAccounts };
    scene.store = await openSqlite({ path, node: nodeId('n1'), clock, onFatal, ...bound });
    const { accounts, apps, groups, endpoints, calls: store } = scene.store;
    await apps.save(scene.app);
    const observer = { started: () => {}, accepted: () => {}, ended: () => {}, failed: () => {} };
    const bus = new LocalBus();
    scene.calls = new CallService({
      store,
      accounts: withAccountDeadline(options.accounts?.(accounts) ?? accounts, clock),
      groups,
      outbox: noWebhooks,
      bus,
      clock,
      observer,
    });
    const { pushProviders, pushTokens, pushLog } = scene.store;
    const push = new TokenDesk({ providers: pushProviders, tokens: pushTokens, senders: [], clock });
    scene.gateway = new Gateway({
      settings: {
        ...defaultGatewaySettings,
        closeGrace: 1000,
        // Event loops of test machines are late for reasons of their own.
        overloadDelay: 10_000,
        http: { host: '127.0.0.1', port: 0, mode: 'serve' },
        ...(options.tls === true ? { https: { host: '127.0.0.1', port: 0, tls: await testCertificate() } } : {}),
        ...options.settings,
      },
      apps,
      authenticator: new Authenticator({ apps, accounts, clock, refused: () => {} }),
      commands: options.commands ?? theList,
      calls: scene.calls,
      store,
      endpoints,
      accounts: withAccountDeadline(options.accounts?.(accounts) ?? accounts, clock),
      groups,
      presence: scene.presence,
      removal: makeRemoval({ accounts, groups, calls: scene.calls, bus, push, clock }),
      push,
      pushAnswers: new PushAnswers({ apps, calls: scene.calls, log: pushLog, clock }),
      webhookProblem: (url) => new AddressGuard([]).problem(url),
      listeners: scene.listeners,
      clock,
      log: {
        info: () => {},
        warn: (fields, message) => scene.warnings.push({ fields, message }),
        error: (fields, message) => scene.errors.push({ fields, message }),
      },
      accessLog: (lines) => scene.lines.push(...lines.split('\n')),
      metrics: { answered: (command, code) => scene.counted.push({ command, code }) },
      metricsText: () => 'ringback_up 1\n',
      onUpgrade: (_, socket) => socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n'),
      ready: () => true,
      ...options.gateway,
    });
    try {
      await scene.gateway.listen();
    } catch (error) {
      await scene.close();
      throw error;
    }
    return scene;
  }

  get port(): number {
    return this.gateway.addresses.http?.port ?? 0;
  }

  get tlsPort(): number {
    return this.gateway.addresses.https?.port ?? 0;
  }

  /** Changes the application; in force when the promise resolves. */
  async change(change: Partial<App>): Promise<void> {
    this.app = { ...this.app, ...change };
    await this.store.apps.save(this.app);
  }

  async accounts(...names: readonly string[]): Promise<void> {
    for (const name of names) await this.store.accounts.ensure(this.app.sdkAppId, userId(name));
  }

  userSig(signing: Signing = {}): string {
    const identifier = signing.sigIdentifier ?? signing.identifier ?? 'administrator';
    return makeUserSig({
      sdkAppId: signing.sigApp ?? signing.app ?? this.app.sdkAppId,
      userId: identifier,
      key: signing.key ?? this.app.keys[0]?.secret ?? '',
      now: signing.time ?? Math.floor(this.clock.now() / 1000),
      expire: signing.expire ?? 86_400,
    });
  }

  /** The signed target of a command. */
  target(command: string, signing: Signing = {}): string {
    const identifier = encodeURIComponent(signing.identifier ?? 'administrator');
    const app = signing.app ?? this.app.sdkAppId;
    const usersig = encodeURIComponent(this.userSig(signing));
    const path = command.startsWith('v1/') ? command : `v4/${command}`;
    return `/${path}?sdkappid=${app}&identifier=${identifier}&usersig=${usersig}&random=7&contenttype=json`;
  }

  /** Sends a command on a connection of its own. */
  async send(command: string, body: unknown, signing: Signing = {}): Promise<Envelope> {
    const client = await RawClient.open(this.port);
    try {
      client.post(this.target(command, signing), JSON.stringify(body));
      return (await client.answer()).json();
    } finally {
      client.close();
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.gateway.close();
    this.calls.close();
    await this.store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export interface Envelope {
  readonly ActionStatus: string;
  readonly ErrorCode: number;
  readonly ErrorInfo: string;
  readonly RequestId: string;
  // biome-ignore lint/suspicious/noExplicitAny: answers are judged by the tests, member by member.
  readonly [member: string]: any;
}

/** One HTTP answer as it came over the wire. */
export class RawAnswer {
  readonly status: number;
  /** Names in lower case. */
  readonly headers: ReadonlyMap<string, string>;
  readonly version: string;
  readonly body: string;

  constructor(head: string, body: string) {
    const [first = '', ...lines] = head.split('\r\n');
    const match = /^(HTTP\/1\.[01]) (\d{3})/.exec(first);
    this.version = match?.[1] ?? '';
    this.status = Number(match?.[2]);
    this.headers = new Map(
      lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]),
    );
    this.body = body;
  }

  json(): Envelope {
    return JSON.parse(this.body);
  }
}

/** A caller that writes bytes and reads answers. */
export class RawClient {
  readonly socket: Socket;
  #received = Buffer.alloc(0);
  #ended = false;
  #wake: () => void = () => {};

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on('data', (chunk) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#wake();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#ended = true;
      this.#wake();
    });
  }

  static open(port: number): Promise<RawClient> {
    return RawClient.#opened(connect({ host: '127.0.0.1', port, noDelay: true }), 'connect');
  }

  static openTls(port: number, options: ConnectionOptions = {}): Promise<RawClient> {
    const socket = connectTls({ host: '127.0.0.1', port, rejectUnauthorized: false, ...options });
    return RawClient.#opened(socket, 'secureConnect');
  }

  static #opened(socket: Socket, event: string): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      socket.once('error', reject);
      socket.once(event, () => resolve(new RawClient(socket)));
    });
  }

  write(bytes: string | Buffer): void {
    this.socket.write(bytes);
  }

  /** Sends a request the ordinary way. */
  post(target: string, body: string | Buffer, headers: Readonly<Record<string, string>> = {}, method = 'POST'): void {
    const lines = Object.entries({ Host: 'localhost', 'Content-Length': String(Buffer.byteLength(body)), ...headers });
    const head = `${method} ${target} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
    this.write(Buffer.concat([Buffer.from(head, 'latin1'), Buffer.from(body)]));
  }

  /** The next answer. `toHead`: the answer has no body, because the question was HEAD. */
  async answer({ toHead = false, ms = 5000 } = {}): Promise<RawAnswer> {
    const deadline = Date.now() + ms;
    for (;;) {
      const end = this.#received.indexOf('\r\n\r\n');
      if (end >= 0) {
        const head = this.#received.toString('latin1', 0, end);
        const length = toHead ? 0 : Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
        const from = end + 4;
        if (this.#received.length >= from + length) {
          const body = this.#received.toString('utf8', from, from + length);
          this.#received = this.#received.subarray(from + length);
          return new RawAnswer(head, body);
        }
      }
      if (this.#ended) throw new Error(`closed after: ${this.#received.toString('latin1')}`);
      await this.#more(deadline);
    }
  }

  /** Resolves with what was left to read when the other side has closed. */
  async closed(ms = 5000): Promise<string> {
    const deadline = Date.now() + ms;
    while (!this.#ended) await this.#more(deadline);
    return this.#received.toString('latin1');
  }

  get ended(): boolean {
    return this.#ended;
  }

  close(): void {
    this.socket.destroy();
  }

  async #more(deadline: number): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('nothing came in time')), Math.max(1, deadline - Date.now()));
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/** Lets what is under way in this process and its sockets happen. */
export const settle = (ms = 20): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const user = (name: string): UserId => userId(name);
