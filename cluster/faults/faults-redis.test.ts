import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { scenes } from '../test/support/scene.ts';
import { scale } from '../test/support/stage.ts';

describe('Redis', () => {
  const open = scenes();

  it(
    'goes, and people go on calling each other; it comes back empty, and all is as before',
    async () => {
      const { stage, traffic } = await open({ nodes: 2 });
      traffic.run();
      await traffic.flows();
      await stage.redis.stop();
      for (const node of stage.nodes) await stage.warns(node, /Redis is out of reach/);
      await sleep(3000 * scale);
      await traffic.flows(15 * scale);
      await stage.redis.run();
      await traffic.flows(15);
      console.log(await traffic.judge());
      expect(traffic.smooth).toBeGreaterThan(30);
    },
    180_000 + 10_000 * scale,
  );
});
