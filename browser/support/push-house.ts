import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { userId } from 'ringback-protocol';
import { WebSocket } from 'ws';
import { controlClient } from '../../packages/server/src/admin/control-client.ts';
import { devAppId, type RunningServer, startServer } from '../../packages/server/src/app.ts';
import { makeUserSig } from '../../packages/server/src/auth/usersig.ts';
import { loadSettings } from '../../packages/server/src/config/load.ts';
import { openLog } from '../../packages/server/src/observe/log.ts';
import type { PushSetup } from '../../packages/server/src/ports/push.ts';
import { until } from './stage.ts';

// biome-ignore lint/suspicious/noExplicitAny: frames are judged by the tests, member by member.
type Json = any;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A whole server whose pushes may go to loopback, and callers without a browser. */
export class PushHouse {
  readonly #data = mkdtempSync(join(tmpdir(), 'ringback-push-house-'));
  #server!: RunningServer;
  readonly #callers = new Map<string, Caller>();

  static async open(): Promise<PushHouse> {
    const house = new PushHouse();
    // Known before the start, because pushes say it.
    const http = `127.0.0.1:${await freePort()}`;
    const more = { https: 'off', ops: 'off', 'push.publicUrl': `http://${http}` };
    const flags = { data: house.#data, dev: true, http, ...more };
    const { settings } = loadSettings({ flags, env: {} });
    house.#server = await startServer({
      settings,
      log: openLog({ level: 'error', fd: 2 }),
      onFatal: (error) => {
        throw error;
      },
    });
    return house;
  }

  get url(): string {
    return this.#server.addresses.http ?? '';
  }

  async provider(name: string, { kind, ...fields }: PushSetup): Promise<void> {
    await this.#ask('push.set', { app: devAppId, name, kind, ...fields });
  }

  /** What a client of the SDK is opened with. */
  signed(user: string): object {
    return {
      server: this.url,
      sdkAppId: devAppId,
      userId: user,
      userSig: this.userSig(user),
      deviceId: `${user}-page`,
    };
  }

  userSig(user: string): string {
    const key = this.#server.apps.get(devAppId)?.keys.at(-1)?.secret ?? '';
    return makeUserSig({ sdkAppId: devAppId, userId: user, key, expire: 3600, now: Math.floor(Date.now() / 1000) });
  }

  /** Waits until no device of a user is online. */
  async gone(user: string): Promise<void> {
    await until(
      () => this.#ask('users.get', { app: devAppId, user }),
      ({ devices }: Json) => devices.length === 0,
    );
  }

  /** Waits until something is noted of the pushes of a call. */
  async noted(callId: string, what: string): Promise<void> {
    await until(
      () => this.#ask('push.log', { app: devAppId, callId }),
      ({ entries }: Json) => entries.some((one: Json) => one.what === what),
    );
  }

  /** Somebody who calls, over a socket of their own; one for each user. */
  async caller(user: string): Promise<Caller> {
    const known = this.#callers.get(user);
    if (known !== undefined) return known;
    const caller = await Caller.open(this.url, user, this.userSig(user));
    this.#callers.set(user, caller);
    return caller;
  }

  async close(): Promise<void> {
    for (const caller of this.#callers.values()) caller.close();
    await this.#server.close();
    rmSync(this.#data, { recursive: true, force: true });
  }

  #ask(name: string, input: object): Promise<Json> {
    return controlClient(this.#data, 10_000)(name, input);
  }
}

/** A signed-in device that calls. */
export class Caller {
  readonly #socket: WebSocket;
  readonly #asked = new Map<string, (frame: Json) => void>();
  readonly #heard: Json[] = [];
  #ping: NodeJS.Timeout | undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on('message', (data) => {
      const frame = JSON.parse(data.toString());
      if (frame.method !== undefined) this.#heard.push(frame);
      this.#asked.get(frame.id)?.(frame);
      this.#asked.delete(frame.id);
    });
  }

  static async open(url: string, user: string, userSig: string): Promise<Caller> {
    const socket = new WebSocket(`${url.replace('http', 'ws')}/signalling`, 'ringback.v1');
    await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
    const caller = new Caller(socket);
    await caller.#ask('signIn', {
      sdkAppId: devAppId,
      userId: userId(user),
      userSig,
      platform: 'Web',
      deviceId: `${user}-1`,
    });
    caller.#ping = setInterval(() => void caller.#ask('ping', {}).catch(() => {}), 4000);
    return caller;
  }

  call(user: string, push: object): Promise<{ readonly callId: string }> {
    return this.#ask('call', { callees: [user], mediaType: 'Audio', timeoutMs: 60_000, push });
  }

  async hangUp(callId: string): Promise<void> {
    await this.#ask('hangUp', { callId });
    await this.ended(callId);
  }

  /** The result of the call. */
  async ended(callId: string): Promise<string> {
    const all = await until(
      async () => this.#heard.filter(({ method, params }) => method === 'callEnded' && params.callId === callId),
      (found) => found.length > 0,
    );
    return all[0].params.result;
  }

  /** Waits until everybody is in the call. */
  async talks(callId: string): Promise<void> {
    await until(
      async () => this.#heard.filter(({ method, params }) => method === 'callChanged' && params.callId === callId),
      (found) => found.at(-1)?.params.members.every(({ status }: Json) => status === 'Calling') === true,
    );
  }

  close(): void {
    clearInterval(this.#ping);
    this.#socket.terminate();
  }

  #ask(method: string, params: object): Promise<Json> {
    const id = randomUUID();
    return new Promise((resolve, reject) => {
      this.#asked.set(id, ({ result, error }) =>
        error === undefined ? resolve(result) : reject(new Error(`${method}: ${error.message}`)),
      );
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }
}
