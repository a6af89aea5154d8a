import { type GroupId, groupId, userId } from 'ringback-protocol';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { newGroup } from '../../src/calls/new-group.ts';
import { type Device, type Scene, Stage } from './support.ts';

const stage = new Stage();
let scene: Scene;
afterEach(() => stage.clear());
afterAll(() => stage.close());

const team: GroupId = groupId('team');

/** Devices of these users. */
async function open(...names: readonly string[]): Promise<Device[]> {
  scene = await stage.open();
  const devices: Device[] = [];
  for (const name of names) devices.push(await scene.device(name));
  return devices;
}

const call = { mediaType: 'Audio' };

describe('the call of a room or a group', () => {
  it('is found by its room, as a number or as text, by its group, and by both', async () => {
    const [alice, bob, carol, dave] = (await open('alice', 'bob', 'carol', 'dave')) as [Device, Device, Device, Device];
    const numbered = await alice.ask('call', {
      ...call,
      callees: ['bob'],
      roomId: '123',
      roomIdType: 1,
      chatGroupId: 'label',
    });
    const named = await carol.ask('call', { ...call, callees: ['dave'], roomId: '123', chatGroupId: 'other' });
    await bob.ask('accept', { callId: numbered.callId });
    await dave.ask('accept', { callId: named.callId });
    const eve = await scene.device('eve');
    const id = async (place: object) => (await eve.ask('findCall', place)).callId;
    expect(await id({ roomId: '123', roomIdType: 1 })).toBe(numbered.callId);
    expect(await id({ roomId: '123' })).toBe(named.callId);
    expect(await id({ chatGroupId: 'label' })).toBe(numbered.callId);
    expect(await id({ chatGroupId: 'other', roomId: '123', roomIdType: 2 })).toBe(named.callId);
    expect((await eve.refusal('findCall', { chatGroupId: 'other', roomId: '123', roomIdType: 1 })).name).toBe(
      'no_such_call',
    );
    expect(await eve.ask('join', { callId: numbered.callId })).toMatchObject({ roomId: '123' });
  });

  it('of a group is found by its members and by who was invited, and for others there is none', async () => {
    const [alice, bob, carol, dave] = (await open('alice', 'bob', 'carol', 'dave')) as [Device, Device, Device, Device];
    await scene.store.groups.create(
      scene.app.sdkAppId,
      {
        ...newGroup('Public', 100),
        name: 'Team',
        groupId: team,
        owner: userId('alice'),
        members: [{ userId: userId('bob'), role: 'Member', nameCard: '', data: {} }],
      },
      1000,
    );
    const { callId } = await alice.ask('call', { ...call, callees: ['carol'], chatGroupId: 'team', roomId: 'secret' });
    await carol.ask('accept', { callId });
    for (const place of [{ chatGroupId: 'team' }, { roomId: 'secret' }]) {
      expect(await bob.ask('findCall', place)).toEqual({ callId });
      // The same answer as for what does not exist at all, to the letter.
      const [hidden, nothing] = [
        await dave.refusal('findCall', place),
        await dave.refusal('findCall', { roomId: 'nowhere' }),
      ];
      expect(hidden).toEqual(nothing);
      expect(hidden).toMatchObject({ code: 101004, name: 'no_such_call' });
    }
    await carol.ask('hangUp', { callId });
    expect((await carol.refusal('findCall', { chatGroupId: 'team' })).name).toBe('no_such_call');
  });

  it('between two is found by them alone', async () => {
    const [alice, bob, carol] = (await open('alice', 'bob', 'carol')) as [Device, Device, Device];
    const { callId } = await alice.ask('call', { ...call, callees: ['bob'], roomId: 'us' });
    expect(await bob.ask('findCall', { roomId: 'us' })).toEqual({ callId });
    expect((await carol.refusal('findCall', { roomId: 'us' })).name).toBe('no_such_call');
    await alice.ask('hangUp', { callId });
    expect((await bob.refusal('findCall', { roomId: 'us' })).name).toBe('no_such_call');
  });

  it('is the newest of several that the user may join, whoever made the newer ones', async () => {
    const [alice, bob, carol, dave, eve] = (await open('alice', 'bob', 'carol', 'dave', 'eve')) as Device[] as [
      Device,
      Device,
      Device,
      Device,
      Device,
    ];
    const older = await alice.ask('call', { ...call, callees: ['bob'], roomId: 'r', chatGroupId: 'x' });
    scene.clock.advance(10);
    const newer = await carol.ask('call', { ...call, callees: ['dave'], roomId: 'r' });
    expect(await eve.ask('findCall', { roomId: 'r' })).toEqual({ callId: older.callId });
    expect(await dave.ask('findCall', { roomId: 'r' })).toEqual({ callId: newer.callId });
    expect(await bob.ask('findCall', { roomId: 'r' })).toEqual({ callId: older.callId });
  });

  it('must be asked for by a room or a group that can be one', async () => {
    const [alice] = (await open('alice')) as [Device];
    for (const [place, field] of [
      [{}, 'roomId'],
      [{ roomId: '' }, 'roomId'],
      [{ roomId: '0', roomIdType: 1 }, 'roomId'],
      [{ roomId: 'x'.repeat(65) }, 'roomId'],
      [{ chatGroupId: 'é'.repeat(33) }, 'chatGroupId'],
      [{ chatGroupId: 7 }, 'chatGroupId'],
    ] as const) {
      expect(await alice.refusal('findCall', place)).toMatchObject({ code: -32602, field });
    }
  });
});

describe('the answer to a call', () => {
  it('shows the call as it is, with the busy gone already, before the notices tell of them', async () => {
    const [alice, bob, carol, dave] = (await open('alice', 'bob', 'carol', 'dave')) as [Device, Device, Device, Device];
    await carol.ask('call', { ...call, callees: ['dave'] });
    const made = await alice.ask('call', { ...call, callees: ['bob', 'dave'], userData: 'hi' });
    expect(made.call).toMatchObject({ callId: made.callId, caller: 'alice', userData: 'hi', eventSeq: 2 });
    expect(made.call.members.map((one: { userId: string }) => one.userId)).toEqual(['alice', 'bob']);
    expect(await alice.hears('callChanged')).toMatchObject({
      eventSeq: 2,
      changed: [{ userId: 'dave', action: 'Busy' }],
    });
    expect([bob.isOpen, dave.isOpen]).toEqual([true, true]);
  });
});
