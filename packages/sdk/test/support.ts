import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Refusal } from 'ringback-protocol';
import { vi } from 'vitest';
import { WebSocket } from 'ws';
import { controlClient } from '../../server/src/admin/control-client.ts';
import { devAppId, type RunningServer, startServer } from '../../server/src/app.ts';
import { makeUserSig } from '../../server/src/auth/usersig.ts';
import { loadSettings } from '../../server/src/config/load.ts';
import { openLog } from '../../server/src/observe/log.ts';
import type * as Sdk from '../src/index.ts';

export type Engine = Sdk.TUICallEngine;
export type Payload = Readonly<Record<string, unknown>>;

/** What an application hears, in order. */
export interface Heard {
  readonly name: string;
  readonly payload: Payload | undefined;
}

/** An app in a page of its own: the modules of the SDK are loaded anew, as another page would. */
export interface App {
  readonly sdk: typeof Sdk;
  readonly engine: Engine;
  readonly heard: Heard[];
  readonly userId: string;
  /** Payloads of one event. */
  of(name: string): readonly Payload[];
  /** Waits for an event; gives its last payload. */
  hears(name: string, count?: number): Promise<Payload>;
}

/** Asks until the answer is right. */
export async function until<T>(what: string, ask: () => T, right: (answer: T) => boolean, ms = 8000): Promise<T> {
  for (const from = performance.now(); ; await new Promise((resolve) => setTimeout(resolve, 5))) {
    const answer = ask();
    if (right(answer)) return answer;
    if (performance.now() - from > ms) throw new Error(`It did not come: ${what}; there is ${JSON.stringify(answer)}`);
  }
}

/** What a promise comes to. */
export const outcome = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => 'done',
    (error) => error,
  );

/** A wire between an app and the server that can be cut. */
class Wire {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  cutOff = false;

  constructor(to: () => number) {
    this.#server = createServer(async (inner) => {
      if (this.cutOff) {
        inner.destroy();
        return;
      }
      const { connect } = await import('node:net');
      const outer = connect(to(), '127.0.0.1');
      for (const [one, other] of [
        [inner, outer],
        [outer, inner],
      ] as const) {
        this.#sockets.add(one);
        one.on('error', () => {});
        one.on('close', () => {
          this.#sockets.delete(one);
          other.destroy();
        });
        one.pipe(other);
      }
    });
  }

  async open(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
  }

  /** Every connection breaks, and while `stay` none can be made. */
  cut(stay: boolean): void {
    this.cutOff = stay;
    for (const socket of this.#sockets) socket.destroy();
  }

  async close(): Promise<void> {
    this.cut(true);
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

/** A whole server, and apps that call each other over it. */
export class House {
  readonly #data = mkdtempSync(join(tmpdir(), 'ringback-sdk-'));
  readonly #apps: App[] = [];
  readonly #wires: Wire[] = [];
  readonly #flags: Record<string, string>;
  #server!: RunningServer;
  #http = '127.0.0.1:0';

  private constructor(flags: Record<string, string>) {
    this.#flags = flags;
  }

  /** `flags`: settings of the server, besides those of all tests. */
  static async open(flags: Record<string, string> = {}): Promise<House> {
    const house = new House(flags);
    await house.start();
    return house;
  }

  async start(): Promise<void> {
    const own = { data: this.#data, dev: true, https: 'off', ops: 'off', http: this.#http, 'media.provider': 'p2p' };
    const { settings } = loadSettings({ flags: { ...own, ...this.#flags }, env: {} });
    this.#server = await startServer({
      settings,
      log: openLog({ level: 'error', fd: 2 }),
      onFatal: (error) => {
        throw error;
      },
    });
    this.#http = new URL(this.url).host;
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }

  /** Nothing can be written to the store, as where the database is out of reach; call what it returns to mend that. */
  breakStore(): () => void {
    const { calls } = this.#server.store;
    const broken = vi.spyOn(calls, 'commit').mockRejectedValue(new Refusal('internal'));
    return () => broken.mockRestore();
  }

  get url(): string {
    return this.#server.addresses.http ?? '';
  }

  get appId(): number {
    return devAppId;
  }

  userSig(userId: string, expire = 3600): string {
    const key = this.#server.apps.get(devAppId)?.keys[0]?.secret ?? '';
    return makeUserSig({ sdkAppId: devAppId, userId, key, expire, now: Math.floor(Date.now() / 1000) });
  }

  async wire(): Promise<{ readonly url: string; readonly wire: Wire }> {
    const wire = new Wire(() => Number(new URL(this.url).port));
    this.#wires.push(wire);
    return { url: await wire.open(), wire };
  }

  /** The SDK, loaded anew. */
  async load(): Promise<typeof Sdk> {
    vi.resetModules();
    return import('../src/index.ts');
  }

  /** An app that is not signed in. */
  async page(userId: string, config: Sdk.PageConfig = {}): Promise<App> {
    const sdk = await this.load();
    // Signalling alone: there is no browser here.
    sdk.TUICallEngine.configure({
      server: this.url,
      media: false,
      WebSocket: WebSocket as never,
      deviceId: `${userId}-${this.#apps.length}`,
      ...config,
    });
    const engine = sdk.TUICallEngine.createInstance({ SDKAppID: devAppId });
    const heard: Heard[] = [];
    for (const name of new Set(Object.values(sdk.TUICallEvent))) {
      engine.on(name as string, ((payload: Payload | undefined) => heard.push({ name, payload })) as never);
    }
    const of = (name: string) => heard.filter((one) => one.name === name).map(({ payload }) => payload ?? {});
    const hears = async (name: string, count = 1) =>
      (
        await until(
          `${name} at ${userId}`,
          () => of(name),
          (all) => all.length >= count,
        )
      ).at(-1) ?? {};
    const app = { sdk, engine, heard, userId, of, hears };
    this.#apps.push(app);
    return app;
  }

  /** An app that is signed in. */
  async app(userId: string, config: Sdk.PageConfig = {}): Promise<App> {
    const app = await this.page(userId, config);
    await app.engine.login({ userID: userId, userSig: this.userSig(userId) });
    return app;
  }

  /** Does what operators do, for the application. */
  operate(name: string, input: object): Promise<unknown> {
    return controlClient(this.#data)(name as never, { app: devAppId, ...input } as never);
  }

  /** Sends a REST command as the administrator. */
  async rest(command: string, body: object): Promise<Payload> {
    const query = `sdkappid=${devAppId}&identifier=administrator&usersig=${this.userSig('administrator')}&random=1&contenttype=json`;
    const response = await fetch(`${this.url}/v4/${command}?${query}`, { method: 'POST', body: JSON.stringify(body) });
    return (await response.json()) as Payload;
  }

  /** Everybody leaves. */
  async clear(): Promise<void> {
    for (const { engine } of this.#apps.splice(0)) {
      await engine.hangup().catch(() => {});
      await engine.destroyInstance();
    }
    for (const wire of this.#wires.splice(0)) await wire.close();
  }

  async close(): Promise<void> {
    await this.clear();
    await this.#server.close();
    rmSync(this.#data, { recursive: true, force: true });
  }
}
