import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ConsoleHouse, go, password, settled } from '../support/console-house.ts';

const problem = (within: Page | Locator) => within.locator('.problem');

/** Each form: what is wrong is told at its field, what is right is done. */
export function formsSuite(here: () => ConsoleHouse): void {
  describe('the forms', { timeout: 180_000 }, () => {
    let receiver: Server;
    let page: Page;
    const heard: string[] = [];
    beforeAll(async () => {
      receiver = createServer((request, response) => {
        heard.push(request.url ?? '');
        request.resume();
        response.end('{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}');
      });
      await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
    });
    afterAll(() => {
      receiver.closeAllConnections();
      receiver.close();
    });
    afterEach(async () => {
      await here().leave(page);
    });

    it('make an application, whose key is shown once; a number that is no number stays in the form', async () => {
      const house = here();
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
      const house = here();
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
      const house = here();
      page = await house.visit('anna', 'owner', 'webhooks');
      await page.getByRole('button', { name: 'New endpoint' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Name').fill('shop');
      await dialog.getByLabel('URL', { exact: true }).fill('ftp://example.com');
      await dialog.getByRole('button', { name: 'Create' }).click();
      await problem(dialog).waitFor();
      expect(await dialog.getByLabel('URL', { exact: true }).getAttribute('aria-invalid')).toBe('true');
      const { port } = receiver.address() as AddressInfo;
      await dialog.getByLabel('URL', { exact: true }).fill(`http://127.0.0.1:${port}/calls`);
      await dialog.getByRole('button', { name: 'Create' }).click();
      await page.getByRole('dialog', { name: 'Endpoint shop' }).waitFor();
      expect(await page.locator('.secret code').textContent()).toMatch(/^whsec_/);
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: 'shop' }).click();
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
      await page.getByRole('button', { name: 'Retire old secrets' }).click();
      await page.getByText('older').waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      const edit = page.getByRole('dialog');
      await edit.getByLabel('URL', { exact: true }).fill('nowhere');
      await edit.getByLabel('Token in the URL').selectOption('set');
      await edit.getByLabel('Token for Sign').fill('seal');
      await edit.getByRole('button', { name: 'Save' }).click();
      await problem(edit).waitFor();
      await edit.getByLabel('URL', { exact: true }).fill(`http://127.0.0.1:${port}/sealed`);
      await edit.getByRole('button', { name: 'Save' }).click();
      await edit.waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Send a test event' }).click();
      await page.getByText('Taken with 200').waitFor();
      expect(heard.some((url) => url.startsWith('/sealed') && url.includes('Sign='))).toBe(true);
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Replay', exact: true }).first().click();
      const replay = page.getByRole('dialog');
      await replay.getByLabel('What').selectOption('range');
      await replay.getByLabel('From').fill('2030-01-02T00:00');
      await replay.getByLabel('To').fill('2030-01-01T00:00');
      await replay.getByRole('button', { name: 'Replay' }).click();
      await replay.locator('.problem, .notice.bad').first().waitFor();
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Remove', exact: true }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
      await page.getByRole('link', { name: 'shop' }).waitFor({ state: 'detached' });
    });

    it('show an attempt with what was sent and answered, and send it again', async () => {
      const house = here();
      const { port } = receiver.address() as AddressInfo;
      await house.does('endpoints.add', { app: house.app, id: 'again', url: `http://127.0.0.1:${port}/again` });
      await house.does('webhooks.trigger', { app: house.app, event: 'start-call' });
      // The page reads again after a while only.
      await expect.poll(() => heard.some((url) => url.startsWith('/again')), { timeout: 20_000 }).toBe(true);
      page = await house.visit('anna', 'owner', 'webhooks?tab=attempts');
      // Other endpoints are told of the same event, and do not take it.
      const taken = page.getByRole('row', { name: /again.*Delivered/ });
      await taken.getByRole('button', { name: 'CallbackAfterStartCall' }).first().click();
      const dialog = page.getByRole('dialog');
      expect(await dialog.locator('pre').first().textContent()).toContain('CallId');
      expect(await dialog.locator('pre').nth(1).textContent()).toContain('ActionStatus');
      const before = heard.length;
      await dialog.getByRole('button', { name: 'Replay' }).click();
      await page.getByText('It is delivered again.').waitFor();
      await expect.poll(() => heard.length, { timeout: 20_000 }).toBeGreaterThan(before);
    });

    it('make a UserSig, explain it, and say what is wrong with a broken one', async () => {
      const house = here();
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
      const house = here();
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
      await go(page, 'users?find=zo');
      await page.getByRole('link', { name: 'zoe' }).waitFor();
    });

    it('offer every command of the list, the legacy ones too, and read the answers of both', async () => {
      page = await here().visit('anna', 'owner', 'explorer?command=/v4/call_config/get_callback');
      await page.getByLabel('Command').waitFor();
      const offered = await page.getByLabel('Command').locator('option').allTextContents();
      expect(offered).toEqual(here().commands);
      await page.getByRole('button', { name: 'Send' }).click();
      await page.getByText('ErrorCode 100301').waitFor();
      await page.getByLabel('Command').selectOption('/v1/records/get_records_by_filter');
      await page.getByLabel('Body').fill('{"startTime":0}');
      await page.getByRole('button', { name: 'Send' }).click();
      await page.getByText('"errorCode"').waitFor();
      await page.getByText(/ErrorCode \d+/).waitFor();
    });

    for (const [locale, words] of Object.entries({
      'ko-KR': {
        error: '만료되었습니다',
        of: '애플리케이션의 키 k1(으)로 만든 올바른 서명',
        command: '진행 중인 통화를 끝냅니다.',
        example: '통화 끝내기',
      },
      'zh-CN': { error: '已过期', of: '签名正确', command: '结束进行中的通话。', example: '结束一个通话' },
    })) {
      it(`explain errors, signatures and commands in ${locale}`, async () => {
        const house = here();
        page = await house.visit('anna', 'owner', 'errors?find=70001', { locale });
        await page.locator('.error-row', { hasText: words.error }).first().waitFor();
        const { userSig } = await house.does<{ readonly userSig: string }>('usersig.make', {
          app: house.app,
          user: 'administrator',
          expire: 86_400,
        });
        await go(page, 'usersig');
        await page.getByLabel('UserSig', { exact: true }).fill(userSig);
        await page.locator('button[type=submit]').nth(1).click();
        await page.getByText(words.of.replace('애플리케이션의', `애플리케이션 ${house.app}의`)).waitFor();
        await go(page, 'explorer?command=/v4/call_engine_http_srv/end_call');
        await page.getByText(words.command).waitFor();
        expect(await page.locator('#example option').allTextContents()).toEqual([words.example]);
      });
    }

    it('import users, and tell which ids cannot be', async () => {
      const house = here();
      page = await house.visit('anna', 'owner', 'users');
      await page.getByRole('button', { name: 'Import users' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('User IDs').fill(`kim\n${'x'.repeat(40)}`);
      await dialog.getByRole('button', { name: 'Import' }).click();
      await problem(dialog).waitFor();
      // Not typed: a browser takes a minute to type ten thousand lines.
      const many = JSON.stringify(Array.from({ length: 10_001 }, (_, n) => `u${n}`).join('\n'));
      await page.evaluate(`(() => {
        const box = document.querySelector('dialog textarea');
        box.value = ${many};
        box.dispatchEvent(new Event('input', { bubbles: true }));
      })()`);
      await dialog.getByRole('button', { name: 'Import' }).click();
      await dialog.getByText('At most 10 000 at once.').waitFor();
      await dialog.getByLabel('User IDs').fill('kim, the first\tKim\nlee');
      await dialog.getByRole('button', { name: 'Import' }).click();
      await page.getByText('2 accounts are there.').waitFor();
      await go(page, 'users?find=kim%2C');
      await page.getByRole('link', { name: 'kim, the first' }).click();
      await page.getByRole('heading', { level: 1, name: 'Kim' }).waitFor();
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      await dialog.getByLabel('Nickname').fill('x'.repeat(501));
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.getByLabel('Nickname').and(page.locator('[aria-invalid="true"]')).waitFor();
      await page.getByRole('dialog').getByLabel('Nickname').fill('Kim Minsu');
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      await page.getByRole('heading', { level: 1, name: 'Kim Minsu' }).waitFor();
      await page.locator('main').getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Sign out' }).click();
      await page.getByText('is signed out everywhere.').waitFor();
      await page.getByRole('button', { name: 'Remove', exact: true }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
      await settled(page, 'Users');
      const { users } = await house.does<{ readonly users: readonly object[] }>('users.list', {
        app: house.app,
        prefix: 'kim,',
      });
      expect(users).toEqual([]);
    });

    it('page through users and groups', async () => {
      const house = here();
      page = await house.visit('anna', 'owner', 'users?find=guest-');
      await settled(page, 'Users');
      const rows = page.getByRole('row');
      await expect.poll(() => rows.count(), { timeout: 20_000 }).toBe(51);
      await page.getByRole('button', { name: 'Show more' }).click();
      await expect.poll(() => rows.count(), { timeout: 20_000 }).toBe(61);
      await page.getByRole('button', { name: 'Online' }).click();
      await page.getByRole('heading', { name: 'Nobody is online here' }).waitFor();
      await go(page, 'groups');
      await page.getByText('50 of 52').waitFor();
      await page.getByRole('button', { name: 'Show more' }).click();
      await page.getByText('52 of 52').waitFor();
      await page.getByRole('searchbox', { name: 'Group ID' }).fill('room-0');
      await page.keyboard.press('Enter');
      await expect.poll(() => rows.count(), { timeout: 20_000 }).toBe(11);
      await page.getByRole('link', { name: 'Room 0' }).click();
      await settled(page, 'Room 0');
      await page.getByText('Public', { exact: true }).waitFor();
      await page.getByRole('link', { name: 'ann b,c' }).click();
      await settled(page, 'ann b,c');
      await page.getByRole('link', { name: 'Room 0' }).waitFor();
    });

    it('set what holds for one application, and refuse what does not fit at its field', async () => {
      const house = here();
      const id = 1400000055;
      await house.does('app.create', { id, name: 'Clinic' });
      const expires = 2_000_000_012_345;
      await house.does('app.update', { id, packageExpiresAt: expires });
      page = await house.visit('anna', 'owner', `app?id=${id}`);
      const dialog = page.getByRole('dialog');
      const open = (name: string) => page.getByRole('button', { name: `Edit ${name}` }).click();
      const save = () => dialog.getByRole('button', { name: 'Save' }).click();
      await open('Name and access');
      await dialog.getByLabel('Addresses that may call').fill('10.0.0.0/99');
      await save();
      expect(await problem(dialog).textContent()).toContain('is no IP address or range');
      await dialog.getByLabel('Addresses that may call').fill('127.0.0.0/8\n10.0.0.0/8');
      await dialog.getByLabel('Commands that are off').fill('no/such');
      await save();
      await dialog.getByText('There is no command no/such').waitFor();
      await dialog.getByLabel('Commands that are off').fill('call_engine_http_srv/end_call');
      await dialog.getByLabel('Name').fill('Ward');
      await save();
      await settled(page, 'Ward');
      // Of what was left as it is not even a second is lost.
      const kept = await house.does<{ readonly packageExpiresAt: number }>('app.show', { id });
      expect(kept.packageExpiresAt).toBe(expires);
      await open('Name and access');
      await dialog.getByLabel('Package expires').fill('2040-01-01T00:00');
      await save();
      await page.getByText('2040').waitFor();
      await page.getByText('127.0.0.0/8, 10.0.0.0/8').waitFor();
      await open('How calls behave');
      await dialog.getByLabel('Members of a call').fill('many');
      await save();
      await dialog.getByText('This is not a whole number.').waitFor();
      await dialog.getByLabel('Members of a call').fill('1');
      await save();
      await dialog.locator('[aria-invalid="true"]').waitFor();
      await dialog.getByLabel('Members of a call').fill('12');
      await dialog.getByLabel('Two who dial each other').selectOption('busy');
      await save();
      await page.getByText('Find each other busy of its own').waitFor();
      await open('Limits');
      await dialog.getByLabel('Requests a second').fill('all of them');
      await save();
      await dialog.getByText('is not a command and a number').waitFor();
      await dialog.getByLabel('Requests a second').fill('call_engine_http_srv/end_call 7');
      await save();
      await page.getByText('call_engine_http_srv/end_call 7 of its own').waitFor();
      const app = await house.does<{ readonly overrides: object }>('app.show', { id });
      expect(app.overrides).toMatchObject({ maxMembers: 12, glare: 'busy' });
      await page.getByRole('button', { name: 'Disable', exact: true }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
      await page.getByText('Disabled', { exact: true }).waitFor();
      await page.getByLabel('User ID').fill('two words are one id, this is too long');
      await page.getByRole('button', { name: 'Add', exact: true }).first().click();
      await problem(page).first().waitFor();
    });

    it('say in the language of the console what the server refuses', async () => {
      page = await here().visit('anna', 'owner', 'apps', { locale: 'ko-KR' });
      await page.getByRole('button', { name: '새 애플리케이션' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('SDKAppID').fill('1400000001');
      await dialog.locator('button[type=submit]').click();
      await dialog.getByText('이미 있습니다').waitFor();
      await page.keyboard.press('Escape');
      await go(page, 'audit');
      const entry = page.getByRole('row', { name: /app\.create.*1400000001/ }).first();
      await entry.getByText('거부됨').waitFor();
      await entry
        .getByTitle('bad_params')
        .getByText(/[가-힣]/)
        .waitFor();
    });

    it('invite an operator by a link that works, change the role, make and remove a token', async () => {
      const house = here();
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
      const guest = await house.window();
      await guest.goto(link);
      await guest.getByRole('heading', { name: 'Welcome, mina' }).waitFor();
      await guest.getByLabel('New password').fill(password);
      await guest.getByRole('button', { name: 'Set password and sign in' }).click();
      await guest.getByRole('navigation', { name: 'Menu' }).waitFor();
      await house.leave(guest);
      await page.reload();
      await page.getByLabel('Role of mina').selectOption('operator');
      await page.getByText('Saved.').waitFor();
      await go(page, 'tokens');
      await page.getByRole('button', { name: 'New token' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
      await problem(page.getByRole('dialog')).waitFor();
      await page.getByRole('dialog').getByLabel('Purpose').fill('deploy');
      await page.getByRole('dialog').getByLabel('Days').fill('-3');
      await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
      await page.getByRole('dialog').getByLabel('Days').and(page.locator('[aria-invalid="true"]')).waitFor();
      await page.getByRole('dialog').getByLabel('Days').fill('30');
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
      await go(page, 'audit');
      await page.getByRole('cell', { name: 'tokens.remove' }).waitFor();
    });
  });
}
