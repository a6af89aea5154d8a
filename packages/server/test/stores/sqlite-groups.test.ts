import Database from 'better-sqlite3';
import { type GroupId, groupId, type UserId, userId } from 'ringback-protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newGroup } from '../../src/calls/new-group.ts';
import type { NewGroup } from '../../src/ports/groups.ts';
import type { SqliteStore } from '../../src/stores/sqlite.ts';
import { GroupReader } from '../../src/stores/sqlite-group-rows.ts';
import { writingStatements } from '../../src/stores/statements.ts';
import { appA, appB } from './support/fake-calls.ts';
import { SqliteFile } from './support/sqlite-file.ts';

let file: SqliteFile;
let store: SqliteStore;
beforeEach(async () => {
  file = new SqliteFile();
  store = await file.open();
});
afterEach(() => file.dispose());

const id = groupId('team');
const member = (name: string) => ({ userId: userId(name), role: 'Member' as const, nameCard: '', data: {} });
const wanted = (change: Partial<NewGroup> = {}): NewGroup => ({
  ...newGroup('Public', 100),
  name: 'Team',
  groupId: id,
  ...change,
});
const names = (count: number): readonly UserId[] => Array.from({ length: count }, (_, i) => userId(`u${i}`));
const count = () => store.groups.get(appA, id)?.memberCount;
const rows = () => file.rows('SELECT count(*) AS n FROM group_members')[0]?.n;

describe('groups', () => {
  test('are there after a restart, with members, counts and their order', async () => {
    const made: GroupId[] = [];
    for (const name of ['b', 'c', 'a']) {
      made.push((await store.groups.create(appA, wanted({ groupId: groupId(name), owner: userId(name) }), 10)).groupId);
    }
    await store.groups.create(appB, wanted({ groupId: groupId('a') }), 10);
    await store.groups.add(appA, groupId('c'), [member('x')], 10);
    store = await file.reopen(store);
    expect(store.groups.list(appA, { after: 0, limit: 10 })).toEqual({ total: 3, groupIds: made, next: 0 });
    expect(store.groups.list(appB, { after: 0, limit: 10 }).total).toBe(1);
    const page = { offset: 0, limit: 10 };
    expect(store.groups.members(appA, groupId('c'), page).map((one) => one.userId)).toEqual(['c', 'x']);
    expect(store.groups.members(appB, groupId('c'), page)).toEqual([]);
  });

  test('made after a restart come after those before it, even if the clock was set back', async () => {
    await store.groups.create(appA, wanted({ groupId: groupId('first') }), 10);
    file.clock.advance(-3_600_000);
    store = await file.reopen(store);
    await store.groups.create(appA, wanted({ groupId: groupId('second') }), 10);
    expect(store.groups.list(appA, { after: 0, limit: 10 }).groupIds).toEqual(['first', 'second']);
  });

  test('of the same id that are made at once are one', async () => {
    const results = await Promise.allSettled([1, 2, 3].map(() => store.groups.create(appA, wanted(), 10)));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect(store.groups.list(appA, { after: 0, limit: 10 }).total).toBe(1);
  });

  test('count right whatever is done to them at once', async () => {
    await store.groups.create(appA, wanted({ owner: userId('owner') }), 10);
    const all = names(60);
    const work = [];
    for (const one of all) {
      work.push(store.groups.add(appA, id, [member(one), member(all[0] as UserId)], 10));
      work.push(store.groups.add(appA, id, [member(one)], 10));
    }
    for (const one of all.slice(30)) work.push(store.groups.remove(appA, id, [one]));
    await Promise.all(work);
    expect([count(), rows()]).toEqual([31, 31]);
    await Promise.all([store.groups.forget(appA, userId('owner')), store.groups.forget(appA, all[1] as UserId)]);
    expect([count(), rows(), store.groups.get(appA, id)?.owner]).toEqual([29, 29, '']);
    await store.groups.destroy(appA, id);
    expect([count(), rows(), store.groups.list(appA, { after: 0, limit: 10 }).total]).toEqual([undefined, 0, 0]);
  });

  test('never have more members than they may, however many come at once', async () => {
    await store.groups.create(appA, wanted({ maxMembers: 5 }), 10);
    const results = await Promise.allSettled(names(20).map((one) => store.groups.add(appA, id, [member(one)], 10)));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect([count(), rows()]).toEqual([5, 5]);
  });

  test('have nobody who is in more of them than a user may be, however many are made at once', async () => {
    const alice = userId('alice');
    await store.groups.create(appA, wanted({ groupId: groupId('open') }), 3);
    const made = names(10).map((one) => store.groups.create(appA, wanted({ groupId: groupId(one), owner: alice }), 3));
    const added = store.groups.add(appA, groupId('open'), [member('alice')], 3);
    const results = await Promise.allSettled(made);
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect((await added).get(alice)).toBe('tooMany');
    expect(store.groups.joined(appA, alice)).toHaveLength(3);
    await store.groups.destroy(appA, groupId('u0'));
    expect((await store.groups.add(appA, groupId('open'), [member('alice')], 3)).get(alice)).toBe('added');
  });

  test('show their members as they are, before and after each change', async () => {
    await store.groups.create(appA, wanted({ owner: userId('owner'), members: [member('a')] }), 10);
    const all = () =>
      store.groups.members(appA, id, { offset: 0, limit: 100 }).map((one) => `${one.userId} ${one.role}`);
    expect(all()).toEqual(['owner Owner', 'a Member']);
    await store.groups.setOwner(appA, id, userId('a'));
    expect(all()).toEqual(['owner Member', 'a Owner']);
    await store.groups.remove(appA, id, [userId('owner')]);
    expect(all()).toEqual(['a Owner']);
    await store.groups.destroy(appA, id);
    expect(all()).toEqual([]);
  });

  test('a change that is refused changes nothing', async () => {
    await store.groups.create(appA, wanted(), 10);
    const change = store.groups.change(appA, id, () => {
      throw new Error('no');
    });
    await expect(change).rejects.toThrow('no');
    expect(store.groups.get(appA, id)).toMatchObject({ name: 'Team', infoSeq: 1 });
    await store.groups.change(appA, id, () => ({ name: 'New' }));
    expect(store.groups.get(appA, id)).toMatchObject({ name: 'New', infoSeq: 2 });
  });
});

describe('statements about groups', () => {
  /** The SQL that reads and writes groups, and how the database goes about it. */
  function plans(): readonly { readonly sql: string; readonly plan: readonly string[] }[] {
    const db = new Database(file.path, { readonly: true });
    const prepare = db.prepare.bind(db);
    const prepared = writingStatements.map(({ sql }) => sql).filter((sql) => /group/.test(sql));
    db.prepare = ((sql: string) => {
      prepared.push(sql);
      return prepare(sql);
    }) as typeof db.prepare;
    new GroupReader(db);
    const all = prepared.map((sql) => {
      const marks = (sql.match(/\?/g) ?? []).map(() => 1);
      const steps = prepare(`EXPLAIN QUERY PLAN ${sql}`).all(...marks) as { readonly detail: string }[];
      return { sql, plan: steps.map(({ detail }) => detail) };
    });
    db.close();
    return all;
  }

  test('that ask for a user look for that user, and walk through no group and no application', () => {
    const asking = plans().filter(({ sql }) => /user_id"? = \?/.test(sql));
    expect(asking.length).toBeGreaterThanOrEqual(6);
    for (const { sql, plan } of asking)
      expect({ sql, step: plan[0] }).toEqual({ sql, step: expect.stringMatching(/user_id=\?/) });
  });

  test('neither sort rows nor walk through a table that grows', () => {
    for (const { sql, plan } of plans()) {
      const bad = plan.filter((step) => /TEMP B-TREE|^SCAN (chat_groups|group_members|g|m)\b/.test(step));
      expect({ sql, bad }).toEqual({ sql, bad: [] });
    }
  });
});

describe('an account that is removed', () => {
  test('leaves its groups together: whatever is written next finds it in none of them', async () => {
    const { groups } = store;
    const alice = userId('alice');
    await Promise.all(names(60).map((one) => groups.create(appA, wanted({ groupId: groupId(one), owner: alice }), 99)));
    const forgotten = groups.forget(appA, alice);
    await store.accounts.ensure(appA, userId('bob'));
    expect(groups.joined(appA, alice)).toEqual([]);
    await forgotten;
    expect(groups.get(appA, groupId('u59'))).toMatchObject({ owner: '', memberCount: 0 });
  });

  test('is not brought back by a change or a revocation that comes at the same moment', async () => {
    const { accounts } = store;
    const alice = userId('alice');
    await accounts.ensure(appA, alice);
    const [, changed] = await Promise.all([
      accounts.remove(appA, alice, 1000),
      accounts.change(appA, alice, () => ({ nick: 'Alice', items: { tag: 'x' } })),
      accounts.revoke(appA, alice, 2000),
    ]);
    expect(changed).toBeUndefined();
    const isGone = () => {
      expect(store.accounts.find(appA, [alice]).size).toBe(0);
      expect(store.accounts.items(appA, alice)).toEqual({});
      expect(store.accounts.revokedAt(appA, alice)).toBe(2000);
    };
    isGone();
    store = await file.reopen(store);
    isGone();
  });

  test('gets into no group any more, whoever waits to put it there', async () => {
    const { accounts, groups } = store;
    const alice = userId('alice');
    await accounts.ensure(appA, alice);
    await groups.create(appA, wanted(), 10);
    const before = Array.from({ length: 5 }, (_, i) => groups.change(appA, id, () => ({ name: `n${i}` })));
    const added = groups.add(appA, id, [member('alice'), member('bob')], 10);
    const made = groups.create(appA, wanted({ groupId: groupId('other'), owner: alice }), 10);
    await accounts.remove(appA, alice, 1000);
    await groups.forget(appA, alice);
    await Promise.all([...before, made]);
    expect([...(await added)]).toEqual([
      ['alice', 'gone'],
      ['bob', 'added'],
    ]);
    await expect(groups.create(appA, wanted({ groupId: groupId('third'), owner: alice }), 10)).rejects.toMatchObject({
      reason: 'group_account_unknown',
    });
    expect(groups.joined(appA, alice)).toEqual([]);
    expect(groups.get(appA, groupId('other'))).toMatchObject({ owner: '', memberCount: 0, infoSeq: 2 });
  });

  test('does not exist, keeps its revocation over a restart, and begins anew with nothing', async () => {
    const { accounts } = store;
    const alice = userId('alice');
    await accounts.save(appA, alice, { nick: 'Alice', items: { tag: 'x', number: 7 } });
    expect(accounts.items(appA, alice)).toEqual({ tag: 'x', number: 7 });
    await accounts.remove(appA, alice, 1000);
    expect(accounts.find(appA, [alice]).size).toBe(0);
    store = await file.reopen(store);
    expect(store.accounts.find(appA, [alice]).size).toBe(0);
    expect(store.accounts.revokedAt(appA, alice)).toBe(1000);
    expect(await store.accounts.ensure(appA, alice)).toMatchObject({ nick: '', revokedAt: 1000 });
    expect(store.accounts.items(appA, alice)).toEqual({});
    store = await file.reopen(store);
    expect(store.accounts.find(appA, [alice]).get(alice)).toMatchObject({ nick: '', revokedAt: 1000 });
  });

  test('and saved at the same moment is one or the other, in memory as on disk', async () => {
    const { accounts } = store;
    const alice = userId('alice');
    await accounts.ensure(appA, alice);
    await Promise.all([
      accounts.save(appA, alice, { nick: 'before' }),
      accounts.remove(appA, alice, 1000),
      accounts.save(appA, alice, { avatar: 'after' }),
    ]);
    const inMemory = accounts.find(appA, [alice]).get(alice);
    store = await file.reopen(store);
    expect(store.accounts.find(appA, [alice]).get(alice)).toEqual(inMemory);
    expect(inMemory).toMatchObject({ nick: '', avatar: 'after' });
  });
});
