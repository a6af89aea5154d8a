import Database from 'better-sqlite3';
import { groupId, userId } from 'ringback-protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { newGroup } from '../../src/calls/new-group.ts';
import type { SqliteStore } from '../../src/stores/sqlite.ts';
import { GroupReader } from '../../src/stores/sqlite-group-rows.ts';
import { writingStatements } from '../../src/stores/statements.ts';
import { appA } from './support/fake-calls.ts';
import { SqliteFile } from './support/sqlite-file.ts';

let file: SqliteFile;
let store: SqliteStore;
beforeEach(async () => {
  file = new SqliteFile();
  store = await file.open();
});
afterEach(() => file.dispose());

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

test('an account that leaves its groups leaves them together: whatever is written next finds it in none', async () => {
  const { groups } = store;
  const alice = userId('alice');
  const ids = Array.from({ length: 60 }, (_, i) => groupId(`u${i}`));
  const wanted = { ...newGroup('Public', 100), name: 'Team', owner: alice };
  await Promise.all(ids.map((one) => groups.create(appA, { ...wanted, groupId: one }, 99)));
  const forgotten = groups.forget(appA, alice);
  await store.accounts.ensure(appA, userId('bob'));
  expect(groups.joined(appA, alice)).toEqual([]);
  await forgotten;
});

test('an account that is being removed gets into no group that it waits for', async () => {
  const { accounts, groups } = store;
  const [alice, bob, id] = [userId('alice'), userId('bob'), groupId('team')];
  const member = (one: typeof alice) => ({ userId: one, role: 'Member' as const, nameCard: '', data: {} });
  await accounts.ensure(appA, alice);
  await groups.create(appA, { ...newGroup('Public', 100), name: 'Team', groupId: id }, 10);
  const before = Array.from({ length: 5 }, (_, i) => groups.change(appA, id, () => ({ name: `n${i}` })));
  const added = groups.add(appA, id, [member(alice), member(bob)], 10);
  await accounts.remove(appA, alice, 1000);
  await groups.forget(appA, alice);
  await Promise.all(before);
  expect([...(await added)]).toEqual([
    [alice, 'gone'],
    [bob, 'added'],
  ]);
});
