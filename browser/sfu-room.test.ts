import type { Page } from 'playwright-core';
import { userId } from 'ringback-protocol';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { notAlone } from './support/loopback.ts';
import { type Look, look, Stage, until } from './support/stage.ts';

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, i) => `member-${i + 1}`);

/** True when frames of all these members were decoded and something of each was heard. */
const complete = ({ seen }: Look, users: readonly string[]): boolean =>
  users.every((user) => (seen[user]?.frames ?? 0) > 0 && (seen[user]?.energy ?? 0) > 0);

describe.skipIf(notAlone())('a room of the built-in SFU, in a browser', { timeout: 120_000 }, () => {
  let stage: Stage;

  beforeAll(async () => {
    stage = await Stage.open();
  });
  afterEach(() => stage.clear());
  afterAll(() => stage.close());

  /** Members in pages of their own. */
  async function enter(users: readonly string[], query = ''): Promise<readonly Page[]> {
    await stage.openRoom();
    return Promise.all(users.map((user) => stage.member(user, query)));
  }

  /** Waits until each sees and hears all others; gives what they saw. */
  async function allSee(
    pages: readonly Page[],
    users: readonly string[],
    right: (look: Look) => boolean = () => true,
  ): Promise<readonly Look[]> {
    return Promise.all(
      pages.map((page, i) => {
        const others = users.filter((_, j) => j !== i);
        return until(
          () => look(page),
          (now) => complete(now, others) && right(now),
        );
      }),
    );
  }

  /** Waits until sound and picture of the other one are known to be of the same time, by the reports of their sender. */
  async function inStep(page: Page): Promise<void> {
    await until(
      async () => {
        const { audio = 0, video = 0 } = (await look(page)).seen['member-2']?.played ?? {};
        return audio === 0 || video === 0 ? undefined : Math.abs(audio - video);
      },
      (apart) => apart !== undefined && apart < 400,
    );
  }

  it('carries sound and pictures on every link of three members, over loopback alone', async () => {
    const users = names(3);
    // The high layer, since nothing is lost.
    const high = ({ seen }: Look) => Object.values(seen).every(({ width = 0 }) => width > 80);
    const looks = await allSee(await enter(users), users, high);
    for (const { errors, addresses } of looks) {
      expect(errors).toEqual([]);
      expect(addresses).toEqual(['127.0.0.1']);
    }
    for (const user of users) expect(stage.events).toContain(`up ${user}`);
  });

  it('takes in nine members, and no tenth', async () => {
    const room = await stage.openRoom();
    for (const user of names(9)) room.enter(userId(user));
    expect(() => room.enter(userId('one-too-many'))).toThrow(/9 members/);
  });

  it('shows a late member on the lines of one who has left', async () => {
    const users = names(3);
    const pages = await enter(users);
    await allSee(pages, users);
    const [first, second, third] = pages as [Page, Page, Page];
    await third.evaluate('leave()');
    await until(
      () => look(first),
      ({ seen }) => Object.keys(seen).join() === 'member-2',
    );
    const late = await stage.member('late');
    const now = ['member-1', 'member-2', 'late'];
    const [, , seenByLate] = await allSee([first, second, late], now);
    expect(Object.keys(seenByLate?.seen ?? {}).sort()).toEqual(['member-1', 'member-2']);
    // The late one took the place of the one who left: two members are shown on four lines.
    const offers = await first.evaluate('globalThis.lines()');
    expect(offers).toBe(4);
  });

  it('switches to the low layer, to nothing and back as the viewer wishes, without a break', async () => {
    const users = names(2);
    const [page] = (await enter(users)) as [Page];
    const watch = (right: (width: number | undefined, frames: number) => boolean) =>
      until(
        () => look(page),
        ({ seen }) => right(seen['member-2']?.width, seen['member-2']?.frames ?? 0),
      );
    const want = (layer: string) => page.evaluate(`say({ type: 'want', userId: 'member-2', layer: '${layer}' })`);
    await watch((width = 0) => width > 80);
    await want('low');
    await watch((width = 0) => width <= 80);
    await inStep(page);
    await want('high');
    const high = await watch((width = 0) => width > 80);
    await inStep(page);
    // Neither switch cost the decoder anything: no packet seemed lost.
    expect(high.seen['member-2']?.lost).toBe(0);
    await want('off');
    const frames = async () => (await look(page)).seen['member-2']?.frames ?? 0;
    let before = -1;
    await until(frames, (now) => {
      const still = now === before;
      before = now;
      return still;
    });
    await want('high');
    await until(frames, (now) => now > before + 5);
  });

  it('shows a camera that is switched on later, without a new offer', async () => {
    const [page, dark] = await (async () => {
      await stage.openRoom();
      return [await stage.member('viewer'), await stage.member('dark', '&dark')] as const;
    })();
    await until(
      () => look(page),
      ({ seen }) => (seen.dark?.energy ?? 0) > 0,
    );
    const offers = stage.said.filter(({ user, data }) => user === 'dark' && data.type === 'offer').length;
    await dark.evaluate('cameraOn()');
    await until(
      () => look(page),
      ({ seen }) => (seen.dark?.frames ?? 0) > 5,
    );
    expect(stage.said.filter(({ user, data }) => user === 'dark' && data.type === 'offer')).toHaveLength(offers);
  });

  it('goes on with a member that makes its publishing connection anew', async () => {
    const users = names(2);
    const [page, other] = (await enter(users)) as [Page, Page];
    const before = await until(
      () => look(page),
      (now) => complete(now, ['member-2']),
    );
    await other.evaluate('republish()');
    await until(
      () => look(page),
      ({ seen }) => (seen['member-2']?.frames ?? 0) > (before.seen['member-2']?.frames ?? 0) + 10,
    );
  });
});
