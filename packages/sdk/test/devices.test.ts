import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type FakeBrowser, type FakeTrack, fakeBrowser } from './fake-browser.ts';
import { type App, House, outcome, until } from './support.ts';

describe('devices', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open();
  });
  afterEach(async () => {
    await house.clear();
    vi.unstubAllGlobals();
  });
  afterAll(() => house?.close());

  /** Bob, with devices of his own, and Anna, who has none and calls him. */
  async function open(
    options: Parameters<typeof fakeBrowser>[0] = {},
  ): Promise<{ readonly browser: FakeBrowser; readonly anna: App; readonly bob: App }> {
    const anna = await house.app('anna');
    const browser = fakeBrowser(options);
    const bob = await house.app('bob', { media: undefined });
    return { browser, anna, bob };
  }

  async function ring({ anna, bob }: { readonly anna: App; readonly bob: App }, times = 1): Promise<void> {
    await anna.engine.calls({ userIDList: ['bob'], type: 2 });
    await bob.hears('onCallReceived', times);
  }

  describe('another camera', () => {
    it('that fails leaves the one that was in use, or none that is said to be on', async () => {
      const scene = await open();
      const { browser, bob } = scene;
      await ring(scene);
      await bob.engine.accept();
      await bob.engine.openCamera('own');
      const told: boolean[] = [];
      bob.engine.client.media?.on('tracks', ({ video }) => told.push(video));
      const busy = Object.assign(new Error('Could not start video source'), { name: 'NotReadableError' });
      const cameras = () => browser.devices.live.filter(({ kind }) => kind === 'video');

      // Busy once: the one that was in use is taken again.
      browser.devices.answers = [busy];
      const other = { deviceType: 'camera', deviceId: 'cam-2' } as const;
      expect(await outcome(bob.engine.switchDevice(other))).toMatchObject({
        message: expect.stringContaining('NotReadable'),
      });
      expect(cameras()).toHaveLength(1);
      expect(bob.engine.client.media?.isOn('camera')).toBe(true);

      // Of two choices the second counts, whatever became of the first.
      browser.devices.answers = [busy];
      const switches = [other, { ...other, deviceId: 'cam-1' }].map((one) => outcome(bob.engine.switchDevice(one)));
      expect(await Promise.all(switches)).toEqual([expect.any(Error), 'done']);
      expect(bob.engine.client.media?.currentDevice('camera')).toBe('cam-1');

      // All are busy: it is off, everybody is told, and it can be opened when it is free again.
      browser.devices.answer = busy;
      expect(await outcome(bob.engine.switchDevice(other))).toMatchObject({
        message: expect.stringContaining('NotReadable'),
      });
      expect([cameras(), bob.engine.client.media?.isOn('camera')]).toEqual([[], false]);
      expect(told.at(-1)).toBe(false);
      browser.devices.answer = 'allow';
      await bob.engine.openCamera('own');
      expect(cameras()).toHaveLength(1);
    });

    it.each([
      ['the camera is turned off', (bob: App) => bob.engine.closeCamera()],
      ['the call is hung up', (bob: App) => bob.engine.hangup()],
    ] as const)('stays off where %s while it is being taken', async (_, stop) => {
      const scene = await open();
      const { browser, bob } = scene;
      await ring(scene);
      await bob.engine.accept();
      await bob.engine.openCamera();
      const before = browser.devices.prompts.length;
      browser.devices.answer = 'wait';
      const flip = outcome(bob.engine.switchCamera(1));
      await until(
        'the other camera to be asked for',
        () => browser.devices.prompts.length,
        (count) => count === before + 1,
      );
      await stop(bob);
      browser.devices.answer = 'allow';
      browser.devices.prompts.at(-1)?.allow();
      expect(await flip).toBe('done');
      expect(browser.devices.live.filter(({ kind }) => kind === 'video')).toEqual([]);
      expect(bob.engine.client.media?.isOn('camera')).toBe(false);
      expect(browser.devices.prompts).toHaveLength(before + 1);
    });
  });

  it('whose descriptions the server does not take are told of in the number of the original', async () => {
    const scene = await open();
    const { bob } = scene;
    await ring(scene);
    const error = new bob.sdk.RingbackError('bad_params', -32_602, 'data.sdp is too long.', { field: 'data.sdp' });
    bob.engine.client.call?.media?.emit('failed', { error });
    const told = { code: -1401, message: 'data.sdp is too long.', msg: 'data.sdp is too long.' };
    expect(bob.of('onError')).toEqual([told]);
  });

  describe('a prompt that the user leaves open', () => {
    it('does not keep the call that rings next from being accepted or hung up', async () => {
      const scene = await open();
      const { browser, anna, bob } = scene;
      browser.devices.answer = 'wait';
      await ring(scene);
      const first = outcome(bob.engine.accept());
      await until(
        'the prompt',
        () => browser.devices.prompts.length,
        (count) => count === 1,
      );
      await anna.engine.hangup();
      expect(await first).toMatchObject({ name: 'TUICallEngineError', code: -1203, functionName: 'accept' });
      await bob.hears('onCallNotConnected');

      await ring(scene, 2);
      const second = outcome(bob.engine.accept());
      expect(await outcome(bob.engine.hangup())).toBe('done');
      expect(await second).toMatchObject({ code: -1203 });
      expect(await anna.hears('onUserReject')).toEqual({ userID: 'bob' });

      // Allowed in the end: nobody wants it any more, and the third call is answered with a fresh one.
      await ring(scene, 3);
      const third = outcome(bob.engine.accept());
      const [prompt] = browser.devices.prompts;
      browser.devices.answer = 'allow';
      const late = prompt?.allow();
      expect(await third).toBe('done');
      expect(late?.readyState).toBe('ended');
      expect(browser.devices.live).toHaveLength(1);
      await anna.hears('onCallBegin');
      await bob.engine.hangup();
      await until(
        'the microphone to be free',
        () => browser.devices.live.length,
        (count) => count === 0,
      );
    });

    it('before a call is given up by hanging up, and a microphone that is allowed late is given back', async () => {
      const { browser, anna, bob } = await open();
      browser.devices.answer = 'wait';
      const dialled = outcome(bob.engine.calls({ userIDList: ['anna'], type: 1 }));
      await until(
        'the prompt',
        () => browser.devices.prompts.length,
        (count) => count === 1,
      );
      expect(await outcome(bob.engine.hangup())).toBe('done');
      expect(await dialled).toMatchObject({ code: -1203, functionName: 'calls' });
      const late = browser.devices.prompts[0]?.allow();
      await until(
        'the microphone to be given back',
        () => late?.readyState,
        (state) => state === 'ended',
      );
      expect(anna.of('onCallReceived')).toEqual([]);
      browser.devices.answer = 'allow';
      expect(await outcome(bob.engine.calls({ userIDList: ['anna'], type: 1 }))).toBe('done');
    });

    it('for a camera that is off again is not followed by another one, unless it is to be on after all', async () => {
      const { browser, bob } = await open();
      const prompted = (times: number) =>
        until(
          'the prompt',
          () => browser.devices.prompts.length,
          (count) => count === times,
        );
      browser.devices.answer = 'wait';
      const opened = [outcome(bob.engine.openCamera())];
      await prompted(1);
      await bob.engine.closeCamera();
      opened.push(outcome(bob.engine.openCamera()));
      await bob.engine.closeCamera();
      browser.devices.answer = 'allow';
      browser.devices.prompts[0]?.allow();
      expect(await Promise.all(opened)).toEqual(['done', 'done']);
      expect([browser.devices.live, browser.devices.prompts.length]).toEqual([[], 1]);

      browser.devices.answer = 'wait';
      const again = [outcome(bob.engine.openCamera())];
      await prompted(2);
      await bob.engine.closeCamera();
      again.push(outcome(bob.engine.openCamera()));
      browser.devices.answer = 'allow';
      browser.devices.prompts[1]?.allow();
      expect(await Promise.all(again)).toEqual(['done', 'done']);
      expect([browser.devices.live.length, browser.devices.prompts.length]).toEqual([1, 3]);
      expect(bob.engine.client.media?.isOn('camera')).toBe(true);
    });

    it('of calls that are over is not followed by another one', async () => {
      const scene = await open();
      const { browser, anna, bob } = scene;
      browser.devices.answer = 'wait';
      for (const times of [1, 2]) {
        await ring(scene, times);
        const accepted = outcome(bob.engine.accept());
        await until(
          'the prompt',
          () => browser.devices.prompts.length,
          (count) => count === 1,
        );
        await anna.engine.hangup();
        expect(await accepted).toMatchObject({ code: -1203 });
        await bob.hears('onCallNotConnected', times);
      }
      browser.devices.answer = 'allow';
      const late = browser.devices.prompts[0]?.allow();
      await until(
        'the microphone to be given back',
        () => late?.readyState,
        (state) => state === 'ended',
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect([browser.devices.live, browser.devices.prompts.length]).toEqual([[], 1]);
    });

    it('is given up by signing out', async () => {
      const { browser, bob } = await open();
      browser.devices.answer = 'wait';
      const dialled = outcome(bob.engine.calls({ userIDList: ['anna'], type: 1 }));
      await until(
        'the prompt',
        () => browser.devices.prompts.length,
        (count) => count === 1,
      );
      await bob.engine.logout();
      expect(await dialled).toMatchObject({ code: -1203 });
    });
  });

  it('that are refused make the call, the answer and the joining fail, and nobody is rung', async () => {
    const scene = await open();
    const { browser, anna, bob } = scene;
    browser.devices.answer = new DOMException('The request is not allowed by the user agent', 'NotAllowedError');
    const denied = { code: -1101, message: expect.stringContaining('NotAllowedError: Permission denied') };
    expect(await outcome(bob.engine.calls({ userIDList: ['anna'], type: 1 }))).toMatchObject(denied);
    expect(await outcome(bob.engine.join({ callId: 'x' }))).toMatchObject(denied);
    expect(anna.of('onCallReceived')).toEqual([]);
    await ring(scene);
    expect(await outcome(bob.engine.accept())).toMatchObject(denied);
    // It still rings: the user may allow it now.
    browser.devices.answer = 'allow';
    expect(await outcome(bob.engine.accept())).toBe('done');
    await anna.hears('onCallBegin');
  });

  it('of a browser without WebRTC are an error of every method that needs one, and nobody is rung', async () => {
    const scene = await open({ webRtc: false });
    const { anna, bob } = scene;
    const tries = {
      calls: () => bob.engine.calls({ userIDList: ['anna'], type: 1 }),
      join: () => bob.engine.join({ callId: 'x' }),
      openCamera: () => bob.engine.openCamera('own'),
      openMicrophone: () => bob.engine.openMicrophone(),
      switchCamera: () => bob.engine.switchCamera(1),
      getDeviceList: () => bob.engine.getDeviceList('camera'),
      switchDevice: () => bob.engine.switchDevice({ deviceType: 'camera', deviceId: 'x' }),
      getCurrentDevice: () => bob.engine.getCurrentDevice('camera'),
    };
    for (const [name, work] of Object.entries(tries)) {
      expect([name, await outcome(work())]).toMatchObject([name, { code: 60_006, functionName: name }]);
    }
    expect(anna.of('onCallReceived')).toEqual([]);
    await ring(scene);
    expect(await outcome(bob.engine.accept())).toMatchObject({ code: 60_006 });
    expect(await outcome(bob.engine.startRemoteView({ userID: 'anna', videoViewDomID: 'x' }))).toMatchObject({
      code: 60_006,
    });
    expect(bob.engine.getDevicePermission()).toEqual({ audio: false, video: false });
    // To stop using what there is not never fails.
    expect(await outcome(Promise.all([bob.engine.closeCamera(), bob.engine.closeMicrophone()]))).toBe('done');
    expect(await outcome(bob.engine.reject())).toBe('done');
  });

  it('on a page that is not secure are 30000, before anybody is rung', async () => {
    const { anna, bob } = await open({ secure: false });
    for (const work of [
      bob.engine.calls({ userIDList: ['anna'], type: 1 }),
      bob.engine.openMicrophone(),
      bob.engine.openCamera(),
      bob.engine.getDeviceList('microphones'),
    ]) {
      expect(await outcome(work)).toMatchObject({ code: 30_000 });
    }
    expect(anna.of('onCallReceived')).toEqual([]);
  });

  it('that the browser does not list are -1102', async () => {
    const { browser, bob } = await open();
    browser.devices.listFails = true;
    expect(await outcome(bob.engine.getDeviceList('camera'))).toMatchObject({ code: -1102 });
    expect(await outcome(bob.engine.switchDevice({ deviceType: 'microphone', deviceId: 'mic-2' }))).toBe('done');
    browser.devices.dispatchEvent(new Event('devicechange'));
  });

  it('that come and go are told of, with the lists of all generations', async () => {
    const { browser, bob } = await open();
    const [mic, second, camera, speaker] = browser.devices.list;
    // The first look has been made.
    await until(
      'bob to be ready',
      () => bob.of('sdkReady').length,
      (count) => count === 1,
    );
    browser.devices.change([mic, camera, speaker].filter((one) => one !== undefined));
    const gone = await bob.hears('onDeviceChange');
    expect(gone).toMatchObject({ deviceId: second?.deviceId, type: 0, state: 1 });
    expect(bob.of('onDeviceUpdated')[0]).toMatchObject({
      microphoneList: [{ deviceId: 'mic-1', deviceName: 'Microphone 1', label: 'Microphone 1' }],
      cameraList: [{ deviceId: 'cam-1' }],
      speakerList: [{ deviceId: 'out-1' }],
      currentCamera: { deviceId: '', label: '' },
    });
    browser.devices.change([mic, second, camera, speaker].filter((one) => one !== undefined));
    expect(await bob.hears('onDeviceChange', 2)).toMatchObject({ deviceId: 'mic-2', type: 0, state: 0 });
  });

  it('that are unplugged in a call are replaced by another one, and told of when there is none', async () => {
    const scene = await open();
    const { browser, bob } = scene;
    await ring(scene);
    await bob.engine.accept();
    await bob.engine.openMicrophone();
    await bob.engine.switchDevice({ deviceType: 'microphones', deviceId: 'mic-2' });
    const local = bob.engine.client.media;
    const unplug = () => (local?.track('microphone') as unknown as FakeTrack | undefined)?.end();
    expect(await bob.engine.getCurrentDevice('microphone')).toMatchObject({ deviceId: 'mic-2' });
    browser.devices.change(browser.devices.list.filter(({ deviceId }) => deviceId !== 'mic-2'));
    unplug();
    await until(
      'the other microphone',
      () => local?.track('microphone') as unknown as FakeTrack | undefined,
      (track) => track?.deviceId === 'mic-1' && track.enabled,
    );
    expect(local?.isOn('microphone')).toBe(true);
    browser.devices.change(browser.devices.list.filter(({ kind }) => kind !== 'audioinput'));
    unplug();
    expect(await bob.hears('onError')).toMatchObject({
      code: 60_003,
      message: expect.any(String),
      msg: expect.any(String),
    });
    expect(local?.isOn('microphone')).toBe(false);
    expect(bob.engine.client.call?.status).toBe('connected');
  });

  it('are switched within a call: microphone, loudspeaker, and the size of the picture', async () => {
    const scene = await open();
    const { browser, bob } = scene;
    await ring(scene);
    await bob.engine.accept();
    await bob.engine.openCamera();
    const camera = bob.engine.client.media?.track('camera') as unknown as FakeTrack;
    await bob.engine.setVideoQuality('360p');
    expect(camera.applied).toMatchObject({ width: { ideal: 640 }, height: { ideal: 360 } });
    const sound = bob.engine.client.call?.media;
    (sound as unknown as { fromService(data: object): void }).fromService({});
    expect(await bob.engine.switchDevice({ deviceType: 'speaker', deviceId: 'out-1' })).toBe(true);
    expect(await bob.hears('onDeviceUpdated')).toMatchObject({ currentSpeaker: { deviceId: 'out-1' } });
    expect(await bob.engine.switchDevice({ deviceType: 'audio', deviceId: 'mic-2' })).toBe(true);
    expect(browser.devices.live.map(({ deviceId }) => deviceId).sort()).toEqual(['cam-1', 'mic-2']);
  });
});
