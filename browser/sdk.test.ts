import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answer, dial, heard, hears, listensTo, look, type Payload, sees, seesMore, settled } from './support/app.ts';
import { does, House } from './support/house.ts';
import { notAlone } from './support/loopback.ts';
import { until } from './support/stage.ts';

/** ms; how long pictures may stand still while a call moves; on a slow machine three times as long as they do anyway. */
const stillAtMost = 6000;

describe.skipIf(notAlone())('apps on the SDK, in a browser', { timeout: 240_000 }, () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open({ 'metrics.token': 'a-token-of-the-tests' });
  });
  afterEach(() => house.clear());
  afterAll(() => house?.close());

  /** Two in a call with pictures both ways. */
  async function pair(callee = 'bob'): Promise<readonly [Page, Page, string]> {
    const [anna, bob] = await Promise.all([house.app('anna'), house.app(callee)]);
    await dial(anna, [callee]);
    await answer(bob);
    await Promise.all([sees(anna, [callee]), sees(bob, ['anna'])]);
    return [anna, bob, String((await hears(bob, 'onCallBegin')).callId)];
  }

  const record = async (callId: string): Promise<Payload> => {
    const { Response } = await until(
      () => house.rest('call_record_http_srv/get_record_by_callid', { CallId: callId }),
      ({ ErrorCode }) => ErrorCode === 0,
      10_000,
    );
    return Response as Payload;
  };

  it('dial, answer, see and hear each other, and hang up', async () => {
    const [anna, bob, callId] = await pair();
    const { paths, open } = await look(anna);
    expect(open).toBe(1);
    expect(paths.every((path) => path.endsWith(' 127.0.0.1'))).toBe(true);
    expect(await house.metrics()).toContain('ringback_media_calls{provider="p2p"} 1');
    expect(await heard(anna, 'onUserJoin')).toEqual([{ userID: 'bob' }]);
    expect(await hears(anna, 'onUserVoiceVolumeChanged')).toMatchObject({
      volumeMap: expect.arrayContaining([{ userId: 'bob', audioVolume: expect.any(Number) }]),
    });
    await does(bob, 'engine.hangup()');
    const ended = { callId, callMediaType: 2, totalTime: expect.any(Number), reason: 1 };
    expect(await hears(anna, 'onCallEnd')).toMatchObject({ ...ended, callRole: 'caller' });
    expect(await hears(bob, 'onCallEnd')).toMatchObject(ended);
    expect((await look(anna)).open).toBe(0);
    expect(await record(callId)).toMatchObject({ CallRecord: { CallResult: 'NormalEnd', CallType: 'SingleCall' } });
  });

  it('answered on one device, ring no more on the other', async () => {
    const [anna, first, second] = await Promise.all([
      house.app('anna'),
      house.app('bob', { config: { deviceId: 'bob-1' } }),
      house.app('bob', { config: { deviceId: 'bob-2' } }),
    ]);
    await dial(anna, ['bob']);
    await hears(second, 'onCallReceived');
    await answer(first);
    expect(await hears(second, 'onCallNotConnected')).toMatchObject({ reason: 7 });
    await sees(anna, ['bob']);
    expect((await look(second)).made).toBe(0);
    expect(await settled(second, 'engine.accept()')).toMatchObject({});
    await sees(first, ['anna'], 20);
  });

  it('that are signed out by the server leave the call, and say why', async () => {
    // A user whom no other test signs in: signatures of the second of a kick are void.
    const [anna, dora] = await pair('dora');
    expect(await house.rest('im_open_login_svc/kick', { UserID: 'dora' })).toMatchObject({ ErrorCode: 0 });
    expect(await hears(dora, 'onKickedOffLine')).toMatchObject({ message: expect.any(String) });
    await hears(anna, 'onCallEnd');
    expect((await look(dora)).open).toBe(0);
    expect(await settled(dora, `engine.calls({ userIDList: ['anna'], type: 1 })`)).toMatchObject({
      error: { code: -1201 },
    });
  });

  it('go on with a third, who is invited into a call of two, over the SFU, and pictures never stand still for long', async () => {
    const [anna, bob] = await pair();
    const carl = await house.app('carl');
    const { made } = await look(anna);
    const watched = [
      [anna, 'bob'],
      [bob, 'anna'],
    ] as const;
    const watch = () =>
      Promise.all(
        watched.map(([page, other]) => does(page, `void (globalThis.still = watchPicture(viewOf('${other}')))`)),
      );
    const stood = () => Promise.all(watched.map(async ([page]) => Number(await page.evaluate('still()'))));
    await watch();
    await Promise.all(watched.map(([page, other]) => seesMore(page, [other], 25)));
    const anyway = await stood();
    await watch();
    await does(anna, `engine.inviteUser({ userIDList: ['carl'] })`);
    expect(await hears(bob, 'onUserInviting')).toEqual({ userID: 'carl' });
    await answer(carl);
    await sees(carl, ['anna', 'bob']);
    await Promise.all([sees(anna, ['bob', 'carl'], 20), sees(bob, ['anna', 'carl'], 20)]);
    await Promise.all(watched.map(([page, other]) => seesMore(page, [other])));
    expect((await look(anna)).made).toBe(made + 2);
    for (const [i, ms] of (await stood()).entries()) {
      expect(ms).toBeLessThan(Math.max(stillAtMost, 3 * (anyway[i] ?? 0)));
    }
    for (const page of [anna, bob]) expect(await heard(page, 'onCallEnd')).toEqual([]);
    expect(await house.metrics()).toContain('ringback_media_calls{provider="sfu"} 1');
    await does(carl, 'engine.hangup()');
    expect(await hears(anna, 'onUserLeave')).toEqual({ userID: 'carl' });
    await sees(anna, ['bob'], 40);
    await does(anna, 'engine.hangup()');
    await hears(bob, 'onCallEnd');
    expect(await house.metrics()).toContain('ringback_media_calls{provider="sfu"} 0');
  });

  it('join the call of a group late, and leave it', async () => {
    const [anna, bob, carl] = await Promise.all(
      ['anna', 'bob', 'carl'].map((user) => house.app(user)) as Promise<Page>[],
    );
    if (anna === undefined || bob === undefined || carl === undefined) return;
    await dial(anna, ['bob'], { chatGroupID: 'team' });
    await answer(bob);
    const { callId } = await hears(bob, 'onCallBegin');
    await sees(anna, ['bob']);
    await does(carl, `engine.join({ callId: ${JSON.stringify(callId)} })`);
    await does(carl, 'openDevices()');
    await Promise.all([sees(carl, ['anna', 'bob']), sees(anna, ['carl']), sees(bob, ['carl'])]);
    await does(bob, 'engine.hangup()');
    await Promise.all([hears(anna, 'onUserLeave'), hears(carl, 'onUserLeave')]);
    await sees(carl, ['anna'], 20);
  });

  it('show a camera that is switched on in the voice call of a group', async () => {
    const [anna, bob, carl] = await Promise.all(
      ['anna', 'bob', 'carl'].map((user) => house.app(user)) as Promise<Page>[],
    );
    if (anna === undefined || bob === undefined || carl === undefined) return;
    await does(anna, `engine.calls({ userIDList: ['bob', 'carl'], type: 1 })`);
    await does(anna, 'openDevices(false)');
    for (const page of [bob, carl]) await answer(page, false);
    await Promise.all([
      listensTo(anna, ['bob', 'carl']),
      listensTo(bob, ['anna', 'carl']),
      listensTo(carl, ['anna', 'bob']),
    ]);
    await does(bob, `engine.openCamera('own')`);
    await Promise.all([sees(anna, ['bob']), sees(carl, ['bob'])]);
    await does(bob, 'engine.closeCamera()');
    expect(await hears(anna, 'onUserVideoAvailable', 2)).toEqual({ userID: 'bob', isVideoAvailable: false });
  });

  it('talk on while the server is restarted, and can hang up after it', async () => {
    const [anna, bob, callId] = await pair();
    await house.stop();
    await seesMore(anna, ['bob']);
    await house.start();
    for (const page of [anna, bob]) await does(page, `engine.setSelfInfo({ nickName: 'Here again' })`);
    await seesMore(bob, ['anna']);
    for (const page of [anna, bob]) expect((await look(page)).made).toBe(1);
    await house.stop();
    await house.start();
    const settledHangUp = await settled(anna, 'engine.hangup()');
    expect(settledHangUp.error).toBeUndefined();
    expect(await hears(bob, 'onCallEnd')).toMatchObject({ callId, reason: 1 });
    for (const page of [anna, bob]) expect(await heard(page, 'onKickedOffLine')).toEqual([]);
    expect(await record(callId)).toMatchObject({ CallRecord: { CallResult: 'NormalEnd' } });
  });

  it('lose the network for a while, and go on in the same call', async () => {
    const [anna, bob, callId] = await pair();
    await anna.context().setOffline(true);
    await does(anna, `window.dispatchEvent(new Event('offline'))`);
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await anna.context().setOffline(false);
    await does(anna, `engine.setSelfInfo({ nickName: 'Anna is back' })`);
    expect(await heard(anna, 'onCallEnd')).toEqual([]);
    await seesMore(bob, ['anna']);
    await does(bob, 'engine.hangup()');
    expect(await hears(anna, 'onCallEnd')).toMatchObject({ callId });
  });

  it('are free within 15 s when the tab of the other is closed without hanging up', async () => {
    const [anna, bob, callId] = await pair();
    const from = Date.now();
    // The process of the page ends: no handler of the page runs.
    const session = await bob.context().newCDPSession(bob);
    session.send('Page.crash').catch(() => {});
    await hears(anna, 'onCallEnd');
    // The lease runs from the last that was heard of the page; what is added is the way to the other page.
    expect(Number(await anna.evaluate(`heardAt('onCallEnd')`)) - from).toBeLessThan(15_000 + 250);
    expect(await record(callId)).toMatchObject({ CallRecord: { CallResult: 'Offline' } });
    expect((await settled(anna, `engine.calls({ userIDList: ['bob'], type: 1 })`)).error).toBeUndefined();
  });

  it('say which device was refused, in the words of the browser, and go on with what they have', async () => {
    const refuse = (message: string) => `
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (wish) => {
        if (wish.video) throw new DOMException(${JSON.stringify(message)}, 'NotAllowedError');
        return ask(wish);
      };`;
    const [anna, bob] = await Promise.all([
      house.app('anna'),
      house.app('bob', { before: refuse('Permission denied by system') }),
    ]);
    await dial(anna, ['bob']);
    await hears(bob, 'onCallReceived');
    await does(bob, 'engine.accept()');
    await does(bob, 'openDevices(false)');
    const { error } = await settled(bob, `engine.openCamera('own')`);
    expect(error).toMatchObject({ code: -1101, message: expect.stringContaining('NotAllowedError') });
    await sees(bob, ['anna']);
    await listensTo(anna, ['bob']);
    expect(await heard(anna, 'onUserAudioAvailable')).toContainEqual({ userID: 'bob', isAudioAvailable: true });
    expect(await heard(anna, 'onUserVideoAvailable')).toEqual([]);
  });

  it('change their camera, microphone and media type in a call, and hear that the server ended it', async () => {
    const [anna, bob, callId] = await pair();
    const cameras = (await anna.evaluate(`engine.getDeviceList('camera')`)) as { readonly deviceId: string }[];
    // The second fake camera of Chromium gives connections no pictures.
    expect(cameras.length).toBe(3);
    await does(
      anna,
      `engine.switchDevice({ deviceType: 'camera', deviceId: ${JSON.stringify(cameras[2]?.deviceId)} })`,
    );
    await seesMore(bob, ['anna']);
    await does(anna, 'engine.closeMicrophone()');
    await until(
      () => heard(bob, 'onUserAudioAvailable'),
      (all) => all.at(-1)?.isAudioAvailable === false,
      10_000,
    );
    await does(anna, 'engine.switchCallMediaType(1)');
    for (const page of [anna, bob]) {
      expect(await hears(page, 'onCallMediaTypeChanged')).toMatchObject({ oldCallType: 2, newCallType: 1 });
    }
    expect((await settled(anna, 'engine.switchCallMediaType(1)')).error).toMatchObject({ code: -1204 });
    expect(await house.rest('call_engine_http_srv/end_call', { CallId: callId })).toMatchObject({ ErrorCode: 0 });
    for (const page of [anna, bob]) expect(await hears(page, 'onCallEnd')).toMatchObject({ callId, reason: 9 });
  });

  it('go over to another microphone in a call, and are heard all the while', async () => {
    const [anna, bob] = await Promise.all([house.app('anna'), house.app('bob')]);
    await does(anna, `engine.calls({ userIDList: ['bob'], type: 1, timeout: 120 })`);
    await does(anna, 'openDevices(false)');
    await answer(bob, false);
    await listensTo(bob, ['anna']);
    const microphones = (await anna.evaluate(`engine.getDeviceList('microphone')`)) as { readonly deviceId: string }[];
    const current = async () => (await hears(anna, 'onDeviceUpdated')).currentMicrophone as { deviceId: string };
    const sent = () => anna.evaluate('sentMicrophone()');
    const before = await sent();
    for (const { deviceId } of microphones.filter((one) => one.deviceId !== before)) {
      await does(anna, `engine.switchDevice({ deviceType: 'microphone', deviceId: ${JSON.stringify(deviceId)} })`);
      expect(await current()).toMatchObject({ deviceId });
      await until(sent, (now) => now === deviceId);
      const { energy } = (await look(bob)).members.anna ?? { energy: 0 };
      await until(
        () => look(bob),
        ({ members }) => (members.anna?.energy ?? 0) > energy,
      );
    }
    expect(microphones.length).toBeGreaterThan(1);
    // Nobody was told of a silence that was none.
    expect(await heard(bob, 'onUserAudioAvailable')).toEqual([{ userID: 'anna', isAudioAvailable: true }]);
    expect((await look(anna)).made).toBe(1);
  });

  it('written for the modern interface, read events as a stream', async () => {
    const [anna, bob] = await Promise.all([house.page('/app'), house.app('bob')]);
    const signed = { userId: 'anna', userSig: house.userSig('anna') };
    await does(
      anna,
      `(async () => {
        globalThis.engine = { logout: () => client.signOut() };
        globalThis.client = RingbackSDK.createClient({ sdkAppId: 1400000001, server: ${JSON.stringify(house.url)} });
        await client.signIn(${JSON.stringify(signed)});
        const { call } = await client.dial(['bob'], { mediaType: 'Video' });
        globalThis.told = [];
        (async () => { for await (const { name } of call.events()) told.push(name); told.push('over'); })();
      })()`,
    );
    await answer(bob);
    await until(
      () => anna.evaluate('client.call.status'),
      (status) => status === 'connected',
      10_000,
    );
    await does(bob, 'engine.hangup()');
    await until(
      () => anna.evaluate('told.join()'),
      (told) => /ended,over$/.test(String(told)),
      10_000,
    );
  });
});
