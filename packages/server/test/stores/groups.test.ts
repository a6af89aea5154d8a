import { type GroupId, groupId, type UserId, userId } from 'ringback-protocol';
import { expect, test } from 'vitest';
import { newGroup } from '../../src/calls/new-group.ts';
import type { NewGroup } from '../../src/ports/groups.ts';
import { eachSharedStore, eachStore, type StoreScene } from './support/each-store.ts';
import { appA, appB } from './support/fake-calls.ts';

const id = groupId('team');
const member = (name: string) => ({ userId: userId(name), role: 'Member' as const, nameCard: '', data: {} });
const wanted = (change: Partial<NewGroup> = {}): NewGroup => ({
  ...newGroup('Public', 100),
  name: 'Team',
  groupId: id,
  ...change,
});
const names = (count: number): readonly UserId[] => Array.from({ length: count }, (_, i) => userId(`u${i}`));
const count = async ({ store }: StoreScene) => (await store.groups.get(appA, id))?.memberCount;
const rows = async (scene: StoreScene) => (await scene.rows('SELECT count(*) AS n FROM group_members'))[0]?.n;

eachStore('groups', (scene) => {
  test('are there after a restart, with members, counts and their order', async () => {
    const made: GroupId[] = [];
    for (const name of ['b', 'c', 'a']) {
      made.push(
        (await scene.store.groups.create(appA, wanted({ groupId: groupId(name), owner: userId(name) }), 10)).groupId,
      );
    }
    await scene.store.groups.create(appB, wanted({ groupId: groupId('a') }), 10);
    await scene.store.groups.add(appA, groupId('c'), [member('x')], 10);
    await scene.reopen();
    expect(await scene.store.groups.list(appA, { after: 0, limit: 10 })).toEqual({ total: 3, groupIds: made, next: 0 });
    expect((await scene.store.groups.list(appB, { after: 0, limit: 10 })).total).toBe(1);
    const page = { offset: 0, limit: 10 };
    expect((await scene.store.groups.members(appA, groupId('c'), page)).map((one) => one.userId)).toEqual(['c', 'x']);
    expect(await scene.store.groups.members(appB, groupId('c'), page)).toEqual([]);
  });

  test('are found by the beginning of their ids, in the order of the bytes, page by page', async () => {
    const ids = ['room-2', 'room', 'Room-1', 'room-10', 'roo', 'room-1', 'rop', "ro'%_"];
    for (const one of ids) await scene.store.groups.create(appA, wanted({ groupId: groupId(one) }), 100);
    await scene.store.groups.create(appB, wanted({ groupId: groupId('room-0') }), 100);
    const find = (prefix: string, after = '', limit = 10) => scene.store.groups.find(appA, { prefix, after, limit });
    expect(await find('room')).toEqual(['room', 'room-1', 'room-10', 'room-2']);
    expect(await find('room', 'room-1', 1)).toEqual(['room-10']);
    expect(await find('room', '', 2)).toEqual(['room', 'room-1']);
    expect(await find("ro'%")).toEqual(["ro'%_"]);
    expect(await find('', 'roo', 2)).toEqual(['room', 'room-1']);
    expect(await find('x')).toEqual([]);
  });

  test('show members of the roles that are asked for, however often one is named', async () => {
    const { groups } = scene.store;
    await groups.create(appA, wanted({ owner: userId('o') }), 10);
    await groups.add(appA, id, [{ ...member('a'), role: 'Admin' }, member('m')], 10);
    const of = async (...roles: ('Owner' | 'Admin' | 'Member')[]) =>
      (await groups.members(appA, id, { offset: 0, limit: 10, roles })).map((one) => one.userId).sort();
    expect(await of('Owner', 'Owner', 'Owner', 'Admin')).toEqual(['a', 'o']);
    expect(await of('Member', 'Member', 'Admin', 'Owner')).toEqual(['a', 'm', 'o']);
    expect(await of('Admin', 'Admin')).toEqual(['a']);
  });

  test('made after a restart come after those before it, even if the clock was set back', async () => {
    await scene.store.groups.create(appA, wanted({ groupId: groupId('first') }), 10);
    scene.clock.advance(-3_600_000);
    await scene.reopen();
    await scene.store.groups.create(appA, wanted({ groupId: groupId('second') }), 10);
    expect((await scene.store.groups.list(appA, { after: 0, limit: 10 })).groupIds).toEqual(['first', 'second']);
  });

  test('of the same id that are made at once are one', async () => {
    const results = await Promise.allSettled([1, 2, 3].map(() => scene.store.groups.create(appA, wanted(), 10)));
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    expect((await scene.store.groups.list(appA, { after: 0, limit: 10 })).total).toBe(1);
  });

  test('count right whatever is done to them at once', async () => {
    await scene.store.groups.create(appA, wanted({ owner: userId('owner') }), 10);
    const all = names(60);
    const work = [];
    for (const one of all) {
      work.push(scene.store.groups.add(appA, id, [member(one), member(all[0] as UserId)], 10));
      work.push(scene.store.groups.add(appA, id, [member(one)], 10));
    }
    for (const one of all.slice(30)) work.push(scene.store.groups.remove(appA, id, [one]));
    await Promise.all(work);
    expect([await count(scene), await rows(scene)]).toEqual([31, 31]);
    await Promise.all([
      scene.store.groups.forget(appA, userId('owner')),
      scene.store.groups.forget(appA, all[1] as UserId),
    ]);
    expect([await count(scene), await rows(scene), (await scene.store.groups.get(appA, id))?.owner]).toEqual([
      29,
      29,
      '',
    ]);
    await scene.store.groups.destroy(appA, id);
    expect([
      await count(scene),
      await rows(scene),
      (await scene.store.groups.list(appA, { after: 0, limit: 10 })).total,
    ]).toEqual([undefined, 0, 0]);
  });

  test('never have more members than they may, however many come at once', async () => {
    await scene.store.groups.create(appA, wanted({ maxMembers: 5 }), 10);
    const results = await Promise.allSettled(
      names(20).map((one) => scene.store.groups.add(appA, id, [member(one)], 10)),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(5);
    expect([await count(scene), await rows(scene)]).toEqual([5, 5]);
  });

  test('have nobody who is in more of them than a user may be, however many are made at once', async () => {
    const alice = userId('alice');
    const { groups } = scene.store;
    await scene.store.accounts.ensure(appA, alice);
    await groups.create(appA, wanted({ groupId: groupId('open') }), 3);
    const made = names(10).map((one) => groups.create(appA, wanted({ groupId: groupId(one), owner: alice }), 3));
    const added = groups.add(appA, groupId('open'), [member('alice')], 3);
    const results = await Promise.allSettled(made);
    const joined = results.filter(({ status }) => status === 'fulfilled').length;
    expect([joined, (await added).get(alice)]).toEqual(joined === 3 ? [3, 'tooMany'] : [2, 'added']);
    expect(await groups.joined(appA, alice)).toHaveLength(3);
    expect((await groups.create(appA, wanted({ groupId: groupId('x') }), 3)).memberCount).toBe(0);
    expect((await groups.add(appA, groupId('x'), [member('alice')], 3)).get(alice)).toBe('tooMany');
    const [first] = await groups.joined(appA, alice);
    await groups.destroy(appA, first?.group.groupId ?? id);
    expect((await groups.add(appA, groupId('x'), [member('alice')], 3)).get(alice)).toBe('added');
  });

  test('show their members as they are, before and after each change', async () => {
    await scene.store.groups.create(appA, wanted({ owner: userId('owner'), members: [member('a')] }), 10);
    const all = async () =>
      (await scene.store.groups.members(appA, id, { offset: 0, limit: 100 })).map((one) => `${one.userId} ${one.role}`);
    expect(await all()).toEqual(['owner Owner', 'a Member']);
    await scene.store.groups.setOwner(appA, id, userId('a'));
    expect(await all()).toEqual(['owner Member', 'a Owner']);
    await scene.store.groups.remove(appA, id, [userId('owner')]);
    expect(await all()).toEqual(['a Owner']);
    await scene.store.groups.destroy(appA, id);
    expect(await all()).toEqual([]);
  });

  test('a change that is refused changes nothing', async () => {
    await scene.store.groups.create(appA, wanted(), 10);
    const change = scene.store.groups.change(appA, id, () => {
      throw new Error('no');
    });
    await expect(change).rejects.toThrow('no');
    expect(await scene.store.groups.get(appA, id)).toMatchObject({ name: 'Team', infoSeq: 1 });
    await scene.store.groups.change(appA, id, () => ({ name: 'New' }));
    expect(await scene.store.groups.get(appA, id)).toMatchObject({ name: 'New', infoSeq: 2 });
  });
});

eachStore('an account that is removed', (scene) => {
  test('leaves all its groups, and those that it owned have no owner', async () => {
    const { groups } = scene.store;
    const alice = userId('alice');
    await Promise.all(names(60).map((one) => groups.create(appA, wanted({ groupId: groupId(one), owner: alice }), 99)));
    await groups.forget(appA, alice);
    expect(await groups.joined(appA, alice)).toEqual([]);
    expect(await groups.get(appA, groupId('u59'))).toMatchObject({ owner: '', memberCount: 0 });
  });

  test('is not brought back by a change or a revocation that comes at the same moment', async () => {
    const { accounts } = scene.store;
    const alice = userId('alice');
    await accounts.ensure(appA, alice);
    const [, changed] = await Promise.all([
      accounts.remove(appA, alice, 1000),
      accounts.change(appA, alice, () => ({ nick: 'Alice', items: { tag: 'x' } })),
      accounts.revoke(appA, alice, 2000),
    ]);
    expect(changed).toBeUndefined();
    const isGone = async () => {
      expect((await scene.store.accounts.find(appA, [alice])).size).toBe(0);
      expect(await scene.store.accounts.items(appA, alice)).toEqual({});
      expect(scene.store.accounts.revokedAt(appA, alice)).toBe(2000);
    };
    await isGone();
    await scene.reopen();
    await isGone();
  });

  test('gets into no group any more, whoever waits to put it there', async () => {
    const { accounts, groups } = scene.store;
    const alice = userId('alice');
    await accounts.ensure(appA, alice);
    await groups.create(appA, wanted(), 10);
    const before = Array.from({ length: 5 }, (_, i) => groups.change(appA, id, () => ({ name: `n${i}` })));
    const added = groups.add(appA, id, [member('alice'), member('bob')], 10);
    const made = groups.create(appA, wanted({ groupId: groupId('other'), owner: alice }), 10);
    const all = Promise.allSettled([...before, made]);
    await accounts.remove(appA, alice, 1000);
    await groups.forget(appA, alice);
    await all;
    expect((await added).get(userId('bob'))).toBe('added');
    expect([...(await groups.membersAmong(appA, id, [alice, userId('bob')])).keys()]).toEqual(['bob']);
    await expect(groups.create(appA, wanted({ groupId: groupId('third'), owner: alice }), 10)).rejects.toMatchObject({
      reason: 'group_account_unknown',
    });
    expect(await groups.joined(appA, alice)).toEqual([]);
    // Whoever was first: it was never made, or it has no owner any more.
    const other = await groups.get(appA, groupId('other'));
    if (other !== undefined) expect(other).toMatchObject({ owner: '', memberCount: 0, infoSeq: 2 });
  });

  test('does not exist, keeps its revocation over a restart, and begins anew with nothing', async () => {
    const { accounts } = scene.store;
    const alice = userId('alice');
    await accounts.save(appA, alice, { nick: 'Alice', items: { tag: 'x', number: 7 } });
    expect(await accounts.items(appA, alice)).toEqual({ tag: 'x', number: 7 });
    await accounts.change(appA, alice, () => ({ items: { tag: '', other: 'y', never: '' } }));
    expect(await accounts.items(appA, alice)).toEqual({ number: 7, other: 'y' });
    await accounts.save(appA, userId('bob'), { nick: 'Bob' });
    await accounts.save(appA, userId('carol'), { items: { tag: 'z' } });
    expect([...(await accounts.itemsOf(appA, [alice, userId('bob'), userId('carol'), userId('zoe')]))]).toEqual([
      [alice, { number: 7, other: 'y' }],
      [userId('carol'), { tag: 'z' }],
    ]);
    await accounts.remove(appA, alice, 1000);
    expect((await accounts.find(appA, [alice])).size).toBe(0);
    await scene.reopen();
    expect((await scene.store.accounts.find(appA, [alice])).size).toBe(0);
    expect(scene.store.accounts.revokedAt(appA, alice)).toBe(1000);
    expect(await scene.store.accounts.ensure(appA, alice)).toMatchObject({ nick: '', revokedAt: 1000 });
    expect(await scene.store.accounts.items(appA, alice)).toEqual({});
    await scene.reopen();
    expect((await scene.store.accounts.find(appA, [alice])).get(alice)).toMatchObject({ nick: '', revokedAt: 1000 });
  });

  test('and saved at the same moment is one or the other, in memory as on disk', async () => {
    const { accounts } = scene.store;
    const alice = userId('alice');
    await accounts.ensure(appA, alice);
    await Promise.all([
      accounts.save(appA, alice, { nick: 'before' }),
      accounts.remove(appA, alice, 1000),
      accounts.save(appA, alice, { avatar: 'after' }),
    ]);
    const inMemory = (await accounts.find(appA, [alice])).get(alice);
    await scene.reopen();
    expect((await scene.store.accounts.find(appA, [alice])).get(alice)).toEqual(inMemory);
    expect(inMemory).toMatchObject({ nick: '', avatar: 'after' });
  });
});

eachSharedStore('groups of several nodes', (scene) => {
  test.each([1, 2, 3])('of the same place are all listed, in pages of %i', async (limit) => {
    const { groups } = scene.store;
    const ids = ['a', 'b', 'c', 'd', 'e'].map(groupId);
    for (const one of ids) await groups.create(appA, wanted({ groupId: one }), 10);
    const places = await scene.rows('SELECT group_id, place FROM chat_groups ORDER BY place');
    const place = Number(places[1]?.place);
    // As two nodes write them that make them at the same moment.
    await scene.rows("UPDATE chat_groups SET place = ? WHERE group_id IN ('b', 'c')", place);
    for (const type of [undefined, 'Public'] as const) {
      const listed: GroupId[] = [];
      let after = 0;
      do {
        const page = await groups.list(appA, { after, limit, ...(type !== undefined && { type }) });
        expect(page.groupIds.length).toBeLessThanOrEqual(Math.max(limit, 2));
        listed.push(...page.groupIds);
        after = page.next;
      } while (after !== 0);
      expect(listed).toEqual(ids);
    }
  });
});
