import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { Emitter } from '../src/base/emitter.ts';
import { realTimers } from '../src/base/timers.ts';
import { createClient } from '../src/client/create-client.ts';
import { CallMedia } from '../src/media/call-media.ts';
import { fakeBrowser } from './fake-browser.ts';
import { type App, House, outcome, type Payload, until } from './support.ts';

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

  it('is not seen in it for long, once the server can write again, however long it could not', async () => {
    asked.length = 0;
    const anna = createClient({
      sdkAppId: house.appId,
      server: house.url,
      media: false,
      WebSocket: Listening as never,
      timers: { ...realTimers(), random: () => 0 },
    });
    const bob = await house.app('bob');
    await anna.signIn({ userId: 'anna', userSig: house.userSig('anna') });
    const { call } = await anna.dial(['bob'], { mediaType: 'Audio' });
    await bob.hears('onCallReceived');
    await bob.engine.accept();
    await bob.hears('onCallBegin');
    mend = house.breakStore();
    await call.hangUp();
    await until(
      'many attempts to tell the server',
      () => times('hangUp'),
      (all) => all.length >= 6,
      20_000,
    );
    // That one is answered yet by a server that cannot.
    await new Promise((resolve) => setTimeout(resolve, 300));
    mend();
    const from = performance.now();
    await bob.hears('onCallEnd');
    expect(performance.now() - from).toBeLessThan(2500);
    await anna.signOut();
    anna.close();
  }, 40_000);

  it('can call somebody else at once, when the server can write again', async () => {
    const [anna, bob] = await pair();
    const carl = await house.app('carl');
    await anna.engine.calls({ userIDList: ['bob'], type: 1 });
    await bob.hears('onCallReceived');
    await bob.engine.accept();
    await anna.hears('onCallBegin');
    mend = house.breakStore();
    await anna.engine.hangup();
    await until(
      'a few attempts to tell the server',
      () => times('hangUp'),
      (all) => all.length >= 3,
    );
    mend();
    expect(await outcome(anna.engine.calls({ userIDList: ['carl'], type: 1 }))).toBe('done');
    await carl.hears('onCallReceived');
    await bob.hears('onCallEnd');
  });

  describe('and enters it again', () => {
    let hangUps: 'sent' | 'late' | 'refused' | 'refused late' = 'sent';
    let held = 0;
    /** The line is cut when it has taken a `join` or `call`, before the answer. */
    let cuts = false;
    /** The line is cut before it has taken a `call`; from then on the server can be told. */
    let loses = false;
    /** When the device has asked for its media. */
    const hellos: number[] = [];
    /** Tells late that it hung up, or finds the server too busy for that. */
    class Slow extends WebSocket {
      #deaf = false;

      override emit(event: string, ...args: unknown[]): boolean {
        return this.#deaf && event === 'message' ? false : super.emit(event, ...args);
      }

      override send(data: unknown): void {
        const { id, method, params } = JSON.parse(String(data)) as { id: number; method: string; params: Payload };
        if (method === 'signal' && (params.data as Payload).type === 'hello') hellos.push(performance.now());
        if ((method === 'join' || method === 'call') && cuts) {
          [this.#deaf, cuts] = [true, false];
          super.send(data as string, () => setTimeout(() => this.terminate(), 200));
          return;
        }
        if (method === 'call' && loses) {
          [loses, hangUps] = [false, 'sent'];
          this.terminate();
          return;
        }
        if (method !== 'hangUp' || hangUps === 'sent') {
          super.send(data as string);
          return;
        }
        held += 1;
        const error = { code: 60_008, message: 'Later.', data: { name: 'overloaded' } };
        if (hangUps === 'late') setTimeout(() => super.send(data as string), 500);
        else {
          const ms = hangUps === 'refused' ? 0 : 600;
          setTimeout(() => this.emit('message', JSON.stringify({ jsonrpc: '2.0', id, error }), false), ms);
        }
      }
    }
    /** Longer than the first attempts are apart. */
    const aWhile = () => new Promise((resolve) => setTimeout(resolve, 1200));

    /** Anna calls Bob, who declines while nobody can be told. */
    const declined = async (how: typeof hangUps): Promise<readonly [App, App]> => {
      [hangUps, held, cuts] = [how, 0, false];
      const anna = await house.app('anna');
      const bob = await house.app('bob', { WebSocket: Slow as never });
      await anna.engine.calls({ userIDList: ['bob'], type: 1 });
      await bob.hears('onCallReceived');
      mend = house.breakStore();
      await bob.engine.reject();
      await bob.hears('onCallNotConnected');
      return [anna, bob];
    };

    it.each(['whole', 'broken'])(
      'by dialling who calls, is not thrown out of it, over a line that is %s',
      async (line) => {
        const [anna, bob] = await declined('refused');
        mend();
        cuts = line === 'broken';
        const callId = anna.engine.client.call?.id;
        expect(await bob.engine.calls({ userIDList: ['anna'], type: 1 })).toMatchObject({ data: { callId } });
        hangUps = 'sent';
        await anna.hears('onCallBegin');
        await aWhile();
        expect(cuts).toBe(false);
        expect([anna, bob].map(({ engine }) => engine.client.call?.status)).toEqual(['connected', 'connected']);
        await bob.engine.hangup();
        expect(await anna.hears('onCallEnd')).toMatchObject({ reason: 1, userID: 'bob' });
      },
    );

    it('by dialling who calls, has declined before that all the same where the line broke too early', async () => {
      const [anna, bob] = await declined('refused');
      mend();
      loses = true;
      expect(await outcome(bob.engine.calls({ userIDList: ['anna'], type: 1 }))).toBe('done');
      expect(loses).toBe(false);
      expect(await anna.hears('onUserReject')).toEqual({ userID: 'bob' });
      await anna.hears('onCallReceived');
      await anna.engine.accept();
      await bob.hears('onCallBegin');
    });

    it('waits for what is being told at that moment', async () => {
      const [anna, bob] = await declined('late');
      await until(
        'the server to be told',
        () => held,
        (count) => count > 0,
      );
      mend();
      expect(await outcome(bob.engine.calls({ userIDList: ['anna'], type: 1 }))).toBe('done');
      hangUps = 'sent';
      expect(await anna.hears('onUserReject')).toEqual({ userID: 'bob' });
      await anna.hears('onCallReceived');
      await anna.engine.accept();
      await bob.hears('onCallBegin');
      await aWhile();
      expect([anna, bob].map(({ engine }) => engine.client.call?.status)).toEqual(['connected', 'connected']);
    });

    it('or another one, tells the server once more when what it was just told came too early', async () => {
      const [, bob] = await declined('refused late');
      const carl = await house.app('carl');
      await vi.waitFor(() => expect(held).toBe(1), 5000);
      mend();
      hangUps = 'sent';
      expect(await outcome(bob.engine.calls({ userIDList: ['carl'], type: 1 }))).toBe('done');
      await carl.hears('onCallReceived');
    });

    it.each(['whole', 'broken'])('by its id, has never left it, over a line that is %s', async (line) => {
      [hangUps, cuts] = ['sent', false];
      const [anna, bob] = await pair();
      fakeBrowser();
      const carl = await house.app('carl', { WebSocket: Slow as never, media: undefined });
      await anna.engine.calls({ userIDList: ['bob', 'carl'], type: 1 });
      for (const one of [bob, carl]) {
        await one.hears('onCallReceived');
        await one.engine.accept();
      }
      const { callId } = await carl.hears('onCallBegin');
      hangUps = 'refused';
      await carl.engine.hangup();
      await carl.hears('onCallEnd');
      [hangUps, cuts] = ['sent', line === 'broken'];
      hellos.length = 0;
      await carl.engine.join({ callId: String(callId) });
      const joined = performance.now();
      await carl.hears('onCallBegin', 2);
      await until(
        'the device to ask',
        () => hellos.length,
        (count) => count > 0,
      );
      await aWhile();
      expect(hellos).toHaveLength(1);
      // Of itself the device asks no sooner than 5 s after it has entered.
      expect((hellos[0] ?? 0) - joined).toBeLessThan(4000);
      expect(cuts).toBe(false);
      expect(carl.engine.client.call?.others).toEqual(['anna', 'bob']);
      expect(bob.of('onUserLeave')).toEqual([]);
    });
  });

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
