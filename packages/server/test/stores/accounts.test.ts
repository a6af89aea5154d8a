import { type UserId, userId } from 'ringback-protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import type { App } from '../../src/ports/apps.ts';
import { PostgresAccountCounts } from '../../src/stores/postgres-account-counts.ts';
import { PostgresAccounts } from '../../src/stores/postgres-accounts.ts';
import type { SqlAnswer, SqlDatabase, SqlSession, SqlValue } from '../../src/stores/sql-database.ts';
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

  describe('of which an application can have ten', () => {
    const full = {
      reason: 'accounts_too_many',
      detail: 'The application has 10 accounts, deleted ones included: no more can be made (limits.accounts).',
    };
    const user = (n: number) => userId(`user-${n}`);
    const count = async () => (await scene.rows('SELECT count(*) AS n FROM accounts WHERE app = ?', appA))[0]?.n;
    const refused = async (n: number) => {
      const { accounts } = scene.store;
      await expect(accounts.save(appA, user(n), { nick: 'new' })).rejects.toMatchObject(full);
      await expect(accounts.ensure(appA, user(n), 5000)).rejects.toMatchObject(full);
      await expect(accounts.ensure(appA, user(n))).rejects.toMatchObject(full);
      expect((await accounts.find(appA, [user(n)])).size).toBe(0);
    };
    beforeEach(async () => {
      scene.maxAccounts = 10;
      await scene.reopen();
    });

    test('deleted ones have their places, over a restart too; another application has its own', async () => {
      const { accounts } = scene.store;
      for (let n = 0; n < 10; n += 1) {
        await accounts.save(appA, user(n), { nick: 'one of ten' });
        await accounts.remove(appA, user(n), 500);
      }
      await refused(10);
      await accounts.save(appB, user(10), {});
      await accounts.ensure(appB, user(11), 5000);
      await scene.reopen();
      await refused(10);
      expect(await count()).toBe(10);
    });

    test('those that are there go on, deleted ones come back, and a kick of a stranger is not kept from anybody', async () => {
      const { accounts } = scene.store;
      for (let n = 0; n < 9; n += 1) await accounts.ensure(appA, user(n), 0);
      // What is made at the same moment is made once, and has one place.
      await Promise.all([1, 2, 3].map(() => accounts.save(appA, user(9), {})));
      await accounts.remove(appA, user(9), 500);
      await refused(10);
      expect(await accounts.save(appA, user(0), { nick: 'Anna', items: { tag: 'x' } })).toMatchObject({ nick: 'Anna' });
      expect(await accounts.ensure(appA, user(1), 5000)).toEqual(blank(user(1)));
      expect(await accounts.ensure(appA, user(9), 400)).toMatchObject({ revokedAt: 500 });
      expect((await accounts.find(appA, [user(9)])).size).toBe(0);
      await accounts.ensure(appA, user(9), 501);
      expect((await accounts.find(appA, [user(9)])).size).toBe(1);
      await accounts.revoke(appA, user(10), 600);
      expect(accounts.revokedAt(appA, user(10))).toBe(600);
      // Where the bound is lowered, nobody who is there loses anything.
      scene.maxAccounts = 5;
      await scene.reopen();
      expect(await scene.store.accounts.save(appA, user(8), { nick: 'Otto' })).toMatchObject({ nick: 'Otto' });
      await expect(scene.store.accounts.save(appA, user(11), {})).rejects.toMatchObject({ reason: full.reason });
    });
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

eachSharedStore('the number of accounts on several nodes', (scene) => {
  test('is known to each soon, however many of them another one has made', async () => {
    scene.maxAccounts = 10;
    const [one, other] = [await scene.beside('one'), await scene.beside('other')];
    for (let n = 0; n < 10; n += 1) await one.accounts.ensure(appA, userId(`user-${n}`), 0);
    await expect(one.accounts.ensure(appA, userId('late'), 0)).rejects.toMatchObject({ reason: 'accounts_too_many' });
    let made = 10;
    const more = async () => {
      await other.accounts.save(appA, userId(`user-${made}`), {});
      made += 1;
    };
    await expect.poll(() => more().catch(({ reason }) => reason)).toBe('accounts_too_many');
    expect(made).toBeLessThan(15);
    expect(await scene.rows('SELECT count(*) AS n FROM accounts')).toEqual([{ n: made }]);
  });

  test('what has been revoked is read piece by piece when a node starts', async () => {
    await scene.rows(
      `INSERT INTO accounts (app, user_id, nick, avatar, revoked_at_s, created_at, deleted_at)
       SELECT ${appA}, 'user-' || n, '', '', 100 + n / 15000, 0, 1 FROM generate_series(1, 25000) AS s(n) RETURNING app`,
    );
    const other = await scene.beside('other');
    for (let n = 1; n <= 25_000; n += 1) {
      expect(other.accounts.revokedAt(appA, `user-${n}`)).toBe(100 + Math.floor(n / 15_000));
    }
  });
});

test('what a node makes while it counts has one place', async () => {
  let there = 0;
  const answers: (() => void)[] = [];
  const counting = () =>
    new Promise<SqlAnswer<{ n: number }>>((resolve) => {
      answers.push(() => resolve({ rows: [{ n: there }], count: 1 }));
    });
  const query = async (sql: string) =>
    sql.includes('WHERE') ? counting() : { rows: [{ app: appA, n: there }], count: 1 };
  const transaction: SqlDatabase['transaction'] = (work) => work({ query } as unknown as SqlSession);
  const counts = new PostgresAccountCounts({ transaction } as unknown as SqlDatabase, 10);
  await counts.open();
  while (there < 10) {
    expect(counts.isFull(appA)).toBe(false);
    there += 1;
    counts.add(appA);
    await new Promise((resolve) => setTimeout(resolve));
    // The answer comes when one more is there.
    if (there % 2 === 0) for (const answer of answers.splice(0)) answer();
    await new Promise((resolve) => setTimeout(resolve));
  }
  expect(counts.isFull(appA)).toBe(true);
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
  // In one transaction it counts what is there.
  const transaction: SqlDatabase['transaction'] = (work) => work({ query: async () => ({ rows: [], count: 0 }) });
  const db = { query, transaction } as unknown as SqlDatabase;
  const accounts = await PostgresAccounts.open({ db, clock, maxAccounts: 10 });
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
