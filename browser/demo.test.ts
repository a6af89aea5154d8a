import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from './support/chromium.ts';
import { notAlone } from './support/loopback.ts';
import { until } from './support/stage.ts';

const program = fileURLToPath(new URL('../packages/server/bin/ringback.mjs', import.meta.url));

/** The built program in development mode, and the link that it prints for the demo. */
async function serve(data: string): Promise<{ readonly child: ChildProcess; readonly link: string }> {
  const args = ['serve', '--dev', '--data', data, '--http', '127.0.0.1:0', '--https', 'off', '--ops', 'off'];
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  let printed = '';
  const link = await new Promise<string>((resolve, reject) => {
    child.stdout?.on('data', (text) => {
      printed += text;
      const found = /^ +(http:\S+\/demo\/)$/m.exec(printed)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.on('exit', () => reject(new Error(`The server has ended: ${printed}`)));
  });
  return { child, link };
}

describe.skipIf(notAlone())('a newcomer', () => {
  const data = mkdtempSync(join(tmpdir(), 'ringback-demo-'));
  let server: Awaited<ReturnType<typeof serve>> | undefined;
  let browser: Browser;

  beforeAll(async () => {
    server = await serve(data);
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    const { child } = server ?? {};
    const gone = new Promise((resolve) => child?.once('exit', resolve) ?? resolve(undefined));
    child?.kill();
    await gone;
    rmSync(data, { recursive: true, force: true });
  });

  /** True once pictures of this member are shown and go on. */
  const plays = (page: Page, user: string): Promise<unknown> =>
    until(
      () =>
        page.evaluate(`document.querySelector('#view-${user} video')?.getVideoPlaybackQuality().totalVideoFrames ?? 0`),
      (frames) => Number(frames) > 10,
    );

  const link = (): string => server?.link ?? '';

  it('calls between two tabs from the printed link, and nothing goes to another host', async () => {
    const context = await browser.newContext({ viewport: { width: 1100, height: 900 } });
    const origins = new Set<string>();
    const failures: string[] = [];
    context.on('request', (request) => origins.add(new URL(request.url()).origin));
    context.on('console', (message) => {
      if (message.type() === 'error') failures.push(message.text());
    });

    const alice = await context.newPage();
    await alice.goto(link());
    await alice.getByRole('button', { name: 'Sign in' }).click();
    const [bob] = await Promise.all([
      context.waitForEvent('page'),
      alice.getByRole('link', { name: 'Open a second tab as bob' }).click(),
    ]);
    await bob.getByRole('button', { name: 'Sign in' }).click();
    await bob.getByText('Signed in as bob', { exact: true }).waitFor();
    await alice.getByRole('button', { name: 'Video call' }).click();
    await bob.getByText('alice calls you with video').waitFor();
    await bob.getByRole('button', { name: 'Accept' }).click();
    await plays(alice, 'bob');
    await plays(bob, 'alice');
    await alice
      .locator('#quality-rows')
      .getByRole('row', { name: /bob .* \d+ ms .* % \d+ × \d+, \d+ fps \d+/ })
      .waitFor();
    await alice.getByRole('button', { name: 'Voice only' }).click();
    await bob.getByText('this is a voice call now').waitFor();
    await bob.getByRole('button', { name: 'With video' }).waitFor();

    await bob.getByRole('button', { name: 'Hang up' }).click();
    await alice.getByText(/ended after \d+ s: hung up/).waitFor();
    await bob.getByText(/ended after \d+ s: hung up/).waitFor();
    await alice.getByRole('heading', { name: 'Call', exact: true }).first().waitFor();
    expect([...origins]).toEqual([new URL(link()).origin]);
    expect(failures).toEqual([]);
    await context.close();
  });

  it('is told in words what went wrong', async () => {
    const page = await browser.newPage();
    await page.goto(`${link()}?user=administrator`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('is an administrator').waitFor();
    await page.goto(`${link()}?user=carol`);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByLabel('Whom').fill('carol');
    await page.getByRole('button', { name: 'Voice call' }).click();
    await page.getByText(/nobody can call themselves/).waitFor();
    await page.getByLabel('Whom').fill('nobody');
    await page.getByRole('button', { name: 'Voice call' }).click();
    await page.getByText(/None of the accounts to be called exists/).waitFor();
    await page.close();
  });
});
