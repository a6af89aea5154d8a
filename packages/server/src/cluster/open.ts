import type { Bus } from '../ports/bus.ts';
import type { Hints } from '../ports/hints.ts';
import type { Mail } from '../ports/mail.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { Presence } from '../ports/presence.ts';
import type { Rates } from '../ports/rates.ts';
import { LocalBus } from './local/bus.ts';
import { LocalPresence } from './local/presence.ts';

/** What nodes tell each other. */
export interface Cluster {
  readonly bus: Bus;
  readonly presence: Presence;
  /** Absent where nodes cannot tell each other anything. */
  readonly hints?: Hints;
  /** Absent likewise. */
  readonly mail?: Mail;
  /** Absent where this is the only node. */
  readonly rates?: Rates;
  close(): Promise<void>;
}

/** Opens the way to other nodes through the Redis at `redis`; when that is empty, there are none. */
export async function openCluster(options: {
  readonly redis: string;
  readonly nodes: Pick<Nodes, 'self' | 'secretOf'>;
  /** Hears when Redis comes and goes. */
  readonly log: (up: boolean, reason: string) => void;
}): Promise<Cluster> {
  const { redis, nodes, log } = options;
  const process = nodes.self;
  if (redis === '') return { bus: new LocalBus(), presence: new LocalPresence(), close: async () => {} };
  // The driver is loaded only where it is used.
  const [
    { RedisConnection },
    { RedisBus },
    { RedisHints },
    { RedisMail },
    { RedisPresence },
    { RedisRates },
    { Seals },
  ] = await Promise.all([
    import('./redis/connection.ts'),
    import('./redis/bus.ts'),
    import('./redis/hints.ts'),
    import('./redis/mail.ts'),
    import('./redis/presence.ts'),
    import('./redis/rates.ts'),
    import('./redis/seals.ts'),
  ]);
  const connection = RedisConnection.open(redis, log);
  const presence = new RedisPresence({ connection, process });
  const rates = new RedisRates({ connection, process });
  const bus = new RedisBus({ connection, process, seals: new Seals(nodes) });
  return {
    bus,
    hints: new RedisHints({ connection, process }),
    mail: new RedisMail({ connection, process, bus }),
    presence,
    rates,
    close: async () => {
      rates.close();
      bus.close();
      await presence.close();
      connection.close();
    },
  };
}
