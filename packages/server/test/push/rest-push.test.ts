import { callId, deviceId, userId } from 'ringback-protocol';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { pushWords } from '../../src/cli/push-words.ts';
import { Scene } from '../gateway/support.ts';
import { saveProvider } from '../support/save-provider.ts';
import { ok, Receiver } from '../webhooks/receiver.ts';
import { ApnsService } from './apns-service.ts';
import { otherService } from './other-service.ts';

let scene: Scene;
let service: Receiver;
let apns: ApnsService;
let pushes: ReturnType<typeof otherService>;
const failures: unknown[] = [];

beforeAll(async () => {
  scene = await Scene.open();
  service = await Receiver.open((answer) => answer(200, ok));
  apns = await ApnsService.open();
  const { store, clock, app } = scene;
  const { pushProviders, pushTokens } = store;
  pushes = otherService(
    scene,
    store,
    (error) => failures.push(error),
    () => ({ publicUrl: 'https://calls.example.com' }),
  );
  const { sdkAppId } = app;
  const secrets = [`whsec_${Buffer.alloc(32, 7).toString('base64')}`];
  await saveProvider(pushProviders, {
    app: sdkAppId,
    name: 'own',
    setup: { kind: 'webhook', url: service.url, secrets },
  });
  const ios = { team: 'TEAM123456', keyId: 'KEY1234567', key: apns.key, topic: 'com.example.app', endpoint: apns.url };
  await saveProvider(pushProviders, { app: sdkAppId, name: 'ios', setup: { kind: 'apns', ...ios } });
  await scene.accounts('bob');
  const bob = { app: sdkAppId, userId: userId('bob'), updatedAt: clock.now() };
  const android = { device: deviceId('bob-phone'), provider: 'own', token: 'abc', platform: 'Android' };
  await pushTokens.save({ ...bob, ...android, channel: 'alert' });
  const token = 'ab'.repeat(32);
  const iphone = { device: deviceId('bob-iphone'), provider: 'ios', token, platform: 'iOS' };
  await pushTokens.save({ ...bob, ...iphone, channel: 'alert' });
});
beforeEach(() => {
  service.got.length = 0;
  apns.got.length = 0;
});
afterAll(async () => {
  await pushes.close();
  await scene.close();
  await apns.close();
  await service.stop();
});

it('empty fields of delete_device_token are as good as none', async () => {
  await scene.accounts('dave');
  const { sdkAppId } = scene.app;
  const kept = { app: sdkAppId, userId: userId('dave'), channel: 'alert', platform: 'Android', updatedAt: 1 } as const;
  const { pushTokens } = scene.store;
  const remove = async (fields: object) =>
    (await scene.send('push_http_srv/delete_device_token', { User_Account: 'dave', ...fields })).Response.Deleted;
  for (const fields of [{ Provider: '' }, { DeviceId: '' }, { DeviceId: '', Provider: '' }]) {
    await pushTokens.save({ ...kept, device: deviceId('phone'), provider: 'own', token: 'dave-1' });
    await pushTokens.save({ ...kept, device: deviceId('tablet'), provider: 'ios', token: 'dave-2' });
    expect(await remove(fields)).toBe(2);
  }
  await pushTokens.save({ ...kept, device: deviceId('phone'), provider: 'own', token: 'dave-1' });
  expect(await remove({ DeviceId: '', Provider: 'ios' })).toBe(0);
  expect(await remove({ DeviceId: 'phone', Provider: '' })).toBe(1);
});

const command = 'call_engine_http_srv/start_call_by_robot';
const asked = (OfflinePushInfo: object) => ({
  Robot_Account: 'robot',
  CalleeList_Account: ['bob'],
  Timeout: 30_000,
  CallInfo: { MediaType: 'Audio' },
  OfflinePushInfo,
});

/** Calls bob, and gives what the two push services got. */
async function pushed(info: object) {
  const { Response } = await scene.send(command, asked(info));
  const id = callId(Response.CallId);
  const call = await scene.store.calls.read(scene.app.sdkAppId, id);
  if (call === undefined) throw new Error('there is no call');
  pushes.service.changed(call, undefined, { actor: userId('robot'), device: '' });
  await expect.poll(() => [service.got.length, apns.got.length, failures]).toEqual([1, 1, []]);
  await scene.send('call_engine_http_srv/end_call', { CallId: id });
  const payload = {
    ringback: 'ring',
    app: String(scene.app.sdkAppId),
    callId: id,
    userId: 'bob',
    caller: 'robot',
    mediaType: 'Audio',
    callType: call.callType,
    deadline: String(scene.clock.now() + 30_000),
    token: expect.stringMatching(/^rb1\./),
    answerUrl: 'https://calls.example.com',
  };
  return { webhook: service.got[0]?.body, ios: apns.got[0]?.body, payload };
}

describe('OfflinePushInfo of a call by REST', () => {
  it('arrives at push services, each member where the reference says', async () => {
    const { webhook, ios, payload } = await pushed({
      PushFlag: 0,
      Title: 'The shop',
      Desc: 'About order 4711',
      Ext: '{"order":4711}',
      AndroidInfo: {
        Sound: 'ring.ogg',
        GoogleChannelID: 'calls',
        HuaWeiChannelID: 'h',
        XiaoMiChannelID: 'x',
        OPPOChannelID: 'o',
        HuaWeiImportance: 'NORMAL',
        VIVOClassification: 1,
        ExtAsHuaweiIntentParam: 0,
      },
      ApnsInfo: {
        BadgeMode: 1,
        Title: 'The shop calls',
        SubTitle: 'now',
        Image: 'https://a.example/1',
        MutableContent: 1,
      },
    });
    const own = { ...payload, title: 'The shop', text: 'About order 4711', data: '{"order":4711}' };
    expect(webhook).toEqual({
      type: 'ring',
      provider: 'own',
      at: scene.clock.now(),
      device: { userId: 'bob', deviceId: 'bob-phone', platform: 'Android', channel: 'alert', token: 'abc' },
      push: own,
      options: {
        androidChannel: 'calls',
        androidSound: 'ring.ogg',
        noBadge: true,
        HuaWeiChannelID: 'h',
        XiaoMiChannelID: 'x',
        OPPOChannelID: 'o',
        HuaWeiImportance: 'NORMAL',
        VIVOClassification: 1,
        ExtAsHuaweiIntentParam: 0,
        Title: 'The shop calls',
        SubTitle: 'now',
        Image: 'https://a.example/1',
        MutableContent: 1,
      },
    });
    expect(ios).toEqual({
      aps: {
        alert: { title: 'The shop calls', body: 'About order 4711' },
        sound: 'default',
        category: 'RINGBACK_CALL',
        'interruption-level': 'time-sensitive',
      },
      ringback: { ...own, title: 'The shop calls' },
    });
  });

  it('goes without what a push service does not take any more, and the log says so', async () => {
    const info = { Title: 'T'.repeat(256), Desc: 'D'.repeat(1024), Ext: 'E'.repeat(2048) };
    const { webhook, ios, payload } = await pushed(info);
    const whole = { ...payload, title: info.Title, text: info.Desc };
    expect(webhook.push).toEqual({ ...whole, data: info.Ext });
    expect(ios.ringback).toEqual(whole);
    const notes = async () =>
      (await scene.store.pushLog.recent(scene.app.sdkAppId, Number.MAX_SAFE_INTEGER, 100))
        .filter(({ callId: of, event }) => of === payload.callId && event.what === 'push')
        .map(({ event }) => event);
    await expect.poll(notes).toHaveLength(2);
    const omitted = (await notes()).map((note) => [
      'device' in note && note.device,
      'omitted' in note && note.omitted,
      / ms\), too long, so without data$/.test(pushWords(note)),
    ]);
    expect(omitted.sort()).toEqual([
      ['bob-iphone', ['data'], true],
      ['bob-phone', false, false],
    ]);
  });

  it('is not needed: the caller heads the notification', async () => {
    const { webhook, ios, payload } = await pushed({});
    expect([webhook.options, webhook.push]).toEqual([{}, { ...payload, title: 'robot', text: 'Incoming call' }]);
    expect(ios.aps).toMatchObject({ alert: { title: 'robot', body: 'Incoming call' }, badge: 1 });
  });

  it('has pictures with long addresses', async () => {
    const Image = `https://a.example/${'x'.repeat(1006)}`;
    const { webhook } = await pushed({ ApnsInfo: { Image } });
    expect(webhook.options).toEqual({ Image });
  });

  it.each([
    ['ApnsInfo.Image', { ApnsInfo: { Image: 'x'.repeat(1025) } }],
    ['ApnsInfo.Title', { ApnsInfo: { Title: 'é'.repeat(129) } }],
    ['ApnsInfo.SubTitle', { ApnsInfo: { SubTitle: 'x'.repeat(129) } }],
    ['Title', { Title: 'x'.repeat(257) }],
  ])('is refused where %s is too long', async (field, info) => {
    const { ErrorInfo } = await scene.send(command, asked(info));
    expect(ErrorInfo).toContain(`OfflinePushInfo.${field} must not be longer than`);
  });
});

describe('set_device_token', () => {
  it.each([
    [{ Provider: 'nope' }, 'Provider must be a push provider of the application; there is ios, own'],
    [{ User_Account: 'nobody-here' }, 'User_Account: there is no such account'],
  ])('names the field that is wrong as the caller has written it: %j', async (wrong, sentence) => {
    const body = { User_Account: 'bob', DeviceId: 'bob-tablet', Provider: 'own', Token: 'a-token', ...wrong };
    const { ErrorCode, ErrorInfo } = await scene.send('push_http_srv/set_device_token', body);
    expect(ErrorCode).toBe(101002);
    expect(ErrorInfo.slice(0, sentence.length)).toBe(sentence);
  });
});
