import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConsoleHouse } from '../support/console-house.ts';

let house: ConsoleHouse;
beforeAll(async () => {
  house = await ConsoleHouse.open();
});
afterAll(async () => {
  await house.close();
});

describe('a call', () => {
  it('that two users make on the page for it appears while the list is open, talks, and goes when it is ended', async () => {
    const watcher = await house.visit('olga', 'operator', 'calls');
    await watcher.getByText('Nobody is on a call').waitFor();
    const page = await house.visit('anna', 'owner', 'try');
    const [alice, bob] = [page.getByRole('region', { name: 'alice' }), page.getByRole('region', { name: 'bob' })];
    await alice.getByRole('button', { name: 'Sign in' }).click();
    await alice.getByRole('button', { name: 'Call', exact: true }).click();
    await alice.getByText('bob has no account here yet').waitFor();
    await bob.getByRole('button', { name: 'Sign in' }).click();
    await bob.getByLabel('Whom to call').waitFor();
    await alice.getByRole('button', { name: 'Video call' }).click();
    await bob.getByRole('button', { name: 'Accept' }).waitFor();
    const row = watcher.getByRole('row', { name: /alice → bob/ });
    await row.getByText('Ringing').waitFor();
    await bob.getByRole('button', { name: 'Accept' }).click();
    await row.getByText('Talking').waitFor();
    await alice.getByRole('button', { name: 'Camera on' }).click();
    await bob.locator('video').waitFor();
    await watcher.getByRole('link', { name: 'alice → bob' }).click();
    await watcher.getByRole('heading', { level: 1, name: 'alice → bob' }).waitFor();
    expect(await watcher.getByRole('cell', { name: 'Talking' }).count()).toBe(2);
    await watcher.getByText('Between the two').waitFor();
    // The first reports come some seconds after the first picture.
    await watcher
      .getByRole('cell', { name: /^\d+ × \d+$/ })
      .first()
      .waitFor();
    await watcher.goBack();
    await watcher.getByText('Built-in SFU').waitFor();
    await watcher.getByText('0 rooms, 0 members').waitFor();
    await row.getByRole('button', { name: 'End call' }).click();
    await watcher.getByRole('dialog').getByRole('button', { name: 'End call' }).click();
    await watcher.getByText('Nobody is on a call').waitFor();
    await alice.getByText('The call is over.').waitFor();
    await bob.getByText('The call is over.').waitFor();
    await Promise.all([watcher.context().close(), page.context().close()]);
  });
});
