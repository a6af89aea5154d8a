import { type NodeId, nodeId } from 'ringback-protocol';
import { expect, it } from 'vitest';
import { TakeOver } from '../../src/calls/take-over.ts';
import { ManualClock } from '../support/manual-clock.ts';

it('repeats a look at what a dead node left after a second where it failed, and else every ten', async () => {
  const clock = new ManualClock();
  const asked: (NodeId | '')[] = [];
  const failures: unknown[] = [];
  let isOut = false;
  let died = (_node: NodeId): void => {};
  const dead: NodeId[] = [];
  const takeOver = new TakeOver({
    nodes: {
      onDead: (listener: typeof died) => {
        died = listener;
      },
      dead: () => dead,
    } as never,
    shared: {
      heldBy: async (from: NodeId | '') => {
        asked.push(from);
        if (isOut) throw new Error('out of reach');
        return [];
      },
    } as never,
    leases: {} as never,
    clock,
    failed: (error) => failures.push(error),
  });
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    for (let n = 0; n < 5; n += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  await takeOver.open();
  expect(asked.splice(0)).toEqual(['']);
  await pass(9000);
  expect(asked).toEqual([]);

  isOut = true;
  dead.push(nodeId('b'));
  died(nodeId('b'));
  await pass(0);
  expect(asked.splice(0)).toEqual(['b']);
  expect(failures).toHaveLength(1);
  await pass(1000);
  expect(asked.splice(0)).toEqual(['']);
  isOut = false;
  await pass(1000);
  expect(asked.splice(0)).toEqual(['', 'b']);
  await pass(9000);
  expect(asked).toEqual([]);
  await pass(1000);
  expect(asked).toEqual(['', 'b']);
  takeOver.close();
});
