import { sdkAppId } from 'ringback-protocol';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import type { ChangedBy } from '../../src/ports/media.ts';
import { PushAnswers } from '../../src/push/answers.ts';
import { until } from '../signalling/support.ts';
import { idOf, startWrite } from '../stores/support/fake-calls.ts';
import { saveProvider } from '../support/save-provider.ts';
import { ok } from '../webhooks/receiver.ts';
import { FcmService } from './fcm-service.ts';
import { PushScene } from './scene.ts';

let stage: PushScene;

beforeAll(async () => {
  stage = await PushScene.open();
});
afterEach(async () => {
  stage.service.got.length = 0;
  stage.service.reply = (answer) => answer(200, ok);
  await stage.scene.renew();
  await stage.provider('own', { kind: 'webhook', url: stage.service.url, secrets: [stage.secret] });
});
afterAll(() => stage.close());

const told = (n: number) => until(() => (stage.told.length >= n ? undefined : `told ${stage.told.join(', ')}`));

/** ms of the clock of the server, a little at a time, until so many pushes were told. */
async function passUntilTold(n: number): Promise<void> {
  for (let gone = 0; stage.told.length < n && gone < 60; gone += 1) await stage.scene.pass(500);
  await told(n);
}

/** What the next process would have to take up of a call. */
const left = async (call: { readonly callId: string }) =>
  (await stage.scene.store.pushRings.takeOver(() => false)).filter(({ callId }) => callId === call.callId);

describe('a callee whose devices do not ring', () => {
  it('is pushed at once when none is online, with what the call says, signed, and with a token to answer with', async () => {
    await stage.phone('bob');
    const alice = await stage.scene.device('alice');
    const push = {
      title: 'Anna',
      description: 'calls you',
      extension: '{"a":1}',
      androidSound: 'ring',
      iOSPushType: 1,
    };
    const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Video', push });
    await told(1);
    const [got] = stage.service.got;
    expect(got?.body).toMatchObject({
      type: 'ring',
      provider: 'own',
      device: {
        userId: 'bob',
        deviceId: 'bob-phone',
        platform: 'Android',
        channel: 'alert',
        token: 'token-of-bob-phone',
      },
      push: {
        ringback: 'ring',
        callId: call.callId,
        userId: 'bob',
        caller: 'alice',
        mediaType: 'Video',
        title: 'Anna',
        text: 'calls you',
        data: '{"a":1}',
        answerUrl: 'https://calls.example.com',
        token: expect.stringMatching(/^rb1\./),
      },
      options: { androidSound: 'ring' },
    });
    // The outside judge goes by the real time.
    const judge = new Webhook(stage.secret.slice('whsec_'.length));
    const { at } = got?.body ?? {};
    expect(got?.headers['webhook-timestamp']).toBe(String(Math.floor(at / 1000)));
    const signature = judge.sign(String(got?.headers['webhook-id']), new Date(at), got?.text ?? '');
    expect(got?.headers['webhook-signature']).toBe(signature);
    await expect.poll(() => stage.notes(call)).toEqual(['decided offline', 'push sent']);
  });

  it('is not pushed while one of the devices says that it rings', async () => {
    await stage.phone('bob');
    const [alice, bob] = [await stage.scene.device('alice'), await stage.scene.device('bob', 'bob-laptop')];
    const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await bob.hears('callReceived');
    await bob.ask('ringing', { callId: call.callId });
    await expect.poll(() => stage.notes(call)).toEqual(['rings']);
    await stage.scene.pass(4000, [alice, bob]);
    expect(stage.told).toEqual([]);
    await bob.ask('accept', { callId: call.callId });
    await expect
      .poll(() =>
        stage.scene.store.pushRings.claim({
          app: stage.scene.app.sdkAppId,
          callId: call.callId,
          startedAt: 0,
          userId: 'bob' as never,
          deadline: 1,
        }),
      )
      .toBe('ours');
  });

  it('is pushed after two seconds when those online are silent, and not before', async () => {
    await stage.phone('bob');
    const [alice] = [await stage.scene.device('alice'), await stage.scene.device('bob', 'bob-old-app')];
    const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await stage.scene.pass(1900);
    expect(stage.told).toEqual([]);
    await stage.scene.pass(200);
    await told(1);
    expect(stage.told).toEqual(['ring bob-phone']);
    await expect.poll(() => stage.notes(call)).toEqual(['decided silent', 'push sent']);
  });

  it('is not pushed when the caller has said so, nor without a device token; the log says why', async () => {
    await stage.phone('bob');
    await stage.scene.accounts('carol');
    const alice = await stage.scene.device('alice');
    const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio', push: { isDisablePush: true } });
    await expect.poll(() => stage.notes(call)).toEqual(['skipped off']);
    await alice.ask('invite', { callId: call.callId, users: ['carol'] });
    await expect.poll(() => stage.notes(call)).toEqual(['skipped off', 'skipped noToken']);
    expect(stage.told).toEqual([]);
  });
});

describe('when the ring is over', () => {
  it('pushes are taken back, but not at the device that answered', async () => {
    await stage.phone('bob');
    await stage.phone('bob', 'bob-tablet');
    const alice = await stage.scene.device('alice');
    const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await told(2);
    const bob = await stage.scene.device('bob', 'bob-tablet');
    await bob.ask('accept', { callId: call.callId });
    await told(3);
    expect([...stage.told].sort()).toEqual(['cancel bob-phone answered', 'ring bob-phone', 'ring bob-tablet']);
    await expect.poll(() => left(call)).toEqual([]);
  });

  it.each([
    ['by the token of its push', 'token'],
    ['over its socket', 'socket'],
  ])('pushes are not taken back at the device that declined %s, and others are told so', async (_, how) => {
    await stage.phone('bob');
    await stage.phone('bob', 'bob-tablet');
    const alice = await stage.scene.device('alice');
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await told(2);
    if (how === 'socket') await (await stage.scene.device('bob', 'bob-tablet')).ask('reject', { callId });
    else {
      const { store, calls, clock, app } = stage.scene;
      const answers = new PushAnswers({ apps: { get: () => app }, calls, log: store.pushLog, clock });
      const { token } = stage.service.got.find(({ body }) => body.device.deviceId === 'bob-tablet')?.body.push ?? {};
      await answers.answer('reject', token, '127.0.0.1');
    }
    await told(3);
    await expect.poll(() => left({ callId })).toEqual([]);
    expect([...stage.told].sort()).toEqual(['cancel bob-phone rejected', 'ring bob-phone', 'ring bob-tablet']);
    expect(stage.service.got.at(-1)?.body.push.text).toBe('Declined on another device');
  });

  it('while its push is under way, the device that declined gets no cancel either', async () => {
    await stage.phone('bob');
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    stage.service.reply = (answer) => void held.then(() => answer(200, ok));
    const alice = await stage.scene.device('alice');
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await told(1);
    const bob = await stage.scene.device('bob', 'bob-laptop');
    const { store, calls, clock, app } = stage.scene;
    const answers = new PushAnswers({ apps: { get: () => app }, calls, log: store.pushLog, clock });
    await answers.answer('reject', stage.service.got[0]?.body.push.token, '127.0.0.1');
    await bob.hears('callEnded');
    release();
    await expect.poll(() => stage.notes({ callId })).toContain('push sent');
    await bob.ask('signOut');
    // What would have followed the first push has come before this one.
    await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await told(2);
    expect(stage.told).toEqual(['ring bob-phone', 'ring bob-phone']);
  });

  it.each([
    ['the caller hangs up', 'cancelled', 'hangUp'],
    ['nobody answers in time', 'timeout', 'pass'],
  ])('because %s, the cancel says %s', async (_, reason, how) => {
    await stage.phone('bob');
    const alice = await stage.scene.device('alice');
    const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio', timeoutMs: 3000 });
    await told(1);
    if (how === 'hangUp') await alice.ask('hangUp', { callId: call.callId });
    else await stage.scene.pass(3500, [alice]);
    await told(2);
    expect(stage.told).toEqual(['ring bob-phone', `cancel bob-phone ${reason}`]);
  });

  it('while a push is under way, the cancel follows it', async () => {
    await stage.phone('bob');
    let release = () => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    stage.service.reply = (answer) => void held.then(() => answer(200, ok));
    const alice = await stage.scene.device('alice');
    const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await told(1);
    await alice.ask('hangUp', { callId: call.callId });
    release();
    await told(2);
    expect(stage.told).toEqual(['ring bob-phone', 'cancel bob-phone cancelled']);
  });
});

describe('a push service', () => {
  it('that fails is asked again until the ring is over, at growing pauses', async () => {
    await stage.phone('bob');
    let n = 0;
    stage.service.reply = (answer) => {
      n += 1;
      answer(n < 4 ? 503 : 200, 'not now');
    };
    const alice = await stage.scene.device('alice');
    const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio', timeoutMs: 60_000 });
    await passUntilTold(4);
    await expect
      .poll(() => stage.notes(call))
      .toEqual(['decided offline', 'push retry', 'push retry', 'push retry', 'push sent']);
  });

  it('that says what is wrong in a form that nobody knows is asked again, and rings the device then', async () => {
    const fcm = await FcmService.open();
    try {
      fcm.now = () => stage.scene.clock.now() / 1000;
      const { email, key, url } = fcm;
      await stage.provider('own', {
        kind: 'fcm',
        project: 'project-1',
        email,
        key,
        tokenUrl: `${url}/token`,
        endpoint: url,
      });
      await stage.phone('bob', 'bob-phone', 'registration-token-of-bobs-phone');
      const taken = fcm.reply;
      fcm.reply = { status: 503, body: { error: { details: [null] } } };
      const alice = await stage.scene.device('alice');
      const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
      await expect.poll(() => stage.notes(call)).toEqual(['decided offline', 'push retry']);
      fcm.reply = taken;
      await stage.scene.pass(500);
      await expect.poll(() => stage.notes(call)).toEqual(['decided offline', 'push retry', 'push sent']);
      expect(fcm.messages).toHaveLength(2);
      expect(stage.scene.errors).toEqual([]);
    } finally {
      await fcm.close();
    }
  });

  it('that is no more is told in the log by a word, and so is one in a network that is closed', async () => {
    await stage.phone('bob');
    await stage.scene.store.pushProviders.remove(stage.scene.app.sdkAppId, 'own');
    await stage.provider('other', { kind: 'webhook', url: 'http://10.1.2.3/', secrets: [stage.secret] });
    const dave = { userId: 'dave' as never, device: 'dave-phone' as never, platform: 'Web', channel: 'alert' } as const;
    await stage.scene.accounts('dave');
    await stage.scene.push.register({ ...dave, app: stage.scene.app.sdkAppId, provider: 'other', token: 'abc' });
    const alice = await stage.scene.device('alice');
    await alice.ask('call', { callees: ['bob', 'dave'], mediaType: 'Audio' });
    const log = () => stage.scene.store.pushLog.recent(stage.scene.app.sdkAppId, Number.MAX_SAFE_INTEGER, 1000);
    const faults = async () =>
      (await log()).flatMap(({ event }) => (event.what === 'push' ? [`${event.device} ${event.fault}`] : [])).sort();
    await expect.poll(faults).toEqual(['bob-phone noProvider', 'dave-phone address']);
  });

  it('that says that a token is void makes it go; what is refused is not tried again', async () => {
    await stage.phone('bob');
    await stage.phone('bob', 'bob-tablet');
    stage.service.reply = (answer, _, { body }) => answer(body.device.deviceId === 'bob-phone' ? 410 : 400, 'no');
    const alice = await stage.scene.device('alice');
    const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await told(2);
    await expect
      .poll(async () => [...(await stage.notes(call))].sort())
      .toEqual(['decided offline', 'push failed', 'push gone']);
    const left = await stage.scene.push.tokens(stage.scene.app.sdkAppId, 'bob' as never);
    expect(left.map(({ device }) => device)).toEqual(['bob-tablet']);
    await stage.scene.pass(5000, [alice]);
    expect(stage.told).toHaveLength(2);
  });

  it.each([
    [404, 'failed'],
    [410, 'gone'],
  ])('that answers %i to a test: %s, and the token stays', async (status, outcome) => {
    await stage.phone('bob');
    stage.service.reply = (answer) => answer(status, 'no');
    const tokens = () => stage.scene.push.tokens(stage.scene.app.sdkAppId, 'bob' as never);
    const [token] = await tokens();
    if (token === undefined) throw new Error('bob has no token');
    expect(await stage.scene.pushes.test(token)).toMatchObject({ outcome, status });
    expect(await tokens()).toHaveLength(1);
  });
});

describe('an application whose rings are never over', () => {
  it('has half of the places at most, and the users of others are pushed', async () => {
    const { app, pushes, store } = stage.scene;
    const [hostile, second] = [sdkAppId(app.sdkAppId + 500), sdkAppId(app.sdkAppId + 501)];
    const setup = { kind: 'webhook', url: stage.service.url, secrets: [stage.secret] } as const;
    for (const one of [hostile, second]) await saveProvider(store.pushProviders, { app: one, name: 'own', setup });
    const of = store.pushTokens.of.bind(store.pushTokens);
    const read = vi.spyOn(store.pushTokens, 'of').mockImplementation((...asked) => {
      return asked[0] === app.sdkAppId ? of(...asked) : new Promise(() => {});
    });
    onTestFinished(() => void read.mockRestore());
    const held = () => read.mock.calls.filter(([asked]) => asked !== app.sdkAppId).length;
    const by: ChangedBy = { actor: 'alice' as never, device: '' };
    const ring = (one: typeof hostile, count: number) => {
      for (let n = 0; n < count; n += 1) pushes.changed(startWrite({ app: one, callId: idOf(n) }).call, undefined, by);
    };
    ring(hostile, 20_000);
    expect(held()).toBe(10_000);
    // What is left is shared in the same way, also with whoever works together with the first one.
    ring(second, 20_000);
    expect(held()).toBe(15_000);
    const last = async () => (await store.pushLog.recent(hostile, Number.MAX_SAFE_INTEGER, 1))[0]?.event;
    await expect.poll(last).toEqual({ what: 'skipped', userId: 'bob', why: 'full' });
    await stage.phone('bob');
    const alice = await stage.scene.device('alice');
    const call = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await told(1);
    await expect.poll(() => stage.notes(call)).toEqual(['decided offline', 'push sent']);
  });
});

describe('devices', () => {
  it('register and leave over signalling; a sign-out, and bad tokens, are seen to', async () => {
    const bob = await stage.scene.device('bob');
    expect(await bob.ask('pushProviders')).toEqual({ providers: [{ name: 'own', kind: 'webhook' }] });
    await bob.ask('registerPush', { provider: 'own', token: 'abc' });
    const tokens = () => stage.scene.push.tokens(stage.scene.app.sdkAppId, 'bob' as never);
    expect(await tokens()).toMatchObject([{ device: 'bob-phone', token: 'abc', channel: 'alert', platform: 'Web' }]);
    await bob.ask('unregisterPush');
    expect(await tokens()).toEqual([]);
    expect(await bob.refusal('registerPush', { provider: 'other', token: 'abc' })).toMatchObject({
      name: 'bad_params',
      field: 'provider',
    });
    expect(await bob.refusal('registerPush', { provider: 'own', token: 'ä' })).toMatchObject({
      name: 'bad_params',
      field: 'token',
    });
    await bob.ask('registerPush', { provider: 'own', token: 'abc' });
    await bob.ask('signOut');
    expect(await tokens()).toEqual([]);
  });

  it('cannot make the server go into its own network, and bad words about pushes are refused by name', async () => {
    const keys = { publicKey: 'x', privateKey: 'y', subject: 'mailto:a@example.com' };
    await stage.provider('web', { kind: 'web-push', ...keys });
    const bob = await stage.scene.device('bob');
    const subscription = (endpoint: string) =>
      JSON.stringify({
        endpoint,
        keys: { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth: Buffer.alloc(16).toString('base64url') },
      });
    const token = subscription('https://169.254.169.254/latest');
    expect(await bob.refusal('registerPush', { provider: 'web', token })).toMatchObject({
      name: 'bad_params',
      field: 'token',
    });
    expect(await bob.refusal('registerPush', { provider: 'web', token: '{}' })).toMatchObject({ field: 'token' });
    await bob.ask('registerPush', { provider: 'web', token: subscription('https://push.example.com/1') });
    const push = { title: 7 };
    expect(await bob.refusal('call', { callees: ['alice'], mediaType: 'Audio', push })).toMatchObject({
      field: 'push.title',
    });
  });
});
