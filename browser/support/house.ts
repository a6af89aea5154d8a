import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { devAppId, type RunningServer, startServer } from '../../packages/server/src/app.ts';
import { makeUserSig } from '../../packages/server/src/auth/usersig.ts';
import { loadSettings } from '../../packages/server/src/config/load.ts';
import { openLog } from '../../packages/server/src/observe/log.ts';
import { openBrowser } from './chromium.ts';
import { until } from './stage.ts';

/** What a page sees of one member. */
export interface Seen {
  readonly frames: number;
  readonly energy: number;
  readonly width?: number;
}

/** What a page says of itself. */
export interface Look {
  readonly seen: Readonly<Record<string, Seen>>;
  /** Of each connection that runs, the chosen pair: kind and address of both ends. */
  readonly pairs: readonly { readonly here: string; readonly there: string }[];
  readonly errors: readonly string[];
  readonly setups: readonly { readonly mode: string; readonly epoch: number; readonly provider: string }[];
  readonly states: readonly string[];
}

/** What the user of a page can allow or refuse. */
export type Device = 'camera' | 'microphone';

/** How the app of a test begins. */
export interface AppOptions {
  /** `/app`, with a query for its ways. */
  readonly path?: string;
  /** Runs in the page before anything else. */
  readonly before?: string;
  /** Done with the page while it is still empty. */
  readonly on?: (page: Page) => Promise<unknown>;
  /** For `TUICallEngine.configure`. */
  readonly config?: object;
  /** What the user has allowed; both when nothing is said. */
  readonly allowed?: readonly Device[];
}

/** A whole server in a data directory of its own, a browser, and pages that are devices. */
export class House {
  readonly #data = mkdtempSync(join(tmpdir(), 'ringback-house-'));
  readonly #flags: Record<string, string>;
  #server!: RunningServer;
  #browser!: Browser;
  #pages!: Server;
  /** Pages of the test that runs; `plain`: nothing was done to them that the next test would see. */
  readonly #open: { readonly page: Page; readonly plain: boolean }[] = [];
  /** Pages that other tests have left, each in a profile of its own with nothing in it. */
  readonly #left: Page[] = [];

  readonly #ownsBrowser: boolean;

  private constructor(flags: Record<string, string>, ownsBrowser: boolean) {
    this.#flags = flags;
    this.#ownsBrowser = ownsBrowser;
  }

  /**
   * `flags`: settings by their keys. `asking`: pages ask before they use a device, and are refused unless it was allowed.
   * `browser`: one that others use, too; else one of its own.
   */
  static async open(
    flags: Record<string, string> = {},
    { browser, ...more }: { browser?: Browser; asking?: boolean; cameras?: number } = {},
  ): Promise<House> {
    const house = new House(flags, browser === undefined);
    await house.start();
    const files: Readonly<Record<string, readonly [string, string]>> = {
      '/': ['text/html', './device.html'],
      '/app': ['text/html', './app.html'],
      '/app.js': ['text/javascript', './app.js'],
      '/strict': ['text/html', './app.html'],
      '/many': ['text/html', './many.html'],
      '/probe.js': ['text/javascript', './probe.js'],
      '/sdk.js': ['text/javascript', '../../packages/sdk/dist/ringback-sdk.umd.cjs'],
    };
    house.#pages = createServer(({ url = '/' }, response) => {
      const [type, path] = files[url.split('?')[0] ?? ''] ?? [];
      if (type === undefined || path === undefined) response.writeHead(404).end();
      else {
        // What a careful page allows itself: no worker that was not a file.
        const policy = `default-src 'self'; connect-src *; style-src 'self' 'unsafe-inline'; img-src data:; worker-src 'self'`;
        if (url.startsWith('/strict')) response.setHeader('content-security-policy', policy);
        response.setHeader('content-type', type).end(readFileSync(new URL(path, import.meta.url)));
      }
    });
    await new Promise<void>((resolve) => house.#pages.listen(0, '127.0.0.1', resolve));
    house.#browser = browser ?? (await openBrowser(more));
    return house;
  }

  /** The server, on the port that it had before if it had one. */
  async start(): Promise<void> {
    const http = this.#flags.http ?? '127.0.0.1:0';
    const flags = { data: this.#data, dev: true, https: 'off', ops: 'off', ...this.#flags, http };
    const { settings } = loadSettings({ flags, env: {} });
    this.#server = await startServer({
      settings,
      log: openLog({ level: 'error', fd: 2 }),
      onFatal: (error) => {
        throw error;
      },
    });
    this.#flags.http = new URL(this.url).host;
  }

  async stop(): Promise<void> {
    await this.#server.close();
  }

  get url(): string {
    return this.#server.addresses.http ?? '';
  }

  async metrics(): Promise<string> {
    const response = await fetch(`${this.url}/metrics`, {
      headers: { authorization: `Bearer ${this.#flags['metrics.token']}` },
    });
    return response.text();
  }

  /** A device of this user, signed in, at another server than this one if `server` is its URL; camera and microphone are fakes. */
  async device(userId: string, settings: object = {}, server = this.url): Promise<Page> {
    const page = await this.page('/');
    await does(page, `set(${JSON.stringify(settings)})`);
    await this.connect(page, userId, server);
    return page;
  }

  /** An app on the SDK with this user, signed in; `before` runs in the page before anything else. */
  async app(userId: string, options: AppOptions = {}): Promise<Page> {
    const page = await this.page(options.path ?? '/app', options);
    await does(page, `signIn(${this.signed(userId, options.config)})`);
    return page;
  }

  /** What `signIn` of an app takes, as text. */
  signed(userId: string, config: object = {}): string {
    const signed = { server: this.url, sdkAppId: devAppId, userID: userId, userSig: this.userSig(userId) };
    return JSON.stringify({ ...signed, ...config });
  }

  /** A page in a profile of its own. */
  async page(path: string, { before, on, allowed }: AppOptions = {}): Promise<Page> {
    const plain = before === undefined && on === undefined && allowed === undefined;
    const page = (plain && this.#left.pop()) || (await this.#blank(allowed));
    this.#open.push({ page, plain });
    await on?.(page);
    if (before !== undefined) await page.addInitScript(before);
    await page.goto(`${this.pagesUrl}${path}`);
    await page.waitForFunction('globalThis.loaded');
    return page;
  }

  /** An empty page in a new profile. */
  async blank(): Promise<Page> {
    const page = await this.#blank();
    this.#open.push({ page, plain: false });
    return page;
  }

  async #blank(allowed: readonly Device[] = ['camera', 'microphone']): Promise<Page> {
    const context = await this.#browser.newContext({ permissions: [...allowed] });
    const page = await context.newPage();
    // Machines may be slow.
    page.setDefaultTimeout(90_000);
    return page;
  }

  /** Where the pages of the tests are. */
  get pagesUrl(): string {
    return `http://127.0.0.1:${(this.#pages.address() as AddressInfo).port}`;
  }

  /** A signature for an hour. */
  userSig(userId: string): string {
    const key = this.#server.apps.get(devAppId)?.keys[0]?.secret ?? '';
    return makeUserSig({ sdkAppId: devAppId, userId, key, expire: 3600, now: Math.floor(Date.now() / 1000) });
  }

  /** Sends a REST command as the application's administrator. */
  async rest(command: string, body: object): Promise<Readonly<Record<string, unknown>>> {
    const query = new URLSearchParams({
      sdkappid: String(devAppId),
      identifier: 'administrator',
      usersig: this.userSig('administrator'),
      random: '1',
      contenttype: 'json',
    });
    const response = await fetch(`${this.url}/v4/${command}?${query}`, { method: 'POST', body: JSON.stringify(body) });
    return (await response.json()) as Readonly<Record<string, unknown>>;
  }

  /** Connects the page, or connects it again, to this server or another one; again while that is overloaded, as devices do. */
  async connect(page: Page, userId: string, server = this.url): Promise<void> {
    const userSig = this.userSig(userId);
    const identity = { sdkAppId: devAppId, userId, userSig, platform: 'Web', deviceId: `${userId}-page` };
    const url = `${server.replace('http', 'ws')}/signalling`;
    const deadline = performance.now() + 30_000;
    for (;;) {
      try {
        return await does(page, `connect(${JSON.stringify(url)}, ${JSON.stringify(identity)})`);
      } catch (error) {
        if (!String(error).includes('overloaded') || performance.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 1000));
      }
    }
  }

  /** Devices of these users in one call, which the first has made. */
  async talk(users: readonly string[], settings: object = {}): Promise<readonly [Page, Page, Page]> {
    const pages = await Promise.all(users.map((user) => this.device(user, settings)));
    const [caller, ...callees] = pages as [Page, ...Page[]];
    await does(caller, `call(${JSON.stringify(users.slice(1))})`);
    for (const page of callees) {
      await page.waitForFunction(`heard('callReceived').length > 0`);
      await does(page, 'accept()');
    }
    return pages as unknown as [Page, Page, Page];
  }

  /** Ends what runs in all pages; their users leave their calls. */
  async clear(): Promise<void> {
    await Promise.all(
      this.#open.splice(0).map(async ({ page, plain }) => {
        try {
          await page.evaluate(`globalThis.RingbackSDK ? engine.logout() : ask('signOut')`).catch(() => {});
          if (!plain || page.context().pages().length > 1) throw new Error('It cannot be used again.');
          // What a page costs most is its beginning: the next test goes on in its process.
          await page.goto(`${this.pagesUrl}/left`);
          await page.evaluate('sessionStorage.clear(); localStorage.clear()');
          this.#left.push(page);
        } catch {
          await page.context().close();
        }
      }),
    );
  }

  async close(): Promise<void> {
    await this.clear();
    if (this.#ownsBrowser) await this.#browser.close();
    else for (const page of this.#left.splice(0)) await page.context().close();
    await this.#server.close();
    this.#pages.closeAllConnections();
    await new Promise((resolve) => this.#pages.close(resolve));
    rmSync(this.#data, { recursive: true, force: true });
  }
}

/** Lets a page do something; fails with its words alone, since its stack is none of this process. */
export async function does(page: Page, what: string): Promise<void> {
  try {
    await page.evaluate(what);
  } catch (error) {
    throw new Error(`${what}: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}`);
  }
}

/** What a page sees now. */
export const look = (page: Page): Promise<Look> => page.evaluate('look()');

/** Looks until `right`; fails with the last look when it never is. */
export const sees = (page: Page, right: (look: Look) => boolean, ms = 25_000): Promise<Look> =>
  until(() => look(page), right, ms);

/** Pictures of all these members are decoded, more than `frames` of each, and something of each is heard. */
export const all =
  (users: readonly string[], frames = 0) =>
  ({ seen }: Look): boolean =>
    users.every((user) => (seen[user]?.frames ?? 0) > frames && (seen[user]?.energy ?? 0) > 0);
