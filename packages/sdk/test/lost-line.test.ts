import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { Emitter } from '../src/base/emitter.ts';
import { realTimers, type Timers } from '../src/base/timers.ts';
import { Call } from '../src/client/call.ts';
import { createClient } from '../src/client/create-client.ts';
import type { CallMedia } from '../src/media/call-media.ts';
import { watchWakefulness } from '../src/signalling/wakefulness.ts';
import { fakeBrowser } from './fake-browser.ts';
import { House, outcome, until } from './support.ts';

/** A clock that a test moves. */
class HandTimers implements Timers {
  time = 0;
  #waiting: { readonly at: number; readonly fire: () => void }[] = [];

  now(): number {
    return this.time;
  }

  random(): number {
    return 0.5;
  }

  after(ms: number, fire: () => void): () => void {
    const one = { at: this.time + ms, fire };
    this.#waiting.push(one);
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== one);
    };
  }

  /** Time passes; timers fire late, all at once, as after a sleep. */
  pass(ms: number): void {
    this.time += ms;
    const due = this.#waiting.filter(({ at }) => at <= this.time);
    this.#waiting = this.#waiting.filter(({ at }) => at > this.time);
    for (const { fire } of due) fire();
  }
}

describe('a line that is gone', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open();
  });
  afterEach(async () => {
    await house.clear();
    vi.unstubAllGlobals();
  });
  afterAll(() => house?.close());

  it('lets a call be cancelled, declined or left, each with its own reason, and the server hears of it later', async () => {
    const { url, wire } = await house.wire();
    const anna = await house.app('anna', { server: url });
    const bob = await house.app('bob');
    /** Anna hangs up while nobody can be told; the line comes back. */
    const offline = async (work: () => Promise<unknown>) => {
      wire.cut(true);
      const done = outcome(work());
      expect(await done).toBe('done');
      wire.cutOff = false;
    };
    await anna.engine.calls({ userIDList: ['bob'], type: 1 });
    await bob.hears('onCallReceived');
    await offline(() => anna.engine.hangup());
    expect(await anna.hears('onCallNotConnected')).toMatchObject({ reason: 6, userID: 'anna' });
    await bob.hears('onCallNotConnected');
  }, 60_000);

  it('does not ring again for who declined while it was gone', async () => {
    const { url, wire } = await house.wire();
    const anna = await house.app('anna', { server: url });
    const bob = await house.app('bob');
    await bob.engine.calls({ userIDList: ['anna'], type: 1, timeout: 60 });
    await anna.hears('onCallReceived');
    wire.cut(true);
    expect(await outcome(anna.engine.reject())).toBe('done');
    await anna.hears('onCallNotConnected');
    wire.cutOff = false;
    expect(await bob.hears('onUserReject')).toEqual({ userID: 'anna' });
    expect(anna.of('onCallReceived')).toHaveLength(1);
    expect(anna.engine.client.call).toBeUndefined();
  }, 60_000);

  it('rings again for who was dropped meanwhile and is invited back, also where that one had hung up', async () => {
    /** The caller loses the line before, and a callee after the answer; `hangsUp`: both give the call up meanwhile. */
    const scene = async (name: string, hangsUp: boolean) => {
      const { url, wire } = await house.wire();
      const [caller, callee] = [
        await house.app(`${name}-1`, { server: url }),
        await house.app(`${name}-2`, { server: url }),
      ];
      const [host, witness] = [await house.app(`${name}-3`), await house.app(`${name}-4`)];
      const lost = [caller, callee];
      return async () => {
        const userIDList = [callee, host, witness].map(({ userId }) => userId);
        await caller.engine.calls({ userIDList, type: 1, timeout: 60 });
        for (const one of [host, witness, callee]) await one.hears('onCallReceived');
        // The caller never hears that anybody has answered.
        const notice = vi.spyOn(caller.engine.client.call as Call, 'take').mockImplementation(() => {});
        for (const one of [callee, host, witness]) await one.engine.accept();
        await host.hears('onUserJoin', 3);
        await callee.hears('onUserJoin', 3);
        wire.cut(true);
        notice.mockRestore();
        if (hangsUp) for (const { engine } of lost) expect(await outcome(engine.hangup())).toBe('done');
        await until(
          'both to be dropped',
          () => host.of('onUserLeave').length,
          (count) => count === 2,
          30_000,
        );
        await host.engine.inviteUser({ userIDList: lost.map(({ userId }) => userId), timeout: 60 });
        wire.cutOff = false;
        for (const [one, rings] of [
          [caller, 1],
          [callee, 2],
        ] as const) {
          await until(
            `a ring at ${one.userId}`,
            () => one.of('onCallReceived').length,
            (count) => count === rings,
            30_000,
          );
          expect(await outcome(one.engine.accept())).toBe('done');
        }
        await host.hears('onUserJoin', 5);
        expect([host, witness].map((one) => one.of('onUserReject'))).toEqual([[], []]);
        expect(lost.map(({ engine }) => engine.client.call?.status)).toEqual(['connected', 'connected']);
        expect(callee.of('onCallEnd')).toMatchObject([{ reason: hangsUp ? 1 : 4 }]);
        expect(caller.of('onCallNotConnected')).toMatchObject([{ reason: hangsUp ? 6 : 4 }]);
      };
    };
    const scenes = [await scene('stays', false), await scene('leaves', true)];
    await Promise.all(scenes.map((play) => play()));
  }, 90_000);

  it('while one dials keeps nothing of what became of those who were called from the one who dials', async () => {
    let breaks = true;
    /** Hears no answer to the dialling. */
    class Broken extends WebSocket {
      #deaf = false;

      override emit(event: string, ...args: unknown[]): boolean {
        return this.#deaf && event === 'message' ? false : super.emit(event, ...args);
      }

      override send(data: unknown): void {
        super.send(data as string);
        if (!breaks || (JSON.parse(String(data)) as { method: string }).method !== 'call') return;
        [this.#deaf, breaks] = [true, false];
        void dora.hears('onCallReceived').then(async () => {
          await dora.engine.reject();
          await house.rest('im_open_login_svc/kick', { UserID: 'finn' });
          this.terminate();
        });
      }
    }
    const anna = await house.app('anna', { WebSocket: Broken as never });
    const [bob, carl, dora] = [await house.app('bob'), await house.app('carl'), await house.app('dora')];
    for (const userId of ['eve', 'finn']) await house.app(userId);
    await carl.engine.calls({ userIDList: ['eve'], type: 1, timeout: 60 });
    const userIDList = ['bob', 'carl', 'dora', 'finn', 'ghost'];
    const dialled = await anna.engine.calls({ userIDList, type: 1, timeout: 60 });
    const results = ['bob', 'carl', 'dora', 'finn'].map((userId) => ({ userId, code: 0 }));
    expect(dialled.data).toMatchObject({ results: [...results, { userId: 'ghost', code: 70_107 }] });
    const whatBecame = ['onUserNoResponse', 'onUserLineBusy', 'onUserReject', 'onUserLeave'];
    expect(whatBecame.flatMap((name) => anna.of(name))).toEqual([]);
    expect(await anna.hears('onUserNoResponse')).toEqual({ userIDList: ['ghost'], sponsor: 'anna' });
    expect(await anna.hears('onUserLineBusy')).toEqual({ userID: 'carl' });
    expect(await anna.hears('onUserReject')).toEqual({ userID: 'dora' });
    expect(await anna.hears('onUserLeave')).toMatchObject({ userID: 'finn' });
    await bob.hears('onCallReceived');
    await bob.engine.accept();
    await anna.hears('onUserJoin');
    expect(whatBecame.map((name) => anna.of(name).length)).toEqual([1, 1, 1, 1]);
  }, 30_000);

  it('keeps nothing of what happened meanwhile from who is still being rung', async () => {
    const { url, wire } = await house.wire();
    const bob = await house.app('bob', { server: url });
    const [anna, carl] = [await house.app('anna'), await house.app('carl')];
    await house.app('dora');
    await anna.engine.calls({ userIDList: ['bob', 'carl', 'dora'], type: 1, timeout: 60 });
    await bob.hears('onCallReceived');
    await carl.hears('onCallReceived');
    wire.cut(true);
    await carl.engine.reject();
    await anna.hears('onUserReject');
    wire.cutOff = false;
    expect(await bob.hears('onUserReject')).toEqual({ userID: 'carl' });
    expect([bob.of('onUserReject').length, bob.of('onCallReceived').length]).toEqual([1, 1]);
    expect(await outcome(bob.engine.accept())).toBe('done');
    expect(await bob.hears('onUserJoin')).toEqual({ userID: 'anna' });
  }, 30_000);

  it('keeps nothing from who is still being rung either when the server is too busy to say at once what was missed', async () => {
    let refused = false;
    /** Finds the server too busy for the first question what was missed, once it has said what there is. */
    class Busy extends WebSocket {
      #question: number | undefined;
      #hasSaid = false;

      override emit(event: string, ...args: unknown[]): boolean {
        const heard = super.emit(event, ...args);
        if (event === 'message' && (JSON.parse(String(args[0])) as { method?: string }).method === 'callReceived') {
          this.#hasSaid = true;
          this.#refuse();
        }
        return heard;
      }

      override send(data: unknown): void {
        const { id, method } = JSON.parse(String(data)) as { id: number; method: string };
        if (method !== 'resume' || refused) {
          super.send(data as string);
          return;
        }
        this.#question = id;
        if (this.#hasSaid) setTimeout(() => this.#refuse(), 0);
      }

      #refuse(): void {
        if (this.#question === undefined || refused) return;
        refused = true;
        const error = { code: 60_008, message: 'Later.', data: { name: 'overloaded' } };
        super.emit('message', JSON.stringify({ jsonrpc: '2.0', id: this.#question, error }), false);
      }
    }
    const { url, wire } = await house.wire();
    const bob = await house.app('bob', { server: url, WebSocket: Busy as never });
    const [anna, carl, dora] = [await house.app('anna'), await house.app('carl'), await house.app('dora')];
    await anna.engine.calls({ userIDList: ['bob', 'carl', 'dora'], type: 1, timeout: 60 });
    for (const one of [bob, carl, dora]) await one.hears('onCallReceived');
    wire.cut(true);
    await carl.engine.reject();
    await anna.hears('onUserReject');
    wire.cutOff = false;
    await until(
      'the question to be refused',
      () => refused,
      (was) => was,
      20_000,
    );
    await dora.engine.reject();
    await bob.hears('onUserReject', 2);
    expect(bob.of('onUserReject')).toEqual([{ userID: 'carl' }, { userID: 'dora' }]);
  }, 30_000);

  it('hides no member who left and came back meanwhile: the media hear of both, in that order', async () => {
    const { url, wire } = await house.wire();
    fakeBrowser();
    const bob = await house.app('bob', { server: url, media: undefined });
    const [anna, carl] = [await house.app('anna'), await house.app('carl')];
    await anna.engine.calls({ userIDList: ['bob', 'carl'], type: 1, timeout: 60 });
    for (const one of [bob, carl]) {
      await one.hears('onCallReceived');
      await one.engine.accept();
    }
    await bob.hears('onUserJoin', 2);
    const { call } = bob.engine.client;
    const heard: string[] = [];
    for (const name of ['forget', 'joined'] as const)
      vi.spyOn(call?.media as CallMedia, name).mockImplementation((userId) => void heard.push(`${name} ${userId}`));
    wire.cut(true);
    await carl.engine.hangup();
    await anna.hears('onUserLeave');
    await carl.engine.join({ callId: String(call?.id) });
    wire.cutOff = false;
    await bob.hears('onUserJoin', 3);
    expect(heard).toEqual(['forget carl', 'joined carl']);
  }, 30_000);

  it('does not keep from who is still being rung that somebody else who rang was signed out', async () => {
    const { url, wire } = await house.wire();
    const bob = await house.app('bob', { server: url });
    const [anna, kai] = [await house.app('anna'), await house.app('kai')];
    await house.app('dora');
    await anna.engine.calls({ userIDList: ['bob', 'kai', 'dora'], type: 1, timeout: 60 });
    await bob.hears('onCallReceived');
    await kai.hears('onCallReceived');
    wire.cut(true);
    // Signatures of this second are good no longer, so that nobody else is called Kai.
    await house.rest('im_open_login_svc/kick', { UserID: 'kai' });
    await anna.hears('onUserLeave');
    wire.cutOff = false;
    expect(await bob.hears('onUserLeave')).toEqual({ userID: 'kai' });
    expect(await outcome(bob.engine.accept())).toBe('done');
    expect(await bob.hears('onUserJoin')).toEqual({ userID: 'anna' });
    expect(bob.of('onUserLeave')).toHaveLength(1);
  }, 30_000);

  it('comes back with the signature that was good, where a later one was refused', async () => {
    const { url, wire } = await house.wire();
    const anna = await house.app('anna', { server: url });
    const bob = await house.app('bob');
    const states: string[] = [];
    anna.engine.client.on('state', ({ state }) => states.push(state));
    expect(await outcome(anna.engine.login({ userID: 'anna', userSig: house.userSig('carl') }))).toMatchObject({
      name: 'TUICallEngineError',
    });
    wire.cut(false);
    await until(
      'the line to break and to be back',
      () => states.join(' '),
      (all) => all === 'reconnecting online',
    );
    expect(anna.of('onUserSigExpired')).toEqual([]);
    expect(await outcome(anna.engine.calls({ userIDList: ['bob'], type: 1 }))).toBe('done');
    await bob.hears('onCallReceived');
  });

  it('is not kept from coming back by an application that gives no fresh signature, and never says so', async () => {
    let asked = 0;
    const getUserSig = () => {
      asked += 1;
      return new Promise<string>(() => {});
    };
    const { engine, of } = await house.page('anna', { getUserSig });
    await engine.login({ userID: 'anna', userSig: house.userSig('anna', 2) });
    await until(
      'the line to be closed, and the next one to wait for a signature',
      () => [engine.client.state, asked],
      ([state, times]) => state === 'reconnecting' && times === 2,
    );
    await until(
      'it to be asked anew',
      () => asked,
      (times) => times === 3,
      20_000,
    );
    expect(of('onUserSigExpired')).toHaveLength(1);
    const from = performance.now();
    expect(await outcome(engine.client.renew(house.userSig('anna')))).toBe('done');
    expect(engine.client.state).toBe('online');
    expect(performance.now() - from).toBeLessThan(5000);
  }, 60_000);

  it('ends a call whose length is told by the clock of the server, whatever that of the device says', async () => {
    const wrong = { ...realTimers(), now: () => Date.now() - 3_600_000 };
    const anna = createClient({
      sdkAppId: house.appId,
      server: house.url,
      media: false,
      WebSocket: WebSocket as never,
      timers: wrong,
    });
    const bob = await house.app('bob');
    await anna.signIn({ userId: 'anna', userSig: house.userSig('anna') });
    const { call } = await anna.dial(['bob'], { mediaType: 'Audio' });
    const ended = new Promise<{ readonly totalTime: number }>((resolve) => call.on('ended', resolve));
    await bob.hears('onCallReceived');
    await bob.engine.accept();
    await until(
      'the call to begin',
      () => call.status,
      (status) => status === 'connected',
    );
    await new Promise((resolve) => setTimeout(resolve, 1100));
    await anna.signOut();
    expect((await ended).totalTime).toBeGreaterThanOrEqual(1);
    expect((await ended).totalTime).toBeLessThan(10);
    anna.close();
  });

  it('leaves a client the device that it is, from sign-in to sign-in, and the next one after it', async () => {
    const [stored, ids] = [new Map<string, string>(), [] as string[]];
    vi.stubGlobal('sessionStorage', {
      getItem: (key: string) => stored.get(key) ?? null,
      setItem: (key: string, value: string) => stored.set(key, value),
    });
    class Noting extends WebSocket {
      override send(data: unknown): void {
        const { method, params } = JSON.parse(String(data));
        if (method === 'signIn') ids.push(params.deviceId);
        super.send(data as string);
      }
    }
    const who = { userId: 'anna', userSig: house.userSig('anna') };
    for (let n = 0; n < 2; n += 1) {
      const client = createClient({
        sdkAppId: house.appId,
        server: house.url,
        media: false,
        WebSocket: Noting as never,
      });
      for (let times = 0; times < 2; times += 1) {
        await client.signIn(who);
        await client.signOut();
      }
      client.close();
      client.close();
      await new Promise((resolve) => setTimeout(resolve));
    }
    expect(ids).toHaveLength(4);
    expect(new Set(ids)).toEqual(new Set(stored.values()));
  });

  it('tells the length of a call by times of the server alone', () => {
    const acceptedAt = 5000;
    const view = { callId: 'c', eventSeq: 2, caller: 'anna', members: [], mediaType: 'Audio', acceptedAt };
    const call = new Call({ userId: 'anna', now: () => acceptedAt + 7500 } as never, view as never);
    const ended: unknown[] = [];
    call.on('ended', ({ totalTime }) => ended.push(totalTime));
    call.abandon(1);
    expect(ended).toEqual([7]);
  });

  it('is looked at when the machine wakes up, the network changes, or the page is shown again', () => {
    const { window, network, page } = fakeBrowser();
    const timers = new HandTimers();
    let woken = 0;
    const stop = watchWakefulness(timers, () => {
      woken += 1;
    });
    for (let beats = 0; beats < 5; beats += 1) timers.pass(2000);
    expect(woken).toBe(0);
    timers.pass(60_000);
    expect(woken).toBe(1);
    timers.pass(2000);
    expect(woken).toBe(1);
    window.dispatchEvent(new Event('online'));
    network.dispatchEvent(new Event('change'));
    window.dispatchEvent(new Event('pageshow'));
    expect(woken).toBe(4);
    page.visibilityState = 'hidden';
    page.dispatchEvent(new Event('visibilitychange'));
    expect(woken).toBe(4);
    page.visibilityState = 'visible';
    page.dispatchEvent(new Event('visibilitychange'));
    expect(woken).toBe(5);
    stop();
    window.dispatchEvent(new Event('online'));
    timers.pass(60_000);
    expect(woken).toBe(5);
  });

  it('that nobody was told of is found by a change of the network, and mended', async () => {
    const { network } = fakeBrowser();
    const states: string[] = [];
    let deaf = false;
    /** A socket that the network has forgotten: nothing comes through, and nobody says so. */
    class Forgotten extends WebSocket {
      override send(data: unknown): void {
        if (!deaf) super.send(data as string);
      }
    }
    const anna = await house.app('anna', { WebSocket: Forgotten as never });
    anna.engine.client.on('state', ({ state }) => states.push(state));
    deaf = true;
    network.dispatchEvent(new Event('change'));
    await until(
      'the loss to be noticed',
      () => states,
      (all) => all.includes('reconnecting'),
    );
    deaf = false;
    await until(
      'the line',
      () => states,
      (all) => all.at(-1) === 'online',
      20_000,
    );
    // Long before the next ping of an idle device, 25 s.
  }, 60_000);
});

describe('promises of events', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open();
  });
  afterEach(() => house.clear());
  afterAll(() => house?.close());

  it('settle when the source is over: iterators end, and whoever waits for one event is told', async () => {
    const source = new Emitter<{ a: number; b: number }>();
    const heard: unknown[] = [];
    const reading = (async () => {
      for await (const one of source.events()) heard.push(one);
      return 'over';
    })();
    const [next, never] = [outcome(source.once('a')), outcome(source.once('b'))];
    source.emit('a', 1);
    source.finish();
    expect(await Promise.all([reading, next])).toEqual(['over', 'done']);
    expect(await never).toMatchObject({ reason: 'finished', message: expect.stringContaining('"b"') });
    expect(await outcome(source.once('a'))).toMatchObject({ reason: 'finished' });
    expect(heard).toEqual([{ name: 'a', event: 1 }]);
  });

  it('of a client settle when it is closed, and those of its call', async () => {
    const make = (deviceId: string) =>
      createClient({ sdkAppId: house.appId, server: house.url, media: false, deviceId, WebSocket: WebSocket as never });
    const [anna, bob] = [make('anna-1'), make('bob-1')];
    await anna.signIn({ userId: 'anna', userSig: house.userSig('anna') });
    await bob.signIn({ userId: 'bob', userSig: house.userSig('bob') });
    const names: string[] = [];
    const reading = (async () => {
      for await (const { name } of anna.events()) names.push(name);
      return 'over';
    })();
    const kicked = outcome(anna.once('kickedOut'));
    const { call } = await anna.dial(['bob'], { mediaType: 'Audio' });
    const left = outcome(call.once('left'));
    const ended = call.once('ended');
    await anna.signOut();
    expect(await ended).toMatchObject({ reason: 6 });
    expect(await left).toMatchObject({ reason: 'finished' });
    anna.close();
    expect(await reading).toBe('over');
    expect(await kicked).toMatchObject({ reason: 'finished' });
    expect(names).toEqual(expect.arrayContaining(['call', 'state']));
    expect(await outcome(anna.signIn({ userId: 'anna', userSig: house.userSig('anna') }))).toMatchObject({
      code: -1201,
    });
    await bob.signOut();
    bob.close();
  });
});
