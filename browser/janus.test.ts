import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { complete, heard, look as lookAtApp, others, talk } from './support/app.ts';
import type { Daemon } from './support/daemon.ts';
import { all, does, House, look, sees } from './support/house.ts';
import { bridge, janus, janusSettings, roomsAt } from './support/janus.ts';
import { notAlone } from './support/loopback.ts';
import { until } from './support/stage.ts';

const ports = [8188, 8189] as const;
const users = ['anna', 'bob', 'carl'];

describe.skipIf(notAlone())('calls over a pool of real Janus servers, in a browser', { timeout: 90_000 }, () => {
  let house: House;
  let unbridge = () => {};
  const nodes: Daemon[] = [];

  beforeAll(async () => {
    unbridge = bridge();
    nodes.push(await janus(ports[0], 20_000), await janus(ports[1], 22_000));
    house = await House.open({
      'media.provider': 'janus',
      ...janusSettings(...ports),
      'metrics.token': 'a-token-of-the-tests',
    });
  });
  afterEach(() => house.clear());
  afterAll(async () => {
    await house?.close();
    for (const node of nodes) await node.stop();
    unbridge();
  });

  const rooms = async () => (await Promise.all(ports.map(roomsAt))).flatMap((found) => [...found]);

  it('carry sound and pictures on every link of three, and leave nothing behind', async () => {
    const pages = await house.talk(users);
    for (const [i, page] of pages.entries()) {
      const { errors, setups, pairs } = await sees(page, all(others(users, users[i] ?? '')));
      expect(errors).toEqual([]);
      expect(setups.at(-1)).toMatchObject({ mode: 'room', provider: 'janus' });
      expect(new Set(pairs.map(({ there }) => there))).toEqual(new Set(['host 127.0.0.1']));
    }
    expect((await rooms()).map(([, inside]) => inside)).toEqual([3]);
    expect(await house.metrics()).toContain('ringback_media_peers{provider="janus"} 3');

    const [anna, bob, carl] = pages;
    await does(carl, 'leave()');
    await until(rooms, ([room]) => room?.[1] === 2);
    const before = await look(anna);
    await sees(anna, all(['bob'], (before.seen.bob?.frames ?? 0) + 5));
    await does(bob, 'leave()');
    await until(rooms, (found) => found.length === 0);
  });

  it('show the layer that a viewer asks for', async () => {
    // Browsers send one layer only of pictures that are smaller.
    const [anna] = await house.talk(users, { width: 640, height: 360 });
    await sees(anna, (now) => all(['bob', 'carl'])(now) && now.seen.bob?.width === 640);
    await does(anna, `show('bob', 'low')`);
    await sees(anna, ({ seen }) => seen.bob?.width === 160 && seen.carl?.width === 640);
    await does(anna, `show('bob', 'high')`);
    await sees(anna, ({ seen }) => seen.bob?.width === 640);
    await does(anna, `show('bob', 'off')`);
    const still = async () => {
      const [one, two] = [
        await look(anna),
        await new Promise((resolve) => setTimeout(resolve, 500)).then(() => look(anna)),
      ];
      return (
        one.seen.bob?.frames === two.seen.bob?.frames && (two.seen.carl?.frames ?? 0) > (one.seen.carl?.frames ?? 0)
      );
    };
    await until(still, (stands) => stands);
  });

  it('take in who joins late, and who comes back with nothing', async () => {
    const [anna, bob] = await house.talk(['anna', 'bob']);
    await sees(anna, all(['bob']));
    const carl = await house.device('carl');
    await does(anna, `invite(['carl'])`);
    await carl.waitForFunction(`heard('callReceived').length > 0`);
    await does(carl, 'accept()');
    await sees(carl, all(['anna', 'bob']));
    await sees(bob, all(['anna', 'carl']));
    await does(bob, `failed('a broken connection')`);
    await sees(bob, (now) => now.setups.length === 2 && all(['anna', 'carl'])(now));
    const { seen } = await look(anna);
    await sees(anna, (now) => all(['carl'])(now) && (now.seen.bob?.frames ?? 0) > 0 && now.seen !== seen);
  });

  it('move to another node when theirs is killed, and nobody leaves the call', async () => {
    const pages = await Promise.all(users.map((user) => house.app(user)));
    await talk(pages, users);
    const before = await Promise.all(pages.map(lookAtApp));
    const at = (await roomsAt(ports[0])).size === 1 ? 0 : 1;
    await nodes[at]?.kill();
    for (const [i, page] of pages.entries()) {
      await until(
        () => lookAtApp(page),
        (now) =>
          now.made === (before[i]?.made ?? 0) + 2 && now.open === 2 && complete(now, others(users, users[i] ?? '')),
      );
      for (const event of ['onCallEnd', 'onUserLeave']) expect(await heard(page, event)).toEqual([]);
    }
    expect((await roomsAt(ports[at === 0 ? 1 : 0])).size).toBe(1);
    nodes[at] = await janus(ports[at], at === 0 ? 20_000 : 22_000);
    await until(
      () => house.metrics(),
      (text) => text.includes('ringback_media_provider_up{provider="janus"} 1'),
    );
  });
});
