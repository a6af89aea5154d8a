import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { type ConsoleHouse, password, seriousFaults, settled } from '../support/console-house.ts';

const watched = async (page: Page, from: { click: () => Promise<void> }): Promise<Page> => {
  const [opened] = await Promise.all([page.context().waitForEvent('page'), from.click()]);
  return opened;
};

/** A call that two users make in the browser, as the console shows it. */
export function callsSuite(here: () => ConsoleHouse): void {
  describe('a call', { timeout: 180_000 }, () => {
    it('appears while the list is open, talks, is watched without ending it, and goes when it is ended', {
      timeout: 180_000,
    }, async () => {
      const house = here();
      // An endpoint of its own, which nobody has waited for yet: what fails for long is tried seldom.
      await house.does('endpoints.add', {
        app: house.app,
        id: 'fresh',
        url: 'http://127.0.0.1:9/',
        events: ['end-call'],
      });
      const watcher = await house.visit('olga', 'operator', 'calls');
      await watcher.getByText('Nobody is on a call').waitFor();
      // As a newcomer does: by the printed link, and from there by what the pages say.
      const page = await house.window();
      await page.goto(await house.link('nico'));
      await page.getByLabel('New password').fill(password);
      await page.getByRole('button', { name: 'Set password and sign in' }).click();
      await page.locator('main').getByRole('link', { name: 'Try a call' }).click();
      const [alice, bob] = [page.getByRole('region', { name: 'alice' }), page.getByRole('region', { name: 'bob' })];
      await alice.getByRole('button', { name: 'Sign in' }).click();
      await alice.getByRole('button', { name: 'Call', exact: true }).click();
      await alice.getByText('bob has no account here yet').waitFor();
      await bob.getByRole('button', { name: 'Sign in' }).click();
      await bob.getByLabel('Whom to call').waitFor();
      await alice.getByRole('button', { name: 'Video call' }).click();
      await bob.getByRole('button', { name: 'Accept' }).waitFor();
      const row = watcher.getByRole('row', { name: /alice → bob(?!,)/ }).first();
      await row.getByText('Ringing').waitFor();
      await bob.getByRole('button', { name: 'Accept' }).click();
      await row.getByText('Talking').waitFor();
      await alice.getByRole('button', { name: 'Camera on' }).click();
      await bob.locator('video').waitFor();

      const overview = await house.visit('olga', 'operator');
      await overview.getByRole('link', { name: 'alice → bob', exact: true }).waitFor();
      await house.leave(overview);

      // The page that watches opens beside the phones, which stay on the call.
      const watch = await watched(page, alice.getByRole('link', { name: 'Watch this call' }));
      await settled(watch, 'alice → bob');
      expect(await watch.getByRole('cell', { name: 'Talking' }).count()).toBe(2);
      await watch.getByText('Between the two').waitFor();
      // The first reports come some seconds after the first picture.
      await watch
        .getByRole('cell', { name: /^\d+ × \d+$/ })
        .first()
        .waitFor();
      // With two reports there is a course: small plots, whose range is told in words, too.
      const course = watch.getByRole('region', { name: 'Quality over time' });
      await course.getByRole('row', { name: /bob alice/ }).waitFor();
      await course
        .getByRole('img', { name: /^Round trip: \d+ ms to \d+ ms$/ })
        .first()
        .waitFor();
      await course
        .getByRole('img', { name: /^Pictures: \d+ fps to \d+ fps$/ })
        .first()
        .waitFor();
      await watcher.getByText('Built-in SFU').waitFor();
      await watcher.getByText('0 rooms, 0 members').waitFor();
      await watch.getByText('alice calls bob.').waitFor();
      await watch.getByText('bob answers.').waitFor();
      await watch.getByText('It rings at bob.').waitFor();
      expect(await seriousFaults(watch)).toEqual([]);
      await row.getByText('Talking').waitFor();

      await row.getByRole('button', { name: 'End call' }).click();
      await watcher.getByRole('dialog').getByRole('button', { name: 'End call' }).click();
      await watcher.getByText('Nobody is on a call').waitFor();
      await alice.getByText('The call is over.').waitFor();
      await bob.getByText('The call is over.').waitFor();

      // The same page turns into that of a call that is over, with all that happened.
      await watch.getByText('An operator ended the call.').waitFor();
      await watch.getByText('Over', { exact: true }).waitFor();
      await watch
        .getByText(/fresh did not take|for fresh was given up/)
        .first()
        .waitFor({ timeout: 20_000 });
      const steps = watch.getByRole('button', { name: /^Notices/ });
      await steps.click();
      await watch.getByText('It rings at bob.').waitFor({ state: 'detached' });
      expect(await seriousFaults(watch)).toEqual([]);

      // Its record is on top of the list, and leads to the same page; so does a webhook attempt.
      const records = watcher.getByRole('region', { name: 'Records' });
      // Older ones of both and others may stand there already.
      await records.getByRole('link', { name: 'alice → bob', exact: true }).first().click();
      await watcher.getByText('An operator ended the call.').waitFor();
      await watcher.goto('/console/webhooks?tab=attempts');
      const found = watcher
        .getByRole('row', { name: /EndCall.* fresh/ })
        .getByRole('link')
        .first();
      await found.click();
      await watcher.locator('.moments .found').first().waitFor();
      await house.leave(watcher, page);
    });
  });
}
