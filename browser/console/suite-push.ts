import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ConsoleHouse, go, seriousFaults, settled } from '../support/console-house.ts';

/** Push providers: set up, changed, tried and taken away in the console. */
export function pushSuite(here: () => ConsoleHouse): void {
  describe('push providers', { timeout: 120_000 }, () => {
    let service: Server;
    let page: Page;
    const pushed: string[] = [];
    beforeAll(async () => {
      service = createServer((request, response) => {
        pushed.push(`${request.url} ${request.headers['webhook-signature'] !== undefined}`);
        request.resume();
        response.end('{}');
      });
      await new Promise<void>((resolve) => service.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => {
      service.closeAllConnections();
      service.close();
    });
    afterEach(async () => {
      await here().leave(page);
    });
    /** Sends the form, and waits for what is said at that field. */
    const refused = async (dialog: Locator, field: string, text: string): Promise<void> => {
      await dialog.getByRole('button', { name: 'Create' }).click();
      await dialog.locator(`.field:has([name="${field}"][aria-invalid="true"]) .problem`, { hasText: text }).waitFor();
    };

    it('are set up where there is none yet; the secret is shown once; a test push says what came of it', async () => {
      const house = here();
      page = await house.visit('anna', 'owner', 'push');
      await page.getByRole('heading', { name: 'No push provider yet' }).waitFor();
      await page.getByRole('button', { name: 'New provider' }).click();
      const dialog = page.getByRole('dialog');
      expect(await seriousFaults(page)).toEqual([]);
      await dialog.getByLabel('Name').fill('own');
      const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
      await dialog.getByLabel('URL of your push service').fill(`${url}/first`);
      await dialog.getByRole('button', { name: 'Create' }).click();
      await page.getByRole('dialog', { name: 'Provider own' }).waitFor();
      const secret = (await page.locator('.secret code').textContent()) ?? '';
      expect(secret).toMatch(/^whsec_/);
      await page.keyboard.press('Escape');
      await page.getByRole('cell', { name: `${url}/first` }).waitFor();
      expect(await page.content()).not.toContain(secret);
      await page.getByRole('button', { name: 'Edit own' }).click();
      await dialog.getByLabel('URL of your push service').fill(`${url}/ring`);
      await dialog.getByRole('button', { name: 'Save' }).click();
      await page.getByRole('cell', { name: `${url}/ring` }).waitFor();
      await house.rest('push_http_srv/set_device_token', {
        User_Account: 'guest-00',
        DeviceId: 'phone',
        Provider: 'own',
        Token: 'a-token-of-a-phone',
      });
      await page.getByRole('searchbox').fill('guest-00');
      await page.keyboard.press('Enter');
      await page.getByRole('cell', { name: '…-phone' }).waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await page.getByRole('button', { name: 'Send a test push' }).click();
      await page.getByRole('dialog').getByText('Taken').waitFor();
      expect(pushed).toEqual(['/ring true']);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Remove own' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
      await page.getByRole('heading', { name: 'No push provider yet' }).waitFor();
      await go(page, 'audit');
      for (const name of ['push.set', 'push.test', 'push.remove'])
        await page.getByRole('cell', { name }).first().waitFor();
      expect(await page.content()).not.toContain(secret);
    });

    it('say at each field what is wrong with it', async () => {
      page = await here().visit('anna', 'owner', 'push');
      await page.getByRole('button', { name: 'New provider' }).click();
      const dialog = page.getByRole('dialog');
      const fill = (label: string, text: string) => dialog.getByLabel(label, { exact: true }).fill(text);
      await refused(dialog, 'name', 'A name is needed');
      await fill('Name', 'No Name');
      await fill('URL of your push service', 'ftp://example.com');
      await refused(dialog, 'name', 'lower-case letters');
      await fill('Name', 'own');
      await refused(dialog, 'url', 'The URL');
      await fill('Secret (optional)', 'whsec_x');
      await fill('URL of your push service', 'https://push.example.com/ring');
      await refused(dialog, 'secret', 'whsec_ and the base64');
      await dialog.getByLabel('Kind').selectOption('apns');
      await refused(dialog, 'team', '10 capital letters');
      await fill('Team ID', 'TEAM123456');
      await refused(dialog, 'keyId', '10 capital letters');
      await fill('Key ID', 'KEY1234567');
      await refused(dialog, 'key', 'the .p8 file');
      await dialog.getByLabel('Kind').selectOption('web-push');
      await refused(dialog, 'subject', 'mailto:');
      await fill('Address for push services that want to complain', 'mailto:ops@example.com');
      await fill('VAPID private key (optional)', 'x');
      await refused(dialog, 'publicKey', 'both keys');
      await fill('VAPID public key (optional)', 'x');
      await refused(dialog, 'publicKey', '65 bytes');
      await dialog.getByLabel('Kind').selectOption('fcm');
      await fill('Key file of the service account', '{');
      await refused(dialog, 'serviceAccount', 'the JSON file');
      expect(await dialog.locator('.problem').count()).toBe(1);
    });

    it('are shown to a viewer, who can change nothing, in Korean', async () => {
      const house = here();
      await house.does('push.set', {
        app: house.app,
        name: 'web',
        kind: 'web-push',
        subject: 'mailto:ops@example.com',
      });
      page = await house.visit('vic', 'viewer', 'push?user=guest-00', { locale: 'ko-KR' });
      await settled(page, '푸시');
      await page.getByRole('cell', { name: 'mailto:ops@example.com' }).waitFor();
      await page.getByRole('cell', { name: 'own', exact: true }).waitFor();
      // All that is left is the search.
      expect(await page.locator('main').getByRole('button').count()).toBe(1);
      await house.does('push.remove', { app: house.app, name: 'web' });
    });
  });
}
