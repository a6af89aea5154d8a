import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { RedisConnection } from '../../src/cluster/redis/connection.ts';
import { RedisRates } from '../../src/cluster/redis/rates.ts';
import { RedisServer, redisProgram } from './support/redis-server.ts';

const patience = 10_000;

describe.skipIf(redisProgram() === undefined)('rates over all nodes, by Redis', () => {
  let server: RedisServer;
  const open: (() => void)[] = [];
  let made = 0;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(async () => {
    for (const close of open) close();
    await server.dispose();
  });
  const node = async (): Promise<RedisRates> => {
    made += 1;
    const connection = RedisConnection.open(server.url, () => {});
    const rates = new RedisRates({ connection, process: `r${made}` });
    open.push(() => {
      rates.close();
      connection.close();
    });
    await new Promise<void>((resolve) => connection.onUp(resolve));
    // So that each knows how many there are: nodes at rest count once a second.
    await sleep(1300);
    return rates;
  };

  /** As many as are wanted, all at once; says how many were accepted. */
  const ask = (rates: RedisRates, key: string, limit: number, count: number): number => {
    let accepted = 0;
    for (let n = 0; n < count; n += 1) {
      if (!rates.free(key, limit)) continue;
      rates.take(key);
      accepted += 1;
    }
    return accepted;
  };

  test('a request that comes first is accepted at once, and nobody accepts more than the limit', async () => {
    const rates = await node();
    expect(ask(rates, 'a', 1, 5)).toBe(1);
    expect(ask(rates, 'b', 50, 80)).toBe(50);
    expect(ask(rates, 'c', 0, 3)).toBe(0);
  });

  test('nodes at rest say once a second that they are there, and Redis forgets them when they are gone', async () => {
    await node();
    const redis = new Redis(server.url);
    try {
      const asked = async () => Number(/cmdstat_eval:calls=(\d+)/.exec(await redis.info('commandstats'))?.[1]);
      // Those of the tests before are at rest in a while, too.
      await vi.waitFor(async () => {
        const [before, began] = [await asked(), performance.now()];
        await sleep(2000);
        const seconds = (performance.now() - began) / 1000;
        expect((await asked()) - before).toBeLessThanOrEqual(Math.ceil(seconds + 1) * open.length);
      }, 30_000);
      expect(await redis.pttl('ringback:nodes')).toBeGreaterThan(0);
      for (const close of open.splice(0)) close();
      await vi.waitFor(async () => expect(await redis.exists('ringback:nodes')).toBe(0), patience);
    } finally {
      redis.disconnect();
    }
  });

  test('together, nodes accept no more than the limit, however much is asked of each, and hardly less', async () => {
    const nodes = [await node(), await node(), await node()];
    const limit = 60;
    const accepted: number[] = [];
    const began = performance.now();
    while (performance.now() - began < 4000) {
      for (const one of nodes) {
        const count = ask(one, 'd', limit, 5);
        const now = performance.now();
        for (let n = 0; n < count; n += 1) accepted.push(now);
      }
      await sleep(10);
    }
    for (const [n, at] of accepted.entries()) {
      const within = accepted.slice(n).filter((other) => other - at < 1000).length;
      expect(within).toBeLessThanOrEqual(limit * 1.5);
    }
    const seconds = (performance.now() - began) / 1000;
    expect(accepted.length).toBeLessThanOrEqual(limit * (seconds + 0.5));
    expect(accepted.length).toBeGreaterThan(limit * 2);
  });

  test('a burst after a calm is accepted, far below the limit', async () => {
    const rates = await node();
    for (let round = 0; round < 5; round += 1) {
      expect(ask(rates, 'g', 1000, 1)).toBe(1);
      await sleep(60);
    }
    expect(ask(rates, 'g', 1000, 40)).toBe(40);
  });

  test('one node gets what the others do not use', async () => {
    const [busy, calm] = [await node(), await node()];
    let accepted = 0;
    await vi.waitFor(async () => {
      accepted = 0;
      const until = performance.now() + 1500;
      while (performance.now() < until) {
        accepted += ask(busy, 'e', 100, 10);
        ask(calm, 'e', 100, 0);
        await sleep(10);
      }
      // Much more than its half of one and a half seconds.
      expect(accepted).toBeGreaterThan(90);
    }, 3 * patience);
  });

  test('without Redis a node enforces its share, and when it is back all is as before', async () => {
    const rates = await node();
    ask(rates, 'f', 100, 1);
    await sleep(300);
    await server.stop();
    await sleep(1000);
    let accepted = 0;
    const began = performance.now();
    for (let round = 0; round < 100; round += 1) {
      accepted += ask(rates, 'f', 100, 20);
      await sleep(10);
    }
    // Several nodes are there, so a share is at most half of the limit; one that was saved up, and one for each second.
    const seconds = (performance.now() - began) / 1000;
    expect(accepted).toBeGreaterThan(0);
    expect(accepted).toBeLessThanOrEqual(50 * (1 + seconds));
    await server.run();
    await vi.waitFor(() => expect(ask(rates, 'f', 100, 1)).toBe(1), patience);
  });

  test('what is in flight at one node leaves the others less room, until that node is done or gone', async () => {
    const [a, b] = [await node(), await node()];
    const [mine, others] = [{ inFlight: 3 }, { inFlight: 0 }];
    await vi.waitFor(() => {
      expect(a.room('flight', mine, 5)).toBe(true);
      expect(b.room('flight', others, 3)).toBe(false);
      expect(b.room('flight', others, 4)).toBe(true);
    }, patience);
    mine.inFlight = 0;
    await vi.waitFor(() => expect(b.room('flight', others, 1)).toBe(true), patience);
    mine.inFlight = 3;
    await vi.waitFor(() => expect(b.room('flight', others, 3)).toBe(false), patience);
    a.close();
    await vi.waitFor(() => expect(b.room('flight', others, 1)).toBe(true), patience);
  });
});
