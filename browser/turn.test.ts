import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { coturn } from './support/coturn.ts';
import type { Daemon } from './support/daemon.ts';
import { all, House, look, sees } from './support/house.ts';
import { notAlone } from './support/loopback.ts';

const url = (port: number) => `turn:127.0.0.1:${port}?transport=udp`;

describe.skipIf(notAlone())('TURN credentials that are handed out with the call', () => {
  let turn: Daemon;
  let house: House;

  beforeAll(async () => {
    turn = await coturn(3478, 'the-shared-secret');
  });
  afterEach(() => house.close());
  afterAll(() => turn.stop());

  it('let two who can only relay talk through a real coturn', async () => {
    house = await House.open({ 'media.turn.urls': url(3478), 'media.turn.secret': 'the-shared-secret' });
    const [anna, bob] = await house.talk(['anna', 'bob'], { iceTransportPolicy: 'relay' });
    for (const [page, other] of [
      [anna, 'bob'],
      [bob, 'anna'],
    ] as const) {
      const { pairs, setups } = await sees(page, all([other]));
      expect(pairs).toEqual([{ here: 'relay 127.0.0.1', there: 'relay 127.0.0.1' }]);
      expect(setups).toHaveLength(1);
    }
    // The log of coturn shows the names of those who relay.
    expect(turn.output()).toMatch(/\d+:[0-9a-f]{20}/);
    expect(turn.output()).not.toMatch(/anna|bob/);
  });

  it('are refused by coturn when they are made of another secret', async () => {
    house = await House.open({ 'media.turn.urls': url(3478), 'media.turn.secret': 'another-secret' });
    const [anna] = await house.talk(['anna', 'bob'], { iceTransportPolicy: 'relay' });
    await anna.waitForFunction(`gathered()`);
    const { pairs, seen } = await look(anna);
    expect([pairs, Object.values(seen).filter(({ frames }) => frames > 0)]).toEqual([[], []]);
    expect(await anna.evaluate('relayed()')).toBe(0);
  });
});
