import { readdirSync, readFileSync } from 'node:fs';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type AppLook,
  answer,
  complete,
  dial,
  heard,
  hears,
  look,
  others,
  sees,
  seesMore,
  talk,
} from './support/app.ts';
import { openBrowser } from './support/chromium.ts';
import { coturn } from './support/coturn.ts';
import type { Daemon } from './support/daemon.ts';
import { does, House } from './support/house.ts';
import { bridge, janus, janusSettings } from './support/janus.ts';
import { notAlone } from './support/loopback.ts';
import { Detours } from './support/lossy.ts';
import { until } from './support/stage.ts';

/** Of the SFU in these tests. */
const sfuPort = 40_400;

describe.skipIf(notAlone())('the way that media takes, for apps on the SDK', { timeout: 240_000 }, () => {
  let browser: Browser;
  let house: House;
  let detours = new Detours();

  beforeAll(async () => {
    // Four look at once: whoever shares a camera waits for the slowest of all.
    browser = await openBrowser({ cameras: 5 });
  });
  afterEach(async () => {
    await house?.close();
    await detours.close();
    detours = new Detours();
  });
  afterAll(() => browser?.close());

  /** An app with a camera of its own, by its number, whose packets all go by the relays of this test. */
  const detoured = (user: string, camera: number): Promise<Page> =>
    house.app(user, {
      path: `/app?camera=${camera}`,
      on: (page) => page.exposeFunction('detourOf', (port: number) => detours.of(port)),
    });

  it('moves to the SFU when the line between two dies, and when two never reach each other', async () => {
    house = await House.open(
      { 'metrics.token': 'a-token-of-the-tests', 'media.sfu.port': String(sfuPort) },
      { browser },
    );
    detours.spare(sfuPort);
    const [anna, bob] = await Promise.all([detoured('anna', 0), detoured('bob', 1)]);
    await talk([anna, bob], ['anna', 'bob']);
    const before = await Promise.all([look(anna), look(bob)]);
    expect(before.map(({ open, made }) => [open, made])).toEqual([
      [1, 1],
      [1, 1],
    ]);
    await detours.cut();
    // Packets to the SFU go straight; those between any two, by relays that are cut.
    const [carl, dora] = await Promise.all([detoured('carl', 2), detoured('dora', 3)]);
    await dial(carl, ['dora']);
    await answer(dora);
    const moved = (page: Page, other: string) =>
      until(
        () => look(page),
        ({ open, members }) => open === 2 && (members[other]?.frames ?? 0) > 10 && (members[other]?.energy ?? 0) > 0,
        70_000,
      );
    await Promise.all([moved(anna, 'bob'), moved(bob, 'anna'), moved(carl, 'dora'), moved(dora, 'carl')]);
    expect(await house.metrics()).toContain('ringback_media_calls{provider="sfu"} 2');
    for (const page of [anna, bob, carl, dora]) expect(await heard(page, 'onCallEnd')).toEqual([]);
  });

  /** New connections on all of these pages, on which pictures of all others are decoded again. */
  const anew = (pages: readonly Page[], users: readonly string[], before: readonly AppLook[]): Promise<unknown> =>
    Promise.all(
      pages.map((page, i) =>
        until(
          () => look(page),
          (now) => now.made > (before[i]?.made ?? 0) && now.open === 2 && complete(now, others(users, users[i] ?? '')),
          60_000,
        ),
      ),
    );

  it('is made anew in the same call when the server is restarted, and when the process of the SFU is killed', async () => {
    house = await House.open({}, { browser });
    const users = ['anna', 'bob', 'carl'];
    const pages = await Promise.all(users.map((user) => house.app(user)));
    await talk(pages, users);
    const before = await Promise.all(pages.map(look));
    await house.stop();
    await house.start();
    await anew(pages, users, before);

    const later = await Promise.all(pages.map(look));
    const pid = childOf('media/sfu/child');
    process.kill(pid, 'SIGKILL');
    await anew(pages, users, later);
    await Promise.all(pages.map((page, i) => seesMore(page, others(users, users[i] ?? ''))));
    expect(childOf('media/sfu/child')).not.toBe(pid);
    for (const page of pages) {
      for (const event of ['onCallEnd', 'onUserLeave', 'onKickedOffLine']) expect(await heard(page, event)).toEqual([]);
    }
    const [first] = pages as [Page];
    await first.evaluate('engine.hangup()');
    await hears(pages[1] as Page, 'onUserLeave');
  });

  // Chromium gives its side of the election no number over TCP, which is allowed, and the ICE library below the built-in
  // SFU refuses (libjuice issue 355): docs/guides/media.md says so, and that rooms of Janus take these devices in.
  it.each([
    ['udp', 'sfu'],
    ['tcp', 'janus'],
  ] as const)(
    'leads through a real coturn by %s where nothing else is allowed, into a room of %s too',
    async (by, to) => {
      const turn: Daemon = await coturn(3479, 'the-shared-secret');
      const [unbridge, node] =
        to === 'janus' ? ([bridge(), await janus(8192, 28_000)] as const) : [() => {}, undefined];
      try {
        house = await House.open(
          {
            'media.turn.urls': `turn:127.0.0.1:3479?transport=${by}`,
            'media.turn.secret': 'the-shared-secret',
            ...(to === 'janus' && janusSettings(8192)),
          },
          { browser },
        );
        const users = ['anna', 'bob', 'carl'];
        const app = (user: string) => house.app(user, { config: { iceTransportPolicy: 'relay' } });
        const [anna, bob] = await Promise.all([app('anna'), app('bob')]);
        await talk([anna, bob], ['anna', 'bob']);
        for (const page of [anna, bob]) {
          expect(await look(page)).toMatchObject({ paths: ['relay 127.0.0.1'], open: 1, made: 1 });
        }
        // The log of coturn shows the names of those who relay.
        expect(turn.output()).toMatch(/\d+:[0-9a-f]{20}/);
        expect(turn.output()).not.toMatch(/anna|bob/);
        const carl = await app('carl');
        await does(anna, `engine.inviteUser({ userIDList: ['carl'] })`);
        await answer(carl);
        await Promise.all([anna, bob, carl].map((page, i) => sees(page, others(users, users[i] ?? ''))));
        for (const page of [anna, bob, carl]) {
          const { paths } = await until(
            () => look(page),
            ({ open }) => open === 2,
          );
          expect(paths).toContain('relay 127.0.0.1');
        }
        await does(bob, 'engine.hangup()');
        await hears(anna, 'onUserLeave');
      } finally {
        await turn.stop();
        await node?.stop();
        unbridge();
      }
    },
  );

  it('leads through no coturn whose secret is another', async () => {
    const turn = await coturn(3478, 'the-shared-secret');
    try {
      house = await House.open(
        {
          'media.turn.urls': 'turn:127.0.0.1:3478?transport=udp',
          'media.turn.secret': 'another-secret',
        },
        { browser },
      );
      const app = (user: string) => house.app(user, { config: { iceTransportPolicy: 'relay' } });
      const [anna, bob] = await Promise.all([app('anna'), app('bob')]);
      await dial(anna, ['bob']);
      await answer(bob);
      for (const page of [anna, bob]) {
        const relays = await until(
          () => page.evaluate('relays()'),
          (found) => found !== undefined,
        );
        expect(relays).toEqual([]);
        const { open, members } = await look(page);
        expect([open, Object.values(members).filter(({ frames }) => frames > 0)]).toEqual([0, []]);
      }
      expect(turn.output()).toContain('401');
    } finally {
      await turn.stop();
    }
  });
});

/** The process of this one's children that runs a program whose path has this in it. */
function childOf(program: string): number {
  for (const name of readdirSync('/proc').filter((one) => /^\d+$/.test(one))) {
    try {
      const parent = /^PPid:\t(\d+)$/m.exec(readFileSync(`/proc/${name}/status`, 'utf8'))?.[1];
      if (Number(parent) === process.pid && readFileSync(`/proc/${name}/cmdline`, 'utf8').includes(program)) {
        return Number(name);
      }
    } catch {
      // It has ended meanwhile.
    }
  }
  throw new Error(`No child of this process runs ${program}.`);
}
