import { nodeId } from 'ringback-protocol';
import { expect, it } from 'vitest';
import type { Store } from '../../src/stores/store.ts';
import { eachSharedStore } from './support/each-store.ts';
import { alice, appA, bob, carol, idOf, startWrite } from './support/fake-calls.ts';
import { sharedCallsContract } from './support/shared-calls-contract.ts';

eachSharedStore('what others do to calls', sharedCallsContract);

eachSharedStore('a call whose row is spoiled', (scene) => {
  it('keeps nobody from the others: those that are live, in a room, or held by a process, page by page', async () => {
    const there = await scene.beside('n2');
    const callers = [alice, bob, carol];
    for (const [n, caller] of callers.entries()) {
      await there.calls.commit(startWrite({ callId: idOf(n + 1), caller, callees: [], at: scene.clock.now() + n }));
    }
    await scene.rows('UPDATE calls SET state = ? WHERE call_id = ?', 'spoiled', idOf(1));
    const { calls, shared } = scene.store as Store & { readonly shared: NonNullable<Store['shared']> };
    expect((await calls.live(appA)).map(({ callId }) => callId).sort()).toEqual([idOf(2), idOf(3)]);
    const [{ holder } = { holder: '' }] = await scene.rows('SELECT holder FROM seats WHERE call_id = ?', idOf(1));
    const held = await shared.heldBy(nodeId(String(holder)), undefined, 2);
    expect(held.map(({ callId }) => callId)).toEqual([idOf(2), idOf(3)]);
  });
});
