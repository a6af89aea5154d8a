import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { ConsoleHouse } from '../support/console-house.ts';

let house: ConsoleHouse;
let receiver: Server;
let page: Page;
const heard: string[] = [];

beforeAll(async () => {
  house = await ConsoleHouse.open();
  receiver = createServer((request, response) => {
    heard.push(request.url ?? '');
    request.resume();
    response.end('{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}');
  });
  await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  receiver.closeAllConnections();
  receiver.close();
  await house.close();
});
afterEach(async () => {
  await page.context().close();
});

const problem = (within: Page | Locator) => within.locator('.problem');

describe('the forms', () => {
  it('make an application, whose key is shown once; a number that is no number stays in the form', async () => {
    page = await house.visit('anna', 'owner', 'apps');
    await page.getByRole('button', { name: 'New application' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Shop');
    await dialog.getByLabel('SDKAppID').fill('5.5');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await problem(dialog).waitFor();
    expect(await problem(dialog).textContent()).toContain('id must be a whole number');
    await dialog.getByLabel('SDKAppID').fill('1400000077');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('dialog', { name: 'Application created' }).waitFor();
    const key = await page.locator('.secret code').textContent();
    expect(key).toMatch(/^[0-9a-f]{64}$/);
    await page.getByRole('link', { name: 'Open the application' }).click();
    await page.getByRole('heading', { level: 1, name: 'Shop' }).waitFor();
    expect(await page.content()).not.toContain(key);
    expect(await page.getByText(`…${key?.slice(-4)}`).count()).toBe(1);
  });

  it('rotate a key: the new one is shown once, the last one cannot be removed', async () => {
    page = await house.visit('anna', 'owner', `app?id=${house.app}`);
    const keys = page.getByRole('region', { name: 'Keys' }).getByRole('row');
    await keys.nth(1).waitFor();
    expect(await keys.nth(1).getByRole('button', { name: 'Remove' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Add key' }).click();
    await page.getByRole('dialog', { name: 'Key k2' }).waitFor();
    await page.keyboard.press('Escape');
    await keys.nth(2).getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await keys.nth(2).waitFor({ state: 'detached' });
    await page.getByLabel('Origin, such as').fill('https://a.example.com/path');
    await page.getByRole('button', { name: 'Add', exact: true }).nth(1).click();
    expect(await problem(page).textContent()).toContain('origin must be');
    await page.getByLabel('Origin, such as').fill('https://a.example.com');
    await page.getByRole('button', { name: 'Add', exact: true }).nth(1).click();
    await page.getByRole('button', { name: 'Remove https://a.example.com' }).click();
    await page.getByRole('button', { name: 'Remove https://a.example.com' }).waitFor({ state: 'detached' });
  });

  it('add a webhook endpoint, test it, pause it and take it away', async () => {
    page = await house.visit('anna', 'owner', 'webhooks');
    await page.getByText('No endpoint yet').waitFor();
    await page.getByRole('button', { name: 'New endpoint' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('orders');
    await dialog.getByLabel('URL', { exact: true }).fill('ftp://example.com');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await problem(dialog).waitFor();
    expect(await dialog.getByLabel('URL', { exact: true }).getAttribute('aria-invalid')).toBe('true');
    const { port } = receiver.address() as AddressInfo;
    await dialog.getByLabel('URL', { exact: true }).fill(`http://127.0.0.1:${port}/calls`);
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('dialog', { name: 'Endpoint orders' }).waitFor();
    expect(await page.locator('.secret code').textContent()).toMatch(/^whsec_/);
    await page.keyboard.press('Escape');
    await page.getByRole('link', { name: 'orders' }).click();
    await page.getByRole('button', { name: 'Send a test event' }).click();
    await page.getByText('Taken with 200').waitFor();
    expect(heard.some((url) => url.startsWith('/calls'))).toBe(true);
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused').waitFor();
    await page.getByRole('button', { name: 'Resume' }).click();
    await page.getByRole('button', { name: 'New secret' }).click();
    await page.getByRole('dialog', { name: 'New secret' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('older').waitFor();
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('No endpoint yet').waitFor();
  });

  it('show an attempt with what was sent and answered, and send it again', async () => {
    const { port } = receiver.address() as AddressInfo;
    await house.does('endpoints.add', { app: house.app, id: 'again', url: `http://127.0.0.1:${port}/again` });
    await house.does('webhooks.trigger', { app: house.app, event: 'start-call' });
    page = await house.visit('anna', 'owner', 'webhooks?tab=attempts');
    const attempts = page.getByRole('button', { name: 'CallbackAfterStartCall' });
    await attempts.first().click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.locator('pre').first().textContent()).toContain('CallId');
    expect(await dialog.locator('pre').nth(1).textContent()).toContain('ActionStatus');
    const before = heard.length;
    await dialog.getByRole('button', { name: 'Replay' }).click();
    await page.getByText('It is delivered again.').waitFor();
    await expect.poll(() => heard.length, { timeout: 20_000 }).toBeGreaterThan(before);
  });

  it('make a UserSig, explain it, and say what is wrong with a broken one', async () => {
    page = await house.visit('anna', 'owner', 'usersig');
    await page.getByLabel('User ID').fill('alice');
    await page.getByLabel('Good for (seconds)').fill('0');
    await page.getByRole('button', { name: 'Make UserSig' }).click();
    await problem(page).waitFor();
    await page.getByLabel('Good for (seconds)').fill('60');
    await page.getByRole('button', { name: 'Make UserSig' }).click();
    const sig = await page.locator('.secret code').textContent();
    await page.getByLabel('UserSig', { exact: true }).fill(sig ?? '');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('a signature of "alice"').waitFor();
    await page.getByLabel('UserSig', { exact: true }).fill('nonsense');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.locator('.pill.bad').waitFor();
  });

  it('run a command of the REST API, and lead from its error to what it means', async () => {
    page = await house.visit('anna', 'owner', 'explorer?command=/v4/im_open_login_svc/account_import');
    await page.getByLabel('Body').fill('{');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('This is not JSON').waitFor();
    await page.getByLabel('Body').fill('{"UserID":"zoe"}');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('ErrorCode 0').waitFor();
    await page.getByRole('button', { name: 'Copy as curl' }).click();
    await page.getByText('Copied.').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toMatch(/^curl -s 'http.*account_import.*zoe/s);
    await page.getByLabel('Command').selectOption('/v4/call_engine_http_srv/end_call');
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByRole('link', { name: 'What does this mean?' }).click();
    await page.getByRole('heading', { level: 1, name: 'Error codes' }).waitFor();
    expect(await page.locator('.error-row').count()).toBeGreaterThan(0);
    await page.goto('/console/users?find=zoe+nobody');
    await page.getByRole('cell', { name: 'Exists' }).waitFor();
    expect(await page.getByRole('cell', { name: 'Unknown' }).count()).toBe(1);
  });

  it('import users, and tell which ids cannot be', async () => {
    page = await house.visit('anna', 'owner', 'users');
    await page.getByRole('button', { name: 'Import users' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('User IDs').fill(`kim ${'x'.repeat(40)}`);
    await dialog.getByRole('button', { name: 'Import' }).click();
    await problem(dialog).waitFor();
    await dialog.getByLabel('User IDs').fill('kim, lee');
    await dialog.getByRole('button', { name: 'Import' }).click();
    await expect.poll(() => page.getByRole('cell', { name: 'Exists' }).count(), { timeout: 20_000 }).toBe(2);
    await page.getByRole('row', { name: /kim/ }).getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('cell', { name: 'Unknown' }).waitFor();
  });

  it('invite an operator by a link that works, change the role, make and remove a token', async () => {
    page = await house.visit('anna', 'owner', 'operators');
    await page.getByRole('button', { name: 'Invite' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Not Good');
    await dialog.getByRole('button', { name: 'Make link' }).click();
    await problem(dialog).waitFor();
    await dialog.getByLabel('Name').fill('mina');
    await dialog.getByRole('button', { name: 'Make link' }).click();
    const link = (await page.locator('.secret code').textContent()) ?? '';
    await page.keyboard.press('Escape');
    const guest = await (await house.context()).newPage();
    await guest.goto(link);
    await guest.getByRole('heading', { name: 'Welcome, mina' }).waitFor();
    await guest.context().close();
    await page.goto('/console/tokens');
    await page.getByRole('button', { name: 'New token' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await problem(page.getByRole('dialog')).waitFor();
    await page.getByRole('dialog').getByLabel('Purpose').fill('deploy');
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    const token = (await page.locator('.secret code').textContent()) ?? '';
    expect(token).toMatch(/^rbt_/);
    await page.keyboard.press('Escape');
    expect((await page.request.get('/admin/apps', { headers: { authorization: `Bearer ${token}` } })).status()).toBe(
      200,
    );
    await page.getByRole('button', { name: 'Remove' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await page.getByText('No token yet').waitFor();
    await page.goto('/console/audit');
    await page.getByRole('cell', { name: 'tokens.remove' }).waitFor();
  });
});
