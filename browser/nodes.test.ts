import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RedisServer } from '../packages/server/test/cluster/support/redis-server.ts';
import { PostgresServer } from '../packages/server/test/stores/support/postgres-server.ts';
import { beside } from './support/beside.ts';
import { all, does, House, look, sees } from './support/house.ts';
import { noPostgres, notAlone } from './support/loopback.ts';

describe.skipIf(notAlone() || noPostgres())('a call over two nodes, in a browser', { timeout: 120_000 }, () => {
  let postgres: PostgresServer;
  let redis: RedisServer;
  let house: House;
  let other: Awaited<ReturnType<typeof beside>>;

  beforeAll(async () => {
    [postgres, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()]);
    const flags = { database: await postgres.database(), redis: redis.url };
    house = await House.open({ ...flags, 'metrics.token': 'a-token-of-the-tests' });
    other = await beside(flags);
  }, 120_000);
  afterAll(async () => {
    await other?.close();
    await house?.close();
    await redis?.dispose();
    await postgres?.dispose();
  }, 60_000);

  it('of three whose devices are at both: all see and hear each other, also when one node has stopped', async () => {
    const users = ['anna', 'bob', 'carl'];
    const others = (user: string) => users.filter((one) => one !== user);
    const [anna, bob, carl] = (await Promise.all([
      house.device('anna'),
      house.device('bob', {}, other.url),
      house.device('carl'),
    ])) as [Page, Page, Page];
    await does(anna, `call(['bob', 'carl'])`);
    for (const page of [bob, carl]) {
      await page.waitForFunction(`heard('callReceived').length > 0`);
      await does(page, 'accept()');
    }
    const pages = [anna, bob, carl];
    for (const [n, page] of pages.entries()) await sees(page, all(others(users[n] as string)), 60_000);
    const before = await Promise.all(pages.map(look));
    for (const { setups, errors } of before) {
      expect(setups.at(-1)).toMatchObject({ mode: 'room', provider: 'sfu' });
      expect(errors).toEqual([]);
    }

    await other.close();
    await bob.waitForFunction(`heard('closed').length > 0`);
    await house.connect(bob, 'bob');
    await does(bob, 'hello()');
    // Where the room was there, all are in a new one by then; else it has never stopped.
    await expect.poll(() => house.metrics(), { timeout: 30_000 }).toContain('ringback_media_calls{provider="sfu"} 1');
    const frames = (now: Awaited<ReturnType<typeof look>>, user: string) => now.seen[user]?.frames ?? 0;
    for (const [n, page] of pages.entries()) {
      const first = await look(page);
      await sees(
        page,
        (now) =>
          others(users[n] as string).every(
            (user) => frames(now, user) > 0 && frames(now, user) !== frames(first, user),
          ),
        60_000,
      );
    }
  });
});
