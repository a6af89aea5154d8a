import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { type ConsoleHouse, go, jumpsOf, overWidth, seriousFaults, settled } from '../support/console-house.ts';

const pages: Readonly<Record<string, string>> = {
  '': 'Overview',
  calls: 'Calls',
  'call?id=none': 'Call',
  [`request?id=Id-${'0'.repeat(32)}-O-Seq-1`]: 'Request',
  requests: 'Requests',
  apps: 'Applications',
  'app?id=1400000001': 'Development',
  webhooks: 'Webhooks',
  'webhooks?tab=attempts': 'Webhooks',
  'endpoint?id=orders': 'orders',
  'push?user=guest-00': 'Push',
  // Ten of them: fifty rows with buttons take axe as long as ten other pages.
  'users?find=guest-0': 'Users',
  'user?id=ann%20b%2Cc': 'ann b,c',
  groups: 'Groups',
  'group?id=room-00': 'Room 0',
  try: 'Try a call',
  usersig: 'UserSig',
  explorer: 'API explorer',
  errors: 'Error codes',
  operators: 'Operators',
  tokens: 'API tokens',
  audit: 'Audit log',
  nowhere: 'There is no such page',
};

/** What holds of every page. */
export function pagesSuite(here: () => ConsoleHouse): void {
  describe('every page', { timeout: 180_000 }, () => {
    it('is without a serious fault in the eyes of axe, light and dark, jumps not, fits any screen, and logs no error', async () => {
      const house = here();
      const page = await house.visit('anna', 'owner');
      const errors: string[] = [];
      page.on('pageerror', (error) => errors.push(String(error)));
      page.on('console', (line) => line.type() === 'error' && !line.text().includes('404') && errors.push(line.text()));
      const faults: Record<string, readonly string[]> = {};
      for (const [path, title] of Object.entries(pages)) {
        const jump = await jumpsOf(page, async () => {
          await go(page, path);
          await settled(page, title);
        });
        const found = [...(await seriousFaults(page))];
        if (jump > 0.1) found.push(`jumps by ${jump} while it loads`);
        // Colours are all that differs in the dark.
        await page.emulateMedia({ colorScheme: 'dark' });
        found.push(...(await seriousFaults(page, 'contrast')).map((one) => `dark: ${one}`));
        await page.emulateMedia({ colorScheme: 'light' });
        // Low windows, which are drawn sooner: it is their width that counts.
        for (const width of [320, 2560]) {
          await page.setViewportSize({ width, height: 480 });
          const over = await overWidth(page);
          if (over > 0) found.push(`wider than a screen of ${width} by ${over}`);
        }
        await page.setViewportSize({ width: 1280, height: 860 });
        if (found.length > 0) faults[path] = found;
      }
      expect(faults).toEqual({});
      expect(errors).toEqual([]);
      // No page asks any host but the server.
      expect([...house.hosts]).toEqual([new URL(house.url).host]);
      await here().leave(page);
    });

    it('fits a phone in Korean and in Chinese, and is without a serious fault there', async () => {
      const page = await here().visit('anna', 'owner', '', { locale: 'ko-KR', width: 390, height: 780 });
      const faults: Record<string, readonly string[]> = {};
      for (const path of Object.keys(pages)) {
        await go(page, path);
        const found: string[] = [];
        for (const [language, chosen] of [
          ['ko', 'zh'],
          ['zh', 'ko'],
        ] as const) {
          await page.locator(`html[lang=${language}]`).waitFor();
          await page.locator('h1').waitFor();
          await page.locator('main .bone').first().waitFor({ state: 'detached', timeout: 20_000 });
          const over = await overWidth(page);
          if (over > 0) found.push(`${language}: wider by ${over}`);
          if (language === 'zh') found.push(...(await seriousFaults(page)));
          await page.locator('select:has(option[value=zh])').selectOption(chosen, { force: true });
        }
        if (found.length > 0) faults[path] = found;
      }
      expect(faults).toEqual({});
      await here().leave(page);
    });

    it('is without a serious fault at the gate, and with each dialog open', { timeout: 180_000 }, async () => {
      const house = here();
      const faults: Record<string, readonly string[]> = {};
      const look = async (name: string, page: Page, within?: 'dialog') => {
        const found = await seriousFaults(page, within);
        if (found.length > 0) faults[name] = found;
      };
      const gate = await house.window();
      await gate.goto('/console/');
      await gate.getByRole('heading', { name: 'Sign in' }).waitFor();
      await look('gate', gate);
      await gate.goto(await house.link('nova', 'viewer'));
      await gate.reload();
      await gate.getByRole('heading', { name: 'Welcome, nova' }).waitFor();
      await look('link', gate);
      await house.leave(gate);
      const page = await house.visit('anna', 'owner', 'apps');
      for (const [path, button] of [
        ['apps', 'New application'],
        ['app?id=1400000001', 'Edit Name and access'],
        ['app?id=1400000001', 'Edit How calls behave'],
        ['app?id=1400000001', 'Edit Limits'],
        ['webhooks', 'New endpoint'],
        ['push', 'New provider'],
        ['webhooks', 'Replay over all'],
        ['endpoint?id=orders', 'Edit'],
        ['calls', 'Export'],
        ['users', 'Import users'],
        ['operators', 'Invite'],
        ['tokens', 'New token'],
      ] as const) {
        await go(page, path);
        await page.getByRole('button', { name: button, exact: true }).click();
        await page.getByRole('dialog').waitFor();
        await look(`${path} ${button}`, page, 'dialog');
        await page.keyboard.press('Escape');
        await page.getByRole('dialog').waitFor({ state: 'detached' });
      }
      expect(faults).toEqual({});
      await here().leave(page);
    });

    it('has its menu behind a button on a phone, which shuts when a page was chosen', async () => {
      const page = await here().visit('anna', 'owner', '', { width: 320, height: 640 });
      await page.getByRole('button', { name: 'Menu' }).click();
      await page.getByRole('link', { name: 'Calls' }).click();
      await settled(page, 'Calls');
      expect(await page.getByRole('link', { name: 'Applications' }).isVisible()).toBe(false);
      await here().leave(page);
    });

    it('is reached by the keyboard alone', async () => {
      const house = here();
      const page = await house.visit('anna', 'owner', 'apps');
      await settled(page, 'Applications');
      await page.keyboard.press('Tab');
      expect(await page.evaluate('document.activeElement.textContent')).toBe('Skip to content');
      await page.keyboard.press('Enter');
      expect(await page.evaluate('document.activeElement.id')).toBe('main');
      await page.keyboard.press('g');
      await page.keyboard.press('c');
      await settled(page, 'Calls');
      // A new page takes the focus with the next frame.
      await page.evaluate('new Promise((drawn) => requestAnimationFrame(drawn))');
      await page.keyboard.press('/');
      expect(await page.evaluate(`document.activeElement.hasAttribute('data-search')`)).toBe(true);
      await page.keyboard.type('none');
      await page.keyboard.press('Enter');
      await page.getByText('There is no such call').waitFor();
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
      await page.getByRole('checkbox').click();
      await page.keyboard.press('Escape');
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.goBack();
      await settled(page, 'Calls');
      // Switched off, single keys do nothing.
      await page.keyboard.press('g');
      await page.keyboard.press('a');
      await page.keyboard.press('?');
      expect(await page.getByRole('dialog').count()).toBe(0);
      expect(page.url()).toContain('/console/calls');
      await here().leave(page);
    });

    it('draws its plots anew when the system turns dark', async () => {
      const house = here();
      const page = await house.visit('anna', 'owner');
      await settled(page, 'Overview');
      // The numbers at its side: the bars may change with what they show.
      const numbers = (): Promise<unknown> =>
        page.evaluate(`{
          const canvas = document.querySelector('.chart canvas');
          canvas && [...canvas.getContext('2d').getImageData(0, 0, 40, canvas.height).data].join();
        }`);
      await expect.poll(numbers, { timeout: 20_000 }).toMatch(/[1-9]/);
      const light = await numbers();
      await page.emulateMedia({ colorScheme: 'dark' });
      await expect.poll(numbers, { timeout: 10_000 }).not.toBe(light);
      await house.leave(page);
    });

    it('turns dark when it is told to, and stays so', async () => {
      const house = here();
      const page = await house.visit('anna', 'owner', 'apps');
      await settled(page, 'Applications');
      const ground = (): Promise<unknown> =>
        page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
      const light = await ground();
      await page.getByRole('button', { name: 'Dark' }).click();
      const dark = await ground();
      expect(dark).not.toBe(light);
      await page.reload();
      await settled(page, 'Applications');
      expect(await ground()).toBe(dark);
      await here().leave(page);
    });
  });
}
