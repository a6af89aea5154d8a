import { nodeId } from 'ringback-protocol';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { RedisBus } from '../../src/cluster/redis/bus.ts';
import { RedisConnection } from '../../src/cluster/redis/connection.ts';
import { RedisMail } from '../../src/cluster/redis/mail.ts';
import { RedisServer, redisProgram } from './support/redis-server.ts';

const patience = 20_000;

describe.skipIf(redisProgram() === undefined)('mail over Redis', () => {
  let server: RedisServer;
  const closers: (() => void)[] = [];
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(async () => {
    for (const close of closers) close();
    await server.dispose();
  });

  const node = (name: string) => {
    const connection = RedisConnection.open(server.url, () => {});
    const process = nodeId(name);
    const bus = new RedisBus({ connection, process });
    closers.push(
      () => bus.close(),
      () => connection.close(),
    );
    const mail = new RedisMail({ connection, process, bus });
    const heard: string[] = [];
    mail.onLetter('media', (text) => heard.push(text));
    const sure: string[] = [];
    mail.onLetter('sure', (text) => sure.push(text));
    return { mail, heard, sure };
  };

  test('comes to the node and the topic that it is for, in its order, also after Redis was away', async () => {
    const [a, b, c] = [node('a'), node('b'), node('c')];
    const reaches = () =>
      vi.waitFor(() => {
        a.mail.send(nodeId('b'), 'media', 'first');
        expect(b.heard.length).toBeGreaterThan(0);
        expect([a.mail.isUp, b.mail.isUp]).toEqual([true, true]);
      }, patience);
    await reaches();
    await server.stop();
    await vi.waitFor(() => expect(a.mail.isUp).toBe(false), patience);
    a.mail.send(nodeId('b'), 'media', 'lost');
    await server.run();
    b.heard.length = 0;
    await reaches();
    const letters = Array.from({ length: 200 }, (_, n) => `letter ${n}`);
    for (const text of letters) a.mail.send(nodeId('b'), 'media', text);
    a.mail.send(nodeId('b'), 'sure', 'another topic');
    // Nobody writes such a letter by right.
    a.mail.send(nodeId('b'), 'media', 'x'.repeat(500_000));
    a.mail.send(nodeId('b'), 'media', 'last');
    await vi.waitFor(() => expect(b.heard.at(-1)).toBe('last'), patience);
    expect(b.heard.filter((text) => text !== 'first')).toEqual([...letters, 'last']);
    expect([b.sure, a.heard, a.sure, c.heard, c.sure]).toEqual([['another topic'], [], [], [], []]);
  }, 60_000);
});
