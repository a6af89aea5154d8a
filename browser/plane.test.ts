import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { all, does, House, look, sees } from './support/house.ts';
import { notAlone } from './support/loopback.ts';

describe.skipIf(notAlone())('calls over the whole server, in a browser', () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open({ 'metrics.token': 'a-token-of-the-tests' });
  });
  afterEach(() => house.clear());
  afterAll(() => house.close());

  it('connect two from peer to peer, over loopback alone', async () => {
    const [anna, bob] = await house.talk(['anna', 'bob']);
    const looks = [await sees(anna, all(['bob'])), await sees(bob, all(['anna']))];
    for (const { setups, pairs, errors } of looks) {
      expect(setups).toEqual([{ mode: 'p2p', epoch: 1, provider: 'p2p' }]);
      for (const { here, there } of pairs) expect([here, there].every((end) => end.endsWith(' 127.0.0.1'))).toBe(true);
      expect(errors).toEqual([]);
    }
  });

  it('move two to the SFU when somebody is invited, and all three see each other', async () => {
    const [anna, bob] = await house.talk(['anna', 'bob']);
    await sees(anna, all(['bob']));
    const carl = await house.device('carl');
    await does(anna, `invite(['carl'])`);
    await sees(anna, ({ setups }) => setups.at(-1)?.provider === 'sfu');
    await sees(bob, all(['anna']));
    await carl.waitForFunction(`heard('callReceived').length > 0`);
    await does(carl, 'accept()');
    await sees(anna, all(['bob', 'carl']));
    await sees(bob, all(['anna', 'carl']));
    await sees(carl, all(['anna', 'bob']));
    expect(await house.metrics()).toContain('ringback_media_calls{provider="sfu"} 1');
    await does(carl, 'leave()');
    await does(anna, 'leave()');
    await bob.waitForFunction(`heard('callEnded').length > 0`);
    expect(await house.metrics()).toContain('ringback_media_calls{provider="sfu"} 0');
  });

  it('move two to the SFU who cannot reach each other', async () => {
    // Without TURN, a device that only relays reaches nobody.
    const [anna, bob] = await house.talk(['anna', 'bob'], { iceTransportPolicy: 'relay' });
    await sees(anna, ({ setups }) => setups.length === 1);
    for (const page of [anna, bob]) await does(page, `set({ iceTransportPolicy: 'all' })`);
    await does(bob, `failed('no route')`);
    await sees(anna, all(['bob']));
    const { setups } = await sees(bob, all(['anna']));
    expect(setups).toEqual([
      { mode: 'p2p', epoch: 1, provider: 'p2p' },
      { mode: 'room', epoch: 2, provider: 'sfu' },
    ]);
  });

  it('leave two alone who are connected, while the server is restarted', async () => {
    const [anna, bob] = await house.talk(['anna', 'bob']);
    await sees(anna, all(['bob']));
    await sees(bob, all(['anna']));
    await house.stop();
    const { seen } = await look(anna);
    await sees(anna, all(['bob'], (seen.bob?.frames ?? 0) + 5));
    await house.start();
    await house.connect(anna, 'anna');
    await house.connect(bob, 'bob');
    for (const page of [anna, bob]) await does(page, 'hello()');
    const later = await sees(bob, ({ setups }) => setups.length > 1);
    for (const one of later.setups) expect(one).toEqual({ mode: 'p2p', epoch: 1, provider: 'p2p' });
    await sees(bob, all(['anna'], (later.seen.anna?.frames ?? 0) + 5));
  });

  it('give a group that survives a restart of the server a new room', async () => {
    const users = ['anna', 'bob', 'carl'];
    const pages = await house.talk(users);
    for (const [i, page] of pages.entries()) await sees(page, all(users.filter((_, j) => j !== i)));
    await house.stop();
    await house.start();
    for (const [i, page] of pages.entries()) await house.connect(page, users[i] ?? '');
    for (const page of pages) await does(page, 'hello()');
    for (const [i, page] of pages.entries()) {
      await sees(page, (now) => now.setups.length > 1 && all(users.filter((_, j) => j !== i))(now));
    }
  });
});
