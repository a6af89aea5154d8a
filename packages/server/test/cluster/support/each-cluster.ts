import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { type NodeId, nodeId } from 'ringback-protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { LocalBus } from '../../../src/cluster/local/bus.ts';
import { LocalPresence } from '../../../src/cluster/local/presence.ts';
import { RedisBus } from '../../../src/cluster/redis/bus.ts';
import { RedisConnection } from '../../../src/cluster/redis/connection.ts';
import { RedisPresence } from '../../../src/cluster/redis/presence.ts';
import { Seals } from '../../../src/cluster/redis/seals.ts';
import type { Bus } from '../../../src/ports/bus.ts';
import type { Presence } from '../../../src/ports/presence.ts';
import { RedisServer, redisProgram } from './redis-server.ts';

/** What one node has of the cluster. */
export interface Node {
  readonly bus: Bus;
  readonly presence: Presence;
  close(): Promise<void>;
}

/** Starts nodes that know of one another; those of a single node are the same one. */
export interface Cluster {
  node(): Promise<Node>;
}

/** What nodes find in their database. */
const keys = new Map<NodeId, KeyObject>();

/** A node on a Redis, connected; `kill` is an end without a good-bye. */
export async function redisNode(url: string, name: string): Promise<Node & { kill(): void }> {
  const process = nodeId(name);
  keys.set(process, createSecretKey(randomBytes(32)));
  const connection = RedisConnection.open(url, () => {});
  await new Promise<void>((resolve) => connection.onUp(resolve));
  const presence = new RedisPresence({ connection, process });
  const bus = new RedisBus({
    connection,
    process,
    seals: new Seals({ self: process, secretOf: (one) => keys.get(one) }),
  });
  return {
    bus,
    presence,
    close: async () => {
      bus.close();
      await presence.close();
      connection.close();
    },
    kill: () => connection.close(),
  };
}

/** Runs the same tests over a single node, and over two nodes on a Redis. Where Redis is not installed, its turn is skipped. */
export function eachCluster(about: string, tests: (cluster: Cluster) => void): void {
  describe(`a single node: ${about}`, () => {
    let only: Node | undefined;
    beforeEach(() => {
      only = { bus: new LocalBus(), presence: new LocalPresence(), close: async () => {} };
    });
    tests({ node: async () => only as Node });
  });

  describe.skipIf(redisProgram() === undefined)(`nodes on Redis: ${about}`, () => {
    let server: RedisServer;
    let made = 0;
    const open: Node[] = [];
    beforeAll(async () => {
      server = await RedisServer.start();
    });
    afterEach(async () => {
      for (const node of open.splice(0)) await node.close();
    });
    afterAll(() => server.dispose());
    tests({
      node: async () => {
        made += 1;
        const node = await redisNode(server.url, `p${made}`);
        open.push(node);
        return node;
      },
    });
  });
}
