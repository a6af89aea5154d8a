import { type GroupId, groupId, userId } from 'ringback-protocol';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { newGroup } from '../../src/calls/new-group.ts';
import type { AppSettings } from '../../src/ports/apps.ts';
import { type Scene, Stage } from './support.ts';

const stage = new Stage();
let scene: Scene;
const open = async (overrides: Partial<AppSettings> = {}) => {
  scene = await stage.open({ app: { overrides } });
  await scene.accounts('alice', 'bob', 'carol', 'dave');
};
afterEach(() => stage.clear());
afterAll(() => stage.close());

const team: GroupId = groupId('team');
const users = (names: readonly string[]) => names.map(userId);

/** A group of alice’s with these members. */
async function makeTeam(...names: readonly string[]): Promise<void> {
  await scene.store.groups.create(
    scene.app.sdkAppId,
    {
      ...newGroup('Public', 100),
      name: 'Team',
      groupId: team,
      owner: userId('alice'),
      members: users(names).map((one) => ({ userId: one, role: 'Member', nameCard: '', data: {} })),
    },
    1000,
  );
}

describe('a call of a group', () => {
  it('may be started by a member, whoever is called, and shows its group', async () => {
    await open();
    await makeTeam('bob');
    const [alice, dave] = [await scene.device('alice'), await scene.device('dave')];
    const { callId } = await alice.ask('call', { callees: ['dave'], mediaType: 'Audio', chatGroupId: 'team' });
    expect(await dave.hears('callReceived')).toMatchObject({ callId, chatGroupId: 'team', callType: 'MultiCall' });
  });

  it('may not be started by somebody else', async () => {
    await open();
    await makeTeam('bob');
    const carol = await scene.device('carol');
    expect(await carol.refusal('call', { callees: ['bob'], mediaType: 'Audio', chatGroupId: 'team' })).toMatchObject({
      code: 101002,
      name: 'bad_params',
      field: 'chatGroupId',
    });
    expect(await scene.store.calls.live(scene.app.sdkAppId)).toEqual([]);
  });

  it('may be joined by members of the group and by who was invited, and by nobody else', async () => {
    await open();
    await makeTeam('bob');
    const [alice, bob, carol, dave] = [
      await scene.device('alice'),
      await scene.device('bob'),
      await scene.device('carol'),
      await scene.device('dave'),
    ];
    const { callId } = await alice.ask('call', { callees: ['carol'], mediaType: 'Audio', chatGroupId: 'team' });
    await carol.ask('accept', { callId });
    expect((await dave.refusal('join', { callId })).name).toBe('not_allowed');
    expect(await bob.ask('join', { callId })).toMatchObject({ callId, chatGroupId: 'team' });
    await carol.ask('hangUp', { callId });
    expect(await carol.ask('join', { callId })).toMatchObject({ callId });
  });

  it('can be joined by who became a member meanwhile, and no more by who is none any longer', async () => {
    await open();
    await makeTeam('bob');
    const { groups } = scene.store;
    const [alice, bob, carol, dave] = [
      await scene.device('alice'),
      await scene.device('bob'),
      await scene.device('carol'),
      await scene.device('dave'),
    ];
    const { callId } = await alice.ask('call', { callees: ['carol'], mediaType: 'Audio', chatGroupId: 'team' });
    await carol.ask('accept', { callId });
    await groups.remove(scene.app.sdkAppId, team, users(['bob']));
    await groups.add(
      scene.app.sdkAppId,
      team,
      [{ userId: userId('dave'), role: 'Member', nameCard: '', data: {} }],
      10,
    );
    expect((await bob.refusal('join', { callId })).name).toBe('not_allowed');
    expect(await dave.ask('join', { callId })).toMatchObject({ callId });
  });

  it('whose group is a label may be joined by anybody', async () => {
    await open();
    const [alice, bob, carol] = [await scene.device('alice'), await scene.device('bob'), await scene.device('carol')];
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio', chatGroupId: 'label' });
    await bob.ask('accept', { callId });
    expect(await carol.ask('join', { callId })).toMatchObject({ chatGroupId: 'label' });
  });

  it('must be of a group that exists where the application wants it so', async () => {
    await open({ groupsRequired: true });
    await makeTeam();
    const alice = await scene.device('alice');
    const call = { callees: ['bob'], mediaType: 'Audio' };
    expect(await alice.refusal('call', { ...call, chatGroupId: 'label' })).toMatchObject({
      code: 101002,
      field: 'chatGroupId',
    });
    const { callId } = await alice.ask('call', { ...call, chatGroupId: 'team' });
    await alice.ask('hangUp', { callId });
    expect(await alice.ask('call', call)).toMatchObject({ role: 'caller' });
  });
});

describe('the own profile', () => {
  it('is set by the device, and reaches the devices of a call with the invitation', async () => {
    await open();
    const [alice, bob] = [await scene.device('alice'), await scene.device('bob')];
    expect(await alice.ask('setProfile', { nick: 'Alice', avatar: 'https://e.com/a.png' })).toEqual({
      nick: 'Alice',
      avatar: 'https://e.com/a.png',
    });
    expect(await alice.ask('setProfile', { nick: 'Al' })).toEqual({ nick: 'Al', avatar: 'https://e.com/a.png' });
    await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    const { members } = await bob.hears('callReceived');
    expect(members[0]).toMatchObject({ userId: 'alice', nick: 'Al', avatar: 'https://e.com/a.png' });
  });

  it('of more than 500 bytes is refused', async () => {
    await open();
    const alice = await scene.device('alice');
    for (const change of [{ nick: 'é'.repeat(251) }, { avatar: 'x'.repeat(501) }]) {
      expect(await alice.refusal('setProfile', change)).toMatchObject({
        code: -32602,
        field: Object.keys(change)[0],
      });
    }
  });
});

describe('groups, as devices see them', () => {
  it('are shown to members, page by page, and to nobody else', async () => {
    await open();
    await makeTeam('bob', 'carol');
    await scene.store.accounts.save(scene.app.sdkAppId, userId('carol'), { nick: 'Carol' });
    const [bob, dave] = [await scene.device('bob'), await scene.device('dave')];
    expect(await bob.ask('group', { groupId: 'team' })).toEqual({
      groupId: 'team',
      name: 'Team',
      avatar: '',
      owner: 'alice',
      type: 'Public',
      memberCount: 3,
      role: 'Member',
    });
    expect(await bob.ask('groupMembers', { groupId: 'team', offset: 1, limit: 5 })).toEqual({
      total: 3,
      members: [
        { userId: 'bob', nick: '', avatar: '', role: 'Member' },
        { userId: 'carol', nick: 'Carol', avatar: '', role: 'Member' },
      ],
    });
    for (const [one, id] of [
      [dave, 'team'],
      [bob, 'nothing'],
    ] as const) {
      expect((await one.refusal('group', { groupId: id })).name).toBe('not_allowed');
      expect((await one.refusal('groupMembers', { groupId: id })).name).toBe('not_allowed');
    }
  });

  it('can be made by a device, whose user owns them', async () => {
    await open();
    const alice = await scene.device('alice');
    const made = await alice.ask('createGroup', {
      type: 'Private',
      name: 'Lunch',
      members: ['bob', 'bob', 'alice', 'nobody'],
    });
    expect(made.groupId).toMatch(/^@TGS#1[A-Z0-9]{8}$/);
    const { members } = await alice.ask('groupMembers', { groupId: made.groupId });
    expect(members.map((one: { userId: string; role: string }) => [one.userId, one.role])).toEqual([
      ['alice', 'Owner'],
      ['bob', 'Member'],
    ]);
    expect(await alice.ask('createGroup', { type: 'Public', name: 'x', groupId: 'mine' })).toEqual({ groupId: 'mine' });
    const again = { type: 'Public', name: 'x', groupId: 'mine' };
    expect((await alice.refusal('createGroup', again)).name).toBe('not_allowed');
    for (const change of [
      { name: '' },
      { name: 'é'.repeat(16) },
      { type: 'AVChatRoom' },
      { groupId: '@TGS#1AAAAAAAA' },
    ]) {
      expect(await alice.refusal('createGroup', { ...again, ...change })).toMatchObject({
        code: -32602,
        field: Object.keys(change)[0],
      });
    }
  });

  it('made by a device have no more members than the application allows', async () => {
    await open({ groupMembers: 3 });
    const [alice] = [await scene.device('alice'), await scene.device('bob'), await scene.device('carol')];
    await scene.accounts('dave');
    const make = { type: 'Public', name: 'x', groupId: 'small', members: ['bob', 'carol', 'dave', 'nobody'] };
    expect(await alice.refusal('createGroup', make)).toMatchObject({ name: 'not_allowed', field: 'members' });
    expect(await alice.ask('createGroup', { ...make, members: ['bob', 'carol', 'alice'] })).toEqual({
      groupId: 'small',
    });
  });
});
