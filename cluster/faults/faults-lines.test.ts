import { setTimeout as sleep } from 'node:timers/promises';
import { describe, it } from 'vitest';
import { scenes } from '../test/support/scene.ts';
import { scale } from '../test/support/stage.ts';

describe('one node of two', () => {
  const open = scenes();

  it(
    'is cut off from Redis, from PostgreSQL, from both, with and without being told',
    async () => {
      const { stage, traffic } = await open({ nodes: 2 });
      const lone = stage.node(1);
      const { toRedis, toPostgres } = lone;
      traffic.run();
      await traffic.flows();
      for (const how of ['cut', 'silence'] as const) {
        toRedis[how]();
        await stage.warns(lone, /Redis is out of reach/);
        await traffic.flows();
        toRedis.heal();

        toPostgres[how]();
        // A balancer sees by the health page that this one serves nobody.
        await stage.complains(lone, /database is out of reach/);
        lone.up = false;
        await sleep(1000 * scale);
        toPostgres.heal();
        await stage.recovers(lone);
        lone.up = true;
        await traffic.flows();

        for (const line of [toRedis, toPostgres]) line[how]();
        await stage.complains(lone, /database is out of reach/);
        await stage.complains(lone, /Redis is out of reach/);
        lone.up = false;
        await sleep(1000 * scale);
        for (const line of [toRedis, toPostgres]) line.heal();
        await stage.recovers(lone);
        lone.up = true;
        await traffic.flows();
      }
      console.log(await traffic.judge({ talksMayEnd: scale > 8 }));
    },
    300_000 + 10_000 * scale,
  );
});
