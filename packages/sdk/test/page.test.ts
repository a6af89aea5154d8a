import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { RemoteSound } from '../src/media/remote-sound.ts';
import { type FakeElement, FakeTrack, fakeBrowser } from './fake-browser.ts';
import { type App, House, outcome, until } from './support.ts';

const track = () => new FakeTrack('audio', 'far') as unknown as MediaStreamTrack;
const sounds = (all: readonly FakeElement[]) => all.filter(({ tag }) => tag === 'audio');

describe('sound', () => {
  afterEach(() => vi.unstubAllGlobals());

  it('that the browser holds back is told of once, and plays from a gesture, whoever makes it', async () => {
    const { page } = fakeBrowser();
    page.autoplayBlocked = true;
    const blocked: (() => Promise<void>)[] = [];
    const sound = new RemoteSound((resume) => blocked.push(resume));
    sound.play('bob', track());
    sound.play('carl', track());
    await until(
      'the news',
      () => blocked.length,
      (count) => count > 0,
    );
    expect(blocked).toHaveLength(1);
    // Called from no gesture it fails, and says so.
    expect(await outcome(blocked[0]?.() ?? Promise.resolve())).toMatchObject({ name: 'NotAllowedError' });
    page.autoplayBlocked = false;
    page.dispatchEvent(new Event('pointerdown'));
    await until(
      'both to play',
      () => sounds(page.all).map(({ plays }) => plays),
      (plays) => plays.length === 2 && plays.every((count) => count > 0),
    );
    sound.close();
    expect(sounds(page.all).every(({ isConnected }) => !isConnected)).toBe(true);
  });

  it('is silenced for all and for one, also for those who come later, and goes to the chosen loudspeaker', async () => {
    const { page } = fakeBrowser();
    const sound = new RemoteSound(() => {});
    const muted = () => Object.fromEntries(sounds(page.all).map((one) => [one.dataset.ringbackAudio, one.muted]));
    sound.mute('carl', true);
    sound.play('bob', track());
    sound.play('carl', track());
    expect(muted()).toEqual({ bob: false, carl: true });
    sound.muteAll(true);
    sound.play('dora', track());
    expect(muted()).toEqual({ bob: true, carl: true, dora: true });
    sound.muteAll(false);
    expect(muted()).toEqual({ bob: false, carl: true, dora: false });
    await sound.useSpeaker('out-1');
    sound.play('eve', track());
    expect(sounds(page.all).map(({ sink }) => sink)).toEqual(['out-1', 'out-1', 'out-1', 'out-1']);
  });
});

describe('what is wished before a call', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open();
  });
  afterEach(async () => {
    await house.clear();
    vi.unstubAllGlobals();
  });
  afterAll(() => house?.close());

  /** Whether Bob's page lets Anna be heard in a call. */
  async function call(anna: App, bob: App, before: () => unknown, times = 1): Promise<void> {
    await anna.engine.calls({ userIDList: ['bob'], type: 2 });
    await bob.hears('onCallReceived', times);
    await before();
    await bob.engine.accept();
    await bob.hears('onCallBegin', times);
  }

  it('counts for the next call: silence of all, by the speaker button and by the way pictures are shown', async () => {
    const anna = await house.app('anna');
    fakeBrowser();
    const bob = await house.app('bob', { media: undefined });
    bob.engine.getTRTCCloudInstance().muteAllRemoteAudio(true);
    await call(anna, bob, () => {});
    expect(bob.engine.client.call?.media?.isMuted).toBe(true);
    await bob.engine.setVideoRenderParams({ muted: false });
    expect(bob.engine.client.call?.media?.isMuted).toBe(false);
    await bob.engine.setVideoRenderParams({ muted: true });
    expect(bob.engine.client.call?.media?.isMuted).toBe(true);
    await bob.engine.hangup();
    await bob.hears('onCallEnd');
    await anna.hears('onCallEnd');
    // It was of that call.
    await call(anna, bob, () => {}, 2);
    expect(bob.engine.client.call?.media?.isMuted).toBe(false);
  });

  it('about how members are shown counts for those who come later', async () => {
    const anna = await house.app('anna');
    const { page } = fakeBrowser();
    const bob = await house.app('bob', { media: undefined });
    await call(anna, bob, () => bob.engine.setVideoRenderParams({ objectFit: 'contain', rotation: 1 }));
    const element = page.put('tile');
    expect(await outcome(bob.engine.startRemoteView({ userID: 'anna', videoViewDomID: 'tile' }))).toBe('done');
    const video = element.children[0]?.children[0];
    expect(video?.style).toMatchObject({ objectFit: 'contain', transform: 'rotate(90deg)' });
    await bob.engine.setVideoRenderParams({ mirror: true });
    expect(video?.style.transform).toBe('rotateY(180deg) rotate(90deg)');
    expect(await outcome(bob.engine.startRemoteView({ userID: 'anna', videoViewDomID: 'none' }))).toMatchObject({
      code: -1202,
    });
  });
});

describe('a tab', () => {
  afterEach(() => {
    vi.unstubAllGlobals();
    vi.resetModules();
  });

  /** The id that a freshly loaded page gets. */
  async function idOf(storage: Map<string, string>, held: Set<string>): Promise<string> {
    const request = async (name: string, _options: object, run: (lock: object | null) => unknown): Promise<unknown> => {
      if (held.has(name)) return run(null);
      held.add(name);
      return run({});
    };
    fakeBrowser({ locks: { request } as unknown as LockManager });
    vi.stubGlobal('sessionStorage', {
      getItem: (key: string) => storage.get(key) ?? null,
      setItem: (key: string, value: string) => storage.set(key, value),
    });
    vi.resetModules();
    const { tabDeviceId } = await import('../src/signalling/device-id.ts');
    return tabDeviceId();
  }

  it('is the same device after a reload, and another one when it is duplicated', async () => {
    const [storage, held] = [new Map<string, string>(), new Set<string>()];
    const first = await idOf(storage, held);
    expect(first).toMatch(/^web-[0-9a-f]{24}$/);
    // A reload gives the lock of the page before up.
    held.clear();
    expect(await idOf(storage, held)).toBe(first);
    // A duplicate starts with a copy of the storage while the first tab lives.
    const copy = new Map(storage);
    const second = await idOf(copy, held);
    expect(second).not.toBe(first);
    held.delete(`ringback.device.${second}`);
    expect(await idOf(copy, held)).toBe(second);
  });

  it('is the same device at each sign-in, and gives the id to the next client when its own is closed', async () => {
    const stored = new Map<string, string>();
    fakeBrowser();
    vi.stubGlobal('sessionStorage', {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
    });
    vi.resetModules();
    const { tabDeviceId, giveDeviceIdBack } = await import('../src/signalling/device-id.ts');
    const first = await tabDeviceId();
    expect(await tabDeviceId()).not.toBe(first);
    giveDeviceIdBack(first);
    expect(await tabDeviceId()).toBe(first);
    expect([...stored.values()]).toEqual([first]);
  });

  it('whose policy forbids workers has timers all the same', async () => {
    fakeBrowser();
    class ForbiddenWorker {
      onmessage: unknown;
      onerror: ((event: Event) => void) | undefined;
      constructor() {
        setTimeout(() => this.onerror?.(new Event('error', { cancelable: true })), 20);
      }
      postMessage(): void {}
    }
    vi.stubGlobal('Worker', ForbiddenWorker);
    vi.stubGlobal('URL', Object.assign(URL, { createObjectURL: () => 'blob:x' }));
    const { realTimers } = await import('../src/base/timers.ts');
    const timers = realTimers();
    const fired: string[] = [];
    timers.after(5, () => fired.push('asked before'));
    timers.after(5, () => fired.push('given up'))();
    await until(
      'the first',
      () => fired.length,
      (count) => count === 1,
    );
    timers.after(5, () => fired.push('asked after'));
    timers.after(5, () => fired.push('given up'))();
    await until(
      'the second',
      () => fired.length,
      (count) => count === 2,
    );
    expect(fired).toEqual(['asked before', 'asked after']);
    class NoWorker {
      constructor() {
        throw new DOMException('blocked', 'SecurityError');
      }
    }
    vi.stubGlobal('Worker', NoWorker);
    await new Promise<void>((resolve) => void realTimers().after(1, resolve));
  });
});
