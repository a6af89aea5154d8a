import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type AppLook, look, others, talk } from './support/app.ts';
import { openBrowser } from './support/chromium.ts';
import { House } from './support/house.ts';
import { bridge, janus, janusSettings } from './support/janus.ts';
import { notAlone } from './support/loopback.ts';
import { Detours } from './support/lossy.ts';

describe.skipIf(notAlone())('bad lines, for apps on the SDK', { timeout: 240_000 }, () => {
  let browser: Browser;
  let house: House;
  let detours = new Detours();

  beforeAll(async () => {
    browser = await openBrowser();
  });
  afterEach(async () => {
    await house?.close();
    await detours.close();
    detours = new Detours();
  });
  afterAll(() => browser?.close());

  /** An app whose packets all go by the relays of this test. */
  const detoured = (user: string): Promise<Page> =>
    house.app(user, { on: (page) => page.exposeFunction('detourOf', (port: number) => detours.of(port)) });

  it.each(['sfu', 'janus'] as const)('let sound and pictures move on through loss, over %s', async (provider) => {
    const [unbridge, node] =
      provider === 'janus' ? ([bridge(), await janus(8191, 26_000)] as const) : [() => {}, undefined];
    try {
      house = await House.open(
        {
          'media.provider': provider,
          ...(provider === 'janus' && janusSettings(8191)),
        },
        { browser },
      );
      const users = ['anna', 'bob', 'carl'];
      const pages = await Promise.all(users.map((user) => detoured(user)));
      await talk(pages, users);
      // A busy machine does not decode all that comes, either.
      const whole = await shareOfPictures(pages, users, slices[provider]);
      for (const loss of [0.03, 0.1]) {
        await detours.lose(loss);
        const from = await detours.counted();
        const shares = await shareOfPictures(pages, users, slices[provider]);
        const { lost, passed } = await detours.counted();
        // What is lost is what was asked for, and much of it.
        expect((lost - from.lost) / (lost - from.lost + passed - from.passed)).toBeCloseTo(loss, 1);
        expect(lost - from.lost).toBeGreaterThan(20);
        for (const [i, share] of shares.entries()) {
          expect(share).toBeGreaterThan(least[provider] * Math.min(1, whole[i] ?? 1));
        }
      }
    } finally {
      await node?.stop();
      unbridge();
    }
  });
});

/**
 * Of the pictures that come without loss, the share that has to be seen: filled in by our SFU; Janus is as it is, and showed
 * 0.27 to 0.5 on machines that were busy with other tests.
 */
const least = { sfu: 0.65, janus: 0.15 } as const;

/** ms; Janus fills nothing in, so that a picture may stand until the next whole one: only a longer look tells its share. */
const slices = { sfu: 1350, janus: 2700 } as const;

/** For three slices: the share of each sender's pictures that each viewer decodes. Sound must come in each of them. */
async function shareOfPictures(
  pages: readonly Page[],
  users: readonly string[],
  ms: number,
): Promise<readonly number[]> {
  const begin = await Promise.all(pages.map(look));
  let last: readonly AppLook[] = begin;
  for (let slice = 0; slice < 3; slice += 1) {
    await new Promise((resolve) => setTimeout(resolve, ms));
    const now = await Promise.all(pages.map(look));
    for (const [viewer, { members }] of now.entries()) {
      for (const user of others(users, users[viewer] ?? '')) {
        expect(members[user]?.energy ?? 0).toBeGreaterThan(last[viewer]?.members[user]?.energy ?? 0);
      }
    }
    last = now;
  }
  return pages.flatMap((_, viewer) =>
    users.flatMap((user, sender) => {
      if (sender === viewer) return [];
      const frames = (all: readonly AppLook[]) => all[viewer]?.members[user]?.frames ?? 0;
      const sent = (all: readonly AppLook[]) => all[sender]?.encoded ?? 0;
      return [(frames(last) - frames(begin)) / (sent(last) - sent(begin))];
    }),
  );
}
