import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkRedis } from '../../src/cli/check-redis.ts';
import { RedisServer, redisProgram } from '../cluster/support/redis-server.ts';

describe.skipIf(redisProgram() === undefined)('the doctor looks at a Redis', () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.dispose());

  const configure = async (name: string, value: string): Promise<void> => {
    const client = new Redis(server.url);
    await client.config('SET', name, value);
    client.disconnect();
  };

  test('and says its version and how fast it answers, and shows no password', async () => {
    const url = `redis://:secret@127.0.0.1:${server.port}`;
    await configure('requirepass', 'secret');
    const findings = await checkRedis(url);
    expect(findings).toEqual([
      {
        level: 'ok',
        what: 'redis',
        text: expect.stringMatching(
          /^redis:\/\/127\.0\.0\.1:\d+, (Redis|Valkey) \d+\.\d+\.\d+, passes messages on and answers in \d+\.\d ms\.$/,
        ),
        fix: '',
      },
    ]);
    const [wrong] = await checkRedis(`redis://:wrong-one@127.0.0.1:${server.port}`);
    expect(wrong).toMatchObject({
      level: 'fail',
      text: expect.stringMatching(/cannot be used: .*\b(WRONGPASS|NOAUTH)/),
    });
    expect(JSON.stringify([findings, wrong])).not.toMatch(/secret|wrong-one/);
    const client = new Redis(url);
    await client.config('SET', 'requirepass', '');
    client.disconnect();
  });

  test('and warns of one that throws away what is in use', async () => {
    await configure('maxmemory-policy', 'allkeys-lru');
    expect(await checkRedis(server.url)).toMatchObject([
      {
        level: 'warn',
        text: expect.stringContaining('maxmemory-policy allkeys-lru'),
        fix: expect.stringContaining('noeviction'),
      },
    ]);
    await configure('maxmemory-policy', 'noeviction');
  });

  test('and says so when it is away, and when whatever is there does not answer', async () => {
    const silent = createServer(() => {});
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { port: number };
    expect(await checkRedis(`redis://127.0.0.1:${port}`)).toMatchObject([
      { level: 'fail', text: expect.stringContaining('no answer within 5 s') },
    ]);
    silent.close();
    expect(await checkRedis(`redis://127.0.0.1:${port}`)).toMatchObject([
      {
        level: 'fail',
        text: expect.stringContaining('ECONNREFUSED'),
        fix: expect.stringContaining('Look whether it runs'),
      },
    ]);
  });
});
