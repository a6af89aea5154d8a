import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Device, type Json, type Scene, Stage } from './support.ts';

describe('a device that comes back', () => {
  const stage = new Stage();
  let scene: Scene;
  let alice: Device;
  let bob: Device;
  let carol: Device;

  beforeEach(async () => {
    scene = await stage.open();
    [alice, bob, carol] = [await scene.device('alice'), await scene.device('bob'), await scene.device('carol')];
  });

  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  /** A call of alice, bob and carol; bob and alice are in it, carol rings. */
  async function running(): Promise<string> {
    const { callId } = await alice.ask('call', { callees: ['bob', 'carol'], mediaType: 'Video' });
    await bob.hears('callReceived');
    await bob.ask('accept', { callId });
    await alice.hears('callChanged');
    return callId;
  }

  const brief = ({ notices }: Json) =>
    notices.map(({ method, params }: Json) =>
      method === 'callChanged'
        ? `${params.eventSeq} ${params.changed.map(({ userId, action }: Json) => `${userId} ${action}`).join(', ')}`
        : `${params.eventSeq} ended ${params.reason} ${params.userId} ${params.result} ${params.totalTime}`,
    );

  it('within its lease goes on with its call, and is told what it missed', async () => {
    const callId = await running();
    bob.drop();
    await bob.closed();
    await scene.pass(5000, [alice, carol]);
    await carol.ask('accept', { callId });
    await alice.ask('switchMedia', { callId, mediaType: 'Audio' }).catch(() => {});
    const back = await scene.connect('bob');
    const { call, callHere } = await back.signIn();
    expect({ seq: call.eventSeq, callHere }).toEqual({ seq: 3, callHere: true });
    const resumed = await back.ask('resume', { callId, eventSeq: 2 });
    expect(brief(resumed)).toEqual(['3 carol Answer']);
    expect(resumed.notices[0].params).toEqual(
      (await alice.hears('callChanged', ({ eventSeq }) => eventSeq === 3)) as object,
    );
    expect(resumed.call).toMatchObject({ callId, eventSeq: 3 });
    expect(resumed.call.members.map(({ userId, status }: Json) => `${userId} ${status}`)).toEqual([
      'alice Calling',
      'bob Calling',
      'carol Calling',
    ]);
    expect(await back.ask('resume', { callId, eventSeq: 3 })).toMatchObject({ notices: [] });
    await scene.pass(20_000, [alice, back, carol]);
    expect((await alice.ask('resume', { callId, eventSeq: 3 })).call.members).toHaveLength(3);
  });

  it('after its lease learns that its call goes on without it', async () => {
    const callId = await running();
    await carol.ask('accept', { callId });
    bob.drop();
    await scene.pass(16_000, [alice, carol]);
    expect(await alice.hears('callChanged', ({ eventSeq }) => eventSeq === 4)).toMatchObject({
      changed: [{ userId: 'bob', action: 'Offline' }],
    });
    const back = await scene.connect('bob');
    expect(await back.signIn()).toMatchObject({ callHere: false, pingMs: 25_000 });
    const resumed = await back.ask('resume', { callId, eventSeq: 2 });
    expect(resumed.call).toBeNull();
    expect(brief(resumed)).toEqual(['3 carol Answer', '4 ended 4 bob  15']);
    expect(brief(await back.ask('resume', { callId, eventSeq: 99 }))).toEqual(['4 ended 4 bob  15']);
  });

  it('after the end of its call learns how it ended, in the words of the notice', async () => {
    const callId = await running();
    carol.drop();
    await scene.pass(3000, [alice, bob]);
    await alice.ask('hangUp', { callId });
    await bob.ask('hangUp', { callId }).catch(() => {});
    const ended = await bob.hears('callEnded');
    const back = await scene.connect('bob', 'bob-phone');
    await back.signIn();
    const resumed = await back.ask('resume', { callId, eventSeq: 2 });
    expect(resumed.call).toBeNull();
    expect(resumed.notices.at(-1).params).toEqual(ended);
  });

  it('is told the very notices that a device which stayed was told, however the call ends', async () => {
    const ends: readonly ((callId: string) => Promise<unknown>)[] = [
      (callId) => alice.ask('hangUp', { callId }),
      (callId) => bob.ask('reject', { callId }),
      (callId) => bob.ask('ignore', { callId }),
      () => scene.pass(30_000, [alice, bob, carol]),
      (callId) => scene.calls.apply(scene.app, callId as never, { type: 'end' }, operator),
      async (callId) => {
        await bob.ask('accept', { callId });
        await scene.pass(2500, [alice, bob, carol]);
        await bob.ask('hangUp', { callId });
      },
      async (callId) => {
        await bob.ask('accept', { callId });
        await scene.calls.apply(scene.app, callId as never, { type: 'end' }, operator);
      },
      async (callId) => {
        await bob.ask('accept', { callId });
        const event = { type: 'leaseLost', userId: 'bob', device: 'bob-phone', nodeDied: false } as never;
        await scene.calls.apply(scene.app, callId as never, event, operator);
      },
      (callId) => {
        const event = { type: 'leaseLost', userId: 'alice', device: 'alice-phone', nodeDied: false } as never;
        return scene.calls.apply(scene.app, callId as never, event, operator);
      },
      (callId) => scene.calls.apply(scene.app, callId as never, { type: 'removed', userId: 'bob' } as never, operator),
    ];
    for (const end of ends) {
      for (const one of [alice, bob]) one.forget();
      const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
      await bob.hears('callReceived');
      await end(callId);
      for (const one of [alice, bob]) {
        await one.hears('callEnded');
        const { notices } = await one.ask('resume', { callId, eventSeq: 1 });
        expect(notices).toEqual(one.notices.filter(({ method }) => method !== 'callReceived').map(plain));
      }
    }
  });

  it('hears of an answer or a refusal that another of its user’s devices gave', async () => {
    const tablet = await scene.device('bob', 'bob-tablet');
    for (const [method, reason] of [
      ['accept', 7],
      ['reject', 8],
    ] as const) {
      tablet.forget();
      const { callId } = await alice.ask('call', { callees: ['bob', 'carol'], mediaType: 'Audio' });
      await tablet.hears('callReceived');
      await bob.ask(method, { callId });
      const ended = await tablet.hears('callEnded');
      expect(ended.reason).toBe(reason);
      const resumed = await tablet.ask('resume', { callId, eventSeq: 1 });
      expect(resumed).toEqual({ call: null, notices: [{ method: 'callEnded', params: ended }] });
      await alice.ask('hangUp', { callId });
      if (method === 'accept') await bob.ask('hangUp', { callId }).catch(() => {});
    }
  });

  it('is not told what happened before its own invitation', async () => {
    const callId = await running();
    const dave = await scene.device('dave');
    await alice.ask('invite', { callId, users: ['dave'] });
    await dave.hears('callReceived');
    await carol.ask('reject', { callId });
    const resumed = await dave.ask('resume', { callId, eventSeq: 0 });
    expect(brief(resumed)).toEqual(['4 carol Reject']);
    expect(resumed.call.members).toHaveLength(3);
  });

  it('is told the latest only of very many missed notices', async () => {
    const callId = await running();
    for (let i = 0; i < 60; i += 1) {
      await carol.ask('reject', { callId });
      await alice.ask('invite', { callId, users: ['carol'] });
      await carol.hears('callReceived');
    }
    const { notices, call } = await bob.ask('resume', { callId, eventSeq: 0 });
    expect(notices).toHaveLength(100);
    expect(notices.at(-1).params.eventSeq).toBe(call.eventSeq);
    expect(notices[0].params.eventSeq).toBe(call.eventSeq - 99);
  });

  it('learns nothing of a call that its user was never in', async () => {
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    expect(await carol.refusal('resume', { callId, eventSeq: 0 })).toEqual({ code: -1203, name: 'not_in_call' });
    await alice.ask('hangUp', { callId });
    expect(await carol.refusal('resume', { callId, eventSeq: 0 })).toMatchObject({ name: 'not_in_call' });
  });

  const operator = {
    cause: 'operator',
    actor: '',
    device: '',
    requestId: '',
    origin: { clientIp: '', platform: 'Unknown' },
  } as const;

  const plain = ({ method, params }: Json) => ({ method, params });
});
