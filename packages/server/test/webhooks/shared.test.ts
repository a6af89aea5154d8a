import { afterEach, expect, it, vi } from 'vitest';
import type { Endpoint } from '../../src/ports/endpoints.ts';
import { eachSharedStore } from '../stores/support/each-store.ts';
import { appA, idOf, noon } from '../stores/support/fake-calls.ts';
import { type DeliveringNode, SharedWebhooks } from './shared-scene.ts';

/** A small generator (mulberry32), so that a run can be repeated. */
function randomFrom(start: number): () => number {
  let state = start;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

// The first of PGlite takes its time to start, and a machine that is busy is no reason to fail.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 180_000 });

eachSharedStore('webhooks delivered by several nodes', (scene) => {
  let shared: SharedWebhooks;
  const open = async (options: { nodes: number; bus: boolean }) => {
    shared = await SharedWebhooks.open(scene, options);
    return shared.nodes as [DeliveringNode, DeliveringNode, DeliveringNode];
  };
  afterEach(() => shared.close());
  /** In order, and nothing twice but what was not answered in time. */
  const judge = () => {
    expect(shared.faults).toEqual([]);
    expect(shared.repeats).toBeLessThanOrEqual(shared.failures);
  };
  const waiting = async () => {
    const [counts] = await scene.store.pendingEvents.counts(appA);
    return counts?.waiting ?? 0;
  };
  const nothingWaits = () =>
    shared.until(
      async () => (await waiting()) === 0,
      () => 'nothing waits',
    );

  for (const bus of [true, false]) {
    it(`come in order when each step of a call is made by another of them, ${bus ? 'with' : 'without'} a bus`, async () => {
      const nodes = await open({ nodes: 3, bus });
      shared.slowness = 20;
      await Promise.all(
        Array.from({ length: 12 }, (_, n) => shared.play(n, 8, (seq) => nodes[(n + seq) % 3] as DeliveringNode)),
      );
      await shared.takes(12, 8);
      await nothingWaits();
      judge();
    });
  }

  it('that a node had written and not taken up when it came into doubt are read again, as another may deliver them', async () => {
    const [a, b] = await open({ nodes: 2, bus: true });
    shared.refuses = () => true;
    const steps = shared.steps(0, 3);
    const first = await shared.step(a, steps.next().value as never);
    await shared.until(
      () => shared.receiver.got.length > 0 && a.underWay() === 0,
      () => 'the first is refused',
    );
    // The second is on disk, and about to be taken up from memory.
    const goOn = a.hold();
    const second = await shared.step(a, steps.next(first).value as never);
    shared.registry.die(a.self);
    const ownedBy = async ({ store }: DeliveringNode) =>
      (await store.pendingEvents.page(appA, 'crm', undefined, 10)).map(({ eventSeq }) => eventSeq);
    await shared.until(
      async () => (await ownedBy(b)).length === 2,
      () => 'b takes over both',
    );
    shared.registry.comeBack(a.self);
    // It reads what is its own: nothing, and then it has room for what is new.
    for (let n = 0; n < 10; n += 1) expect(await ownedBy(a)).toEqual([]);
    goOn();
    await shared.until(
      () => shared.receiver.got.length > 5 && a.underWay() === 0,
      () => 'b goes on',
    );
    expect(shared.faults).toEqual([]);
    shared.refuses = () => false;
    steps.next(second);
    await shared.takes(1, 2);
    await nothingWaits();
    judge();
  });

  it('of a node that dies are delivered by another, which begins where that one was', async () => {
    const [a, b] = await open({ nodes: 2, bus: false });
    shared.refuses = () => true;
    await Promise.all(Array.from({ length: 20 }, (_, n) => shared.play(n, 4, () => a)));
    await shared.until(
      () => shared.receiver.got.length >= 6,
      () => 'some are refused',
    );
    shared.registry.die(a.self);
    // What it has sent already is still answered, also what has yet to arrive.
    await shared.until(
      () => a.underWay() === 0,
      () => `${a.underWay()} requests are under way`,
    );
    shared.refuses = () => false;
    await shared.takes(20, 4);
    await nothingWaits();
    judge();
    await shared.until(
      () => b.counted.waiting === 0,
      () => `${b.counted.waiting} wait at b`,
    );
  });

  it('are not sent by a node that cannot be sure to live, and it goes on when it can', async () => {
    const [a] = await open({ nodes: 2, bus: true });
    shared.slowness = 200;
    const half = shared.play(0, 6, () => a);
    await shared.until(
      () => shared.receiver.got.length === 1,
      () => 'the first is under way',
    );
    await half;
    shared.registry.die(a.self);
    await shared.takes(1, 6);
    // The node itself sent nothing but what was under way.
    expect(shared.repeats).toBeLessThanOrEqual(1);
    // What it still writes is delivered by the other.
    await shared.play(1, 3, () => a);
    await shared.until(
      () => shared.taken.get(idOf(1)) === 3,
      () => 'the other delivers',
    );
    shared.registry.comeBack(a.self);
    await shared.play(2, 3, () => a);
    await shared.until(
      () => shared.taken.get(idOf(2)) === 3,
      () => 'it delivers again',
    );
    await nothingWaits();
    expect(shared.faults).toEqual([]);
  });

  it('come in order and completely, though nodes die, come back and stop, and the receiver fails at random', async () => {
    const random = randomFrom(20_261_128);
    await open({ nodes: 3, bus: true });
    shared.refuses = () => random() < 0.15;
    shared.slowness = 3;
    const calls = 60;
    const alive = () => shared.nodes.filter(({ self }) => shared.registry.isAlive(self));
    const choose = () => {
      const there = alive();
      return there[Math.floor(random() * there.length)] as DeliveringNode;
    };
    for (let round = 0; round < 6; round += 1) {
      const some = Array.from({ length: calls / 6 }, (_, n) => shared.play(round * (calls / 6) + n, 6, choose));
      await shared.until(
        () => random() < 0.2,
        () => 'some time goes by',
      );
      const [victim] = alive();
      if (victim !== undefined) shared.registry.die(victim.self);
      await Promise.all(some);
      if (victim !== undefined && round % 2 === 0) shared.registry.comeBack(victim.self);
      else await shared.join(`later${round}`);
    }
    await shared.takes(calls, 6, 150_000);
    await nothingWaits();
    expect(shared.faults).toEqual([]);
  }, 240_000);

  it('go over to the others at once when a node stops', async () => {
    const [a, b] = await open({ nodes: 2, bus: true });
    const crm = scene.store.endpoints.get(appA, 'crm') as Endpoint;
    await scene.store.endpoints.save({ ...crm, state: 'paused' });
    await Promise.all(Array.from({ length: 10 }, (_, n) => shared.play(n, 3, () => a)));
    expect(await waiting()).toBe(30);
    await shared.stop(a);
    const owners = () => scene.rows('SELECT DISTINCT owner FROM outbox');
    await shared.until(
      async () => (await owners()).every(({ owner }) => owner === b.self),
      () => 'the other owns them',
    );
    await scene.store.endpoints.save({ ...crm, state: 'active' });
    await shared.takes(10, 3);
    judge();
  });

  it('of nodes that were there before and are long forgotten are taken up at the start', async () => {
    await scene.store.endpoints.save({
      app: appA,
      id: 'crm',
      format: 'v4',
      url: 'http://127.0.0.1:1/',
      commands: [],
      secrets: [],
      token: '',
      state: 'paused',
    });
    const shape = {
      format: 'v4',
      part: 0,
      eventTime: noon,
      command: 'x',
      clientIp: '',
      platform: '',
      firstAt: 0,
      attempts: 0,
    } as const;
    const events = [1, 2, 3].map((eventSeq) => ({
      ...shape,
      app: appA,
      endpoint: 'crm',
      startedAt: noon,
      callId: idOf(0),
      eventSeq,
      body: JSON.stringify({ CallId: idOf(0), EventSeq: eventSeq }),
    }));
    await scene.store.pendingEvents.add(events);
    await scene.rows("UPDATE outbox SET owner = 'somebody.who.was'");
    await open({ nodes: 2, bus: false });
    await shared.takes(1, 3);
    judge();
  });

  it('are answered 410 only once: all nodes leave the endpoint alone, until somebody resumes it at any of them', async () => {
    const [a, b] = await open({ nodes: 2, bus: true });
    shared.receiver.reply = (answer) => answer(410);
    await shared.play(0, 2, () => a);
    const stateAt = ({ store }: DeliveringNode) => store.endpoints.get(appA, 'crm')?.state;
    await shared.until(
      () => stateAt(a) === 'gone',
      () => 'it is gone',
    );
    await shared.until(
      () => stateAt(b) === 'gone',
      () => 'the other knows',
    );
    await shared.play(1, 2, () => b);
    await shared.until(
      async () => (await waiting()) === 4,
      () => 'all wait',
    );
    expect(shared.receiver.got.length).toBe(1);
    shared.receiver.reply = (answer, _, { body }) => {
      shared.taken.set(body.CallId, body.EventSeq);
      answer(200);
    };
    const crm = b.store.endpoints.get(appA, 'crm') as Endpoint;
    await b.store.endpoints.save({ ...crm, state: 'active' });
    await shared.takes(2, 2);
    await nothingWaits();
  });
});
