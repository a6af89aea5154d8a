import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { House } from './support/house.ts';
import { notAlone } from './support/loopback.ts';
import { until } from './support/stage.ts';
import { type Served, serveKit } from './support/ui-kit.ts';

const images = process.env.IMAGES;
const probe = fileURLToPath(new URL('./support/probe.js', import.meta.url));

describe.skipIf(notAlone())('a published UI kit on the SDK, by one alias', { timeout: 240_000 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'ringback-kit-'));
  let house: House;
  let kit: Served;

  beforeAll(async () => {
    house = await House.open();
    kit = await serveKit(folder, house.url);
  }, 90_000);
  afterAll(async () => {
    await house?.close();
    await kit?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The example's page, where this user has signed in. Notes where every request and socket goes. */
  async function visit(user: string, hosts: Set<string>): Promise<Page> {
    const page = await house.blank();
    await page.setViewportSize({ width: 1100, height: 900 });
    await page.addInitScript({ path: probe });
    const context: BrowserContext = page.context();
    context.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      // What is written into the page itself goes nowhere.
      if (protocol !== 'data:' && protocol !== 'blob:') hosts.add(host);
    });
    page.on('websocket', (socket) => hosts.add(new URL(socket.url()).host));
    await page.goto(`${kit.url}/?user=${user}`);
    await page.locator('#call:enabled').waitFor();
    return page;
  }

  /** A round button of the kit, which stands above its name. */
  const button = (page: Page, name: string) =>
    page.locator('.btn-content', { hasText: name }).locator('> :first-child').first();

  /** Pictures of the other one are decoded and shown, and what is played of them has energy. */
  const gets = (page: Page, other: string): Promise<unknown> =>
    until(
      () => page.evaluate(`probe().then((now) => probeMember(now, '${other}', document.getElementById('${other}')))`),
      (now) => {
        const { shown, frames, energy } = now as { shown: number; frames: number; energy: number };
        return shown > 10 && frames > 10 && energy > 0;
      },
      80_000,
    );

  it('takes the SDK for the engine, and nothing of the original is in the bundle', () => {
    expect(kit.modules.filter((path) => path.includes('packages/sdk/dist/'))).not.toEqual([]);
    expect(kit.modules.filter((path) => path.includes('call-uikit-vue/tuicall-uikit-vue.es.js'))).toHaveLength(1);
    expect(kit.modules.filter((path) => /call-engine-(js|lite)|trtc-(sdk|cloud)|tuikit-logger/.test(path))).toEqual([]);
  });

  it('dials, rings, shows both to each other and hangs up, with no request to any other host', async () => {
    const hosts = new Set<string>();
    const bob = await visit('bob', hosts);
    const alice = await visit('alice', hosts);
    await alice.locator('#call').click();
    const accept = button(bob, 'Accept');
    await accept.waitFor();
    await alice.locator('#tuicallkit-id').waitFor();
    if (images !== undefined) await bob.screenshot({ path: join(images, 'ui-kit-incoming.png') });
    await accept.click();
    await Promise.all([gets(alice, 'bob'), gets(bob, 'alice')]);
    if (images !== undefined) await alice.screenshot({ path: join(images, 'ui-kit-call.png') });

    await button(alice, 'Hang Up').click();
    for (const page of [alice, bob]) await page.locator('#tuicallkit-id').waitFor({ state: 'detached' });
    const open = (page: Page) => page.evaluate('probe().then(({ open }) => open)');
    for (const page of [alice, bob])
      await until(
        () => open(page),
        (count) => count === 0,
      );
    expect([...hosts]).toEqual([new URL(kit.url).host]);
  });
});
