import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { controlClient } from '../../packages/server/src/admin/control-client.ts';
import { devAppId, type RunningServer, startServer } from '../../packages/server/src/app.ts';
import { loadSettings } from '../../packages/server/src/config/load.ts';
import { openLog } from '../../packages/server/src/observe/log.ts';

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

  private constructor(data: string, server: RunningServer, browser: Browser) {
    this.#data = data;
    this.#server = server;
    this.#browser = browser;
  }

  static async open(flags: Record<string, string> = {}): Promise<ConsoleHouse> {
    const data = mkdtempSync(join(tmpdir(), 'ringback-console-'));
    const { settings } = loadSettings({
      flags: { data, dev: true, https: 'off', ops: 'off', http: '127.0.0.1:0', ...flags },
      env: {},
    });
    const server = await startServer({
      settings,
      log: openLog({ level: 'error', fd: 2 }),
      onFatal: (error) => {
        throw error;
      },
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
    return this.#browser.newContext({
      baseURL: this.url,
      colorScheme: scheme,
      locale,
      viewport: { width, height },
      permissions: ['camera', 'microphone', 'clipboard-read', 'clipboard-write'],
      reducedMotion: 'reduce',
    });
  }

  /** The console in a browser of its own, where somebody has signed in; at `page`. */
  async visit(name: string, role: Role = 'owner', at = '', look: Look = {}): Promise<Page> {
    const page = await (await this.context(look)).newPage();
    const link = await this.link(name, role);
    const secret = link.slice(link.indexOf('=') + 1);
    const answer = await page.request.post('/admin/link/use', { data: { link: secret, password } });
    if (!answer.ok()) throw new Error(`signing in: ${answer.status()}`);
    await page.goto(`/console/${at}`);
    return page;
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.#server.close();
    rmSync(this.#data, { recursive: true, force: true });
  }
}

/** What axe finds wrong that is serious or worse, in a line each. */
export async function seriousFaults(page: Page): Promise<readonly string[]> {
  // Not as a script of the page, which its policy would refuse.
  await page.evaluate(axe);
  const found = (await page.evaluate(
    `axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'] })`,
  )) as { readonly violations: readonly { id: string; impact: string; nodes: readonly { html: string }[] }[] };
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}
