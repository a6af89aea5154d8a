import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { answer, dial, heard, hears, listensTo, look, type Payload, sees, seesMore, settled } from './support/app.ts';
import { does, House } from './support/house.ts';
import { notAlone } from './support/loopback.ts';
import { until } from './support/stage.ts';

/** In a page: cameras can be pulled out. Browsers have no command for it, so what they would say is said for them. */
const unplug = `
  const { mediaDevices } = navigator;
  const [take, list] = [mediaDevices.getUserMedia.bind(mediaDevices), mediaDevices.enumerateDevices.bind(mediaDevices)];
  const [pulled, live] = [new Set(), new Set()];
  // The second fake camera of Chromium gives connections no pictures.
  const cameras = async () => (await list()).filter(({ kind }) => kind === 'videoinput').filter((_, i) => i !== 1);
  mediaDevices.enumerateDevices = async () => [
    ...(await list()).filter(({ kind }) => kind !== 'videoinput'),
    ...(await cameras()).filter(({ deviceId }) => !pulled.has(deviceId)),
  ];
  mediaDevices.getUserMedia = async (wish) => {
    if (!wish.video) return take(wish);
    const left = (await mediaDevices.enumerateDevices()).filter(({ kind }) => kind === 'videoinput');
    if (left.length === 0) throw new DOMException('Requested device not found', 'NotFoundError');
    const asked = wish.video.deviceId?.exact;
    if (asked !== undefined && !left.some(({ deviceId }) => deviceId === asked)) {
      throw new DOMException('', 'OverconstrainedError');
    }
    const stream = await take({ video: { ...wish.video, deviceId: { exact: asked ?? left[0].deviceId } } });
    for (const track of stream.getTracks()) live.add(track);
    return stream;
  };
  globalThis.pull = async (all) => {
    const used = [...live].filter(({ readyState }) => readyState === 'live');
    const gone = all ? await cameras() : used.map((track) => track.getSettings());
    for (const { deviceId } of gone) pulled.add(deviceId);
    for (const track of used) {
      track.stop();
      track.dispatchEvent(new Event('ended'));
    }
    mediaDevices.dispatchEvent(new Event('devicechange'));
  };`;

/** In a page: sound waits for a gesture. Chromium lets pages that capture play at once; others, and Safari first, do not. */
const holdBack = `
  const play = HTMLMediaElement.prototype.play;
  let gesture = false;
  addEventListener('pointerdown', ({ isTrusted }) => { gesture ||= isTrusted; }, true);
  HTMLMediaElement.prototype.play = function () {
    if (gesture || this.tagName !== 'AUDIO') return play.call(this);
    this.pause();
    return Promise.reject(new DOMException('play() needs a gesture', 'NotAllowedError'));
  };`;

describe.skipIf(notAlone())('apps on the SDK, in pages that meet with trouble', { timeout: 240_000 }, () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open();
  });
  afterEach(() => house.clear());
  afterAll(() => house?.close());

  it('are told that the browser holds sound back, and play it at the first gesture', async () => {
    const [anna, bob] = await Promise.all([house.app('anna'), house.app('bob', { before: holdBack })]);
    await does(anna, `engine.calls({ userIDList: ['bob'], type: 1, timeout: 120 })`);
    await does(anna, 'openDevices(false)');
    await answer(bob, false);
    await hears(bob, 'onAutoPlayFailed');
    const paused = () => bob.evaluate(`document.querySelector('audio[data-ringback-audio="anna"]').paused`);
    expect(await paused()).toBe(true);
    await bob.mouse.click(5, 5);
    await until(paused, (still) => still === false);
    await listensTo(bob, ['anna']);
    expect(await heard(bob, 'onAutoPlayFailed')).toHaveLength(1);
  });

  it('go on with another camera when theirs is pulled out, and without one when none is left', async () => {
    const [anna, bob] = await Promise.all([house.app('anna', { before: unplug }), house.app('bob')]);
    await dial(anna, ['bob']);
    await answer(bob);
    await sees(bob, ['anna']);
    await does(anna, 'pull(false)');
    await until(
      () => heard(anna, 'onDeviceUpdated'),
      (all) => (all.at(-1)?.cameraList as readonly unknown[] | undefined)?.length === 1,
    );
    await seesMore(bob, ['anna']);
    expect(await heard(bob, 'onUserVideoAvailable')).toEqual([{ userID: 'anna', isVideoAvailable: true }]);
    await does(anna, 'pull(true)');
    await until(
      () => heard(bob, 'onUserVideoAvailable'),
      (all) => all.at(-1)?.isVideoAvailable === false,
    );
    expect(await hears(anna, 'onError')).toMatchObject({ code: 60004 });
    expect((await settled(anna, `engine.openCamera('own')`)).error).toMatchObject({ code: 60004 });
    await listensTo(bob, ['anna']);
  });

  it('work where the policy of the page forbids workers that were no files', async () => {
    const violations: string[] = [];
    const [anna, bob] = await Promise.all([
      house.app('anna', {
        path: '/strict',
        on: async (page) => {
          await page.exposeFunction('violated', (what: string) => violations.push(what));
          await page.addInitScript(
            `addEventListener('securitypolicyviolation', (event) => violated(event.effectiveDirective))`,
          );
        },
      }),
      house.app('bob'),
    ]);
    await dial(anna, ['bob']);
    await answer(bob);
    await Promise.all([sees(anna, ['bob']), sees(bob, ['anna'])]);
    // Which is told again and again by a timer.
    await hears(anna, 'onUserVoiceVolumeChanged', 3);
    expect([...new Set(violations)]).toEqual(['worker-src']);
  });

  it('are devices of their own when a tab is duplicated', async () => {
    const [anna, bob] = await Promise.all([house.app('anna'), house.app('bob')]);
    const [twin] = await Promise.all([anna.context().waitForEvent('page'), does(anna, 'void open(location.href)')]);
    await twin.waitForFunction('globalThis.loaded');
    const stored = () => twin.evaluate(`sessionStorage.getItem('ringback.device')`);
    expect(await stored()).toMatch(/^web-/);
    await does(twin, `signIn(${house.signed('anna')})`);
    await dial(bob, ['anna']);
    await Promise.all([hears(anna, 'onCallReceived'), hears(twin, 'onCallReceived')]);
    for (const page of [anna, twin]) expect(await heard(page, 'onKickedOffLine')).toEqual([]);
    await answer(twin);
    expect(await hears(anna, 'onCallNotConnected')).toMatchObject({ reason: 7 });
    await Promise.all([sees(bob, ['anna']), sees(twin, ['bob'])]);
    expect((await look(anna)).made).toBe(0);
    await does(twin, 'engine.logout()');
  });

  it('leave the call of the page before when they are loaded anew, also after another sign-in on it', async () => {
    const [anna, bob] = await Promise.all([house.app('anna'), house.app('bob')]);
    await does(bob, 'engine.logout()');
    await does(bob, `engine.login({ userID: 'bob', userSig: ${JSON.stringify(house.userSig('bob'))} })`);
    await dial(anna, ['bob']);
    await answer(bob);
    await sees(anna, ['bob']);
    await bob.reload();
    await bob.waitForFunction('globalThis.loaded');
    await does(bob, `signIn(${house.signed('bob')})`);
    // Not by the lease, which takes longer.
    const from = Date.now();
    await hears(anna, 'onCallEnd');
    expect(Number(await anna.evaluate(`heardAt('onCallEnd')`)) - from).toBeLessThan(5000);
    expect(await heard(bob, 'onCallReceived')).toEqual([]);
    await dial(anna, ['bob']);
    await answer(bob);
    await Promise.all([sees(anna, ['bob']), sees(bob, ['anna'])]);
  });

  it('change how large their picture is in a call, and hear how good the lines are', async () => {
    const [anna, bob] = await Promise.all(
      ['anna', 'bob'].map((user) => house.app(user, { path: '/app?full' })) as [Promise<Page>, Promise<Page>],
    );
    await does(anna, `engine.setVideoQuality('360p')`);
    await dial(anna, ['bob']);
    await answer(bob);
    // Browsers make pictures smaller when they have too much to do, but keep their shape.
    const shape = (right: (ratio: number) => boolean) =>
      until(
        () => look(bob),
        ({ members }) =>
          (members.anna?.frames ?? 0) > 0 && right((members.anna?.width ?? 0) / (members.anna?.height ?? 1)),
      );
    await shape((ratio) => Math.abs(ratio - 16 / 9) < 0.1);
    await does(anna, `engine.setVideoQuality('480p')`);
    await shape((ratio) => Math.abs(ratio - 4 / 3) < 0.1);
    expect(await anna.evaluate(`document.querySelector('#own video').videoWidth`)).toBe(640);
    const good = (event: Payload | undefined, user: string) =>
      (event?.networkQualityList as readonly { userId: string; quality: number }[] | undefined)?.some(
        ({ userId, quality }) => userId === user && quality >= 1 && quality <= 5,
      ) === true;
    for (const page of [anna, bob]) {
      await until(
        () => heard(page, 'onUserNetworkQualityChanged'),
        (all) => good(all.at(-1), 'anna') && good(all.at(-1), 'bob'),
      );
    }
  });
});

describe.skipIf(notAlone())('apps on the SDK, in pages that ask for devices', { timeout: 240_000 }, () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open({}, { asking: true });
  });
  afterEach(() => house.clear());
  afterAll(() => house?.close());

  it('that are refused the microphone dial and answer nobody, and do so once it is allowed', async () => {
    const [anna, bob] = await Promise.all([house.app('anna'), house.app('bob', { allowed: ['camera'] })]);
    const refused = { error: { code: -1101, message: expect.stringContaining('NotAllowedError: Permission denied') } };
    expect(await settled(bob, `engine.calls({ userIDList: ['anna'], type: 1 })`)).toMatchObject(refused);
    expect(await heard(anna, 'onCallReceived')).toEqual([]);
    await does(anna, `engine.calls({ userIDList: ['bob'], type: 1, timeout: 120 })`);
    await does(anna, 'openDevices(false)');
    await hears(bob, 'onCallReceived');
    expect(await settled(bob, 'engine.accept()')).toMatchObject(refused);
    expect(await bob.evaluate('engine.getDevicePermission()')).toMatchObject({ audio: false });
    // It rings on: the user has another look at the settings of the browser.
    expect(await heard(bob, 'onCallNotConnected')).toEqual([]);
    await bob.context().grantPermissions(['camera', 'microphone']);
    await answer(bob, false);
    await Promise.all([listensTo(anna, ['bob']), listensTo(bob, ['anna'])]);
    expect(await bob.evaluate('engine.getDevicePermission()')).toMatchObject({ audio: true });
  });

  it('that are refused the camera go on with sound, and show a picture once it is allowed', async () => {
    const [anna, bob] = await Promise.all([house.app('anna'), house.app('bob', { allowed: ['microphone'] })]);
    await dial(anna, ['bob']);
    await answer(bob, false);
    expect(await settled(bob, `engine.openCamera('own')`)).toMatchObject({
      error: { code: -1101, message: expect.stringContaining('NotAllowedError: Permission denied') },
    });
    await Promise.all([sees(bob, ['anna']), listensTo(anna, ['bob'])]);
    expect(await heard(anna, 'onUserVideoAvailable')).toEqual([]);
    await bob.context().grantPermissions(['camera', 'microphone']);
    await does(bob, `engine.openCamera('own')`);
    await sees(anna, ['bob']);
  });
});
