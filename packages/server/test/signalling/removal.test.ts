import { deviceId, userId } from 'ringback-protocol';
import { afterAll, afterEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { Calls } from '../../src/calls/calls.ts';
import { makeRemoval, type Removal } from '../../src/calls/removal.ts';
import type { Cause } from '../../src/calls/requests.ts';
import { type Scene, Stage, until } from './support.ts';

const stage = new Stage();
let scene: Scene;
let removal: Removal;
const cause: Cause = {
  cause: 'rest',
  actor: userId('administrator'),
  device: '',
  requestId: '',
  origin: { clientIp: '127.0.0.1', platform: 'RESTAPI' },
};

async function open(): Promise<void> {
  scene = await stage.open();
  const { accounts, groups } = scene.store;
  const { calls, bus, clock } = scene;
  removal = makeRemoval({ accounts, groups, calls, bus, push: scene.push, clock });
}
afterEach(async () => {
  vi.restoreAllMocks();
  await stage.clear();
});
afterAll(() => stage.close());

const remove = (how: 'kick' | 'remove', name: string) => removal[how](scene.app, userId(name), cause);

describe('a device that is not told that its user was kicked', () => {
  it('is signed out within a second, but for one that has a newer signature', async () => {
    await open();
    const [phone, tablet] = [await scene.device('alice'), await scene.device('alice', 'alice-tablet')];
    const kickedAt = scene.clock.now() / 1000;
    scene.clock.advance(1000);
    await tablet.ask('signIn', signIn(scene.userSig('alice'), 'alice-tablet'));
    await scene.store.accounts.revoke(scene.app.sdkAppId, userId('alice'), kickedAt);
    scene.clock.advance(1000);
    expect(await phone.hears('kickedOut')).toEqual({ reason: 'kicked' });
    expect(await phone.closed()).toBe(4005);
    expect(tablet.isOpen).toBe(true);
  });
});

describe('a kick', () => {
  it('tells other nodes when it was, so that who signs in after it stays when they hear of it late', async () => {
    await open();
    const phone = await scene.device('alice');
    const { disconnect } = scene.bus;
    onTestFinished(() => {
      scene.bus.disconnect = disconnect;
    });
    const told: unknown[] = [];
    scene.bus.disconnect = (app, to, code, frame, until) => {
      told.push([to, code, until]);
      disconnect.call(scene.bus, app, to, code, frame, until);
    };
    await remove('kick', 'alice');
    expect(await phone.closed()).toBe(4005);
    expect(told).toEqual([[{ userId: 'alice' }, 4005, scene.clock.now()]]);
  });
});

describe('a call that a device begins while its user is taken out', () => {
  /** A scene where the first call is begun when the test says so. */
  async function openGated() {
    const asked: unknown[] = [];
    let open = (): void => {};
    const gate = new Promise<void>((resolve) => {
      open = resolve;
    });
    const slow = (calls: Calls): Calls =>
      new Proxy(calls, {
        get: (target, name) => {
          const value = Reflect.get(target, name);
          if (typeof value !== 'function') return value;
          if (name !== 'start' || asked.length > 0) return value.bind(target);
          asked.push(name);
          return (...all: unknown[]) => gate.then(() => value.apply(target, all));
        },
      });
    scene = await stage.open({ calls: slow });
    const { accounts, groups } = scene.store;
    const { calls, bus, clock } = scene;
    removal = makeRemoval({ accounts, groups, calls, bus, push: scene.push, clock });
    const begun = () => until(() => (asked.length === 1 ? undefined : 'nobody has called'));
    return { begun, open };
  }

  it.each(['kick', 'remove'] as const)('ends at once as it is written, however late (%s)', async (how) => {
    const { begun, open } = await openGated();
    const [alice, bob] = [await scene.device('alice'), await scene.device('bob')];
    void alice.tell('call', { callees: ['bob'], mediaType: 'Audio' });
    await begun();
    await remove(how, 'alice');
    await alice.closed();
    open();
    await bob.hears('callReceived');
    expect(await bob.hears('callEnded')).toMatchObject({ userId: 'alice' });
    expect((await scene.store.calls.seats(scene.app.sdkAppId, [userId('alice'), userId('bob')])).size).toBe(0);
    expect(scene.errors).toEqual([]);
  });

  it('ends when only the signature tells the node of the kick', async () => {
    const { begun, open } = await openGated();
    const [alice, bob] = [await scene.device('alice'), await scene.device('bob')];
    void alice.tell('call', { callees: ['bob'], mediaType: 'Audio' });
    await begun();
    await scene.store.accounts.revoke(scene.app.sdkAppId, userId('alice'), scene.clock.now() / 1000);
    scene.clock.advance(1000);
    await alice.closed();
    open();
    expect(await bob.hears('callEnded')).toMatchObject({ userId: 'alice' });
  });

  it('ends when the node hears of the kick only after it was written', async () => {
    await open();
    const [alice, bob] = [await scene.device('alice'), await scene.device('bob')];
    await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    // All that another node says of it.
    scene.bus.disconnect(scene.app.sdkAppId, { userId: userId('alice') }, 4005);
    expect(await bob.hears('callEnded')).toMatchObject({ userId: 'alice', result: 'Cancel' });
    await alice.closed();
  });

  it('leaves alone the call of another device, with which the user has come back', async () => {
    const { begun, open } = await openGated();
    const [alice, bob] = [await scene.device('alice'), await scene.device('bob')];
    void alice.tell('call', { callees: ['bob'], mediaType: 'Audio' });
    await begun();
    await remove('kick', 'alice');
    scene.clock.advance(1000);
    const tablet = await scene.device('alice', 'alice-tablet');
    const { callId } = await tablet.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    open();
    await until(() => (scene.seen.some((one) => one.startsWith('call already_in_call')) ? undefined : `${scene.seen}`));
    await bob.ask('accept', { callId });
    expect(await tablet.ask('ping', { callId })).toBeDefined();
    expect([bob.log, tablet.log].flat()).not.toContain('callEnded');
  });

  it.each([
    ['goes on', 'has come back'],
    ['ends', 'has not'],
  ])('%s when the device, of which an old socket was left, %s', async (_, how) => {
    await open();
    const [alice, bob] = [await scene.device('alice'), await scene.device('bob')];
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await bob.ask('accept', { callId });
    const me = { device: deviceId('alice-phone'), platform: 'Web' as const, since: scene.clock.now() + 5000 };
    // At another node, which this one hears of late.
    if (how === 'has come back') {
      const { presence } = scene;
      vi.spyOn(presence, 'devices').mockResolvedValue(new Map([[userId('alice'), [me]]]));
    }
    const looked = vi.spyOn(scene.presence, 'devices');
    scene.bus.disconnect(scene.app.sdkAppId, { userId: userId('alice') }, 4005);
    await alice.closed();
    await until(() => (looked.mock.calls.length === 1 ? undefined : 'nobody has looked'));
    if (how === 'has come back') expect(await bob.ask('ping', { callId })).toBeDefined();
    else await bob.hears('callEnded');
    expect(bob.log.includes('callEnded')).toBe(how !== 'has come back');
  });

  it('goes on when it is the application that was disabled', async () => {
    await open();
    const [alice, bob] = [await scene.device('alice'), await scene.device('bob')];
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await bob.ask('accept', { callId });
    await scene.store.apps.save({ ...scene.app, disabled: true });
    for (const one of [alice, bob]) expect(await one.closed()).toBe(4005);
    await until(() => (scene.signalling.devices === 0 ? undefined : 'a device is signed in'));
    // Whatever was on its way to the disk is there when this is.
    await scene.accounts('zoe');
    expect((await scene.store.calls.seats(scene.app.sdkAppId, [userId('alice'), userId('bob')])).size).toBe(2);
  });
});

describe('an account whose deletion stops halfway', () => {
  it('is still there, so that it can be deleted again', async () => {
    await open();
    await scene.accounts('alice');
    const { accounts } = scene.store;
    const { calls, bus, clock } = scene;
    const groups = { forget: () => Promise.reject(new Error('cut')) };
    const broken = makeRemoval({ accounts, groups, calls, bus, push: scene.push, clock });
    await expect(broken.remove(scene.app, userId('alice'), cause)).rejects.toThrow('cut');
    expect(accounts.find(scene.app.sdkAppId, [userId('alice')]).size).toBe(1);
  });
});

describe('an account that is deleted', () => {
  it('is not brought back by a device that sets its name at that moment', async () => {
    await open();
    const device = await scene.device('alice');
    const removed = remove('remove', 'alice');
    for (const nick of ['a', 'b', 'c']) void device.tell('setProfile', { nick });
    await removed;
    await device.closed();
    // Whatever was on its way to the disk is there when this is.
    await scene.accounts('zoe');
    expect(scene.store.accounts.find(scene.app.sdkAppId, [userId('alice')]).size).toBe(0);
  });
});

describe.each([
  ['kick', 'kicked'],
  ['remove', 'deleted'],
] as const)('an account that is taken out by %s', (how, reason) => {
  it('is signed out on all its devices, which are told why', async () => {
    await open();
    const [phone, tablet] = [await scene.device('alice'), await scene.device('alice', 'alice-tablet')];
    await remove(how, 'alice');
    for (const one of [phone, tablet]) {
      expect(await one.closed()).toBe(4005);
      expect(await one.hears('kickedOut')).toEqual({ reason });
    }
    expect((await scene.presence.devices(scene.app.sdkAppId, [userId('alice')])).size).toBe(0);
  });

  it('leaves its call at once: the other is told Offline, and the record says so', async () => {
    await open();
    const [alice, bob] = [await scene.device('alice'), await scene.device('bob')];
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await bob.ask('accept', { callId });
    await remove(how, 'bob');
    const { result, userId: who } = await alice.hears('callEnded');
    expect([result, who]).toEqual(['NormalEnd', 'bob']);
    const history = await scene.store.calls.history(scene.app.sdkAppId, callId, 0);
    expect(history.flatMap(({ events }) => events.flatMap(({ changed }) => changed))).toContainEqual({
      userId: 'bob',
      action: 'Offline',
    });
  });

  it.each([0, 1, 2, 4, 8, 16])('does not go on with a call that it begins %i ms later', async (ms) => {
    await open();
    await scene.accounts('bob');
    const alice = await scene.device('alice');
    const removed = remove(how, 'alice');
    await new Promise((resolve) => setTimeout(resolve, ms));
    if (alice.isOpen) void alice.tell('call', { callees: ['bob'], mediaType: 'Audio' });
    await removed;
    await alice.closed();
    // Whatever was on its way to the disk is there when this is.
    await scene.accounts('zoe');
    const seats = await scene.store.calls.seats(scene.app.sdkAppId, [userId('alice'), userId('bob')]);
    expect([...seats.keys()]).toEqual([]);
  });

  it('rings no more', async () => {
    await open();
    const [alice, bob] = [await scene.device('alice'), await scene.device('bob')];
    await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await bob.hears('callReceived');
    await remove(how, 'bob');
    expect((await alice.hears('callEnded')).result).toBe('Offline');
  });

  it('keeps the call that it began as a robot, until the server ends it', async () => {
    await open();
    await scene.accounts('robot');
    const bob = await scene.device('bob');
    const { callId } = await scene.calls.start(
      scene.app,
      {
        caller: userId('robot'),
        robot: true,
        device: '',
        callees: [userId('bob')],
        mediaType: 'Audio',
        chatGroupId: '',
        roomId: '',
        roomIdType: 0,
        userData: '',
        timeout: 30_000,
      },
      cause,
    );
    await bob.ask('accept', { callId });
    await remove(how, 'robot');
    expect(await bob.ask('ping', { callId })).toBeDefined();
    await scene.calls.apply(scene.app, callId, { type: 'end' }, cause);
    expect(await bob.hears('callEnded')).toMatchObject({ result: 'NormalEnd' });
  });

  it('cannot come back with a signature of before, and can with a newer one', async () => {
    await open();
    await scene.device('alice');
    const old = scene.userSig('alice');
    await remove(how, 'alice');
    const device = await scene.connect('alice', 'alice-again');
    expect(await device.refusal('signIn', signIn(old, 'alice-again'))).toMatchObject({
      name: 'bad_signature',
      code: 70052,
    });
    expect(await device.closed()).toBe(4003);
    scene.clock.advance(1000);
    const later = await scene.device('alice', 'alice-later');
    expect(later.isOpen).toBe(true);
  });

  it('is out also when it signs in at that very moment', async () => {
    await open();
    await scene.accounts('alice');
    const device = await scene.connect('alice');
    const [answer] = await Promise.all([
      device.tell('signIn', signIn(scene.userSig('alice'), 'alice-phone')),
      remove(how, 'alice'),
    ]);
    // Whoever was first: in the end nobody is signed in with what was signed before.
    await until(() => (device.closeCode === 0 ? `${JSON.stringify(answer)}` : undefined));
    expect((await scene.presence.devices(scene.app.sdkAppId, [userId('alice')])).size).toBe(0);
    const accounts = scene.store.accounts.find(scene.app.sdkAppId, [userId('alice')]);
    expect(accounts.size).toBe(how === 'kick' ? 1 : 0);
  });
});

const signIn = (userSig: string, deviceId: string) => ({
  sdkAppId: scene.app.sdkAppId,
  userId: 'alice',
  userSig,
  platform: 'Web',
  deviceId,
});
