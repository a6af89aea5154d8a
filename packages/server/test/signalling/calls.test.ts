import { signallingRequests } from 'ringback-protocol';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Device, type Json, type Scene, Stage } from './support.ts';

describe('a call over signalling sockets', () => {
  const stage = new Stage();
  let scene: Scene;
  let alice: Device;
  let bob: Device;

  beforeEach(async () => {
    scene = await stage.open();
    alice = await scene.device('alice');
    bob = await scene.device('bob');
    alice.forget();
    bob.forget();
  });

  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  const dial = (by: Device, callees: readonly string[], more: object = {}) =>
    by.ask('call', { callees, mediaType: 'Audio', ...more });

  it('rings, is answered, runs and ends, each request being answered before its notices', async () => {
    const { callId, role, results } = await dial(alice, ['bob'], { mediaType: 'vIDEO', userData: 'hello' });
    expect({ role, results }).toEqual({ role: 'caller', results: [{ userId: 'bob', code: 0 }] });
    const rung = await bob.hears('callReceived');
    expect(rung).toEqual({
      callId,
      mediaType: 'Video',
      callType: 'SingleCall',
      chatGroupId: '',
      roomId: callId,
      roomIdType: 2,
      caller: 'alice',
      startedAt: scene.clock.now(),
      acceptedAt: 0,
      userData: 'hello',
      eventSeq: 1,
      members: [
        { userId: 'alice', status: 'Calling', nick: '', avatar: '', invitedBy: 'alice' },
        {
          userId: 'bob',
          status: 'Waiting',
          nick: '',
          avatar: '',
          invitedBy: 'alice',
          deadline: scene.clock.now() + 30_000,
        },
      ],
      invited: ['bob'],
    });
    expect(await bob.ask('accept', { callId })).toEqual({});
    expect(await alice.hears('callChanged')).toEqual({
      callId,
      eventSeq: 2,
      changed: [{ userId: 'bob', action: 'Answer' }],
      members: [
        { userId: 'alice', status: 'Calling', nick: '', avatar: '', invitedBy: 'alice' },
        { userId: 'bob', status: 'Calling', nick: '', avatar: '', invitedBy: 'alice' },
      ],
      mediaType: 'Video',
    });
    scene.clock.advance(7400);
    await alice.ask('hangUp', { callId });
    const end = { callId, eventSeq: 4, reason: 1, userId: 'alice', result: 'NormalEnd', totalTime: 7 };
    expect(await bob.hears('callEnded')).toEqual(end);
    expect(await alice.hears('callEnded')).toEqual(end);
    expect(alice.log).toEqual(['answer call', 'callChanged', 'answer hangUp', 'callEnded']);
    expect(bob.log).toEqual(['callReceived', 'answer accept', 'callChanged', 'callChanged', 'callEnded']);
  });

  it.each([
    ['reject', 2, 'Reject'],
    ['ignore', 5, 'CallBusy'],
    ['hangUp', 2, 'Reject'],
  ])('ends when the callee answers with %s', async (method, reason, result) => {
    const { callId } = await dial(alice, ['bob']);
    await bob.hears('callReceived');
    await bob.ask(method, { callId });
    expect(await alice.hears('callEnded')).toMatchObject({ reason, userId: 'bob', result, totalTime: 0 });
    expect(await bob.hears('callEnded')).toMatchObject({ reason, userId: 'bob', result });
    expect(bob.log).toEqual(['callReceived', `answer ${method}`, 'callEnded']);
  });

  it('is withdrawn when the caller hangs up before anybody has answered', async () => {
    const { callId } = await dial(alice, ['bob']);
    await bob.hears('callReceived');
    await alice.ask('hangUp', { callId });
    expect(await bob.hears('callEnded')).toMatchObject({ reason: 6, userId: 'alice', result: 'Cancel' });
  });

  it('is over for both when nobody answers in time', async () => {
    await dial(alice, ['bob'], { timeoutMs: 2000 });
    await bob.hears('callReceived');
    await scene.pass(2000, [alice]);
    expect(await alice.hears('callEnded')).toMatchObject({ reason: 3, userId: 'bob', result: 'NotAnswer' });
    expect(await bob.hears('callEnded')).toMatchObject({ reason: 3, userId: 'bob' });
  });

  it('takes a time-out of 0 for the default of 30 s', async () => {
    await dial(alice, ['bob'], { timeoutMs: 0 });
    const { members, startedAt } = await bob.hears('callReceived');
    expect(members[1].deadline - startedAt).toBe(30_000);
  });

  it('stops ringing on the other devices of the callee with reason 7, or 8 when declined', async () => {
    const tablet = await scene.device('bob', 'bob-tablet');
    const first = await dial(alice, ['bob']);
    await tablet.hears('callReceived');
    await bob.ask('accept', first);
    expect(await tablet.hears('callEnded')).toMatchObject({ reason: 7, userId: 'bob', result: '' });
    expect(await tablet.refusal('accept', first)).toMatchObject({ name: 'answered_elsewhere' });
    expect(await tablet.refusal('reject', first)).toMatchObject({ name: 'answered_elsewhere' });
    await alice.ask('hangUp', first);
    await bob.hears('callEnded');
    tablet.forget();

    const { callId } = await dial(alice, ['bob']);
    await tablet.hears('callReceived');
    await bob.ask('reject', { callId });
    expect(await tablet.hears('callEnded')).toMatchObject({ reason: 8, userId: 'bob' });
  });

  it('becomes one call when two dial each other at once, with the later one as callee', async () => {
    const { callId } = await dial(alice, ['bob']);
    await bob.hears('callReceived');
    const merged = await dial(bob, ['alice'], { mediaType: 'Video', userData: 'dropped' });
    expect(merged).toMatchObject({
      callId,
      role: 'callee',
      results: [{ userId: 'alice', code: 0 }],
      call: { caller: 'alice', eventSeq: 2 },
    });
    expect(await alice.hears('callChanged')).toMatchObject({ changed: [{ userId: 'bob', action: 'Answer' }] });
    expect(bob.log).toEqual(['callReceived', 'answer call', 'callChanged']);
  });

  it('grows by invitation and by joining, and each is rung with the data of the own invitation', async () => {
    const carol = await scene.device('carol');
    const dave = await scene.device('dave');
    const { callId } = await dial(alice, ['bob'], { userData: 'for bob' });
    await bob.hears('callReceived', ({ userData }) => userData === 'for bob');
    await bob.ask('accept', { callId });
    expect(await bob.refusal('invite', { callId, users: ['nobody'] })).toEqual({
      code: 101002,
      name: 'unknown_account',
      field: 'users',
    });
    const { results } = await bob.ask('invite', { callId, users: ['carol', 'alice', 'nobody'], userData: 'for carol' });
    expect(results).toEqual([
      { userId: 'carol', code: 0 },
      { userId: 'alice', code: 0 },
      { userId: 'nobody', code: 70107 },
    ]);
    const rung = await carol.hears('callReceived');
    expect(rung).toMatchObject({ callType: 'MultiCall', userData: 'for carol' });
    expect(rung.members[2]).toMatchObject({ userId: 'carol', invitedBy: 'bob' });
    expect(await alice.hears('callChanged', ({ eventSeq }) => eventSeq === 3)).toMatchObject({
      changed: [{ userId: 'carol', action: 'Invite', by: 'bob' }],
    });
    dave.forget();
    const joined = await dave.ask('join', { callId });
    expect(joined.members.map(({ userId }: Json) => userId)).toEqual(['alice', 'bob', 'carol', 'dave']);
    await dave.hears('callChanged');
    expect(dave.log).toEqual(['answer join', 'callChanged']);
  });

  it('is told of with the data of the own invitation to whoever began it, left and is invited back, too', async () => {
    const carol = await scene.device('carol');
    const { callId } = await dial(alice, ['bob', 'carol'], { userData: 'at first' });
    for (const device of [bob, carol]) {
      await device.hears('callReceived', ({ userData }) => userData === 'at first');
      await device.ask('accept', { callId });
    }
    await alice.ask('hangUp', { callId });
    await bob.ask('invite', { callId, users: ['alice'], userData: 'again' });
    expect(await alice.hears('callReceived')).toMatchObject({ caller: 'alice', userData: 'again' });
    await alice.ask('accept', { callId });
  });

  it('switches between audio and video', async () => {
    const { callId } = await dial(alice, ['bob']);
    await bob.hears('callReceived');
    await bob.ask('accept', { callId });
    await bob.ask('switchMedia', { callId, mediaType: 'VIDEO' });
    expect(await alice.hears('callChanged', ({ mediaType }) => mediaType === 'Video')).toMatchObject({ changed: [] });
  });

  it('refuses to switch the media of a group', async () => {
    await scene.accounts('carol');
    const { callId } = await dial(alice, ['bob', 'carol']);
    expect(await alice.refusal('switchMedia', { callId, mediaType: 'Video' })).toEqual({
      code: -1205,
      name: 'not_allowed',
      reason: 'scene_not_supported',
    });
  });

  it('carries signals between the devices that hold the call, and to nobody else', async () => {
    const tablet = await scene.device('bob', 'bob-tablet');
    const carol = await scene.device('carol');
    const { callId } = await dial(alice, ['bob']);
    await bob.hears('callReceived');
    expect(await alice.refusal('signal', { callId, to: 'bob', data: 1 })).toMatchObject({
      name: 'not_in_call',
      field: 'to',
    });
    await bob.ask('accept', { callId });
    const data = { sdp: 'v=0', deep: [null, { a: '\ud800' }] };
    await alice.ask('signal', { callId, to: 'bob', data });
    expect(await bob.hears('signal')).toEqual({ callId, from: 'alice', data });
    await bob.ask('signal', { callId, to: 'alice', data: null });
    expect(await alice.hears('signal')).toEqual({ callId, from: 'bob', data: null });
    expect(await carol.refusal('signal', { callId, to: 'bob', data })).toMatchObject({ name: 'not_in_call' });
    expect(await tablet.refusal('signal', { callId, to: 'alice', data })).toMatchObject({ name: 'answered_elsewhere' });
    expect(await alice.refusal('signal', { callId, to: 'carol', data })).toMatchObject({ name: 'not_in_call' });
    expect(tablet.log).not.toContain('signal');
  });

  it('takes a signal of 64 KiB of JSON and no byte more', async () => {
    const { callId } = await dial(alice, ['bob']);
    await bob.hears('callReceived');
    await bob.ask('accept', { callId });
    await alice.ask('signal', { callId, to: 'bob', data: 'x'.repeat(65_534) });
    expect((await bob.hears('signal')).data).toHaveLength(65_534);
    expect(await alice.refusal('signal', { callId, to: 'bob', data: 'x'.repeat(65_535) })).toEqual({
      code: -32602,
      name: 'bad_params',
      field: 'data',
    });
    expect(await alice.refusal('signal', { callId, to: 'bob', data: 'é'.repeat(32_768) })).toMatchObject({
      field: 'data',
    });
    const nested = `{"jsonrpc":"2.0","id":"deep","method":"signal","params":{"callId":"${callId}","to":"bob","data":${'['.repeat(60_000)}${']'.repeat(60_000)}}}`;
    expect((await alice.sendRaw(nested)).error.data).toEqual({ name: 'bad_params', field: 'data' });
  });

  it('tells the number of the last event on ping, to its members only', async () => {
    const carol = await scene.device('carol');
    const { callId } = await dial(alice, ['bob']);
    await bob.hears('callReceived');
    expect(await bob.ask('ping', { callId })).toEqual({ eventSeq: 1 });
    await bob.ask('accept', { callId });
    expect(await alice.ask('ping', { callId })).toEqual({ eventSeq: 2, pingMs: 5000 });
    expect(await alice.ask('ping', { callId })).toEqual({ eventSeq: 2 });
    expect(await alice.ask('ping', {})).toEqual({});
    expect(await carol.refusal('ping', { callId })).toMatchObject({ name: 'not_in_call' });
    await alice.ask('hangUp', { callId });
    expect(await alice.refusal('ping', { callId })).toMatchObject({ name: 'call_ended' });
    expect(await alice.ask('ping', { callId: null })).toEqual({ pingMs: 25_000 });
  });

  it('looks up names and pictures of those who exist', async () => {
    await scene.store.accounts.save(scene.app.sdkAppId, 'bob' as never, { nick: 'Bobby', avatar: 'http://b' });
    expect(await alice.ask('profile', { userIds: ['nobody', 'bob', 'alice'] })).toEqual([
      { userId: 'bob', nick: 'Bobby', avatar: 'http://b' },
      { userId: 'alice', nick: '', avatar: '' },
    ]);
    const tooMany = Array.from({ length: 101 }, (_, i) => `u${i}`);
    expect(await alice.refusal('profile', { userIds: tooMany })).toMatchObject({
      name: 'bad_params',
      field: 'userIds',
    });
  });

  it('writes down which request of which device did what', async () => {
    const { callId } = await dial(alice, ['bob']);
    const [entry] = await scene.store.calls.history(scene.app.sdkAppId, callId, 0);
    expect(entry).toMatchObject({ cause: 'device', actor: 'alice', device: 'alice-phone' });
    expect(entry?.requestId).toMatch(/^S-[0-9a-f]{8}-\d+-\d+$/);
  });

  describe('refusals', () => {
    it('names what a call lacks, by field', async () => {
      const refused = async (params: object) => alice.refusal('call', params);
      const bad = (field: string) => ({ code: -32602, name: 'bad_params', field });
      const good = { callees: ['bob'], mediaType: 'Audio' };
      expect(await refused({ mediaType: 'Audio' })).toEqual(bad('callees'));
      expect(await refused({ callees: 'bob', mediaType: 'Audio' })).toEqual(bad('callees'));
      expect(await refused({ callees: ['bob', 7], mediaType: 'Audio' })).toEqual(bad('callees'));
      expect(await refused({ callees: ['x'.repeat(33)], mediaType: 'Audio' })).toEqual(bad('callees'));
      expect(await refused({ callees: ['bob'] })).toEqual(bad('mediaType'));
      expect(await refused({ callees: ['bob'], mediaType: 'Smell' })).toEqual(bad('mediaType'));
      expect(await refused({ ...good, timeoutMs: 999 })).toEqual(bad('timeoutMs'));
      expect(await refused({ ...good, timeoutMs: 600_001 })).toEqual(bad('timeoutMs'));
      expect(await refused({ ...good, timeoutMs: 1.5e3 + 0.5 })).toEqual(bad('timeoutMs'));
      expect(await refused({ ...good, userData: 'x'.repeat(1001) })).toEqual(bad('userData'));
      expect(await refused({ ...good, userData: 'é'.repeat(501) })).toEqual(bad('userData'));
      expect(await refused({ ...good, roomId: 'x'.repeat(65) })).toEqual(bad('roomId'));
      expect(await refused({ ...good, roomId: 'a/b' })).toEqual(bad('roomId'));
      expect(await refused({ ...good, roomId: '0', roomIdType: 1 })).toEqual(bad('roomId'));
      expect(await refused({ ...good, roomId: '2147483648', roomIdType: 1 })).toEqual(bad('roomId'));
      expect(await refused({ ...good, roomIdType: 3 })).toEqual(bad('roomIdType'));
      expect(await refused({ ...good, chatGroupId: 'é'.repeat(33) })).toEqual(bad('chatGroupId'));
      expect(await refused({ ...good, push: 'loud' })).toEqual(bad('push'));
    });

    it('says in the very words that interfaces look for how many callees there may be', async () => {
      for (const callees of [[], ['alice'], Array.from({ length: 9 }, (_, i) => `u${i}`)]) {
        const { error } = await alice.tell('call', { callees, mediaType: 'Audio' });
        expect(error).toEqual({
          code: 101002,
          message: 'CalleeList_Account length must be between 1 and 8',
          data: { name: 'bad_params', field: 'callees' },
        });
      }
    });

    it('takes rooms as numbers and as text', async () => {
      const { callId } = await dial(alice, ['bob'], { roomId: '2147483647', roomIdType: 1 });
      expect(await bob.hears('callReceived')).toMatchObject({ roomId: '2147483647', roomIdType: 1 });
      await alice.ask('hangUp', { callId });
      await bob.hears('callEnded');
      bob.forget();
      await dial(alice, ['bob'], { roomId: 'green room', roomIdType: null, chatGroupId: '@group' });
      expect(await bob.hears('callReceived')).toMatchObject({
        roomId: 'green room',
        roomIdType: 2,
        chatGroupId: '@group',
        callType: 'MultiCall',
      });
    });

    it('answers with the number and the name of the rule', async () => {
      const carol = await scene.device('carol');
      expect(await alice.refusal('call', { callees: ['nobody'], mediaType: 'Audio' })).toEqual({
        code: 101002,
        name: 'unknown_account',
        field: 'callees',
      });
      const unknown = { callId: '00000000-0000-4000-8000-000000000000' };
      for (const method of ['accept', 'reject', 'ignore', 'hangUp', 'join', 'ping']) {
        expect(await alice.refusal(method, unknown)).toEqual({ code: 101004, name: 'no_such_call' });
      }
      expect(await alice.refusal('resume', { ...unknown, eventSeq: 0 })).toEqual({
        code: 101004,
        name: 'no_such_call',
      });
      const { callId } = await dial(alice, ['bob']);
      expect(await alice.refusal('call', { callees: ['carol'], mediaType: 'Audio' })).toEqual({
        code: -1203,
        name: 'already_in_call',
      });
      expect(await carol.refusal('accept', { callId })).toEqual({ code: -1203, name: 'not_in_call' });
      expect(await carol.refusal('hangUp', { callId })).toEqual({ code: -1203, name: 'not_in_call' });
      expect(await carol.refusal('join', { callId })).toEqual({ code: -1203, name: 'not_allowed' });
      expect(await bob.refusal('invite', { callId, users: ['carol'] })).toEqual({ code: -1203, name: 'not_allowed' });
      expect(await alice.refusal('invite', { callId, users: ['alice'] })).toMatchObject({
        code: 101002,
        name: 'bad_params',
      });
      expect(await alice.refusal('invite', { callId, users: ['bob'] })).toMatchObject({
        code: 101002,
        name: 'bad_params',
      });
      await alice.ask('hangUp', { callId });
      expect(await bob.refusal('accept', { callId })).toEqual({ code: 101004, name: 'call_ended' });
    });

    it('refuses strangers for whom the application has no room by a name that is listed', async () => {
      const full = await stage.open({ maxAccounts: 10, app: { overrides: { unknownCallee: 'ring' } } });
      const caller = await full.device('caller');
      await full.device('callee');
      await full.accounts(...Array.from({ length: 8 }, (_, i) => `u${i}`));
      const refused = { code: 70398, name: 'not_allowed', reason: 'accounts_too_many' };
      const strangers = ['eleventh', 'twelfth'];
      expect(await caller.refusal('call', { callees: strangers, mediaType: 'Audio' })).toEqual(refused);
      expect(signallingRequests.call.errors).toContain(refused.name);
      const { callId } = await dial(caller, ['callee']);
      expect(await caller.refusal('invite', { callId, users: strangers })).toEqual(refused);
      expect(signallingRequests.invite.errors).toContain(refused.name);
    });

    it('keeps a call to the number of members that the application allows', async () => {
      const eight = Array.from({ length: 8 }, (_, i) => `u${i}`);
      await scene.accounts(...eight);
      const { callId } = await dial(alice, eight);
      expect(await alice.refusal('invite', { callId, users: ['bob'] })).toEqual({ code: -1203, name: 'call_full' });
      expect(await bob.refusal('join', { callId })).toEqual({ code: -1203, name: 'call_full' });
    });

    it('tells a member whose invitation was withdrawn that it no longer waits', async () => {
      await scene.accounts('carol');
      const { callId } = await dial(alice, ['bob', 'carol']);
      await bob.hears('callReceived');
      await bob.ask('reject', { callId });
      expect(await bob.refusal('accept', { callId })).toEqual({ code: -1203, name: 'not_waiting' });
    });

    it('survives replayed and repeated requests', async () => {
      const { callId } = await dial(alice, ['bob']);
      await bob.hears('callReceived');
      const accept = JSON.stringify({ jsonrpc: '2.0', id: 'same', method: 'accept', params: { callId } });
      const answer = { jsonrpc: '2.0', id: 'same', result: {} };
      expect(await bob.sendRaw(accept)).toEqual(answer);
      await bob.hears('callChanged');
      expect(await bob.sendRaw(accept)).toEqual(answer);
      expect(bob.log.filter((line) => line === 'callChanged')).toHaveLength(1);
    });
  });
});
