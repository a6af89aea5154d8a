import { nodeId } from 'ringback-protocol';
import { expect, it, vi } from 'vitest';
import type { PendingEvent } from '../../src/ports/outbox.ts';
import { eachSharedStore } from './support/each-store.ts';
import { acceptWrite, appA, bob, endWrite, idOf, noon } from './support/fake-calls.ts';
import {
  claimsOf,
  deliver,
  lane,
  lanesContract,
  mine,
  ofCall,
  start,
  takeAll,
  write,
} from './support/lanes-contract.ts';

// The first of PGlite takes its time to start on a machine that is busy.
vi.setConfig({ hookTimeout: 180_000 });

eachSharedStore('lanes of webhooks', (scene) => {
  lanesContract(scene);

  it('of an endpoint that is there are kept, though a node has not heard of it', async () => {
    await scene.store.endpoints.save({
      app: appA,
      id: 'crm',
      format: 'v4',
      url: 'https://crm.example/',
      commands: [],
      secrets: [],
      token: '',
      state: 'active',
    });
    await write(scene.store, start(1));
    await claimsOf(scene.store).drop(appA, 'crm');
    expect(await mine(scene.store)).toHaveLength(1);
  });

  it('in which another node has something are to be read by whoever has the beginning and adds to it', async () => {
    const b = await scene.beside('b');
    const first = start(1);
    await write(scene.store, first);
    const second = acceptWrite(first.call, bob);
    await write(scene.store, second);
    // As when that was written while the lane changed hands.
    await scene.rows(`UPDATE outbox SET owner = '${b.nodes.self}' WHERE event_seq = 2`);
    expect(await write(scene.store, endWrite(second.call))).toEqual({ crm: scene.store.nodes.self });
    expect(await ofCall(scene.store, 1)).toEqual([[idOf(1), 1]]);
  });

  it('of a dead node go to the others, each as a whole to one, however many take at once', async () => {
    const others = await Promise.all(['b', 'c', 'd'].map((name) => scene.beside(name)));
    const calls = 900;
    const events = Array.from({ length: calls * 3 }, (_, i): PendingEvent => {
      const n = Math.floor(i / 3);
      const shared = { format: 'v4', part: 0, command: 'x', body: '{}', clientIp: '', platform: '' } as const;
      const endpoint = n % 3 === 0 ? 'crm' : 'erp';
      return { ...shared, ...lane(n), endpoint, eventSeq: (i % 3) + 1, eventTime: noon, firstAt: 0, attempts: 0 };
    });
    await scene.store.pendingEvents.add(events);
    const living = others.map(({ nodes }) => nodes.self);
    const taken = await Promise.all(others.map((one) => takeAll(one, scene.store.nodes.self, living)));
    expect(taken.reduce((sum, one) => sum + one, 0)).toBe(calls * 3);
    const apart = await scene.rows(
      'SELECT call_id FROM outbox GROUP BY app, endpoint, started_at, call_id HAVING count(DISTINCT owner) > 1',
    );
    expect(apart).toEqual([]);
    const owners = await scene.rows('SELECT DISTINCT owner, handed FROM outbox');
    for (const { owner, handed } of owners) expect([living.includes(nodeId(String(owner))), handed]).toEqual([true, 0]);
  });

  it('of a dead node that were added to after they were taken over come together again', async () => {
    const [b, c] = [await scene.beside('b'), await scene.beside('c')];
    const dead = scene.store.nodes.self;
    const first = start(1);
    await write(scene.store, first);
    expect(await takeAll(b, dead, [b.nodes.self, c.nodes.self])).toBe(1);
    // As a step writes it that has not seen the taking over.
    await write(c, acceptWrite(first.call, bob));
    await scene.rows('UPDATE outbox SET owner = ?, handed = 1 WHERE event_seq = 2', dead);
    const got = await claimsOf(c).takeOver(dead, [b.nodes.self, c.nodes.self]);
    expect(got).toMatchObject({ mine: [], others: [b.nodes.self] });
    expect(await claimsOf(b).takeHanded(10)).toEqual([lane(1)]);
    expect((await ofCall(b, 1)).map(([, seq]) => seq)).toEqual([1, 2]);
  });

  it('take what is replayed, whichever node is asked', async () => {
    const b = await scene.beside('b');
    const first = start(1);
    await write(scene.store, first);
    await deliver(scene.store, 1);
    await write(scene.store, acceptWrite(first.call, bob));
    const crm = { app: appA, id: 'crm', format: 'v4', commands: ['Call.CallbackAfterMemberChanged'] } as never;
    const again = { what: 'event', call: lane(1), event: { eventSeq: 1, format: 'v4', part: 0 } } as const;
    expect(await b.pendingEvents.replay(crm, again)).toEqual({ count: 1, fresh: 1 });
    expect(await claimsOf(scene.store).takeHanded(10)).toEqual([lane(1)]);
    expect((await ofCall(scene.store, 1)).map(([, seq]) => seq)).toEqual([1, 2]);
    for (let n = 0; n < 2; n += 1) await deliver(scene.store, 1);
    await b.pendingEvents.replay(crm, again);
    expect([await ofCall(b, 1), await ofCall(scene.store, 1)]).toEqual([[[idOf(1), 1]], []]);
  });
});
