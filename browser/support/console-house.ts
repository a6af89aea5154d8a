import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { errors } from 'ringback-protocol';
import { controlClient } from '../../packages/server/src/admin/control-client.ts';
import { openBrowser } from './chromium.ts';

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

/** What the server says of itself when it runs. */
interface Served {
  readonly data: string;
  readonly app: number;
  readonly url: string;
  /** Paths of all commands of the REST API. */
  readonly commands: readonly string[];
}

/** A whole server with its console, and a browser. */
export class ConsoleHouse {
  readonly #child: ChildProcess;
  readonly #served: Served;
  readonly #browser: Browser;
  /** Hosts that any page of any context has asked. */
  readonly hosts = new Set<string>();
  readonly #cookies = new Map<string, Awaited<ReturnType<BrowserContext['cookies']>>>();
  readonly #signatures = new Map<string, string>();
  /** Windows that nobody looks at, by how they are set up: a new one takes longer than most of what is done in it. */
  readonly #left = new Map<string, Page[]>();

  private constructor(child: ChildProcess, served: Served, browser: Browser) {
    this.#child = child;
    this.#served = served;
    this.#browser = browser;
  }

  /** With 400 made-up calls of the last days. */
  static async open(): Promise<ConsoleHouse> {
    const child = fork(fileURLToPath(new URL('./console-server.mjs', import.meta.url)), { execArgv: [] });
    const served = new Promise<Served>((resolve, reject) => {
      child.once('message', (message) => resolve(message as Served));
      child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
    });
    // Few pictures a second: they are there to be seen, not to be counted.
    const launched = openBrowser({ fps: 5 });
    const [server, browser] = await Promise.allSettled([served, launched]);
    if (server.status === 'fulfilled' && browser.status === 'fulfilled') {
      return new ConsoleHouse(child, server.value, browser.value);
    }
    if (child.connected) child.disconnect();
    if (browser.status === 'fulfilled') await browser.value.close();
    throw server.status === 'rejected' ? server.reason : (browser as PromiseRejectedResult).reason;
  }

  get app(): number {
    return this.#served.app;
  }

  get commands(): readonly string[] {
    return this.#served.commands;
  }

  get url(): string {
    return this.#served.url;
  }

  /** A one-time link as `ringback console link` prints it. */
  async link(name: string, role: Role = 'owner'): Promise<string> {
    const made = await this.does<{ readonly link: string }>('operators.link', { name, role });
    return `${this.url}/console/#link=${made.link}`;
  }

  /** Does what an operator can do, as the command line would. */
  does<T>(operation: string, input: object = {}): Promise<T> {
    return controlClient(this.#served.data)(operation, input) as Promise<T>;
  }

  async #context({
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
   * The console in a window, where somebody has signed in; at `page`. Signed in once for a name, since passwords are slow
   * on purpose; `fresh` signs in anew, for what ends the session.
   */
  async visit(name: string, role: Role = 'owner', at = '', look: Look & { fresh?: boolean } = {}): Promise<Page> {
    const page = await this.window(look);
    const context = page.context();
    const kept = look.fresh ? undefined : this.#cookies.get(name);
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

  /** A window of which the console knows nothing. */
  async window(look: Look = {}): Promise<Page> {
    const { width = 1280, height = 860 } = look;
    const left = this.#left.get(kindOf(look))?.pop();
    if (left !== undefined) {
      await left.setViewportSize({ width, height });
      return left;
    }
    const page = await (await this.#context(look)).newPage();
    looks.set(page, look);
    return page;
  }

  /** Gives back windows, for the next who wants one like it; nothing of the last visit stays. */
  async leave(...pages: readonly Page[]): Promise<void> {
    for (const page of pages) {
      const context = page.context();
      for (const other of context.pages()) if (other !== page) await other.close();
      for (const event of ['console', 'pageerror', 'request', 'dialog'] as const) page.removeAllListeners(event);
      await page.unrouteAll();
      await page.evaluate('localStorage.clear(); sessionStorage.clear()');
      await context.clearCookies();
      // Of the same origin, or the next page begins a process anew; and it asks for nothing.
      await page.goto('/console/icon.svg');
      const look = looks.get(page) ?? {};
      await page.emulateMedia({ colorScheme: look.scheme ?? 'light' });
      this.#left.set(kindOf(look), [...(this.#left.get(kindOf(look)) ?? []), page]);
    }
  }

  /** Asks the REST API, as an administrator; rejects where it refuses. */
  async rest<T>(command: string, body: object, user = 'administrator'): Promise<T> {
    const asked = { app: this.app, user, expire: 6000 };
    const userSig =
      this.#signatures.get(user) ?? (await this.does<{ readonly userSig: string }>('usersig.make', asked)).userSig;
    this.#signatures.set(user, userSig);
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
    if (!this.#child.connected) return;
    const gone = once(this.#child, 'exit');
    this.#child.disconnect();
    await gone;
  }
}

/** How each window was set up. */
const looks = new WeakMap<Page, Look>();

const kindOf = ({ scheme = 'light', locale = 'en-GB' }: Look): string => `${scheme} ${locale}`;

const wcag = "['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']";

/**
 * What axe finds wrong that is serious or worse, in a line each. `contrast`: only of colours, where all else was looked at;
 * `dialog`: only in the dialog that is open, where the page behind it was.
 */
export async function seriousFaults(page: Page, only?: 'contrast' | 'dialog'): Promise<readonly string[]> {
  // Not as a script of the page, which its policy would refuse.
  if ((await page.evaluate('typeof window.axe')) === 'undefined') await page.evaluate(axe);
  const rules = only === 'contrast' ? "{ type: 'rule', values: ['color-contrast'] }" : wcag;
  const where = only === 'dialog' ? "document.querySelector('dialog[open]')" : 'document';
  const found = (await page.evaluate(
    `axe.run(${where}, { runOnly: ${rules}, resultTypes: ['violations'], elementRef: false })`,
  )) as { readonly violations: readonly { id: string; impact: string; nodes: readonly { html: string }[] }[] };
  return found.violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

/** How far what is to be seen jumps while something is done: the sum of what browsers call layout shift. */
export async function jumpsOf(page: Page, work: () => Promise<void>): Promise<number> {
  // What came before, such as another size of the window, is drawn first.
  const drawn = 'new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))';
  await page.evaluate(`${drawn}.then(() => {
    window.jumps = 0;
    window.jumpObserver = new PerformanceObserver((list) => {
      for (const { value } of list.getEntries()) window.jumps += value;
    });
    window.jumpObserver.observe({ type: 'layout-shift' });
  })`);
  await work();
  return Number(await page.evaluate(`${drawn}.then(() => (window.jumpObserver.disconnect(), window.jumps))`));
}

/** How many pixels a page is wider than its window. */
export const overWidth = async (page: Page): Promise<number> =>
  Number(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'));

/** Goes to another page of the console as a link of it does: the window stays as it is. */
export const go = (page: Page, path: string): Promise<unknown> =>
  page.evaluate(`{
    const link = document.createElement('a');
    link.href = ${JSON.stringify(`/console/${path}`)};
    document.body.append(link);
    link.click();
    link.remove();
  }`);

/** Waits until nothing of the page is still being read. */
export async function settled(page: Page, title: string): Promise<void> {
  await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
  await page.locator('main .bone').first().waitFor({ state: 'detached', timeout: 20_000 });
}
