import { createHmac } from 'node:crypto';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { MediaPlaneOptions } from '../../src/media/plane.ts';
import { MediaPlane } from '../../src/media/plane.ts';
import { Stage, until } from '../signalling/support.ts';
import { NotedProvider } from './rooms.ts';
import { mediaOf, refusal, say, setupOf, talk } from './talk.ts';

const stage = new Stage();
afterEach(() => stage.clear());
afterAll(() => stage.close());

const open = (media: Partial<MediaPlaneOptions>) => stage.open({ media });
const withRooms = async (change: Partial<MediaPlaneOptions> = {}) => {
  const rooms = new NotedProvider();
  return { rooms, scene: await open({ providers: [rooms], ...change }) };
};

describe('the media of two', () => {
  it('goes from peer to peer: both are told at the accept, one of them to give way', async () => {
    const scene = await open({});
    const { devices } = await talk(scene, 'anna', 'bob');
    const [anna, bob] = [await setupOf(devices[0]), await setupOf(devices[1])];
    const rest = { type: 'setup', epoch: 1, mode: 'p2p', provider: 'p2p', iceServers: [] };
    expect(anna).toEqual({
      ...rest,
      peer: 'bob',
      polite: false,
      members: [{ userId: 'bob', audio: false, video: false }],
    });
    expect(bob).toEqual({
      ...rest,
      peer: 'anna',
      polite: true,
      members: [{ userId: 'anna', audio: false, video: false }],
    });
    expect(devices[1].log.indexOf('answer accept')).toBeLessThan(devices[1].log.indexOf('media') ?? 0);
  });

  it('comes with STUN and with TURN credentials that run out, made from the shared secret', async () => {
    const ice = {
      stunUrls: ['stun:s.example:3478'],
      turnUrls: ['turn:t.example:3478'],
      turnSecret: 'shared',
      turnTtl: 600,
    };
    const scene = await open({ ice });
    const { devices } = await talk(scene, 'anna', 'bob');
    const { iceServers } = await setupOf(devices[0]);
    expect(iceServers[0]).toEqual({ urls: ['stun:s.example:3478'] });
    const { urls, username, credential } = iceServers[1];
    expect(urls).toEqual(['turn:t.example:3478']);
    expect(username).toMatch(/^\d+:[0-9a-f]{20}$/);
    expect(Number(username.split(':')[0])).toBe(Math.floor(scene.clock.now() / 1000) + 600);
    expect(username).not.toContain('anna');
    expect(credential).toBe(createHmac('sha1', 'shared').update(username).digest('base64'));
    const other = (await setupOf(devices[1])).iceServers[1];
    expect(other.username).not.toBe(username);
  });

  it('tells only the device that answered, and nobody before somebody has', async () => {
    const scene = await open({});
    const anna = await scene.device('anna');
    const [phone, tablet] = [await scene.device('bob', 'phone'), await scene.device('bob', 'tablet')];
    const { callId } = await anna.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await tablet.hears('callReceived');
    expect(mediaOf(anna)).toEqual([]);
    await phone.ask('accept', { callId });
    await setupOf(phone);
    await tablet.hears('callEnded');
    await tablet.ask('ping');
    expect(mediaOf(tablet)).toEqual([]);
    await expect(say(tablet, callId, { type: 'hello', epoch: 0 })).rejects.toMatchObject(refusal('answered_elsewhere'));
  });

  it('passes on who has microphone and camera on, also to who comes later', async () => {
    const scene = await open({});
    const anna = await scene.device('anna');
    const bob = await scene.device('bob');
    const { callId } = await anna.ask('call', { callees: ['bob'], mediaType: 'Video' });
    await say(anna, callId, { type: 'state', audio: true, video: true });
    await expect(say(bob, callId, { type: 'state', audio: true, video: true })).rejects.toMatchObject(
      refusal('not_in_call'),
    );
    await bob.ask('accept', { callId });
    expect((await setupOf(bob)).members).toEqual([{ userId: 'anna', audio: true, video: true }]);
    await say(anna, callId, { type: 'state', audio: true, video: false });
    await say(anna, callId, { type: 'state', audio: true, video: false });
    await say(bob, callId, { type: 'state', audio: true, video: true });
    await anna.hears('media', ({ data }) => data.type === 'state' && data.userId === 'bob');
    expect(mediaOf(bob, 'state')).toEqual([{ type: 'state', userId: 'anna', audio: true, video: false }]);
  });

  it('answers hello with the same epoch to who runs it, and begins anew for both when one has nothing', async () => {
    const scene = await open({});
    const { callId, devices } = await talk(scene, 'anna', 'bob');
    const [anna, bob] = devices;
    await setupOf(anna);
    await say(anna, callId, { type: 'hello', epoch: 1, mode: 'p2p' });
    expect((await setupOf(anna, 2)).epoch).toBe(1);
    expect(anna.log.lastIndexOf('answer signal')).toBeLessThan(anna.log.lastIndexOf('media'));
    expect(mediaOf(bob, 'setup')).toHaveLength(1);
    await say(bob, callId, { type: 'hello', epoch: 0 });
    expect((await setupOf(bob, 2)).epoch).toBe(2);
    expect((await setupOf(anna, 3)).epoch).toBe(2);
  });

  it('moves to a room when one reports that the other cannot be reached, and is told so once', async () => {
    const { scene, rooms } = await withRooms();
    const { callId, devices } = await talk(scene, 'anna', 'bob');
    const [anna, bob] = devices;
    await setupOf(bob);
    await say(bob, callId, { type: 'failed', epoch: 1, text: 'no route' });
    await say(anna, callId, { type: 'failed', epoch: 1, text: 'no route' });
    expect(await setupOf(anna, 2)).toMatchObject({ epoch: 2, mode: 'room', provider: 'sfu', layers: 'lines' });
    expect(await setupOf(bob, 2)).toMatchObject({ epoch: 2, mode: 'room' });
    expect(rooms.asked).toBe(1);
    expect([...rooms.room.inside.keys()]).toEqual(['anna', 'bob']);
    expect(rooms.room.name).toContain(callId);
  });

  it('stays peer to peer, anew, where there are no rooms', async () => {
    const scene = await open({ setting: 'p2p' });
    const { callId, devices } = await talk(scene, 'anna', 'bob');
    await setupOf(devices[0]);
    await say(devices[0], callId, { type: 'failed', epoch: 1, text: 'no route' });
    for (const device of devices) expect(await setupOf(device, 2)).toMatchObject({ epoch: 2, mode: 'p2p' });
  });

  it('moves to a room when somebody is invited, and the invited is inside', async () => {
    const { scene, rooms } = await withRooms();
    const { callId, devices } = await talk(scene, 'anna', 'bob');
    const carl = await scene.device('carl');
    await devices[0].ask('invite', { callId, users: ['carl'] });
    for (const device of devices) expect(await setupOf(device, 2)).toMatchObject({ epoch: 2, mode: 'room' });
    expect(mediaOf(carl)).toEqual([]);
    await carl.ask('accept', { callId });
    const setup = await setupOf(carl);
    expect(setup.members.map((one: { userId: string }) => one.userId)).toEqual(['anna', 'bob']);
    expect([...rooms.room.inside.keys()]).toEqual(['anna', 'bob', 'carl']);
  });
});

describe('the media of a room', () => {
  it('takes what devices say in this epoch and drops the rest, and adds the epoch to what the room says', async () => {
    const { scene, rooms } = await withRooms({ setting: 'sfu' });
    const { callId, devices } = await talk(scene, 'anna', 'bob');
    const [anna, bob] = devices;
    const { epoch } = await setupOf(anna);
    await say(anna, callId, { type: 'offer', epoch, sdp: 'v=0', more: 'ignored' });
    await say(anna, callId, { type: 'offer', epoch: epoch + 1, sdp: 'v=1' });
    await say(bob, callId, { type: 'candidate', epoch, pc: 'up', candidate: 'c', mid: '0' });
    await say(bob, callId, { type: 'want', epoch, userId: 'anna', layer: 'low' });
    await say(bob, callId, { type: 'answer', epoch, n: 1, sdp: 'v=2' });
    expect(rooms.room.heard.filter((one) => !one.startsWith('enter'))).toEqual([
      'anna {"type":"offer","sdp":"v=0"}',
      'bob {"type":"candidate","pc":"up","candidate":"c","mid":"0"}',
      'bob {"type":"want","userId":"anna","layer":"low"}',
      'bob {"type":"answer","n":1,"sdp":"v=2"}',
    ]);
    rooms.room.events.tell('anna' as never, { type: 'answer', sdp: 'v=3' });
    await anna.hears('media', ({ data }) => data.type === 'answer' && data.sdp === 'v=3' && data.epoch === epoch);
    await expect(say(anna, callId, { type: 'offer', epoch, sdp: 'nonsense' })).rejects.toMatchObject({
      code: -32602,
      data: { name: 'bad_params', field: 'data.sdp' },
    });
  });

  it('sets a device up anew that failed or comes back with nothing, and nobody else', async () => {
    const { scene, rooms } = await withRooms();
    const { callId, devices } = await talk(scene, 'anna', 'bob', 'carl');
    const [anna, bob] = devices;
    const first = await setupOf(bob);
    await say(bob, callId, { type: 'hello', epoch: 0 });
    expect((await setupOf(bob, 2)).epoch).toBe(first.epoch);
    await say(bob, callId, { type: 'offer', epoch: first.epoch, sdp: 'v=0' });
    await say(bob, callId, { type: 'failed', epoch: first.epoch, text: 'ice' });
    const second = await setupOf(bob, 3);
    expect(second.epoch).toBeGreaterThan(first.epoch);
    await say(bob, callId, { type: 'offer', epoch: second.epoch, sdp: 'v=0' });
    await say(bob, callId, { type: 'hello', epoch: 0 });
    expect((await setupOf(bob, 4)).epoch).toBeGreaterThan(second.epoch);
    expect(mediaOf(anna, 'setup')).toHaveLength(1);
    expect(rooms.room.heard.filter((one) => one === 'enter bob')).toHaveLength(3);
  });

  it('asks the room for its offer again when a device comes back to what it runs', async () => {
    const { scene, rooms } = await withRooms();
    const { callId, devices } = await talk(scene, 'anna', 'bob', 'carl');
    const bob = devices[1];
    const { epoch } = await setupOf(bob);
    await say(bob, callId, { type: 'offer', epoch, sdp: 'v=0' });
    await say(bob, callId, { type: 'hello', epoch, mode: 'room' });
    expect((await setupOf(bob, 2)).epoch).toBe(epoch);
    await until(() => (rooms.room.heard.at(-1) === 'enter bob' ? undefined : 'the room was not asked'));
    expect(rooms.room.heard).not.toContain('leave bob');
  });

  it('sets a device up anew that comes back to a room which has not heard its offer', async () => {
    const { scene, rooms } = await withRooms();
    const { callId, devices } = await talk(scene, 'anna', 'bob', 'carl');
    const bob = devices[1];
    const { epoch } = await setupOf(bob);
    await say(bob, callId, { type: 'hello', epoch, mode: 'room' });
    expect((await setupOf(bob, 2)).epoch).toBeGreaterThan(epoch);
    expect(rooms.room.heard.slice(-2)).toEqual(['leave bob', 'enter bob']);
  });

  it('takes in whom the room has refused as soon as another has left, or when the device asks', async () => {
    const { scene, rooms } = await withRooms({ setting: 'sfu' });
    const { callId, devices } = await talk(scene, 'anna', 'bob', 'carl');
    for (const device of devices) await setupOf(device);
    const [anna, bob, carl] = devices;
    // A room that has shrunk, as one of a server whose settings have changed.
    rooms.room.maxMembers = 2;
    await say(carl, callId, { type: 'offer', epoch: (await setupOf(carl)).epoch, sdp: 'v=0' });
    await say(carl, callId, { type: 'failed', epoch: (await setupOf(carl)).epoch, text: 'ice' });
    await until(() => (rooms.room.inside.has('carl' as never) ? 'carl is inside' : undefined));
    await say(carl, callId, { type: 'hello', epoch: 0 });
    expect(rooms.room.inside.has('carl' as never)).toBe(false);
    expect(mediaOf(carl, 'setup')).toHaveLength(1);
    await bob.ask('hangUp', { callId });
    await setupOf(carl, 2);
    expect([...rooms.room.inside].sort()).toEqual(['anna', 'carl']);
    rooms.room.maxMembers = 1;
    await say(anna, callId, { type: 'offer', epoch: (await setupOf(anna)).epoch, sdp: 'v=0' });
    await say(anna, callId, { type: 'failed', epoch: (await setupOf(anna)).epoch, text: 'ice' });
    await until(() => (rooms.room.inside.has('anna' as never) ? 'anna is inside' : undefined));
    rooms.room.maxMembers = 2;
    await say(anna, callId, { type: 'hello', epoch: 0 });
    await setupOf(anna, 2);
    expect([...rooms.room.inside].sort()).toEqual(['anna', 'carl']);
  });

  it('is left by who leaves the call, and closed at its end', async () => {
    const { scene, rooms } = await withRooms();
    const { callId, devices } = await talk(scene, 'anna', 'bob', 'carl');
    await setupOf(devices[2]);
    await devices[1].ask('hangUp', { callId });
    await until(() => (rooms.room.inside.has('bob' as never) ? 'bob is inside' : undefined));
    expect(rooms.room.isClosed).toBe(false);
    await expect(say(devices[1], callId, { type: 'hello', epoch: 0 })).rejects.toMatchObject(refusal('not_in_call'));
    await devices[2].ask('hangUp', { callId });
    await until(() => (rooms.room.isClosed ? undefined : 'the room is open'));
    await expect(say(devices[0], callId, { type: 'hello', epoch: 0 })).rejects.toMatchObject(refusal('call_ended'));
  });

  it('does not delay a call that gets none, is asked for again, and comes when it can be had', async () => {
    const { scene, rooms } = await withRooms();
    rooms.problem = 'no room at all';
    const { callId, devices } = await talk(scene, 'anna', 'bob', 'carl');
    await until(() => (rooms.asked === 1 ? undefined : 'not asked'));
    await scene.pass(10_000, devices);
    // Each pause is twice as long; the clock of the test stops once a second only.
    expect(rooms.asked).toBe(6);
    expect(mediaOf(devices[0])).toEqual([]);
    rooms.problem = '';
    await scene.pass(9000, devices);
    for (const device of devices) expect(await setupOf(device)).toMatchObject({ mode: 'room', epoch: 1 });
    await devices[0].ask('hangUp', { callId });
  });

  it('goes through another provider when the first refuses, and back when it is lost there', async () => {
    const [sfu, janus] = [new NotedProvider('sfu'), new NotedProvider('janus')];
    const scene = await open({ providers: [sfu, janus] });
    sfu.problem = 'full';
    const { devices } = await talk(scene, 'anna', 'bob', 'carl');
    await until(() => (sfu.asked === 1 ? undefined : 'not asked'));
    await scene.pass(1000, devices);
    expect(await setupOf(devices[0])).toMatchObject({ provider: 'janus', epoch: 1 });
    sfu.problem = '';
    await scene.pass(12_000, devices);
    janus.room.events.lost('the node died');
    // It had served for a while, so this takes no pause.
    for (const device of devices) expect(await setupOf(device, 2)).toMatchObject({ provider: 'sfu', epoch: 2 });
    janus.room.events.tell('anna' as never, { type: 'answer', sdp: 'late' });
    janus.room.events.lost('again');
    await devices[0].ask('ping');
    expect(mediaOf(devices[0], 'answer')).toEqual([]);
    expect(sfu.room.isClosed).toBe(false);
  });

  it('that opens only after the end of the call is closed at once', async () => {
    const rooms = new NotedProvider();
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = Object.assign(Object.create(rooms) as NotedProvider, {
      open: async (...given: Parameters<NotedProvider['open']>) => {
        await held;
        return rooms.open(...given);
      },
    });
    const scene = await open({ providers: [slow] });
    const { callId, devices } = await talk(scene, 'anna', 'bob', 'carl');
    for (const device of devices.slice(1)) await device.ask('hangUp', { callId });
    await devices[0].hears('callEnded');
    release();
    await until(() => (rooms.rooms[0]?.isClosed === true ? undefined : 'the room is open'));
    expect(mediaOf(devices[0])).toEqual([]);
  });

  it('takes a member out of the call whose media was there and is gone for a minute, and not before', async () => {
    const { scene, rooms } = await withRooms({ setting: 'sfu' });
    const { callId, devices } = await talk(scene, 'anna', 'bob');
    await setupOf(devices[1]);
    const { events } = rooms.room;
    // Never there: that is late, not gone.
    events.media('anna' as never, 'gone');
    events.media('bob' as never, 'up');
    events.media('bob' as never, 'gone');
    await scene.pass(30_000, devices);
    events.media('bob' as never, 'up');
    await scene.pass(61_000, devices);
    events.media('bob' as never, 'gone');
    await scene.pass(59_000, devices);
    expect(devices[0].log).not.toContain('callEnded');
    await scene.pass(2000, devices);
    expect(await devices[0].hears('callEnded')).toMatchObject({ callId, result: 'Interrupt' });
  });
});

describe('a group where there are no rooms', () => {
  it.each(['auto', 'p2p'] as const)('with %s hears nothing of media and goes on', async (setting) => {
    const scene = await open({ setting });
    const { callId, devices } = await talk(scene, 'anna', 'bob', 'carl');
    await say(devices[1], callId, { type: 'hello', epoch: 0 });
    await say(devices[1], callId, { type: 'state', audio: true, video: false });
    await devices[0].hears('media');
    for (const device of devices) expect(mediaOf(device, 'setup')).toEqual([]);
    await devices[0].ask('hangUp', { callId });
  });
});

describe('a server that has restarted', () => {
  const restarted = async (media: Partial<MediaPlaneOptions>, ...names: string[]) => {
    const scene = await open(media);
    const { callId, devices } = await talk(scene, ...names);
    for (const device of devices) await setupOf(device);
    await scene.pass(4000, devices);
    // What the next process does: a new plane, which reads the live calls.
    const next = new MediaPlane({
      setting: 'auto',
      providers: [],
      ice: { stunUrls: [], turnUrls: [], turnSecret: '', turnTtl: 60 },
      observer: { moved() {}, openFailed() {}, lost() {}, failed() {}, gaveUp() {} },
      ...media,
      bus: scene.bus,
      clock: scene.clock,
      reports: scene.store.quality,
      gone: () => {},
    });
    const calls = await scene.store.calls.live();
    next.recover(calls);
    const hello = (name: string, epoch: number, mode?: 'p2p' | 'room') => {
      const call = calls.find((one) => one.callId === callId);
      const from = call?.members.find((one) => one.userId === name);
      if (call === undefined || from === undefined) throw new Error(`${name} is in no call.`);
      next.receive(call, from, { type: 'hello', epoch, ...(mode && { mode }) }, () => {});
    };
    for (const device of devices) device.forget();
    return { scene, devices, hello };
  };

  it('leaves two alone who are connected to each other', async () => {
    const { devices, hello } = await restarted({}, 'anna', 'bob');
    for (const device of devices) expect(mediaOf(device)).toEqual([]);
    hello('anna', 1, 'p2p');
    hello('bob', 1, 'p2p');
    for (const device of devices) expect(await setupOf(device)).toMatchObject({ epoch: 1, mode: 'p2p' });
  });

  it('connects two anew of whom one has lost everything', async () => {
    const { devices, hello } = await restarted({}, 'anna', 'bob');
    hello('bob', 0);
    for (const device of devices) expect((await setupOf(device)).epoch).toBeGreaterThan(1);
    const { epoch } = await setupOf(devices[0]);
    hello('anna', 1, 'p2p');
    expect((await setupOf(devices[0], 2)).epoch).toBeGreaterThan(epoch);
  });

  it('makes a new room, with an epoch that nobody has seen, and tells each once', async () => {
    const rooms = new NotedProvider();
    const { devices, hello } = await restarted({ providers: [rooms] }, 'anna', 'bob', 'carl');
    hello('carl', 1, 'room');
    for (const device of devices) expect((await setupOf(device)).epoch).toBeGreaterThan(1000);
    hello('anna', 1, 'room');
    const again = await setupOf(devices[0], 2);
    expect(again.epoch).toBe((await setupOf(devices[0])).epoch);
    expect(rooms.rooms).toHaveLength(2);
  });
});
