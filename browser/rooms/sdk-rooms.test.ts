import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AppLook, complete, type Glance, others } from '../support/app.ts';
import { Crowd } from '../support/crowd.ts';
import type { Daemon } from '../support/daemon.ts';
import { House } from '../support/house.ts';
import { bridge, janus, janusSettings, roomsAt } from '../support/janus.ts';
import { notAlone } from '../support/loopback.ts';
import { until } from '../support/stage.ts';

const token = 'a-token-of-the-tests';
/** Nine apps in a call; one is signed out by the server, then the server ends the call. */
async function nine(house: House, users: readonly string[], provider: string): Promise<void> {
  const crowd = await Crowd.open(house, users);
  const [first = '', ...rest] = users;
  await crowd.run([first], `engine.calls({ userIDList: ${JSON.stringify(rest)}, type: 2, timeout: 300 })`);
  await crowd.until(rest, `heard('onCallReceived').length`, (count) => count === 1);
  await crowd.run([first], 'openDevices()');
  // Not all at once: a small machine does not bring 144 links about in the time that a device may be silent.
  for (const entering of [rest.slice(0, 2), rest.slice(2, 5), rest.slice(5)]) {
    await crowd.run(entering, 'engine.accept()');
    await crowd.run(entering, 'openDevices()');
    const inside = users.slice(0, users.indexOf(entering.at(-1) ?? '') + 1);
    await crowd.until<Glance>(
      inside,
      'glance()',
      ({ open, shown }) => open === 2 && shown.length === inside.length - 1,
    );
  }
  const looks = await crowd.until<AppLook>(users, 'look()', (now, user) => complete(now, others(users, user)));
  for (const { open, paths } of Object.values(looks)) {
    expect(open).toBe(2);
    expect(paths.filter((path) => !path.endsWith(' 127.0.0.1'))).toEqual([]);
  }
  expect(await house.metrics()).toContain(`ringback_media_peers{provider="${provider}"} 9`);

  const last = users.at(-1) ?? '';
  const stay = others(users, last);
  expect(await house.rest('im_open_login_svc/kick', { UserID: last })).toMatchObject({ ErrorCode: 0 });
  await crowd.until([last], `heard('onKickedOffLine').length`, (count) => count === 1);
  await crowd.until<AppLook>([last], 'look()', ({ open }) => open === 0);
  await crowd.until(stay, `heard('onUserLeave').map(({ userID }) => userID).join()`, (gone) => gone === last);
  await until(
    () => house.metrics(),
    (text) => text.includes(`ringback_media_peers{provider="${provider}"} 8`),
  );
  const before = await crowd.run<AppLook>(stay, 'look()');
  await crowd.until<AppLook>(stay, 'look()', ({ members }, user) =>
    others(stay, user).every(
      (one) => (members[one]?.shown ?? 0) > (before[user]?.members[one]?.shown ?? Number.POSITIVE_INFINITY) + 3,
    ),
  );

  const { callId } = (await crowd.run<{ callId: string }>([first], `heard('onCallBegin')[0]`))[first] ?? { callId: '' };
  expect(await house.rest('call_engine_http_srv/end_call', { CallId: callId })).toMatchObject({ ErrorCode: 0 });
  const ends = await crowd.until<{ reason: number }[]>(stay, `heard('onCallEnd')`, (all) => all.length === 1);
  expect(Object.values(ends).map(([end]) => end?.reason)).toEqual(stay.map(() => 9));
  await crowd.until<AppLook>(stay, 'look()', ({ open }) => open === 0);
}

describe.skipIf(notAlone())('apps on the SDK in rooms of the built-in SFU', { timeout: 240_000 }, () => {
  let house: House;

  beforeAll(async () => {
    house = await House.open({ 'metrics.token': token }, { cameras: 10 });
  });
  afterEach(() => house.clear());
  afterAll(() => house?.close());

  it('see and hear each other when they are nine; the server takes one out, and ends the call', async () => {
    await nine(house, names('sfu'), 'sfu');
  });
});

describe.skipIf(notAlone())('apps on the SDK in rooms of a real Janus', { timeout: 240_000 }, () => {
  let house: House;
  let node: Daemon;
  let unbridge = () => {};

  beforeAll(async () => {
    unbridge = bridge();
    node = await janus(8190, 24_000);
    const settings = {
      'media.provider': 'janus',
      ...janusSettings(8190),
      'metrics.token': token,
    };
    house = await House.open(settings, { cameras: 10 });
  });
  afterAll(async () => {
    await house?.close();
    await node?.stop();
    unbridge();
  });

  it('see and hear each other when they are nine; the server takes one out, and ends the call', async () => {
    await nine(house, names('janus'), 'janus');
    await until(
      () => roomsAt(8190),
      (rooms) => rooms.size === 0,
    );
  });
});

/** Nine users whom no other test signs in: signatures of the second of a kick are void. */
const names = (prefix: string): readonly string[] => Array.from({ length: 9 }, (_, i) => `${prefix}-${i + 1}`);
