import { type UserId, userId } from 'ringback-protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { App } from '../../src/ports/apps.ts';
import type { SqliteStore } from '../../src/stores/sqlite.ts';
import { testApp } from '../support/test-app.ts';
import { alice, appA, appB, bob } from './support/fake-calls.ts';
import { SqliteFile } from './support/sqlite-file.ts';

let file: SqliteFile;
let store: SqliteStore;
beforeEach(async () => {
  file = new SqliteFile();
  store = await file.open();
});
afterEach(() => file.dispose());

const blank = (one: UserId) => ({ userId: one, nick: '', avatar: '', revokedAt: 0 });

describe('accounts', () => {
  test('an account exists from the moment that it was ensured, in its application only', async () => {
    const { accounts } = store;
    expect(accounts.find(appA, [alice, bob]).size).toBe(0);
    expect(await accounts.ensure(appA, alice)).toEqual(blank(alice));
    expect([...accounts.find(appA, [alice, bob])]).toEqual([[alice, blank(alice)]]);
    expect(accounts.find(appB, [alice]).size).toBe(0);
    expect(file.rows('SELECT app, user_id, created_at FROM accounts')).toEqual([
      { app: appA, user_id: alice, created_at: file.clock.now() },
    ]);
  });

  test('an account that is ensured by several at once is made once', async () => {
    const made = await Promise.all([1, 2, 3, 4].map(() => store.accounts.ensure(appA, alice)));
    expect(made).toEqual([1, 2, 3, 4].map(() => blank(alice)));
    expect(file.rows('SELECT count(*) AS n FROM accounts')).toEqual([{ n: 1 }]);
  });

  test('an account that is known costs no further query', async () => {
    await store.accounts.ensure(appA, alice);
    file.side.exec("UPDATE accounts SET nick = 'changed behind the back'");
    expect(store.accounts.find(appA, [alice]).get(alice)?.nick).toBe('');
    store = await file.reopen(store);
    expect(store.accounts.find(appA, [alice]).get(alice)?.nick).toBe('changed behind the back');
  });

  test('a profile is kept, member by member, over a restart', async () => {
    expect(await store.accounts.save(appA, alice, { nick: 'Alice 🙂' })).toEqual({ ...blank(alice), nick: 'Alice 🙂' });
    await store.accounts.save(appA, alice, { avatar: 'https://img.example/a.png' });
    const full = { ...blank(alice), nick: 'Alice 🙂', avatar: 'https://img.example/a.png' };
    expect(await store.accounts.ensure(appA, alice)).toEqual(full);
    expect(await store.accounts.save(appA, alice, {})).toEqual(full);
    store = await file.reopen(store);
    expect(store.accounts.find(appA, [alice]).get(alice)).toEqual(full);
    expect(await store.accounts.save(appA, alice, { nick: '' })).toEqual({ ...full, nick: '' });
  });

  test('changes of different members at the same moment do not undo each other', async () => {
    await store.accounts.ensure(appA, alice);
    await Promise.all([
      store.accounts.save(appA, alice, { nick: 'Alice' }),
      store.accounts.save(appA, alice, { avatar: 'a.png' }),
      store.accounts.revoke(appA, alice, 500),
    ]);
    const all = { userId: alice, nick: 'Alice', avatar: 'a.png', revokedAt: 500 };
    expect(store.accounts.find(appA, [alice]).get(alice)).toEqual(all);
    store = await file.reopen(store);
    expect(store.accounts.find(appA, [alice]).get(alice)).toEqual(all);
  });

  test('a revocation holds at once and after a restart, for that account only', async () => {
    await store.accounts.ensure(appA, bob);
    expect(store.accounts.revokedAt(appA, alice)).toBe(0);
    await store.accounts.revoke(appA, alice, 1_700_000_000);
    const expectRevoked = () => {
      expect(store.accounts.revokedAt(appA, alice)).toBe(1_700_000_000);
      expect(store.accounts.revokedAt(appA, bob)).toBe(0);
      expect(store.accounts.revokedAt(appB, alice)).toBe(0);
      expect(store.accounts.revokedAt(appA, 'nobody')).toBe(0);
      expect(store.accounts.find(appA, [alice]).get(alice)?.revokedAt).toBe(1_700_000_000);
    };
    expectRevoked();
    store = await file.reopen(store);
    expectRevoked();
    await store.accounts.save(appA, alice, { nick: 'Alice' });
    expectRevoked();
  });

  test('a revocation never goes back to an earlier time, in whatever order two arrive', async () => {
    await Promise.all([store.accounts.revoke(appA, alice, 900), store.accounts.revoke(appA, alice, 300)]);
    await Promise.all([store.accounts.revoke(appA, bob, 300), store.accounts.revoke(appA, bob, 900)]);
    await store.accounts.revoke(appA, bob, 100);
    const revoked = () => [alice, bob].map((one) => store.accounts.revokedAt(appA, one));
    expect(revoked()).toEqual([900, 900]);
    store = await file.reopen(store);
    expect(revoked()).toEqual([900, 900]);
  });

  test('user ids that look like SQL or like properties of objects are ordinary names', async () => {
    const odd = ["x' OR 1=1 --", '__proto__', 'constructor', '1400000001/alice'].map(userId);
    for (const one of odd) expect(await store.accounts.ensure(appA, one)).toEqual(blank(one));
    expect([...store.accounts.find(appA, odd).keys()]).toEqual(odd);
    expect(store.accounts.find(appA, [alice]).size).toBe(0);
    expect(store.accounts.revokedAt(appA, '__proto__')).toBe(0);
  });
});

describe('applications', () => {
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
    await store.apps.save(second);
    await store.apps.save(app);
    const expectBoth = () => {
      expect(store.apps.get(appA)).toEqual(app);
      expect(store.apps.get(appB)).toEqual(second);
      expect(store.apps.get(1)).toBeUndefined();
      expect(store.apps.list()).toEqual([app, second]);
    };
    expectBoth();
    store = await file.reopen(store);
    expectBoth();
  });

  test('what was set for an application holds after a restart; a copy that an older version kept does not', async () => {
    await store.apps.save(testApp({ sdkAppId: appA, overrides: { maxMembers: 3 } }));
    const { sdkAppId, overrides: _, ...config } = testApp({ sdkAppId: appB });
    const copied = JSON.stringify({ ...config, settings: { ...config.settings, maxMembers: 4 } });
    file.side.prepare('INSERT INTO apps (app, config) VALUES (?, ?)').run(sdkAppId, copied);
    store = await file.reopen(store);
    expect(store.apps.get(appA)?.settings).toEqual({ ...testApp().settings, maxMembers: 3 });
    expect(store.apps.get(appB)).toEqual(testApp({ sdkAppId: appB }));
  });

  test('listeners hear of a change when it is in force and durable', async () => {
    const heard: string[] = [];
    store.apps.onChange((app: App) => {
      const [row] = file.rows('SELECT config FROM apps WHERE app = ?', app.sdkAppId);
      heard.push(`${store.apps.get(app.sdkAppId)?.name} ${JSON.parse(String(row?.config)).name}`);
    });
    await store.apps.save(testApp({ sdkAppId: appA, name: 'one' }));
    await store.apps.save(testApp({ sdkAppId: appA, name: 'two' }));
    expect(heard).toEqual(['one one', 'two two']);
    expect(file.rows('SELECT count(*) AS n FROM apps')).toEqual([{ n: 1 }]);
  });

  test('of two changes at once the later one holds, in memory and on disk', async () => {
    await Promise.all(['one', 'two', 'three'].map((name) => store.apps.save(testApp({ sdkAppId: appA, name }))));
    expect(store.apps.get(appA)?.name).toBe('three');
    store = await file.reopen(store);
    expect(store.apps.get(appA)?.name).toBe('three');
  });
});
