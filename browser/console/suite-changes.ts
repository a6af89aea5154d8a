import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type ConsoleHouse, go, settled } from '../support/console-house.ts';

/** What is done twice by accident, by two at once, or while the network fails. */
export function changesSuite(here: () => ConsoleHouse): void {
  describe('changes by the console', { timeout: 180_000 }, () => {
    let receiver: Server;
    let page: Page;
    /** Where a receiver of webhooks is, and what it answers. */
    let url: string;
    let status = 200;
    beforeAll(async () => {
      receiver = createServer((request, response) => {
        request.resume();
        response.writeHead(status).end();
      });
      await new Promise<void>((resolve) => receiver.listen(0, '127.0.0.1', resolve));
      url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/calls`;
    });
    afterAll(() => {
      receiver.closeAllConnections();
      receiver.close();
    });
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

    /** Holds back what the page asks of an address until what is returned is called; then it is answered so, or as ever. */
    const holdBack = async (address: string, answer?: Parameters<Route['fulfill']>[0]): Promise<() => void> => {
      let release = (): void => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      await page.route(address, async (route) => {
        await held;
        await (answer === undefined ? route.continue() : route.fulfill(answer));
      });
      return release;
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

    it('send of a form only what was changed in it: what another changed meanwhile stays', async () => {
      const house = here();
      const { id } = await house.does<{ readonly id: number }>('app.create', { name: 'Depot' });
      page = await house.visit('anna', 'owner', `app?id=${id}`);
      const dialog = page.getByRole('dialog');
      const open = (name: string) => page.getByRole('button', { name: `Edit ${name}` }).click();
      const save = async () => {
        await dialog.getByRole('button', { name: 'Save' }).click();
        await dialog.waitFor({ state: 'detached' });
      };
      await open('Name and access');
      const access = { allowIps: ['127.0.0.0/8'], packageExpiresAt: 2_000_000_012_345 };
      await house.does('app.update', { id, ...access, settings: { maxMembers: 7, groupsJoined: 9 } });
      await dialog.getByLabel('Name').fill('Yard');
      await save();
      expect(await house.does('app.show', { id })).toMatchObject({ name: 'Yard', ...access });
      await page.getByText('127.0.0.0/8').waitFor();
      await open('How calls behave');
      await house.does('app.update', { id, settings: { glare: 'busy', maxMembers: null } });
      await dialog.getByLabel('Members of a call').fill('8');
      await save();
      await open('Limits');
      await house.does('app.update', { id, settings: { maxInFlight: 50 } });
      await dialog.getByLabel('Requests a second').fill('call_engine_http_srv/end_call 7');
      await save();
      const { overrides } = await house.does<{ readonly overrides: object }>('app.show', { id });
      expect(overrides).toEqual({
        maxMembers: 8,
        glare: 'busy',
        groupsJoined: 9,
        maxInFlight: 50,
        rates: { 'call_engine_http_srv/end_call': 7 },
      });
      // What is given back to the server is a change, too.
      await open('How calls behave');
      await dialog.getByLabel('Members of a call').fill('');
      await save();
      const given = await house.does<{ readonly overrides: object }>('app.show', { id });
      expect(given.overrides).not.toHaveProperty('maxMembers');
    });

    it('send of a user only what was changed', async () => {
      const house = here();
      const { app } = house;
      await house.does('users.import', { app, users: [{ userId: 'uma', nick: 'Uma' }] });
      page = await house.visit('anna', 'owner', `user?app=${app}&id=uma`);
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      await house.does('users.change', { app, user: 'uma', avatar: 'https://a.example.com/uma.png' });
      // Long enough that the page behind the form has read it.
      await page.getByText('https://a.example.com/uma.png').waitFor();
      await page.getByRole('dialog').getByLabel('Nickname').fill('Uma Two');
      await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
      await page.getByRole('heading', { level: 1, name: 'Uma Two' }).waitFor();
      expect(await house.does('users.get', { app, user: 'uma' })).toMatchObject({
        nick: 'Uma Two',
        avatar: 'https://a.example.com/uma.png',
      });
    });

    it('leave the dialog that is open now alone when what was begun before it comes to its end', async () => {
      const house = here();
      const { app } = house;
      await house.does('endpoints.add', { app, id: 'late', url });
      page = await house.visit('anna', 'owner', `endpoint?app=${app}&id=late`);
      const dialog = page.getByRole('dialog');
      const typed = dialog.getByLabel('URL', { exact: true });
      const edit = async () => {
        await page.getByRole('button', { name: 'Edit', exact: true }).click();
        await typed.fill(`${url}/typed`);
      };
      const replay = await holdBack('**/webhooks/replay');
      await page.getByRole('button', { name: 'Replay', exact: true }).first().click();
      const asked = page.waitForRequest('**/webhooks/replay');
      await dialog.getByRole('button', { name: 'Replay' }).click();
      await asked;
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      await edit();
      replay();
      await page.getByText('events are delivered again').waitFor();
      expect(await dialog.count()).toBe(1);
      expect(await typed.inputValue()).toBe(`${url}/typed`);
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });

      // The answer to a test event comes over it, and leaves it there.
      const test = await holdBack('**/endpoints/late/test');
      await page.getByRole('button', { name: 'Send a test event' }).click();
      await edit();
      test();
      const answer = page.getByRole('dialog', { name: 'Answer to the test event' });
      await answer.getByText('Taken with 200').waitFor();
      await answer.getByRole('button', { name: 'Close' }).click();
      await answer.waitFor({ state: 'detached' });
      expect(await typed.inputValue()).toBe(`${url}/typed`);
      await house.does('endpoints.remove', { app, id: 'late' });
    });

    it('tell what was refused also when its dialog was closed before the refusal came', async () => {
      const house = here();
      const { app } = house;
      await house.does('endpoints.add', { app, id: 'refused', url });
      page = await house.visit('anna', 'owner', `endpoint?app=${app}&id=refused`);
      const dialog = page.getByRole('dialog');
      const refusal = { status: 500, json: { error: { name: 'internal', message: 'The disk is full.' } } };
      const refuse = await holdBack('**/endpoints/refused', refusal);
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      await dialog.getByLabel('URL', { exact: true }).fill(`${url}/refused`);
      const asked = page.waitForRequest('**/endpoints/refused');
      await dialog.getByRole('button', { name: 'Save' }).click();
      await asked;
      await page.keyboard.press('Escape');
      await dialog.waitFor({ state: 'detached' });
      refuse();
      await page.locator('.toast', { hasText: 'The disk is full.' }).waitFor();
      await house.does('endpoints.remove', { app, id: 'refused' });
    });

    it('leave the token of an endpoint as it is while no other one is typed', async () => {
      const house = here();
      const { app } = house;
      await house.does('endpoints.add', { app, id: 'sealed', url, token: 'seal' });
      page = await house.visit('anna', 'owner', `endpoint?app=${app}&id=sealed`);
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      const dialog = page.getByRole('dialog');
      const save = dialog.getByRole('button', { name: 'Save' });
      await dialog.getByLabel('Token in the URL').selectOption('set');
      await expect.poll(() => save.isDisabled()).toBe(true);
      await dialog.getByLabel('Token for Sign').fill('other');
      await save.click();
      await dialog.waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      await dialog.getByLabel('Token in the URL').selectOption('none');
      await save.click();
      await dialog.waitFor({ state: 'detached' });
      const all = await house.does<readonly { id: string; token: boolean }[]>('endpoints.list', { app });
      expect(all.find(({ id }) => id === 'sealed')).toMatchObject({ token: false });
      await house.does('endpoints.remove', { app, id: 'sealed' });
    });

    it('leave an endpoint off that answered 410 when only its events are changed', async () => {
      const house = here();
      const { app } = house;
      await house.does('endpoints.add', { app, id: 'left', url });
      status = 410;
      await house.does('webhooks.trigger', { app, event: 'start-call' });
      const seen = async () => {
        const all = await house.does<readonly { id: string; state: string; commands: readonly string[] }[]>(
          'endpoints.list',
          { app },
        );
        return all.find(({ id }) => id === 'left');
      };
      await expect.poll(async () => (await seen())?.state, { timeout: 20_000 }).toBe('gone');
      // Were it sent to again, it would be active.
      status = 200;
      page = await house.visit('anna', 'owner', `endpoint?app=${app}&id=left`);
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('member-changed').uncheck();
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.waitFor({ state: 'detached' });
      expect(await seen()).toMatchObject({ state: 'gone' });
      expect((await seen())?.commands).toHaveLength(2);
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      await dialog.getByLabel('URL', { exact: true }).fill(`${url}/elsewhere`);
      await dialog.getByRole('button', { name: 'Save' }).click();
      await dialog.waitFor({ state: 'detached' });
      expect(await seen()).toMatchObject({ state: 'active' });
    });

    it('show an application that was made elsewhere, without loading the console again', async () => {
      const house = here();
      page = await house.visit('anna', 'owner', 'users');
      await settled(page, 'Users');
      await house.does('app.create', { name: 'Made elsewhere' });
      await go(page, 'apps');
      await page.getByRole('link', { name: 'Made elsewhere' }).waitFor();
      // Chosen at the side from then on, too.
      const choice = page.locator('#side').getByLabel('Application', { exact: true });
      await expect
        .poll(() => choice.locator('option').allTextContents())
        .toContainEqual(expect.stringMatching('Made el'));
    });

    it('show the application that is chosen at the side, with nothing of what was typed at the last one', async () => {
      const house = here();
      const [first, second] = [
        await house.does<{ readonly id: number }>('app.create', { name: 'Chosen first' }),
        await house.does<{ readonly id: number }>('app.create', { name: 'Chosen second' }),
      ];
      page = await house.visit('anna', 'owner', `app?id=${first.id}`);
      await settled(page, 'Chosen first');
      await page.getByLabel('User ID').fill('typed');
      await page.locator('#side').getByLabel('Application', { exact: true }).selectOption(String(second.id));
      await settled(page, 'Chosen second');
      expect(page.url()).toContain(`app?id=${second.id}`);
      expect(await page.getByLabel('User ID').inputValue()).toBe('');
    });

    it('show an answer of the API with the command and the application it is of, which stay chosen', async () => {
      const house = here();
      const { id } = await house.does<{ readonly id: number }>('app.create', { name: 'Not asked' });
      const [asked, other] = ['/v4/call_config/get_callback', '/v4/call_engine_http_srv/end_call'];
      page = await house.visit('anna', 'owner', `explorer?app=${house.app}&command=${asked}`);
      const command = page.getByLabel('Command');
      const app = page.locator('#side').getByLabel('Application', { exact: true });
      const [got, none] = [page.getByText(/^ErrorCode \d+$/), page.getByText('Send the request to see its answer.')];
      await page.getByRole('button', { name: 'Send' }).click();
      await got.waitFor();
      await app.selectOption(String(id));
      await none.waitFor();
      expect(await got.count()).toBe(0);
      expect(await command.inputValue()).toBe(asked);
      // What comes late is of the command that was asked.
      await app.selectOption(String(house.app));
      await got.waitFor();
      const answerIt = await holdBack(`**${asked}*`);
      const late = page.waitForResponse((response) => new URL(response.url()).pathname === asked);
      await page.getByRole('button', { name: 'Send' }).click();
      await command.selectOption(other);
      await none.waitFor();
      answerIt();
      await (await late).finished();
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
      expect(await none.count()).toBe(1);
      expect(await got.count()).toBe(0);
    });

    it('keep an application that was just made when an older list comes after it', async () => {
      const house = here();
      page = await house.visit('anna', 'owner', 'users');
      await settled(page, 'Users');
      let release = (): void => {};
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      let isFirst = true;
      await page.route(
        (url) => url.pathname === '/admin/apps',
        async (route) => {
          if (route.request().method() !== 'GET' || !isFirst) return route.continue();
          isFirst = false;
          const response = await route.fetch();
          await held;
          return route.fulfill({ response });
        },
      );
      await go(page, 'apps');
      await page.getByRole('button', { name: 'New application' }).click();
      await page.getByRole('dialog').getByLabel('Name').fill('Overtaken');
      await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
      await page.getByRole('dialog', { name: 'Application created' }).waitFor();
      const row = page.locator('main').getByText('Overtaken');
      await row.waitFor({ state: 'attached' });
      const late = page.waitForResponse((response) => new URL(response.url()).pathname === '/admin/apps');
      release();
      await (await late).finished();
      await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 100)));
      expect(await row.count()).toBe(1);
      await page.unrouteAll();
    });

    for (const at of ['users', 'apps']) {
      it(`say at ${at} that the applications cannot be read, and read them when asked to again`, async () => {
        const house = here();
        const list = (url: URL) => url.pathname === '/admin/apps';
        page = await house.visit('anna', 'owner', 'audit');
        await page.route(list, (route) => route.abort());
        await page.goto(`/console/${at}`);
        const alert = page.getByRole('alert');
        await alert.waitFor();
        await alert.getByRole('button', { name: 'Try again' }).click();
        await alert.waitFor();
        await page.unroute(list);
        await alert.getByRole('button', { name: 'Try again' }).click();
        await alert.waitFor({ state: 'detached' });
        await page.locator('main .bone').first().waitFor({ state: 'detached' });
        await expect.poll(() => page.locator('main').getByRole('row').count()).toBeGreaterThan(1);
      });
    }

    it('show the key of a new application also when the list of them cannot be read then', async () => {
      const house = here();
      page = await house.visit('anna', 'owner', 'apps');
      await settled(page, 'Applications');
      await page.route(
        (url) => url.pathname === '/admin/apps',
        (route) => (route.request().method() === 'GET' ? route.abort() : route.continue()),
      );
      await page.getByRole('button', { name: 'New application' }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByLabel('Name').fill('Only once');
      await dialog.getByRole('button', { name: 'Create' }).click();
      await page.getByRole('dialog', { name: 'Application created' }).waitFor();
      expect(await page.locator('.secret code').textContent()).toMatch(/^[0-9a-f]{64}$/);
      const all = await house.does<readonly { readonly name: string }[]>('app.list');
      expect(all.filter(({ name }) => name === 'Only once')).toHaveLength(1);
      await page.unrouteAll();
      await page.getByRole('link', { name: 'Open the application' }).click();
      await settled(page, 'Only once');
    });
  });
}
