import type { Page } from 'playwright-core';
import { afterEach, describe, expect, it } from 'vitest';
import type { ConsoleHouse } from '../support/console-house.ts';

/** What is done twice by accident, by two at once, or while the network fails. */
export function changesSuite(here: () => ConsoleHouse): void {
  describe('changes by the console', { timeout: 180_000 }, () => {
    let page: Page;
    afterEach(async () => {
      await here().leave(page);
    });

    /** The secrets of an endpoint, the newest first. */
    const secretsOf = async (id: string): Promise<readonly string[]> => {
      const { secrets } = await here().does<{ readonly secrets: readonly string[] }>('endpoints.secrets', {
        app: here().app,
        id,
      });
      return secrets;
    };

    it('make one new secret at a double click, and ask before an older secret stops signing', async () => {
      const house = here();
      await house.does('endpoints.add', { app: house.app, id: 'twice', url: 'http://127.0.0.1:9/twice' });
      const [used] = await secretsOf('twice');
      page = await house.visit('anna', 'owner', `endpoint?app=${house.app}&id=twice`);
      let asked = 0;
      await page.route('**/endpoints/twice/secrets', async (route) => {
        asked += 1;
        await new Promise((resolve) => setTimeout(resolve, 300));
        await route.continue();
      });
      const rotate = page.getByRole('button', { name: 'New secret' });
      // As fingers do it: the second click does not wait until the button is ready again.
      await rotate.dblclick({ force: true });
      await page.getByRole('dialog', { name: 'New secret' }).locator('.secret code').waitFor();
      expect(asked).toBe(1);
      expect((await secretsOf('twice'))[1]).toBe(used);
      await page.keyboard.press('Escape');
      // Who goes by the keyboard goes on where they were.
      expect(await rotate.evaluate('document.activeElement.textContent')).toBe('New secret');
      await page.getByText('older').waitFor();
      await rotate.click();
      const ask = page.getByRole('dialog', { name: 'New secret' });
      await ask.getByText('stops signing at once').waitFor();
      await ask.getByRole('button', { name: 'Cancel' }).click();
      expect(asked).toBe(1);
      await rotate.click();
      await ask.getByRole('button', { name: 'New secret' }).click();
      await ask.locator('.secret code').waitFor();
      expect(asked).toBe(2);
      expect(await secretsOf('twice')).not.toContain(used);
    });

    it('make one key at a double click', async () => {
      const house = here();
      const { id } = await house.does<{ readonly id: number }>('app.create', { name: 'Keys' });
      page = await house.visit('anna', 'owner', `app?id=${id}`);
      let asked = 0;
      await page.route(`**/apps/${id}/keys`, async (route) => {
        asked += 1;
        await new Promise((resolve) => setTimeout(resolve, 300));
        await route.continue();
      });
      await page.getByRole('button', { name: 'Add key' }).dblclick({ force: true });
      await page.getByRole('dialog', { name: 'Key k2' }).waitFor();
      expect(asked).toBe(1);
    });
  });
}
