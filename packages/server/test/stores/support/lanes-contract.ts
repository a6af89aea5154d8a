import { type NodeId, userId } from 'ringback-protocol';
import { expect, it } from 'vitest';
import type { LaneClaims } from '../../../src/ports/lane-claims.ts';
import type { PendingEvent } from '../../../src/ports/outbox.ts';
import type { CallWrite } from '../../../src/ports/store.ts';
import type { Store } from '../../../src/stores/store.ts';
import type { SharedScene } from './each-store.ts';
import { acceptWrite, appA, bob, carol, endWrite, idOf, inviteWrite, noon, startWrite } from './fake-calls.ts';

const facts = { at: noon, url: 'https://example.com/', status: 200, took: 1, error: '', answer: '' };

/** With an event for the endpoint `crm`. */
const telling = (write: CallWrite): CallWrite => ({
  ...write,
  outbox: [
    {
      eventSeq: write.call.eventSeq,
      format: 'v4',
      part: 0,
      eventTime: write.call.eventTime,
      command: 'Call.CallbackAfterMemberChanged',
      body: '{}',
      endpoints: ['crm'],
    },
  ],
});

export const claimsOf = ({ lanes }: Store): LaneClaims => {
  if (lanes === undefined) throw new Error('This store is not shared.');
  return lanes;
};

/** Writes a step through a node; says what the node has learnt of its lanes. */
export async function write(by: Store, step: CallWrite) {
  const told = telling(step);
  expect(await by.calls.commit(told)).toBe('ok');
  const placed = claimsOf(by).placed(told.outbox);
  return placed === undefined ? undefined : Object.fromEntries(placed);
}

export const start = (n: number) => startWrite({ callId: idOf(n), at: noon + n });
const seqs = (events: readonly PendingEvent[]) => events.map(({ callId, eventSeq }) => [callId, eventSeq]);
export const mine = async (store: Store) => seqs(await store.pendingEvents.page(appA, 'crm', undefined, 1000));
export const lane = (n: number) => ({ app: appA, endpoint: 'crm', startedAt: noon + n, callId: idOf(n) });
export const ofCall = async (store: Store, n: number) =>
  seqs(await store.pendingEvents.ofCall(appA, 'crm', lane(n), 100));

export async function deliver(by: Store, n: number) {
  const [first] = await by.pendingEvents.ofCall(appA, 'crm', lane(n), 1);
  if (first === undefined) throw new Error('Nothing waits there.');
  await by.pendingEvents.settle(first, { outcome: 'delivered' }, facts);
}

/** Takes over until nothing is left, as nodes do. */
export async function takeAll(by: Store, dead: NodeId | '', living: readonly NodeId[]): Promise<number> {
  let taken = 0;
  for (;;) {
    const got = await claimsOf(by).takeOver(dead, living);
    for (const { events } of got.mine) taken += events;
    if (got.all) return taken;
  }
}

/** What every store that nodes share must do about lanes. */
export function lanesContract(scene: Pick<SharedScene, 'store' | 'beside'>): void {
  it('belong to the node that writes their first event, and the others do not see them', async () => {
    const b = await scene.beside('b');
    expect(await write(scene.store, start(1))).toBeUndefined();
    expect(await mine(scene.store)).toEqual([[idOf(1), 1]]);
    expect(await mine(b)).toEqual([]);
    expect(await claimsOf(scene.store).waiting()).toEqual([{ app: appA, endpoint: 'crm', events: 1 }]);
    expect(await b.pendingEvents.counts(appA)).toEqual([{ app: appA, endpoint: 'crm', waiting: 1, parked: 0 }]);
  });

  it('take what another node adds: it learns whose they are, and the owner finds it once', async () => {
    const b = await scene.beside('b');
    const first = start(1);
    await write(scene.store, first);
    const accept = acceptWrite(first.call, bob);
    expect(await write(b, accept)).toEqual({ crm: scene.store.nodes.self });
    expect(await mine(b)).toEqual([]);
    const { handed, owners } = await claimsOf(scene.store).look();
    expect([handed, owners]).toEqual([true, [scene.store.nodes.self]]);
    expect((await claimsOf(b).look()).handed).toBe(false);
    expect(await claimsOf(scene.store).takeHanded(10)).toEqual([lane(1)]);
    expect(await claimsOf(scene.store).takeHanded(10)).toEqual([]);
    expect((await claimsOf(scene.store).look()).handed).toBe(false);
    expect(await ofCall(scene.store, 1)).toEqual([
      [idOf(1), 1],
      [idOf(1), 2],
    ]);
  });

  it('go to whoever writes next, once everything before is delivered', async () => {
    const b = await scene.beside('b');
    const first = start(1);
    await write(scene.store, first);
    await deliver(scene.store, 1);
    const accept = acceptWrite(first.call, bob);
    expect(await write(b, accept)).toBeUndefined();
    expect(await ofCall(b, 1)).toEqual([[idOf(1), 2]]);
    expect(await write(scene.store, endWrite(accept.call))).toEqual({ crm: b.nodes.self });
  });

  it('with something that the owner has not heard of are to be read when the owner adds to them', async () => {
    const b = await scene.beside('b');
    const first = start(1);
    await write(scene.store, first);
    const accept = acceptWrite(first.call, bob);
    await write(b, accept);
    const invite = inviteWrite(accept.call, carol);
    expect(await write(scene.store, invite)).toEqual({ crm: scene.store.nodes.self });
    await claimsOf(scene.store).takeHanded(10);
    expect(await write(scene.store, endWrite(invite.call))).toBeUndefined();
    expect((await ofCall(scene.store, 1)).map(([, seq]) => seq)).toEqual([1, 2, 3, 4]);
  });

  it('that are released are nobody’s, and are taken by another node at once; those being told of stay', async () => {
    const b = await scene.beside('b');
    await write(scene.store, start(1));
    await write(scene.store, startWrite({ callId: idOf(2), at: noon + 2, caller: carol, callees: [userId('dan')] }));
    await claimsOf(scene.store).release([lane(2)]);
    expect((await claimsOf(b).look()).owners).toEqual(['', scene.store.nodes.self]);
    expect(await takeAll(b, '', [b.nodes.self, scene.store.nodes.self])).toBe(1);
    expect([await mine(b), await mine(scene.store)]).toEqual([[[idOf(1), 1]], [[idOf(2), 1]]]);
  });

  it('of what is being written while its node is in doubt are to be read, those of later writes are not', async () => {
    const first = start(1);
    await write(scene.store, first);
    const second = acceptWrite(first.call, bob);
    const writing = write(scene.store, second);
    claimsOf(scene.store).doubt();
    expect(await writing).toEqual({ crm: scene.store.nodes.self });
    expect(await write(scene.store, endWrite(second.call))).toBeUndefined();
  });

  it('of an endpoint that is gone are dropped, whoever has them', async () => {
    const b = await scene.beside('b');
    await write(scene.store, start(1));
    await claimsOf(b).drop(appA, 'crm');
    expect(await mine(scene.store)).toEqual([]);
  });
}
