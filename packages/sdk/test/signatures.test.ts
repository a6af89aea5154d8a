import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { House, until } from './support.ts';

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
});
