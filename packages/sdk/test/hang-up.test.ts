import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { Emitter } from '../src/base/emitter.ts';
import { CallMedia } from '../src/media/call-media.ts';
import { fakeBrowser } from './fake-browser.ts';
import { type App, House, outcome, until } from './support.ts';

describe('whoever wants to be out of a call', () => {
  let house: House;
  let mend = () => {};

  beforeAll(async () => {
    house = await House.open();
  });
  afterEach(async () => {
    mend();
    await house.clear();
    vi.unstubAllGlobals();
  });
  afterAll(() => house?.close());

  /** Notes when Anna's device asks for what. */
  const asked: { readonly method: string; readonly at: number }[] = [];
  class Listening extends WebSocket {
    override send(data: unknown): void {
      asked.push({ method: (JSON.parse(String(data)) as { method: string }).method, at: performance.now() });
      super.send(data as string);
    }
  }
  const times = (method: string) => asked.filter((one) => one.method === method).map(({ at }) => at);

  const pair = async (): Promise<readonly [App, App]> => {
    asked.length = 0;
    return [await house.app('anna', { WebSocket: Listening as never }), await house.app('bob')];
  };

  it('is, while the server cannot write, and the others hear of it as soon as it can', async () => {
    const [anna, bob] = await pair();
    await anna.engine.calls({ userIDList: ['bob'], type: 1 });
    await bob.hears('onCallReceived');
    await bob.engine.accept();
    await anna.hears('onCallBegin');
    mend = house.breakStore();
    expect(await outcome(anna.engine.hangup())).toBe('done');
    expect(await anna.hears('onCallEnd')).toMatchObject({ reason: 1, userID: 'anna' });
    expect(anna.engine.client.call).toBeUndefined();
    await until(
      'a few attempts to tell the server',
      () => times('hangUp'),
      (all) => all.length >= 3,
    );
    expect(bob.of('onCallEnd')).toEqual([]);
    mend();
    expect(await bob.hears('onCallEnd')).toMatchObject({ reason: 1, userID: 'anna' });
    // They are further and further apart.
    const [first = 0, second = 0, third = 0] = times('hangUp');
    expect(second - first).toBeGreaterThan(200);
    expect(third - second).toBeGreaterThan(400);
    const count = times('hangUp').length;
    expect(await outcome(anna.engine.calls({ userIDList: ['bob'], type: 1 }))).toBe('done');
    expect(times('hangUp')).toHaveLength(count);
  }, 30_000);

  it('declines while the server cannot write, and whoever calls hears of it as soon as it can', async () => {
    const [anna, bob] = await pair();
    await bob.engine.calls({ userIDList: ['anna'], type: 1 });
    await anna.hears('onCallReceived');
    mend = house.breakStore();
    expect(await outcome(anna.engine.reject())).toBe('done');
    expect(await anna.hears('onCallNotConnected')).toMatchObject({ reason: 2, userID: 'anna' });
    mend();
    expect(await bob.hears('onUserReject')).toEqual({ userID: 'anna' });
    expect(anna.of('onCallReceived')).toHaveLength(1);
  });

  it.each(['reject', 'hangup', 'accept'] as const)(
    'with the device that was slower than another one has nothing to do: %s',
    async (method) => {
      let deaf = false;
      /** Hears nothing of what becomes of the call. */
      class Late extends WebSocket {
        override emit(name: string | symbol, ...args: unknown[]): boolean {
          const isNotice = name === 'message' && 'method' in JSON.parse(String(args[0]));
          return !(deaf && isNotice) && super.emit(name, ...args);
        }
      }
      const [anna, bob] = await pair();
      const slow = await house.app('bob', { WebSocket: Late as never });
      await anna.engine.calls({ userIDList: ['bob'], type: 1 });
      for (const one of [bob, slow]) await one.hears('onCallReceived');
      deaf = true;
      await bob.engine.accept();
      await anna.hears('onCallBegin');
      const done = await outcome(slow.engine[method]());
      if (method === 'accept') expect(done).toMatchObject({ code: -1203 });
      else expect(done).toBe('done');
      expect(await slow.hears('onCallNotConnected')).toMatchObject({ reason: 7, userID: 'bob' });
      expect(bob.engine.client.call?.status).toBe('connected');
    },
  );

  it('asks for no media any more, though the call was answered in that very moment', () => {
    fakeBrowser();
    let waiting = 0;
    const timers = {
      now: () => 0,
      random: () => 0.5,
      after: () => {
        waiting += 1;
        return () => {
          waiting -= 1;
        };
      },
    };
    const local = Object.assign(new Emitter(), { speaker: '' }) as never;
    const media = new CallMedia({ userId: 'anna', local, timers, iceTransportPolicy: 'all', send: async () => {} });
    media.close();
    media.start();
    expect(waiting).toBe(0);
  });
});
