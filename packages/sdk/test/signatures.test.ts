import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { House, outcome, until } from './support.ts';

describe('the signature that a device comes back with', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open();
  });
  afterEach(() => house.clear());
  afterAll(() => house?.close());

  it('may be given later than the device waits for it', async () => {
    let asked = 0;
    const getUserSig = async () => {
      asked += 1;
      await new Promise((resolve) => setTimeout(resolve, 11_000));
      return house.userSig('anna');
    };
    const { engine } = await house.page('anna', { getUserSig });
    await engine.login({ userID: 'anna', userSig: house.userSig('anna', 2) });
    await until(
      'the line to be closed, and the next one to wait for a signature',
      () => [engine.client.state, asked],
      ([state, times]) => state === 'reconnecting' && times === 2,
    );
    await until(
      'it to be back',
      () => engine.client.state,
      (state) => state === 'online',
      20_000,
    );
    // What was asked for later yet is not used any more.
    const states: string[] = [];
    engine.client.on('state', ({ state }) => states.push(state));
    await new Promise((resolve) => setTimeout(resolve, 2000));
    expect([engine.client.state, states]).toEqual(['online', []]);
  }, 60_000);

  it.each([
    ['none for fresh ones', undefined],
    ['one', () => new Promise<string>(() => {})],
  ])(
    'is the one that was good, where a later one is refused: given while the line is broken, to who asks %s',
    async (_, getUserSig) => {
      const { url, wire } = await house.wire();
      const anna = await house.app('anna', { server: url, ...(getUserSig === undefined ? {} : { getUserSig }) });
      const bob = await house.app('bob');
      wire.cut(true);
      await until(
        'the line to break',
        () => anna.engine.client.state,
        (state) => state === 'reconnecting',
      );
      const renewed = outcome(anna.engine.login({ userID: 'anna', userSig: house.userSig('carl') }));
      wire.cutOff = false;
      expect(await renewed).toMatchObject({ name: 'TUICallEngineError' });
      await until(
        'the line to be back',
        () => anna.engine.client.state,
        (state) => state === 'online',
      );
      expect(anna.of('onUserSigExpired')).toEqual([]);
      expect(await outcome(anna.engine.calls({ userIDList: ['bob'], type: 1 }))).toBe('done');
      await bob.hears('onCallReceived');
    },
  );

  it('is the one that was good, where the server could not look at a later one', async () => {
    let busy = false;
    /** The server takes no sign-in just now. */
    class Refused extends WebSocket {
      override send(data: unknown): void {
        const { id, method } = JSON.parse(String(data)) as { id: number; method: string };
        const error = { code: 60_008, message: 'Later.', data: { name: 'overloaded' } };
        if (busy && method === 'signIn')
          setTimeout(() => this.emit('message', JSON.stringify({ jsonrpc: '2.0', id, error }), false));
        else super.send(data as string);
      }
    }
    const { url, wire } = await house.wire();
    const anna = await house.app('anna', { server: url, WebSocket: Refused as never });
    const states: string[] = [];
    anna.engine.client.on('state', ({ state }) => states.push(state));
    busy = true;
    expect(await outcome(anna.engine.login({ userID: 'anna', userSig: house.userSig('carl') }))).toMatchObject({
      code: 60_008,
    });
    busy = false;
    wire.cut(false);
    await until(
      'the line to break and to be back',
      () => states.join(' '),
      (all) => all === 'reconnecting online',
    );
    expect(anna.of('onUserSigExpired')).toEqual([]);
  });

  it('is asked for once more by the application that brings one that is no good, after the one before has run out', async () => {
    const anna = await house.page('anna');
    await anna.engine.login({ userID: 'anna', userSig: house.userSig('anna', 2) });
    await until(
      'the line to be closed',
      () => anna.engine.client.state,
      (state) => state === 'reconnecting',
    );
    expect(anna.of('onUserSigExpired')).toHaveLength(1);
    expect(await outcome(anna.engine.login({ userID: 'anna', userSig: house.userSig('carl') }))).toMatchObject({
      name: 'TUICallEngineError',
    });
    await anna.hears('onUserSigExpired', 2);
    expect(await outcome(anna.engine.login({ userID: 'anna', userSig: house.userSig('anna') }))).toBe('done');
    expect(anna.engine.client.state).toBe('online');
  });
});
