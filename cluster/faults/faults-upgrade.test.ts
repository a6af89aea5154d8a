import { afterEach, describe, expect, it } from 'vitest';
import { nextVersion, type Version } from '../test/support/next-version.ts';
import { scenes } from '../test/support/scene.ts';

describe('an upgrade, one node after the other, while people call', () => {
  const open = scenes();
  let next: Version | undefined;
  afterEach(() => next?.dispose());

  it('loses nothing, with both versions side by side on the new schema', async () => {
    const { stage, traffic } = await open({ nodes: 2 });
    next = nextVersion();
    const { program } = stage.node(0).ringback;
    traffic.run();
    await traffic.flows();
    for (const node of stage.nodes) {
      node.up = false;
      expect(await node.ringback.stop()).toBe(0);
      node.ringback.program = next.program;
      await stage.start(node);
      // After the first: the older version goes on beside it, on tables that have changed under it.
      await traffic.flows(20);
    }
    const [row] = await stage.rows<{ n: string }>('SELECT count(*) AS n FROM calls WHERE next_version = 7');
    expect(Number(row?.n)).toBeGreaterThan(0);
    console.log(await traffic.judge());

    // A step back is one to a version that knows nothing of what was added, and can do without.
    const [first] = stage.nodes;
    if (first === undefined) throw new Error('There is no node.');
    await first.ringback.stop();
    first.ringback.program = program;
    await first.ringback.up();
    // Nobody goes back by mistake to one that cannot.
    await first.ringback.stop();
    await stage.rows("UPDATE ringback_migrations SET name = '900-next!' WHERE name = '900-next'");
    await expect(first.ringback.up()).rejects.toThrow(/newer Ringback/);
  }, 600_000);
});
