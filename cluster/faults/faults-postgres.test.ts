import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { scenes } from '../test/support/scene.ts';
import { type StageNode, scale } from '../test/support/stage.ts';

describe('11. PostgreSQL', () => {
  const open = scenes();

  it('restarts, crashes and refuses connections, and everybody goes on where they were', async () => {
    const { stage, traffic } = await open({ nodes: 2 });
    const away = async (): Promise<void> => {
      for (const node of stage.nodes) await stage.complains(node, /database is out of reach/);
      const began = performance.now();
      const { ErrorCode } = await stage.node(1).rest.send('call_engine_http_srv/end_call', { CallId: randomUUID() });
      expect([101001, 60008]).toContain(ErrorCode);
      // 3 s are the most that anybody waits for an answer.
      expect(performance.now() - began).toBeLessThan(6000);
    };
    traffic.run();
    await traffic.flows();
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      await stage.postgres.stop(signal);
      await away();
      await stage.postgres.run();
      await traffic.flows();
    }
    await stage.refuse(true);
    await away();
    await sleep(2000 * scale);
    await stage.refuse(false);
    await traffic.flows();
    console.log(await traffic.judge());
  }, 600_000);

  it('fails over to its replica, which has everything that was acknowledged', async () => {
    const { stage, traffic } = await open({ nodes: 2 });
    const all = (look: (node: StageNode) => Promise<void>) => Promise.all(stage.nodes.map(look));
    // What is acknowledged is as safe as the operator makes it, and the health page says how safe that is.
    await all((node) => stage.warns(node, /single server/));
    const replica = await stage.follow();
    await all((node) => stage.warns(node, /synchronous_standby_names is not set/));
    await stage.insist();
    await all((node) => stage.warns(node, /^(?!.*(single server|synchronous_standby_names))/s));
    traffic.run();
    await traffic.flows();
    await stage.failOver(replica);
    await traffic.flows();
    console.log(await traffic.judge());
  }, 600_000);
});
