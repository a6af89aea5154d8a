import { nodeId, userId } from 'ringback-protocol';
import { describe, expect, test } from 'vitest';
import type { Store } from '../../../src/stores/store.ts';
import type { StoreScene } from './each-store.ts';
import { acceptWrite, alice, appA, bob, carol, endWrite, idOf, leaveWrite, noon, startWrite } from './fake-calls.ts';

/** What every store must tell a process of the calls that others change. */
export function sharedCallsContract(scene: Pick<StoreScene, 'store' | 'reopen'>): void {
  /** What only a store has that several processes share. */
  const shared = () => scene.store.shared as NonNullable<Store['shared']>;
  const self = () => scene.store.nodes.self;

  describe('the leases', () => {
    test('are kept by the process whose step put the member into the call, from then until the member leaves', async () => {
      const { calls } = scene.store;
      const start = startWrite({ callId: idOf(1), caller: alice, callees: [bob] });
      await calls.commit(start);
      expect(await shared().holder(appA, alice, idOf(1))).toBe(self());
      expect(await shared().holder(appA, bob, idOf(1))).toBeUndefined();
      const accept = acceptWrite(start.call, bob);
      await calls.commit(accept);
      const held = await shared().heldBy(self(), undefined, 10);
      expect(held.map(({ userId: user, callId }) => [user, callId])).toEqual([
        [alice, idOf(1)],
        [bob, idOf(1)],
      ]);
      for (const { app, device } of held) expect([app, device === '']).toEqual([appA, false]);
      expect(await shared().heldBy(self(), held[0], 10)).toEqual([held[1]]);
      expect(await shared().heldBy(self(), undefined, 1)).toEqual([held[0]]);
      expect(await shared().heldCount(self())).toBe(2);
      await calls.commit(endWrite(accept.call));
      expect(await shared().holder(appA, alice, idOf(1))).toBeUndefined();
      expect(await shared().heldBy(self(), undefined, 10)).toEqual([]);
      expect(await shared().heldCount(self())).toBe(0);
    });

    test('go with a device that comes back at another process, and only those of the very call', async () => {
      const { calls } = scene.store;
      const start = startWrite({ callId: idOf(1), caller: alice, callees: [bob] });
      await calls.commit(start);
      const before = self();
      await scene.reopen();
      expect(self()).not.toBe(before);
      expect(await shared().holder(appA, alice, idOf(1))).toBe(before);
      await shared().keep(appA, alice, idOf(2));
      await shared().keep(appA, bob, idOf(1));
      expect(await shared().holder(appA, alice, idOf(1))).toBe(before);
      expect(await shared().holder(appA, bob, idOf(1))).toBeUndefined();
      await shared().keep(appA, alice, idOf(1));
      expect(await shared().holder(appA, alice, idOf(1))).toBe(self());
      expect(await shared().heldBy(before, undefined, 10)).toEqual([]);
      expect(await shared().heldBy(nodeId('nobody'), undefined, 10)).toEqual([]);
    });
  });

  test('deadlines that passed are found, the oldest first, and only of calls that wait', async () => {
    const { calls } = scene.store;
    const first = startWrite({ callId: idOf(1), caller: alice, callees: [bob] });
    const second = startWrite({ callId: idOf(2), caller: carol, callees: [userId('dave')] });
    for (const [n, write] of [first, second].entries()) {
      await calls.commit({ ...write, nextDeadline: noon + 30_000 - n * 1000 });
    }
    expect(await shared().overdue(noon + 29_000, 10)).toEqual([]);
    expect((await shared().overdue(noon + 30_001, 10)).map(({ callId }) => callId)).toEqual([idOf(2), idOf(1)]);
    expect(await shared().overdue(noon + 30_001, 1)).toEqual([{ app: appA, callId: idOf(2), deadline: noon + 29_000 }]);
    await calls.commit({ ...acceptWrite(second.call, userId('dave')), nextDeadline: 0 });
    expect((await shared().overdue(noon + 60_000, 10)).map(({ callId }) => callId)).toEqual([idOf(1)]);
  });

  test('changes are found by their time, each call once with its newest version, those that ended too', async () => {
    const { calls } = scene.store;
    const one = startWrite({ callId: idOf(1), caller: alice, callees: [bob], at: noon });
    const two = startWrite({ callId: idOf(2), caller: carol, callees: [userId('dave')], at: noon + 500 });
    await calls.commit(one);
    await calls.commit(two);
    const left = leaveWrite(one.call, bob, noon + 5000);
    await calls.commit(left);
    const ended = endWrite(left.call, 'NormalEnd', noon + 6000);
    await calls.commit(ended);
    const found = await shared().changedSince(noon, 10);
    expect(found.map(({ callId, version }) => [callId, version])).toEqual([
      [idOf(2), two.call.version],
      [idOf(1), ended.call.version],
    ]);
    expect((await shared().changedSince(noon + 5500, 10)).map(({ callId }) => callId)).toEqual([idOf(1)]);
    expect(await shared().changedSince(noon, 1)).toHaveLength(1);
    expect(await shared().changedSince(noon + 60_000, 10)).toEqual([]);
    const names = [idOf(3), idOf(2), idOf(1)].map((callId) => ({ app: appA, callId }));
    expect(await shared().versions(names)).toEqual([0, two.call.version, 0]);
    expect(await shared().versions([])).toEqual([]);
  });
}
