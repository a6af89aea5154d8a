import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { Receiver } from '../../packages/server/test/webhooks/receiver.ts';
import { type ConsoleHouse, go, settled } from '../support/console-house.ts';

/** Texts that run where somebody takes them for markup; `n` tells them apart. */
const image = (n: number): string => `<img src=x onerror="window.hit=${n}">`;
const script = (n: number): string => `"><script>window.hit=${n}</script><svg onload=window.hit=${n}>`;

/** 32 bytes at most. */
const userId = '<img src=x onerror=hit=1>';
/** Of the alphabet that rooms may have. */
const roomId = '<img src=x onerror=hit=9>';

/** What anybody can have stored, seen by operators. */
export function hostileSuite(here: () => ConsoleHouse): void {
  describe('what strangers have stored', { timeout: 180_000 }, () => {
    it('is shown as text on every page, and never runs', { timeout: 180_000 }, async () => {
      const house = here();
      const receiver = await Receiver.open((answer) =>
        answer(200, script(7), { 'content-type': 'text/html', 'x-odd': 'a' }),
      );
      await house.does('endpoints.add', { app: house.app, id: 'hostile', url: receiver.url });
      await house.does('users.import', {
        app: house.app,
        users: [
          { userId, nick: image(2), avatar: 'javascript:window.hit=3' },
          { userId: 'mallory', nick: script(4), avatar: `https://x.example/"onerror="window.hit=5` },
        ],
      });
      await house.rest('group_open_http_svc/create_group', {
        Type: 'Public',
        Name: image(6).slice(0, 30),
        Introduction: script(8),
        GroupId: 'hostile-group',
        MemberList: [{ Member_Account: userId }, { Member_Account: 'mallory' }],
      });
      const started = await house.rest<{ readonly Response: { readonly CallId: string } }>(
        'call_engine_http_srv/start_call_by_robot',
        {
          Robot_Account: 'robot<b>',
          CalleeList_Account: [userId, 'mallory'],
          Timeout: 60_000,
          CallInfo: {
            MediaType: 'Video',
            RoomId: roomId,
            RoomIdType: 2,
          },
          UserData: `${script(11)}${image(12)}`,
        },
      );
      const callId = started.Response.CallId;

      const page = await house.visit('anna', 'owner', 'calls');
      const blocked: string[] = [];
      const asked: string[] = [];
      page.on('console', (message) => {
        if (/Content Security Policy|Content-Security-Policy/.test(message.text())) blocked.push(message.text());
      });
      page.on('request', (request) => asked.push(request.url()));
      page.on('dialog', (dialog) => void dialog.dismiss().then(() => blocked.push('a dialog')));
      const look = async (path: string, text: string): Promise<void> => {
        await go(page, path);
        await page.locator('main .bone').first().waitFor({ state: 'detached', timeout: 20_000 });
        if (text !== '') await page.getByText(text, { exact: false }).first().waitFor();
        expect(await traces(page), path).toEqual([]);
      };
      await look('calls', userId);
      // The rest as links of the console do, which leaves the window as it is; this one as whoever pastes an address.
      await page.goto(`/console/call?id=${callId}`);
      await look(`call?id=${callId}`, userId);
      await look(`users?find=${encodeURIComponent('<')}`, image(2));
      await look(`user?id=${encodeURIComponent(userId)}`, image(2));
      await look('user?id=mallory', '<script>');
      await look('group?id=hostile-group', image(6).slice(0, 30));
      // It may have rung out meanwhile.
      await house.rest('call_engine_http_srv/end_call', { CallId: callId }).catch(() => {});
      await look(`call?id=${callId}`, userId);
      await look(`calls?user=${encodeURIComponent(userId)}`, userId);
      await look(`call?id=${encodeURIComponent(image(13))}`, '');
      await look('audit', '');

      // What a receiver of webhooks answers is kept and shown.
      await expect.poll(() => receiver.got.length, { timeout: 30_000 }).toBeGreaterThan(1);
      await page.goto('/console/endpoint?id=hostile');
      await settled(page, 'hostile');
      await page
        .getByRole('button', { name: /^CallbackAfterEndCall/ })
        .first()
        .click();
      const sent = page.getByRole('dialog').locator('pre');
      expect(await sent.first().textContent()).toContain('<img src=x');
      // The room is among it; what a caller hands to callees is shown and told nowhere but to them.
      expect(await sent.first().textContent()).toContain('hit=9');
      expect(await sent.nth(1).textContent()).toContain('<script>');
      expect(await traces(page), 'the dialog of an attempt').toEqual([]);

      expect(blocked).toEqual([]);
      expect(asked.filter((url) => new URL(url).origin !== house.url)).toEqual([]);
      await house.leave(page);
      await house.does('endpoints.remove', { app: house.app, id: 'hostile' });
      await receiver.stop();
    });
  });
}

/** What would be there if a stored text had been taken for markup. */
const traces = (page: Page): Promise<readonly string[]> =>
  page.evaluate(`[
    ...(window.hit === undefined ? [] : ['ran: ' + window.hit]),
    ...[...document.querySelectorAll('[onerror], [onload], img[src="x"], body script:not([src]), a[href^="javascript:"]')]
      .map((element) => element.outerHTML.slice(0, 80)),
  ]`) as Promise<readonly string[]>;
