import { callId, deviceId, type NodeId, nodeId, sdkAppId, userId } from 'ringback-protocol';
import { expect, it } from 'vitest';
import { type Heritage, Leases } from '../../src/calls/leases.ts';
import { TakeOver } from '../../src/calls/take-over.ts';
import type { DeviceInCall } from '../../src/ports/shared-calls.ts';
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
      self: nodeId('a'),
      onDead: (listener: typeof died) => {
        died = listener;
      },
      onBack: () => {},
      secretOf: () => undefined,
      dead: () => dead,
    } as never,
    shared: {
      heldCount: async () => 1,
      heldBy: async (from: NodeId | '') => {
        asked.push(from);
        if (isOut) throw new Error('out of reach');
        return [];
      },
    } as never,
    leases: { own: 0 } as never,
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
  expect(asked.splice(0)).toEqual(['', 'b', 'a']);
  await pass(9000);
  expect(asked).toEqual([]);
  await pass(1000);
  expect(asked).toEqual(['', 'b', 'a']);
  takeOver.close();
});

it('starts the leases that the store says this process keeps and that it does not know of, and no others', async () => {
  const clock = new ManualClock();
  const self = nodeId('a');
  const leaseOf = (name: string): DeviceInCall => ({
    app: sdkAppId(1400000001),
    callId: callId('00000000-0000-4000-8000-000000000001'),
    userId: userId(name),
    device: deviceId(`${name}-phone`),
  });
  const [known, unknown] = [leaseOf('alice'), leaseOf('bob')];
  const lost: [string, Heritage | undefined, number][] = [];
  const begin = clock.now();
  const leases = new Leases({
    clock,
    onLost: ({ userId: user }, heritage) => lost.push([user, heritage, clock.now() - begin]),
  });
  let back = (): void => {};
  const takeOver = new TakeOver({
    nodes: {
      self,
      onDead: () => {},
      onBack: (listener: typeof back) => {
        back = listener;
      },
      secretOf: () => undefined,
      dead: () => [],
    } as never,
    shared: {
      heldBy: async (from: NodeId | '') => (from === self ? [known, unknown] : []),
      heldCount: async () => 2,
    } as never,
    leases,
    clock,
    failed: (error) => expect.unreachable(String(error)),
  });
  const pass = async (ms: number): Promise<void> => {
    clock.advance(ms);
    for (let n = 0; n < 5; n += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  leases.hold(known);
  await takeOver.open();
  expect(leases.has(unknown)).toBe(false);
  await pass(10_000);
  expect(leases.has(unknown)).toBe(true);
  await pass(5000);
  await pass(10_000);
  expect(lost).toEqual([
    ['alice', undefined, 15_000],
    ['bob', { from: self }, 25_000],
  ]);
  leases.release(unknown.app, unknown.userId, unknown.device);
  back();
  await pass(0);
  expect(leases.has(unknown)).toBe(true);
  takeOver.close();
});
