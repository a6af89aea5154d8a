import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { errors, nodeId } from 'ringback-protocol';
import { controlClient } from '../../packages/server/src/admin/control-client.ts';
import { devAppId, type RunningServer, startServer } from '../../packages/server/src/app.ts';
import { loadSettings } from '../../packages/server/src/config/load.ts';
import { openLog } from '../../packages/server/src/observe/log.ts';
import { databasePath } from '../../packages/server/src/stores/database-path.ts';
import { openSqlite } from '../../packages/server/src/stores/sqlite.ts';
import { writeMadeUpCalls } from '../../scripts/lib/made-up-calls.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

export type Role = 'viewer' | 'operator' | 'owner';

/** How a browser of these tests is set up. */
export interface Look {
  readonly scheme?: 'light' | 'dark';
  readonly locale?: string;
  readonly width?: number;
  readonly height?: number;
}

export const password = 'correct horse';

/** A whole server with its console, and a browser. */
export class ConsoleHouse {
  readonly #data: string;
  readonly #server: RunningServer;
  readonly #browser: Browser;
  readonly app = Number(devAppId);
  /** Hosts that any page of any context has asked. */
  readonly hosts = new Set<string>();
  readonly #cookies = new Map<string, Awaited<ReturnType<BrowserContext['cookies']>>>();

  private constructor(data: string, server: RunningServer, browser: Browser) {
    this.#data = data;
    this.#server = server;
    this.#browser = browser;
  }

  /** `calls`: how many made-up calls of the last days there are. */
  static async open({ calls = 0 } = {}): Promise<ConsoleHouse> {
    const data = mkdtempSync(join(tmpdir(), 'ringback-console-'));
    const onFatal = (error: Error): never => {
      throw error;
    };
    if (calls > 0) {
      const clock = { now: Date.now, timer: () => () => {} };
      await (await openSqlite({ path: databasePath(data), node: nodeId('n1'), clock, onFatal })).close();
      writeMadeUpCalls(data, { app: Number(devAppId), n: calls, now: Date.now() });
    }
    const { settings } = loadSettings({
      flags: { data, dev: true, https: 'off', ops: 'off', http: '127.0.0.1:0' },
      env: {},
    });
    const server = await startServer({
      settings,
      log: openLog({ level: 'error', fd: 2 }),
      onFatal,
    });
    const browser = await chromium.launch({
      executablePath: '/usr/bin/chromium',
      headless: true,
      args: [
        '--use-fake-device-for-media-stream',
        '--use-fake-ui-for-media-stream',
        '--allow-loopback-in-peer-connection',
        '--autoplay-policy=no-user-gesture-required',
        '--disable-features=WebRtcHideLocalIpsWithMdns',
        '--disable-background-networking',
        '--disable-component-update',
        '--no-first-run',
      ],
    });
    return new ConsoleHouse(data, server, browser);
  }

  get url(): string {
    return this.#server.addresses.http ?? '';
  }

  /** A one-time link as `ringback console link` prints it. */
  async link(name: string, role: Role = 'owner'): Promise<string> {
    const made = await this.does<{ readonly link: string }>('operators.link', { name, role });
    return `${this.url}/console/#link=${made.link}`;
  }

  /** Does what an operator can do, as the command line would. */
  does<T>(operation: string, input: object = {}): Promise<T> {
    return controlClient(this.#data)(operation, input) as Promise<T>;
  }

  async context({
    scheme = 'light',
    locale = 'en-GB',
    width = 1280,
    height = 860,
  }: Look = {}): Promise<BrowserContext> {
    const context = await this.#browser.newContext({
      baseURL: this.url,
      colorScheme: scheme,
      locale,
      viewport: { width, height },
      permissions: ['camera', 'microphone', 'clipboard-read', 'clipboard-write'],
      reducedMotion: 'reduce',
    });
    context.on('request', (request) => this.hosts.add(new URL(request.url()).host));
    return context;
  }

  /**
   * The console in a window of its own, where somebody has signed in; at `page`. Signed in once for a name, since
   * passwords are slow on purpose; `fresh` signs in anew, for what ends the session.
   */
  async visit(name: string, role: Role = 'owner', at = '', look: Look & { fresh?: boolean } = {}): Promise<Page> {
    const context = await this.context(look);
    const kept = look.fresh ? undefined : this.#cookies.get(name);
    const page = await context.newPage();
    if (kept !== undefined) await context.addCookies(kept);
    else {
      const link = await this.link(name, role);
      const secret = link.slice(link.indexOf('=') + 1);
      const answer = await page.request.post('/admin/link/use', { data: { link: secret, password } });
      if (!answer.ok()) throw new Error(`signing in: ${answer.status()}`);
      if (!look.fresh) this.#cookies.set(name, await context.cookies());
    }
    await page.goto(`/console/${at}`);
    return page;
  }

  /** Asks the REST API, as an administrator; rejects where it refuses. */
  async rest<T>(command: string, body: object, user = 'administrator'): Promise<T> {
    const { userSig } = await this.does<{ readonly userSig: string }>('usersig.make', {
      app: this.app,
      user,
      expire: 600,
    });
    const query = `sdkappid=${this.app}&identifier=${user}&usersig=${userSig}&random=1&contenttype=json`;
    const ask = async () => {
      const response = await fetch(`${this.url}/v4/${command}?${query}`, {
        method: 'POST',
        body: JSON.stringify(body),
      });
      return (await response.json()) as T & { readonly ErrorCode: number; readonly ErrorInfo: string };
    };
    let answer = await ask();
    // On a machine that is busy with other things, a server may ask for patience.
    for (let turn = 0; turn < 50 && answer.ErrorCode === errors.overloaded.code; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 200));
      answer = await ask();
    }
    if (answer.ErrorCode !== 0) throw new Error(`${command}: ${answer.ErrorCode} ${answer.ErrorInfo}`);
    return answer;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#server.close();
    rmSync(this.#data, { recursive: true, force: true });
  }
}

const wcag = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']";

/** What axe finds wrong that is serious or worse, in a line each; `contrast`: only of colours, where all else was looked at. */
export async function seriousFaults(page: Page, only?: 'contrast'): Promise<readonly string[]> {
  // Not as a script of the page, which its policy would refuse.
  if ((await page.evaluate('typeof window.axe')) === 'undefined') await page.evaluate(axe);
  const rules = only === undefined ? wcag : "{ type: 'rule', values: ['color-contrast'] }";
  const found = (await page.evaluate(
    `axe.run(document, { runOnly: ${rules}, resultTypes: ['violations'], elementRef: false })`,
  )) as { readonly violations: readonly { id: string; impact: string; nodes: readonly { html: string }[] }[] };
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

/** How many pixels a page is wider than its window. */
export const overWidth = async (page: Page): Promise<number> =>
  Number(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'));

/** Waits until nothing of the page is still being read. */
export async function settled(page: Page, title: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
  await page.locator('main .bone').first().waitFor({ state: 'detached', timeout: 20_000 });
}
