import { afterEach, expect, it, vi } from 'vitest';
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
    /** Moves on, second by second. */
    async pass(seconds: number): Promise<void> {
      for (let second = 0; second < seconds; second += 1) {
        now += 1000;
        for (const one of [...waiting]) if (one.at <= now && waiting.delete(one)) one.fire();
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    },
  };
}

it('a room that is not reached is given up later each time, so that slow devices get there', async () => {
  fakeBrowser();
  const timers = clock();
  const failedAt: number[] = [];
  let epoch = 1;
  const setUp = () =>
    media.fromService({ type: 'setup', mode: 'room', epoch, layers: 'lines', iceServers: [], members: [] });
  const media = new CallMedia({
    userId: 'anna',
    local: new LocalMedia(),
    timers,
    iceTransportPolicy: 'all',
    send: async (_, data) => {
      if ((data as { readonly type: string }).type !== 'failed') return;
      failedAt.push(timers.now());
      epoch += 1;
      setUp();
    },
  });
  setUp();
  await timers.pass(200);
  const waits = failedAt.map((at, n) => Math.round((at - (failedAt[n - 1] ?? 0)) / 1000));
  expect(waits.slice(0, 4)).toEqual([12, 24, 48, 48]);
  media.close();
});
