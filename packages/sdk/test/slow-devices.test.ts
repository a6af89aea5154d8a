import { afterEach, describe, expect, it, vi } from 'vitest';
import { RingbackError } from '../src/base/ringback-error.ts';
import type { Timers } from '../src/base/timers.ts';
import { CallMedia } from '../src/media/call-media.ts';
import { LocalMedia } from '../src/media/local-media.ts';
import { fakeBrowser } from './fake-browser.ts';

afterEach(() => vi.unstubAllGlobals());

/** Timers that a test moves. */
function clock() {
  let now = 0;
  const waiting = new Set<{ readonly at: number; readonly fire: () => void }>();
  return {
    now: () => now,
    random: () => 0,
    after: (ms: number, fire: () => void) => {
      const one = { at: now + ms, fire };
      waiting.add(one);
      return () => void waiting.delete(one);
    },
    /** Something has taken so long (ms). */
    take(ms: number): void {
      now += ms;
    },
    /** Moves on, in small steps. */
    async pass(seconds: number): Promise<void> {
      for (const end = now + 1000 * seconds; now < end; now += 100) {
        for (const one of [...waiting]) if (one.at <= now && waiting.delete(one)) one.fire();
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    },
  };
}

const setup = (epoch: number) =>
  ({ type: 'setup', mode: 'room', epoch, layers: 'lines', iceServers: [], members: [] }) as const;

const typeOf = (data: object): string => (data as { readonly type: string }).type;

/** The media of a call, in a browser that is none. */
function mediaOf(timers: Timers, send: (to: string, data: object) => Promise<void>): CallMedia {
  fakeBrowser();
  return new CallMedia({ userId: 'anna', local: new LocalMedia(), timers, iceTransportPolicy: 'all', send });
}

describe('a slow device', () => {
  it('is given more time to reach a room each time that it does not', async () => {
    const timers = clock();
    const failedAt: number[] = [];
    let epoch = 1;
    const media: CallMedia = mediaOf(timers, async (_, data) => {
      if (typeOf(data) !== 'failed') return;
      failedAt.push(timers.now());
      epoch += 1;
      media.fromService(setup(epoch));
    });
    media.fromService(setup(epoch));
    await timers.pass(150);
    const waits = failedAt.map((at, n) => Math.round((at - (failedAt[n - 1] ?? 0)) / 1000));
    expect(waits).toEqual([12, 24, 48, 48]);
    media.close();
  });

  it('measures nothing before its media runs, and then no more than a tenth of the time', async () => {
    const timers = clock();
    const media = mediaOf(timers, async () => {});
    media.fromService(setup(1));
    const [connection] = media.connections;
    let looks = 0;
    let cost = 0;
    Object.assign(connection ?? {}, {
      getStats: async () => {
        looks += 1;
        timers.take(cost);
        return new Map();
      },
    });
    media.start();
    await timers.pass(10);
    expect(looks).toBe(0);
    Object.assign(connection ?? {}, { connectionState: 'connected' });
    await timers.pass(10);
    // Volumes each 0.4 s, what is reported each 5 s.
    expect(looks).toBeGreaterThan(20);
    [looks, cost] = [0, 200];
    await timers.pass(60);
    expect(looks).toBeGreaterThan(10);
    expect(looks * cost).toBeLessThan(60_000 * 0.17);
    media.close();
  });
});

describe('a link that breaks', () => {
  it('is told of once, however often its connections say so, and again where nothing follows', async () => {
    const timers = clock();
    const sent: string[] = [];
    const media = mediaOf(timers, async (_, data) => void sent.push(typeOf(data)));
    media.fromService(setup(1));
    await timers.pass(1);
    sent.length = 0;
    breakDown(media);
    breakDown(media);
    await timers.pass(1);
    expect(sent).toEqual(['failed']);
    await timers.pass(6);
    expect(sent).toEqual(['failed', 'hello', 'failed']);
    media.close();
  });

  it('is told of again when it had come back meanwhile', async () => {
    const timers = clock();
    const sent: string[] = [];
    const media = mediaOf(timers, async (_, data) => void sent.push(typeOf(data)));
    media.fromService(setup(1));
    await timers.pass(1);
    breakDown(media);
    turn(media, 'connected');
    breakDown(media);
    await timers.pass(1);
    expect(sent.filter((type) => type === 'failed')).toHaveLength(2);
    media.close();
  });

  it('holds nothing up of the one that follows', async () => {
    const timers = clock();
    const sent: unknown[] = [];
    const media = mediaOf(timers, async (_, data) => {
      sent.push(data);
      if (typeOf(data) === 'failed') throw new RingbackError('too_fast', 60007, 'Slower.');
    });
    media.fromService(setup(1));
    await timers.pass(1);
    breakDown(media);
    await timers.pass(0.2);
    sent.length = 0;
    media.fromService(setup(2));
    // Less than the fifth try would be after.
    await timers.pass(1);
    expect(sent).toContainEqual({ type: 'state', audio: false, video: false });
    expect(sent).not.toContainEqual(expect.objectContaining({ type: 'failed' }));
    media.close();
  });
});

/** All connections of the newest link say that they are in this state. */
function turn(media: CallMedia, connectionState: RTCPeerConnectionState): void {
  for (const connection of media.connections) {
    Object.assign(connection, { connectionState });
    connection.onconnectionstatechange?.(new Event('connectionstatechange'));
  }
}

const breakDown = (media: CallMedia): void => turn(media, 'failed');
