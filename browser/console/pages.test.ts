import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsoleHouse, seriousFaults } from '../support/console-house.ts';

let house: ConsoleHouse;
beforeAll(async () => {
  house = await ConsoleHouse.open();
  await house.does('endpoints.add', { app: house.app, id: 'orders', url: 'http://127.0.0.1:9/calls' });
  await house.does('webhooks.trigger', { app: house.app, event: 'call' });
});
afterAll(async () => {
  await house.close();
});

const pages: Readonly<Record<string, string>> = {
  '': 'Overview',
  calls: 'Calls',
  'call?id=none': 'Call',
  apps: 'Applications',
  'app?id=1400000001': 'Development',
  webhooks: 'Webhooks',
  'webhooks?tab=attempts': 'Webhooks',
  'endpoint?id=orders': 'orders',
  users: 'Users',
  groups: 'Groups',
  try: 'Try a call',
  usersig: 'UserSig',
  explorer: 'API explorer',
  errors: 'Error codes',
  operators: 'Operators',
  tokens: 'API tokens',
  audit: 'Audit log',
  nowhere: 'There is no such page',
};

/** Waits until nothing of the page is still being read. */
const settled = async (page: Page, title: string): Promise<void> => {
  await page.getByRole('heading', { level: 1, name: title, exact: true }).waitFor();
  await expect.poll(() => page.locator('.bone').count(), { timeout: 20_000 }).toBe(0);
};

describe('every page', () => {
  for (const scheme of ['light', 'dark'] as const) {
    it(`is without a serious fault in the eyes of axe, ${scheme}, and logs no error`, async () => {
      const page = await house.visit('anna', 'owner', '', { scheme });
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(String(error)));
      page.on('console', (line) => line.type() === 'error' && !line.text().includes('404') && errors.push(line.text()));
      const faults: Record<string, readonly string[]> = {};
      for (const [path, title] of Object.entries(pages)) {
        await page.goto(`/console/${path}`);
        await settled(page, title);
        const found = await seriousFaults(page);
        if (found.length > 0) faults[path] = found;
      }
      expect(faults).toEqual({});
      expect(errors).toEqual([]);
      await page.context().close();
    }, 60_000);
  }

  it('fits a phone: nothing is wider than the screen', { timeout: 60_000 }, async () => {
    const page = await house.visit('anna', 'owner', '', { width: 375, height: 720 });
    const wide: string[] = [];
    for (const [path, title] of Object.entries(pages)) {
      await page.goto(`/console/${path}`);
      await settled(page, title);
      const over = await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
      if (Number(over) > 0) wide.push(`${path}: ${over}`);
    }
    expect(wide).toEqual([]);
    await page.getByRole('button', { name: 'Menu' }).click();
    await page.getByRole('link', { name: 'Calls' }).click();
    await settled(page, 'Calls');
    expect(await page.getByRole('link', { name: 'Applications' }).isVisible()).toBe(false);
    await page.context().close();
  });

  it('is reached by the keyboard alone', async () => {
    const page = await house.visit('anna', 'owner', 'apps');
    await settled(page, 'Applications');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
    await page.keyboard.press('Enter');
    expect(await page.evaluate('document.activeElement.id')).toBe('main');
    await page.keyboard.press('g');
    await page.keyboard.press('c');
    await settled(page, 'Calls');
    await page.keyboard.press('/');
    expect(await page.evaluate(`document.activeElement.hasAttribute('data-search')`)).toBe(true);
    await page.keyboard.type('none');
    await page.keyboard.press('Enter');
    await page.getByText('There is no such call').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await page.goBack();
    await settled(page, 'Calls');
    await page.context().close();
  });

  it('offers each role what it may do, and no more', async () => {
    const viewer = await house.visit('vic', 'viewer', 'apps');
    await settled(viewer, 'Applications');
    expect(await viewer.getByRole('button', { name: 'New application' }).count()).toBe(0);
    expect(await viewer.getByRole('link', { name: 'Audit log' }).count()).toBe(0);
    await viewer.goto('/console/audit');
    await viewer.getByText('Your role may not do this.').waitFor();
    await viewer.goto('/console/endpoint?id=orders');
    await settled(viewer, 'orders');
    expect(await viewer.getByRole('button', { name: 'Pause' }).count()).toBe(0);
    const operator = await house.visit('olga', 'operator', 'endpoint?id=orders');
    await settled(operator, 'orders');
    expect(await operator.getByRole('button', { name: 'Pause' }).count()).toBe(1);
    expect(await operator.getByRole('button', { name: 'Edit' }).count()).toBe(0);
    await operator.goto('/console/audit');
    await settled(operator, 'Audit log');
    await Promise.all([viewer.context().close(), operator.context().close()]);
  });

  it('turns dark when it is told to, and stays so', async () => {
    const page = await house.visit('anna', 'owner', 'apps');
    await settled(page, 'Applications');
    const ground = (): Promise<unknown> => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const light = await ground();
    await page.getByRole('button', { name: 'Dark' }).click();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.reload();
    await settled(page, 'Applications');
    expect(await ground()).toBe(dark);
    await page.context().close();
  });
});
