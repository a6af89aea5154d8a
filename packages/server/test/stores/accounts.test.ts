import { type UserId, userId } from 'ringback-protocol';
import { expect, test } from 'vitest';
import type { App } from '../../src/ports/apps.ts';
import { PostgresAccounts } from '../../src/stores/postgres-accounts.ts';
import type { SqlAnswer, SqlDatabase, SqlValue } from '../../src/stores/sql-database.ts';
import { ManualClock } from '../support/manual-clock.ts';
import { testApp } from '../support/test-app.ts';
import { eachSharedStore, eachStore } from './support/each-store.ts';
import { alice, appA, appB, bob } from './support/fake-calls.ts';

const blank = (one: UserId) => ({ userId: one, nick: '', avatar: '', revokedAt: 0 });

eachStore('accounts', (scene) => {
  test('an account exists from the moment that it was ensured, in its application only', async () => {
    const { accounts } = scene.store;
    expect((await accounts.find(appA, [alice, bob])).size).toBe(0);
    expect(await accounts.ensure(appA, alice)).toEqual(blank(alice));
    expect([...(await accounts.find(appA, [alice, bob]))]).toEqual([[alice, blank(alice)]]);
    expect((await accounts.find(appB, [alice])).size).toBe(0);
    expect(await scene.rows('SELECT app, user_id, created_at FROM accounts')).toEqual([
      { app: appA, user_id: alice, created_at: scene.clock.now() },
    ]);
  });

  test('an account that is ensured by several at once is made once', async () => {
    const made = await Promise.all([1, 2, 3, 4].map(() => scene.store.accounts.ensure(appA, alice)));
    expect(made).toEqual([1, 2, 3, 4].map(() => blank(alice)));
    expect(await scene.rows('SELECT count(*) AS n FROM accounts')).toEqual([{ n: 1 }]);
  });

  test('a profile is kept, member by member, over a restart', async () => {
    expect(await scene.store.accounts.save(appA, alice, { nick: 'Alice 🙂' })).toEqual({
      ...blank(alice),
      nick: 'Alice 🙂',
    });
    await scene.store.accounts.save(appA, alice, { avatar: 'https://img.example/a.png' });
    const full = { ...blank(alice), nick: 'Alice 🙂', avatar: 'https://img.example/a.png' };
    expect(await scene.store.accounts.ensure(appA, alice)).toEqual(full);
    expect(await scene.store.accounts.save(appA, alice, {})).toEqual(full);
    await scene.reopen();
    expect((await scene.store.accounts.find(appA, [alice])).get(alice)).toEqual(full);
    expect(await scene.store.accounts.save(appA, alice, { nick: '' })).toEqual({ ...full, nick: '' });
  });

  test('changes of different members at the same moment do not undo each other', async () => {
    await scene.store.accounts.ensure(appA, alice);
    await Promise.all([
      scene.store.accounts.save(appA, alice, { nick: 'Alice' }),
      scene.store.accounts.save(appA, alice, { avatar: 'a.png' }),
      scene.store.accounts.revoke(appA, alice, 500),
    ]);
    const all = { userId: alice, nick: 'Alice', avatar: 'a.png', revokedAt: 500 };
    expect((await scene.store.accounts.find(appA, [alice])).get(alice)).toEqual(all);
    await scene.reopen();
    expect((await scene.store.accounts.find(appA, [alice])).get(alice)).toEqual(all);
  });

  test('a revocation holds at once and after a restart, for that account only', async () => {
    await scene.store.accounts.ensure(appA, bob);
    expect(scene.store.accounts.revokedAt(appA, alice)).toBe(0);
    await scene.store.accounts.revoke(appA, alice, 1_700_000_000);
    const expectRevoked = async () => {
      expect(scene.store.accounts.revokedAt(appA, alice)).toBe(1_700_000_000);
      expect(scene.store.accounts.revokedAt(appA, bob)).toBe(0);
      expect(scene.store.accounts.revokedAt(appB, alice)).toBe(0);
      expect(scene.store.accounts.revokedAt(appA, 'nobody')).toBe(0);
      expect((await scene.store.accounts.find(appA, [alice])).get(alice)?.revokedAt).toBe(1_700_000_000);
    };
    await expectRevoked();
    await scene.reopen();
    await expectRevoked();
    await scene.store.accounts.save(appA, alice, { nick: 'Alice' });
    await expectRevoked();
  });

  test('an account that was deleted comes back with a signature of later, not with one of before', async () => {
    await scene.store.accounts.save(appA, alice, { nick: 'Alice' });
    await scene.store.accounts.remove(appA, alice, 500);
    const gone = { ...blank(alice), revokedAt: 500 };
    for (const issuedAt of [0, 499, 500]) {
      expect(await scene.store.accounts.ensure(appA, alice, issuedAt)).toEqual(gone);
      expect((await scene.store.accounts.find(appA, [alice])).size).toBe(0);
    }
    expect(await scene.store.accounts.ensure(appA, alice, 501)).toEqual(gone);
    expect((await scene.store.accounts.find(appA, [alice])).get(alice)).toEqual(gone);
    expect(await scene.store.accounts.ensure(appA, bob, 0)).toEqual(blank(bob));
    expect((await scene.store.accounts.find(appA, [bob])).get(bob)).toEqual(blank(bob));
  });

  test('a revocation never goes back to an earlier time, in whatever order two arrive', async () => {
    await Promise.all([scene.store.accounts.revoke(appA, alice, 900), scene.store.accounts.revoke(appA, alice, 300)]);
    await Promise.all([scene.store.accounts.revoke(appA, bob, 300), scene.store.accounts.revoke(appA, bob, 900)]);
    await scene.store.accounts.revoke(appA, bob, 100);
    const revoked = () => [alice, bob].map((one) => scene.store.accounts.revokedAt(appA, one));
    expect(revoked()).toEqual([900, 900]);
    await scene.reopen();
    expect(revoked()).toEqual([900, 900]);
  });

  test('user ids that look like SQL or like properties of objects are ordinary names', async () => {
    const odd = ["x' OR 1=1 --", '__proto__', 'constructor', '1400000001/alice'].map(userId);
    for (const one of odd) expect(await scene.store.accounts.ensure(appA, one)).toEqual(blank(one));
    expect([...(await scene.store.accounts.find(appA, odd)).keys()]).toEqual(odd);
    expect((await scene.store.accounts.find(appA, [alice])).size).toBe(0);
    expect(scene.store.accounts.revokedAt(appA, '__proto__')).toBe(0);
  });
});

eachSharedStore('accounts of several nodes', (scene) => {
  test('who signs in is judged by what another node has revoked a moment ago', async () => {
    const other = await scene.beside('other');
    for (const one of [alice, bob]) await other.accounts.ensure(appA, one);
    await scene.store.accounts.revoke(appA, alice, 500);
    await scene.store.accounts.remove(appA, bob, 600);
    expect(other.accounts.revokedAt(appA, alice)).toBe(0);
    expect(await other.accounts.ensure(appA, alice, 400)).toEqual({ ...blank(alice), revokedAt: 500 });
    expect(await other.accounts.ensure(appA, bob, 400)).toEqual({ ...blank(bob), revokedAt: 600 });
    expect([alice, bob].map((one) => other.accounts.revokedAt(appA, one))).toEqual([500, 600]);
    expect((await scene.store.accounts.find(appA, [bob])).size).toBe(0);
  });
});

test('a node looks no further back than 300 s before its last look for what others have revoked', async () => {
  const clock = new ManualClock(1_700_000_000_000);
  const now = 1_700_000_000;
  const since: SqlValue[] = [];
  let isOut = false;
  const query = async (_: string, [value]: readonly SqlValue[] = []): Promise<SqlAnswer<never>> => {
    since.push(value as SqlValue);
    if (isOut) throw new Error('out of reach');
    return { rows: [], count: 0 };
  };
  const accounts = await PostgresAccounts.open({ db: { query } as unknown as SqlDatabase, clock });
  clock.advance(1_000_000);
  await accounts.refresh();
  await accounts.refresh();
  expect(since.splice(0)).toEqual([-300, now - 300, now + 1000 - 300]);
  // What could not be looked for is looked for once the database is back.
  isOut = true;
  clock.advance(1_000_000);
  await expect(accounts.refresh()).rejects.toThrow('out of reach');
  isOut = false;
  clock.advance(1_000_000);
  await accounts.refresh();
  expect(since).toEqual([now + 1000 - 300, now + 1000 - 300]);
});

eachStore('applications', (scene) => {
  test('a saved application is found at once and after a restart, with all that it holds', async () => {
    const app = testApp({
      sdkAppId: appA,
      name: 'Näme',
      keys: [
        { id: 'k1', secret: 's1', createdAt: 1 },
        { id: 'k2', secret: 's2', createdAt: 2 },
      ],
      allowIps: ['192.0.2.0/24'],
      disabledCommands: ['call_engine_http_srv/end_call'],
    });
    const second = testApp({ sdkAppId: appB, disabled: true });
    await scene.store.apps.save(second);
    await scene.store.apps.save(app);
    const expectBoth = () => {
      expect(scene.store.apps.get(appA)).toEqual(app);
      expect(scene.store.apps.get(appB)).toEqual(second);
      expect(scene.store.apps.get(1)).toBeUndefined();
      expect(scene.store.apps.list()).toEqual([app, second]);
    };
    expectBoth();
    await scene.reopen();
    expectBoth();
  });

  test('what was set for an application holds after a restart; a copy that an older version kept does not', async () => {
    await scene.store.apps.save(testApp({ sdkAppId: appA, overrides: { maxMembers: 3 } }));
    const { sdkAppId, overrides: _, ...config } = testApp({ sdkAppId: appB });
    const copied = JSON.stringify({ ...config, settings: { ...config.settings, maxMembers: 4 } });
    await scene.rows('INSERT INTO apps (app, config) VALUES (?, ?) RETURNING app', sdkAppId, copied);
    await scene.reopen();
    expect(scene.store.apps.get(appA)?.settings).toEqual({ ...testApp().settings, maxMembers: 3 });
    expect(scene.store.apps.get(appB)).toEqual(testApp({ sdkAppId: appB }));
  });

  test('listeners hear of a change when it is in force and durable', async () => {
    const heard: Promise<string>[] = [];
    scene.store.apps.onChange((app: App) => {
      const name = scene.store.apps.get(app.sdkAppId)?.name;
      const rows = scene.rows('SELECT config FROM apps WHERE app = ?', app.sdkAppId);
      heard.push(rows.then(([row]) => `${name} ${JSON.parse(String(row?.config)).name}`));
    });
    await scene.store.apps.save(testApp({ sdkAppId: appA, name: 'one' }));
    await Promise.all(heard);
    await scene.store.apps.save(testApp({ sdkAppId: appA, name: 'two' }));
    expect(await Promise.all(heard)).toEqual(['one one', 'two two']);
    expect(await scene.rows('SELECT count(*) AS n FROM apps')).toEqual([{ n: 1 }]);
  });

  test('of two changes at once the later one holds, in memory and on disk', async () => {
    await Promise.all(['one', 'two', 'three'].map((name) => scene.store.apps.save(testApp({ sdkAppId: appA, name }))));
    expect(scene.store.apps.get(appA)?.name).toBe('three');
    await scene.reopen();
    expect(scene.store.apps.get(appA)?.name).toBe('three');
  });
});
