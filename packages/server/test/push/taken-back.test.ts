import { callId, nodeId, userId } from 'ringback-protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { makeRemoval } from '../../src/calls/removal.ts';
import type { Cause } from '../../src/calls/requests.ts';
import type { Ring } from '../../src/ports/push.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { until } from '../signalling/support.ts';
import { ok } from '../webhooks/receiver.ts';
import { otherService } from './other-service.ts';
import { PushScene } from './scene.ts';

const cause: Cause = {
  cause: 'rest',
  actor: userId('administrator'),
  device: '',
  requestId: '',
  origin: { clientIp: '127.0.0.1', platform: 'RESTAPI' },
};

let stage: PushScene;

beforeAll(async () => {
  stage = await PushScene.open();
});
afterEach(async () => {
  vi.restoreAllMocks();
  stage.service.got.length = 0;
  stage.service.reply = (answer) => answer(200, ok);
  await stage.scene.renew();
  await stage.provider('own', { kind: 'webhook', url: stage.service.url, secrets: [stage.secret] });
});
afterAll(() => stage.close());

const told = (n: number) => until(() => (stage.told.length >= n ? undefined : `told ${stage.told.join(', ')}`));
const tokens = () => stage.scene.push.tokens(stage.scene.app.sdkAppId, userId('bob'));

/** Something that goes on when the test says so. */
function gate(): { readonly open: () => void; readonly opened: Promise<void> } {
  let open = (): void => {};
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** The ring of bob in a call. */
async function ringOf({ scene }: PushScene, id: string): Promise<Ring> {
  const { store, app } = scene;
  const call = await store.calls.read(app.sdkAppId, callId(id));
  const member = call?.members.find((one) => one.userId === 'bob');
  if (call === undefined || member === undefined) throw new Error('bob is not in the call');
  const { startedAt } = call;
  return { app: app.sdkAppId, callId: call.callId, startedAt, userId: member.userId, deadline: member.deadline };
}

/** The process that comes after the one of a scene, on its database. */
async function nextProcess({ scene }: PushScene) {
  const { clock, path } = scene;
  const onFatal = (error: Error) => {
    throw error;
  };
  const store = await openSqlite({ path, node: nodeId('n1'), clock, onFatal });
  const room = otherService(scene, store, (error) => scene.errors.push({ err: error }));
  const close = async (): Promise<void> => {
    await room.close();
    await store.close();
  };
  return { next: room.service, store, close };
}

describe('a user who is taken out while a push rings', () => {
  it.each([
    ['kicked', 'kick', 'at once'],
    ['kicked', 'kick', 'in its own time'],
    ['deleted', 'remove', 'at once'],
    ['deleted', 'remove', 'in its own time'],
  ] as const)(
    'because of being %s (%s) rings no more, and has no token left; the store answers %s',
    async (_, how, pace) => {
      await stage.phone('bob');
      const alice = await stage.scene.device('alice');
      await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
      await told(1);
      const { store, calls, bus, clock, push, app } = stage.scene;
      if (pace === 'in its own time') {
        const { pushTokens } = store;
        const read = pushTokens.of.bind(pushTokens);
        vi.spyOn(pushTokens, 'of').mockImplementation(async (...who) => {
          await new Promise((resolve) => setTimeout(resolve, 50));
          return read(...who);
        });
      }
      const { accounts, groups } = store;
      const removal = makeRemoval({ accounts, groups, calls, bus, push, clock });
      await removal[how](app, userId('bob'), cause);
      await told(2);
      expect(stage.told).toEqual(['ring bob-phone', 'cancel bob-phone cancelled']);
      expect(await tokens()).toEqual([]);
    },
  );
});

describe('a ring that waits for its turn', () => {
  it.each(['the caller hangs up', 'nobody answers in time'])(
    'does not go out once %s, nor is it taken back',
    async (why) => {
      await stage.phone('bob');
      const [token] = await tokens();
      if (token === undefined) throw new Error('bob has no token');
      const { open, opened } = gate();
      stage.service.reply = (answer) => void opened.then(() => answer(200, ok));
      const tests = Array.from({ length: 32 }, () => stage.scene.pushes.test(token));
      await told(32);
      const alice = await stage.scene.device('alice');
      const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio', timeoutMs: 3000 });
      await expect.poll(() => stage.notes(call)).toEqual(['decided offline']);
      if (why === 'the caller hangs up') await alice.ask('hangUp', { callId: call.callId });
      else await stage.scene.pass(3500, [alice]);
      open();
      await Promise.all(tests);
      await expect.poll(() => stage.notes(call)).toEqual(['decided offline', 'push failed']);
      // What would have followed has come before this one.
      await stage.scene.pushes.test(token);
      expect(stage.told.filter((one) => !one.startsWith('test'))).toEqual([]);
      expect(stage.told).toHaveLength(33);
    },
  );
});

describe('a server that stops while a cancel has not got through', () => {
  it('leaves it to the next one, and sends no more itself', async () => {
    const own = await PushScene.open();
    try {
      await own.phone('bob');
      own.service.reply = (answer, _, { body }) => answer(body.type === 'ring' ? 200 : 503, ok);
      const alice = await own.scene.device('alice');
      const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
      await expect.poll(() => own.notes(call)).toContain('push sent');
      const ring = await ringOf(own, call.callId);
      await alice.ask('hangUp', { callId: call.callId });
      await expect.poll(() => own.notes(call)).toContain('cancel retry');
      await own.scene.pushes.close();
      own.scene.clock.advance(2000);
      await expect.poll(() => own.scene.pushes.underWay).toBe(0);
      own.service.reply = (answer) => answer(200, ok);
      expect(own.told).toEqual(['ring bob-phone', 'cancel bob-phone cancelled']);
      const { next, store, close } = await nextProcess(own);
      await next.open();
      await expect.poll(() => own.told).toHaveLength(3);
      expect(own.told[2]).toBe('cancel bob-phone cancelled');
      await expect.poll(() => next.underWay).toBe(0);
      // Nothing of it is kept any more.
      expect(await store.pushRings.claim(ring)).toBe('ours');
      await close();
      expect(own.scene.errors).toEqual([]);
    } finally {
      await own.close();
    }
  });
});

describe('a ring that another node has ended while its push was under way', () => {
  it.each([
    ['accept', 'bob-tablet', 'answered', ['ring bob-phone', 'cancel bob-phone answered']],
    ['reject', 'bob-tablet', 'rejected', ['ring bob-phone', 'cancel bob-phone rejected']],
    ['accept', 'bob-phone', 'answered', ['ring bob-phone']],
  ])('by %s of %s is taken back as %s, but not at that device', async (how, device, _, all) => {
    await stage.phone('bob');
    // The call goes on when bob declines.
    await stage.scene.accounts('carl');
    const { open, opened } = gate();
    stage.service.reply = (answer) => void opened.then(() => answer(200, ok));
    const alice = await stage.scene.device('alice');
    const call = await alice.ask('call', { callees: ['bob', 'carl'], mediaType: 'Audio' });
    await told(1);
    const ring = await ringOf(stage, call.callId);
    // What the other node does is in the store; this one does not see it.
    vi.spyOn(stage.scene.pushes, 'changed').mockImplementation(() => {});
    const bob = await stage.scene.device('bob', device);
    await bob.ask(how as 'accept', { callId: call.callId });
    expect(await stage.scene.store.pushRings.close(ring)).toEqual([]);
    open();
    await expect.poll(() => stage.notes(call)).toContain('push sent');
    await expect.poll(() => stage.scene.pushes.underWay).toBe(0);
    expect(stage.told).toEqual(all);
  });
});

describe('a device that says that it rings', () => {
  it('is in the log once, also when the push has woken it, or another one rang before', async () => {
    await stage.phone('bob');
    const alice = await stage.scene.device('alice');
    const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await expect.poll(() => stage.notes(call)).toEqual(['decided offline', 'push sent']);
    const ids = ['bob-phone', 'bob-laptop'];
    for (const device of [ids[0], ids[0], ids[1], ids[0]]) {
      const bob = await stage.scene.device('bob', device);
      await bob.ask('ringing', { callId: call.callId });
    }
    await expect.poll(() => stage.notes(call)).toHaveLength(4);
    await expect.poll(() => stage.scene.pushes.underWay).toBe(0);
    expect(await stage.notes(call)).toEqual(['decided offline', 'push sent', 'rings', 'rings']);
  });
});

describe('pushes of one ring that end together', () => {
  it('are all taken back, also where the store writes the first one down last', async () => {
    await stage.phone('bob');
    await stage.phone('bob', 'bob-tablet');
    const { pushRings } = stage.scene.store;
    const write = pushRings.sent.bind(pushRings);
    let left = 2;
    vi.spyOn(pushRings, 'sent').mockImplementation(async (...what) => {
      left -= 1;
      await new Promise((resolve) => setTimeout(resolve, 100 * left));
      return write(...what);
    });
    const alice = await stage.scene.device('alice');
    const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await expect.poll(() => stage.notes(call)).toEqual(['decided offline', 'push sent', 'push sent']);
    await expect.poll(() => stage.scene.pushes.underWay).toBe(0);
    await alice.ask('hangUp', { callId: call.callId });
    await told(4);
    expect([...stage.told].sort()).toEqual([
      'cancel bob-phone cancelled',
      'cancel bob-tablet cancelled',
      'ring bob-phone',
      'ring bob-tablet',
    ]);
  });
});

describe('a server that takes a ring over', () => {
  it('does not push the notification of a device that has got its VoIP push', async () => {
    const own = await PushScene.open();
    try {
      await own.phone('bob');
      const [alert] = await own.scene.push.tokens(own.scene.app.sdkAppId, userId('bob'));
      if (alert === undefined) throw new Error('bob has no token');
      await own.scene.push.register({ ...alert, channel: 'voip', token: 'voip-token-of-bob-phone' });
      const alice = await own.scene.device('alice');
      const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
      await expect.poll(() => own.notes(call)).toContain('push sent');
      await expect.poll(() => own.scene.pushes.underWay).toBe(0);
      await own.scene.pushes.close();
      own.scene.clock.advance(10);
      const { next, store, close } = await nextProcess(own);
      await next.open();
      const notes = async () =>
        (await store.pushLog.recent(own.scene.app.sdkAppId, Number.MAX_SAFE_INTEGER, 100)).map(({ event }) => event);
      await expect
        .poll(notes)
        .toContainEqual(expect.objectContaining({ what: 'decided', why: 'takenOver', tokens: 2 }));
      await expect.poll(() => next.underWay).toBe(0);
      expect(own.service.got.map(({ body }) => `${body.type} ${body.device.channel}`)).toEqual(['ring voip']);
      await close();
      expect(own.scene.errors).toEqual([]);
    } finally {
      await own.close();
    }
  });
});
