import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser, Page } from 'playwright-core';
import { type UserId, userId } from 'ringback-protocol';
import { type WebSocket, WebSocketServer } from 'ws';
import { SfuProvider } from '../../packages/server/src/media/sfu/sfu.ts';
import { openLog } from '../../packages/server/src/observe/log.ts';
import { systemClock } from '../../packages/server/src/observe/system-clock.ts';
import type { DeviceMessage, MediaRoom } from '../../packages/server/src/ports/media.ts';
import { openBrowser } from './chromium.ts';

/** What a page says of a member that it sees. */
export interface Seen {
  readonly frames: number;
  readonly energy: number;
  readonly width?: number;
  readonly lost?: number;
  /** The sender's times (ms) of what is played now. */
  readonly played?: { readonly audio?: number; readonly video?: number };
}

/** What a page says of itself. */
export interface Look {
  readonly seen: Readonly<Record<string, Seen>>;
  readonly sent: readonly { readonly kind: string; readonly mid: string; readonly width?: number }[];
  readonly addresses: readonly string[];
  readonly errors: readonly string[];
}

/** A provider, a room, a web server for pages and a browser. */
export class Stage {
  readonly provider: SfuProvider;
  readonly browser: Browser;
  readonly #http: Server;
  readonly #sockets = new Map<string, WebSocket>();
  readonly #pages: Page[] = [];
  /** Pages that other tests have left: what a page costs most is its beginning. */
  readonly #left: Page[] = [];
  /** What happened, in order: `up alice`, `gone bob`, `lost: …`, `refused …`. */
  readonly events: string[] = [];
  room: MediaRoom | undefined;
  readonly said: { readonly user: string; readonly data: DeviceMessage }[] = [];

  private constructor(provider: SfuProvider, browser: Browser, http: Server) {
    this.provider = provider;
    this.browser = browser;
    this.#http = http;
  }

  static async open(): Promise<Stage> {
    const { log } = openLog({ level: 'error', fd: 2 });
    const provider = new SfuProvider({ clock: systemClock, log, address: '127.0.0.1' });
    const html = readFileSync(new URL('./page.html', import.meta.url));
    const http = createServer((_, response) => response.setHeader('content-type', 'text/html').end(html));
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const browser = await openBrowser();
    const stage = new Stage(provider, browser, http);
    new WebSocketServer({ server: http }).on('connection', (socket, request) => {
      stage.#connected(socket, new URL(request.url ?? '/', 'http://stage').searchParams.get('user') ?? '');
    });
    await provider.ready();
    return stage;
  }

  /** A new room; members that connect from now on enter it. */
  async openRoom(): Promise<MediaRoom> {
    this.room = await this.provider.open('room', {
      tell: (user, data) => this.#sockets.get(user)?.send(JSON.stringify(data)),
      media: (user, state) => this.events.push(`${state} ${user}`),
      lost: (reason) => this.events.push(`lost: ${reason}`),
    });
    return this.room;
  }

  #connected(socket: WebSocket, user: string): void {
    const room = this.room;
    const id: UserId = userId(user);
    this.#sockets.set(user, socket);
    room?.enter(id);
    socket.on('message', (text) => {
      const data = JSON.parse(String(text)) as DeviceMessage;
      this.said.push({ user, data });
      try {
        room?.receive(id, data);
      } catch (error) {
        this.events.push(`refused ${user}: ${error instanceof Error ? error.message : String(error)}`);
      }
    });
    socket.on('close', () => {
      if (this.#sockets.get(user) !== socket) return;
      this.#sockets.delete(user);
      room?.leave(id);
    });
  }

  get #url(): string {
    return `http://127.0.0.1:${(this.#http.address() as AddressInfo).port}`;
  }

  /** Opens a page with this query; its functions are `start`, `look` and the others of `page.html`. */
  async page(query: string): Promise<Page> {
    const page = this.#left.pop() ?? (await this.browser.newPage({ permissions: ['camera', 'microphone'] }));
    this.#pages.push(page);
    await page.goto(`${this.#url}/?${query}`);
    await page.waitForFunction('globalThis.loaded');
    return page;
  }

  /** Opens a page of one member and lets it enter. */
  async member(user: string, more = ''): Promise<Page> {
    const page = await this.page(`user=${user}${more}`);
    await page.evaluate('start()');
    return page;
  }

  /** Closes the room and all pages. */
  async clear(): Promise<void> {
    this.room?.close();
    this.room = undefined;
    for (const page of this.#pages.splice(0).filter((one) => !one.isClosed())) {
      await page.goto(`${this.#url}/left`);
      this.#left.push(page);
    }
    this.events.length = 0;
    this.said.length = 0;
  }

  async close(): Promise<void> {
    await this.clear();
    await this.browser.close();
    await this.provider.close();
    this.#http.closeAllConnections();
    await new Promise((resolve) => this.#http.close(resolve));
  }
}

/** What a page sees now. */
export const look = (page: Page): Promise<Look> => page.evaluate('look()');

/**
 * Asks until the answer is right; fails with the last answer when it never is. `ms` is long: machines may be slow. Whatever
 * comes late is asked for more rarely, since questions cost pages what they need themselves. `every`: ms between the first
 * two questions.
 */
export async function until<T>(
  ask: () => Promise<T> | T,
  right: (answer: T) => boolean,
  ms = 90_000,
  every = 50,
): Promise<T> {
  const from = performance.now();
  for (let pause = every; ; pause = Math.max(every, Math.min(400, pause * 1.25))) {
    const answer = await ask();
    if (right(answer)) return answer;
    if (performance.now() - from > ms) throw new Error(`It did not come within ${ms} ms: ${JSON.stringify(answer)}`);
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}
