import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type ConsoleHouse, go, seriousFaults, settled } from '../support/console-house.ts';

/** What the console says of calls and requests that are over. */
export function historySuite(here: () => ConsoleHouse): void {
  describe('what was', { timeout: 180_000 }, () => {
    it('is on the overview: calls of a range, their results, and how long they rang', async () => {
      const house = here();
      const page = await house.visit('vic', 'viewer', '?range=month');
      await settled(page, 'Overview');
      const tile = (name: string) => page.locator('.tile', { hasText: name }).first().locator('.value');
      // The made-up calls are summed in the background after the start.
      const calls = page.locator('.tile', { has: page.getByText('Calls', { exact: true }) }).locator('.value');
      await expect.poll(() => calls.textContent(), { timeout: 40_000 }).toBe('400');
      expect(await tile('Answer rate').textContent()).toMatch(/^\d\d %|\d\d%$/);
      expect(await tile('Median ring').textContent()).toMatch(/^\d+(\.\d)? (s|ms)$/);
      const total = await page.evaluate(
        "[...document.querySelectorAll('.bars')[0].querySelectorAll('.number')].reduce((sum, one) => sum + Number.parseInt(one.textContent), 0)",
      );
      expect(total).toBe(400);
      await page.getByRole('button', { name: 'Hour' }).click();
      await page.waitForURL(/range=hour/);
      await page.getByRole('button', { name: 'Own…' }).click();
      await page.getByLabel('From').fill('2020-01-01T00:00');
      await page.getByLabel('To').fill('2020-01-02T00:00');
      await page.getByText('No call in this time').waitFor();
      await page.getByText('No request yet').waitFor();
      await page.getByLabel('To').fill('2019-01-02T00:00');
      await page.getByText('The end is before the beginning.').waitFor();
      await here().leave(page);
    });

    for (const locale of ['en-GB', 'ko-KR', 'zh-CN']) {
      it(`is in tiles of one line each at the width of a small laptop, in ${locale}`, async () => {
        const page = await here().visit('vic', 'viewer', '?range=month', { locale, width: 1280 });
        await page.locator('.tile').first().waitFor();
        await page.locator('main .bone').first().waitFor({ state: 'detached' });
        const broken = await page.evaluate(`[...document.querySelectorAll('.tile > *')]
          .filter((part) => {
            const range = document.createRange();
            range.selectNodeContents(part);
            return new Set([...range.getClientRects()].map(({ top }) => Math.round(top))).size > 1;
          })
          .map((part) => part.textContent)`);
        expect(broken).toEqual([]);
        const tops = await page.evaluate(
          `new Set([...document.querySelectorAll('.tile')].map((tile) => Math.round(tile.getBoundingClientRect().top))).size`,
        );
        expect(tops).toBe(1);
        await here().leave(page);
      });
    }

    it('is in records: by user, result and time, page by page, the newest first', async () => {
      const house = here();
      const page = await house.visit('vic', 'viewer', 'calls');
      await settled(page, 'Calls');
      const rows = page.getByRole('region', { name: 'Records' }).getByRole('row');
      await expect.poll(() => rows.count(), { timeout: 20_000 }).toBe(51);
      await page.getByRole('button', { name: 'Show more' }).click();
      await expect.poll(() => rows.count(), { timeout: 20_000 }).toBe(101);
      const { records } = await house.does<{ readonly records: readonly { readonly members: string[] }[] }>(
        'records.list',
        {
          app: house.app,
          limit: 101,
        },
      );
      expect(await rows.nth(100).textContent()).toContain(records[99]?.members[0] ?? '?');
      await page.getByLabel('Result').selectOption('Reject');
      await page.waitForURL(/result=Reject/);
      await expect.poll(() => rows.nth(1).textContent(), { timeout: 20_000 }).toContain('Rejected');
      await page.getByRole('searchbox', { name: 'User ID' }).fill('alice');
      await page.keyboard.press('Enter');
      await page.waitForURL(/user=alice/);
      await expect
        .poll(async () => (await rows.allTextContents()).slice(1).every((text) => /alice|\+/.test(text)))
        .toBe(true);
      await page.getByLabel('From').fill('2031-01-01T00:00');
      await page.getByText('No record fits the filters.').waitFor();
      await page.getByRole('link', { name: 'Clear filters' }).click();
      await expect.poll(() => rows.count()).toBe(51);
      await here().leave(page);
    });

    it('is of a time that is typed, the year digit by digit', async () => {
      const page = await here().visit('vic', 'viewer', 'calls');
      await settled(page, 'Calls');
      const from = page.getByLabel('From');
      const at = (year: string): string => `${year}-03-04T05:06`;
      // What the browser tells of each digit.
      const type = (year: string): Promise<unknown> =>
        page.evaluate(`{
          const input = document.querySelector('.time-span input');
          input.value = ${JSON.stringify(at(year))};
          input.dispatchEvent(new Event('input', { bubbles: true }));
        }`);
      const chosen = (year: string): string => `from=${new Date(at(year)).getTime()}`;
      await type('2025');
      await expect.poll(() => page.url()).toContain(chosen('2025'));
      for (const year of ['0002', '0020', '0202']) {
        await type(year);
        expect(await from.inputValue()).toBe(at(year));
        expect(page.url()).toContain(chosen('2025'));
      }
      // What draws the page anew takes nothing of it away.
      await page.getByLabel('Result').selectOption('Reject');
      await page.waitForURL(/result=Reject/);
      expect(await from.inputValue()).toBe(at('0202'));
      await type('2026');
      await expect.poll(() => page.url()).toContain(chosen('2026'));
      expect(await from.inputValue()).toBe(at('2026'));
      // Whoever leaves it half typed sees what is chosen.
      await from.focus();
      await type('0002');
      await page.getByLabel('To', { exact: true }).focus();
      await expect.poll(() => from.inputValue()).toBe(at('2026'));
      await here().leave(page);
    });

    it('is exported as CSV and as JSON Lines, whole, with how far it is', async () => {
      const house = here();
      const page = await house.visit('vic', 'viewer', 'calls');
      await page.getByRole('button', { name: 'Export' }).click();
      const dialog = page.getByRole('dialog');
      const save = async (format: string): Promise<string> => {
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          dialog.getByRole('button', { name: format }).click(),
        ]);
        return readFileSync(await download.path(), 'utf8');
      };
      const lines = (await save('JSON Lines')).trimEnd().split('\n');
      expect(lines.length).toBe(400);
      expect(JSON.parse(lines[0] ?? '')).toHaveProperty('CallId');
      await dialog.getByText('400 of 400').waitFor();
      const csv = (await save('CSV')).trimEnd().split('\r\n');
      expect(csv.length).toBe(401);
      expect(csv[0]).toContain('CallId,CallType');
      // A stream that does not come to its end is stopped by the one who asked.
      await page.route('**/exports/records*', () => {});
      await dialog.getByRole('button', { name: 'CSV' }).click();
      await dialog.getByRole('button', { name: 'Cancel' }).click();
      await page.getByText('The export was stopped.').waitFor();
      await here().leave(page);
    });

    it('is found by a RequestId: the call that it changed, or what it was answered', async () => {
      const house = here();
      const { RequestId } = await house.rest<{ readonly RequestId: string }>('im_open_login_svc/account_check', {
        CheckItem: [{ UserID: 'guest-00' }],
      });
      const page = await house.visit('vic', 'viewer', 'calls');
      await page.getByRole('searchbox', { name: 'Call ID or RequestId' }).fill(RequestId);
      await page.keyboard.press('Enter');
      await page.getByText('It changed no call.').waitFor();
      await page.getByText('im_open_login_svc/account_check').waitFor();
      await go(page, `request?id=Id-${'0'.repeat(32)}-O-Seq-1`);
      await page.getByText('No such request is known').waitFor();
      await go(page, 'requests');
      await page.getByText('im_open_login_svc/account_check').first().waitFor();
      await here().leave(page);
    });

    it('is each attempt of the timeline with its own endpoint; what cannot be read, or is gone, is told', async () => {
      const house = here();
      const { app } = house;
      // Both are told of the same events, under the same ids.
      const told = ['told-first', 'told-second'];
      for (const id of told) await house.does('endpoints.add', { app, id, url: `http://127.0.0.1:9/${id}` });
      const { Response } = await house.rest<{ readonly Response: { readonly CallId: string } }>(
        'call_engine_http_srv/start_call_by_robot',
        {
          Robot_Account: 'robot-told',
          CalleeList_Account: ['guest-02', 'guest-03'],
          Timeout: 60_000,
          CallInfo: { MediaType: 'Video', RoomId: 'told', RoomIdType: 2 },
        },
      );
      const page = await house.visit('vic', 'viewer', `call?app=${app}&id=${Response.CallId}`);
      const dialog = page.getByRole('dialog');
      const details = (id: string) =>
        page
          .getByRole('list', { name: 'Timeline' })
          .getByRole('listitem')
          .filter({ hasText: `${id} did not take` })
          .first()
          .getByRole('button', { name: 'Details' });
      for (const id of told) {
        await details(id).click();
        expect(await dialog.locator('.facts').textContent()).toContain(`http://127.0.0.1:9/${id}`);
        await page.keyboard.press('Escape');
        await dialog.waitFor({ state: 'detached' });
      }
      const attempts = '**/admin/apps/*/webhooks/attempts*';
      await page.route(attempts, (route) => route.fulfill({ json: { attempts: [] } }));
      await details('told-first').click();
      await page.getByText('No attempt here').waitFor();
      await page.unroute(attempts);
      const answer = { status: 500, json: { error: { name: 'internal', message: 'The disk is full.' } } };
      await page.route(attempts, (route) => route.fulfill(answer));
      await details('told-first').click();
      await page.getByText('The disk is full.').waitFor();
      expect(await dialog.count()).toBe(0);
      // It may have rung out meanwhile.
      await house.rest('call_engine_http_srv/end_call', { CallId: Response.CallId }).catch(() => {});
      for (const id of told) await house.does('endpoints.remove', { app, id });
      await house.leave(page);
    });

    it('is not there where an address is wrong, which leads back to what is', async () => {
      const page = await here().visit('vic', 'viewer', 'endpoint?id=none');
      await page.getByRole('heading', { name: 'There is no endpoint none' }).waitFor();
      await page.locator('main').getByRole('link', { name: 'Endpoints' }).click();
      await settled(page, 'Webhooks');
      await go(page, 'users?app=9');
      await page.getByRole('heading', { name: 'There is no application 9' }).waitFor();
      expect(await seriousFaults(page)).toEqual([]);
      await page.locator('main').getByRole('link', { name: 'Applications' }).click();
      await settled(page, 'Applications');
      // What is chosen is one that there is.
      await page.getByRole('link', { name: 'Users', exact: true }).click();
      await page.getByRole('link', { name: 'guest-00' }).waitFor();
      await go(page, 'app?id=9');
      await page.getByRole('heading', { name: 'There is no application 9' }).waitFor();
      await here().leave(page);
    });

    it('is said to be of one node where there are several, also where that one was asked nothing', async () => {
      const house = here();
      const page = await house.visit('vic', 'viewer');
      await settled(page, 'Overview');
      const ofOne = page.getByText('There are 3 nodes; this one counts only what came to it.');
      expect(await page.getByText(/this one counts only/).count()).toBe(0);
      for (const more of [{ nodes: 3 }, { nodes: 3, minutes: [] }]) {
        // All that the page knows of other nodes is their number.
        await page.route('**/admin/requests/rates*', async (route) => {
          const answer = await route.fetch();
          await route.fulfill({ response: answer, json: { ...(await answer.json()), ...more } });
        });
        await page.reload();
        await ofOne.waitFor();
        expect(await page.getByText('No request yet').count()).toBe('minutes' in more ? 1 : 0);
      }
      await house.leave(page);
    });

    it('waits for a slow server without losing what it shows', async () => {
      const page = await here().visit('vic', 'viewer', 'apps');
      // What the page reads each five seconds it reads four times a second, so that less is slow.
      await page.evaluate(`{
        const wait = window.setTimeout;
        window.setTimeout = (work, ms, ...more) => wait(work, ms === 5000 ? 250 : ms, ...more);
      }`);
      let [running, most] = [0, 0];
      await page.route('**/admin/apps/*/records*', async (route) => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 1000));
        running -= 1;
        await route.continue().catch(() => {});
      });
      await page.getByRole('link', { name: 'Calls', exact: true }).click();
      await page.getByRole('heading', { level: 1, name: 'Calls' }).waitFor();
      expect(await page.locator('.bone').count()).toBeGreaterThan(0);
      await page.getByRole('region', { name: 'Records' }).getByRole('link').first().waitFor();
      expect(most).toBe(1);
      await page.unroute('**/admin/apps/*/records*');
      // Away: what is shown stays, and the page says why nothing new comes.
      await page.route('**/admin/**', (route) => route.abort());
      await page.getByText('The server cannot be reached.').first().waitFor({ timeout: 20_000 });
      expect(await page.getByRole('region', { name: 'Records' }).getByRole('link').count()).toBeGreaterThan(0);
      await here().leave(page);
    });
  });
}
