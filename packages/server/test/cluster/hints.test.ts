import { nodeId } from 'ringback-protocol';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { RedisConnection } from '../../src/cluster/redis/connection.ts';
import { RedisHints } from '../../src/cluster/redis/hints.ts';
import { RedisServer, redisProgram } from './support/redis-server.ts';

const patience = 20_000;

describe.skipIf(redisProgram() === undefined)('hints over Redis', () => {
  let server: RedisServer;
  const connections: RedisConnection[] = [];
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(async () => {
    for (const one of connections) one.close();
    await server.dispose();
  });

  const node = (name: string) => {
    const connection = RedisConnection.open(server.url, () => {});
    connections.push(connection);
    const hints = new RedisHints({ connection, process: nodeId(name) });
    const heard = { hints: 0 };
    hints.onHint(() => {
      heard.hints += 1;
    });
    return { hints, heard };
  };

  test('reach the node that they are for and no other, also after Redis was away', async () => {
    const [a, b, c] = [node('a'), node('b'), node('c')];
    const reaches = () =>
      vi.waitFor(() => {
        a.hints.send(nodeId('b'));
        expect(b.heard.hints).toBeGreaterThan(0);
      }, patience);
    await reaches();
    await server.stop();
    a.hints.send(nodeId('b'));
    await server.run();
    b.heard.hints = 0;
    await reaches();
    expect([a.heard.hints, c.heard.hints]).toEqual([0, 0]);
  }, 60_000);
});
