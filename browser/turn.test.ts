import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { coturn } from './support/coturn.ts';
import type { Daemon } from './support/daemon.ts';
import { House, look } from './support/house.ts';
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

  it('are refused by coturn when they are made of another secret', async () => {
    house = await House.open({ 'media.turn.urls': url(3478), 'media.turn.secret': 'another-secret' });
    const [anna] = await house.talk(['anna', 'bob'], { iceTransportPolicy: 'relay' });
    await anna.waitForFunction(`gathered()`);
    const { pairs, seen } = await look(anna);
    expect([pairs, Object.values(seen).filter(({ frames }) => frames > 0)]).toEqual([[], []]);
    expect(await anna.evaluate('relayed()')).toBe(0);
  });
});
