import { beforeEach, expect, it, vi } from 'vitest';
import type { Endpoint } from '../../src/ports/endpoints.ts';
import type { AttemptFilter, PendingEvent, PendingEvents } from '../../src/ports/outbox.ts';
import { eachStore } from './support/each-store.ts';
import { appA, idOf, noon } from './support/fake-calls.ts';

const event = (n: number, startedAt: number, eventSeq = 1): PendingEvent => ({
  app: appA,
  endpoint: 'crm',
  startedAt,
  callId: idOf(n),
  eventSeq,
  format: 'v4',
  part: 0,
  eventTime: startedAt,
  command: 'Call.CallbackAfterStartCall',
  body: '{}',
  clientIp: '203.0.113.7',
  platform: 'Web',
  firstAt: 0,
  attempts: 0,
});

const facts = (at: number, error = '') => ({
  at,
  url: 'https://example.com/',
  status: 200,
  took: 1,
  error,
  answer: '',
});
eachStore('webhooks', (scene) => {
  beforeEach(async () => {
    await scene.store.endpoints.save({
      app: appA,
      id: 'crm',
      format: 'v4',
      url: 'https://example.com/',
      commands: ['Call.CallbackAfterStartCall'],
      secrets: [],
      token: '',
      state: 'active',
    });
  });

  const deliver = (one: PendingEvent, at: number) =>
    scene.store.pendingEvents.settle(one, { outcome: 'delivered' }, facts(at));
  const fail = (one: PendingEvent, at: number) =>
    scene.store.pendingEvents.settle(
      one,
      { outcome: 'failed', firstAt: at, attempts: 1, nextAt: at + 1000 },
      facts(at, 'no'),
    );
  const park = (one: PendingEvent, at: number) =>
    scene.store.pendingEvents.settle(
      one,
      { outcome: 'parked', firstAt: at, attempts: 9, later: true },
      facts(at, 'no'),
    );
  const numberOf = async (table: string) => Number((await scene.rows(`SELECT count(*) AS n FROM ${table}`))[0]?.n);

  it('keeps an old event while somebody is still to be told of it', async () => {
    await scene.store.pendingEvents.add([event(1, noon)]);
    expect(await scene.store.pendingEvents.pruneLog(noon + 1000, 100)).toBe(0);
    expect([await numberOf('events'), await numberOf('outbox')]).toEqual([1, 1]);
  });

  it('keeps an old event while the log shows a younger attempt to deliver it', async () => {
    await scene.store.pendingEvents.add([event(1, noon)]);
    await deliver(event(1, noon), noon + 5000);
    await scene.store.pendingEvents.pruneLog(noon + 1000, 100);
    expect((await scene.store.pendingEvents.attempts(appA, {}, undefined, 10)).length).toBe(1);
    await scene.store.pendingEvents.pruneLog(noon + 6000, 100);
    expect([await numberOf('events'), await numberOf('attempts')]).toEqual([0, 0]);
  });

  it('keeps what was given up for a time of its own', async () => {
    await scene.store.pendingEvents.add([event(1, noon)]);
    await park(event(1, noon), noon + 1000);
    await scene.store.pendingEvents.pruneLog(noon + 5000, 100, noon + 500);
    expect(await scene.store.pendingEvents.parkedCounts(appA)).toEqual(new Map([['crm', 1]]));
    await scene.store.pendingEvents.pruneLog(noon + 5000, 100, noon + 2000);
    expect(await scene.store.pendingEvents.parkedCounts(appA)).toEqual(new Map());
  });

  it('gets past what must stay, batch by batch, and begins anew after the last', async () => {
    await scene.store.pendingEvents.add(Array.from({ length: 25 }, (_, n) => event(n, noon + n)));
    await deliver(event(24, noon + 24), noon + 100);
    const looked = [];
    for (let n = 0; n < 3; n += 1) looked.push(await scene.store.pendingEvents.pruneLog(noon + 1000, 10));
    expect(looked).toEqual([10, 10, 1]);
    expect([await numberOf('events'), await numberOf('outbox'), await numberOf('attempts')]).toEqual([24, 24, 0]);
    await deliver(event(0, noon), noon + 100);
    expect(await scene.store.pendingEvents.pruneLog(noon + 1000, 100)).toBe(1);
    expect(await numberOf('events')).toBe(23);
  });

  it('gives each attempt once and in order, whatever is asked', async () => {
    const all = Array.from({ length: 20 }, (_, n) => event(n, noon + n * 10));
    await scene.store.pendingEvents.add(all);
    await Promise.all(all.map((one, n) => (n === 4 ? fail : deliver)(one, noon + 1000 + Math.floor(n / 2))));
    const pages = async (filter: AttemptFilter, limit: number) => {
      const ids: string[] = [];
      for (let before: Parameters<PendingEvents['attempts']>[2]; ; ) {
        const page = await scene.store.pendingEvents.attempts(appA, filter, before, limit);
        ids.push(...page.map(({ callId }) => callId));
        before = page.at(-1);
        if (page.length < limit) return ids;
      }
    };
    const newestFirst = (from: number, to: number) =>
      Array.from({ length: to - from + 1 }, (_, n) => from + n)
        .reverse()
        .map(idOf);
    expect(await pages({}, 4)).toEqual(newestFirst(0, 19));
    expect(await pages({ endpoint: 'crm' }, 7)).toEqual(newestFirst(0, 19));
    expect(await pages({ from: noon + 1002, to: noon + 1003 }, 1)).toEqual(newestFirst(4, 7));
    expect(await pages({ failed: true }, 1)).toEqual([idOf(4)]);
    expect(await pages({ call: { callId: idOf(7), startedAt: noon + 70 } }, 5)).toEqual([idOf(7)]);
    expect(await pages({ endpoint: 'other' }, 5)).toEqual([]);
  });

  it('gives what waits in the order of its calls, page by page, and leaves out what was delivered or given up', async () => {
    const { pendingEvents } = scene.store;
    const all = [event(1, noon), event(1, noon, 2), event(1, noon, 3), event(2, noon + 5), event(3, noon + 9)];
    await pendingEvents.add(all);
    await deliver(event(2, noon + 5), noon + 10);
    const seqs = (some: readonly PendingEvent[]) => some.map(({ callId, eventSeq }) => [callId, eventSeq]);
    const first = await pendingEvents.page(appA, 'crm', undefined, 2);
    expect(seqs(first)).toEqual([
      [idOf(1), 1],
      [idOf(1), 2],
    ]);
    expect(seqs(await pendingEvents.page(appA, 'crm', first[1], 10))).toEqual([
      [idOf(1), 3],
      [idOf(3), 1],
    ]);
    await fail(event(1, noon), noon + 20);
    expect(await pendingEvents.ofCall(appA, 'crm', event(1, noon), 1)).toEqual([
      { ...event(1, noon), firstAt: noon + 20, attempts: 1 },
    ]);
    await park(event(1, noon), noon + 30);
    expect(seqs(await pendingEvents.page(appA, 'crm', undefined, 10))).toEqual([[idOf(3), 1]]);
    expect(seqs(await pendingEvents.parked(appA, 'crm', undefined, 10))).toHaveLength(3);
    expect(await pendingEvents.parkedBefore(event(1, noon, 4), noon + 30)).toBe(true);
    expect(await pendingEvents.parkedBefore(event(1, noon, 1), noon + 30)).toBe(false);
    expect(await pendingEvents.counts()).toEqual([{ app: appA, endpoint: 'crm', waiting: 1, parked: 3 }]);
  });

  it('makes events wait again: one, those of a time that the endpoint wants, or all that were given up', async () => {
    const { pendingEvents, endpoints } = scene.store;
    const crm = endpoints.get(appA, 'crm') as Endpoint;
    const other = { ...event(9, noon), command: 'Call.Other' };
    await pendingEvents.add([event(1, noon), event(2, noon + 5), event(3, noon + 900), other]);
    await deliver(event(1, noon), noon + 1000);
    const one = {
      what: 'event',
      call: { callId: idOf(1), startedAt: noon },
      event: { eventSeq: 1, format: 'v4', part: 0 },
    } as const;
    expect(await pendingEvents.replay(crm, one)).toEqual({ count: 1, fresh: 1 });
    expect(await pendingEvents.replay(crm, one)).toEqual({ count: 1, fresh: 0 });
    await deliver(event(2, noon + 5), noon + 1000);
    const range = { what: 'range', from: noon, to: noon + 5 } as const;
    expect(await pendingEvents.replay(crm, range)).toEqual({ count: 2, fresh: 1 });
    await park(event(3, noon + 900), noon + 2000);
    expect(await pendingEvents.replay(crm, { what: 'parked' })).toEqual({ count: 1, fresh: 1 });
    expect(
      (await pendingEvents.page(appA, 'crm', undefined, 10)).map(({ attempts, firstAt }) => attempts + firstAt),
    ).toEqual([0, 0, 0, 0]);
  });

  it('makes one event wait again where it is wanted, and where it is not only on demand', async () => {
    const { pendingEvents, endpoints } = scene.store;
    const crm = endpoints.get(appA, 'crm') as Endpoint;
    await pendingEvents.add([{ ...event(1, noon), command: 'Call.Other' }]);
    await deliver(event(1, noon), noon + 1000);
    const one = {
      what: 'event',
      call: { callId: idOf(1), startedAt: noon },
      event: { eventSeq: 1, format: 'v4', part: 0 },
    } as const;
    expect(await pendingEvents.replay(crm, one)).toEqual({ count: 0, fresh: 0 });
    expect(await pendingEvents.page(appA, 'crm', undefined, 10)).toEqual([]);
    expect(await pendingEvents.replay(crm, { ...one, unwanted: true })).toEqual({ count: 1, fresh: 1 });
  });

  it('drops what waits where nothing is to be told any more, however much that is, and nothing of what comes then', async () => {
    const { pendingEvents, endpoints } = scene.store;
    const crm = endpoints.get(appA, 'crm') as Endpoint;
    const many = Array.from({ length: 5200 }, (_, n) => event(n + 1, noon + n));
    await pendingEvents.add(many);
    await endpoints.change(appA, 'crm', (kept) => kept && { ...kept, url: '', commands: [] });
    await endpoints.change(appA, 'crm', () => ({ ...crm, url: 'https://example.com/new' }));
    const later = event(9999, noon + 9999);
    await pendingEvents.add([later]);
    await vi.waitFor(async () => expect(await numberOf('outbox')).toBe(1), 10_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect((await pendingEvents.page(appA, 'crm', undefined, 10)).map(({ callId }) => callId)).toEqual([later.callId]);
    await pendingEvents.add(many);
    await endpoints.remove(appA, 'crm');
    await vi.waitFor(async () => expect(await numberOf('outbox')).toBe(0), 10_000);
  });

  it('lets the changes of an endpoint come one after the other, so that none is lost', async () => {
    const { endpoints } = scene.store;
    const words = Array.from({ length: 20 }, (_, n) => `w${n}`);
    const heard: number[] = [];
    endpoints.onChange((_, id, endpoint) => id === 'new' && heard.push(endpoint?.commands.length ?? -1));
    const crm = endpoints.get(appA, 'crm') as Endpoint;
    const results = await Promise.all(
      words.map((word) =>
        endpoints.change(appA, 'new', (kept) => ({ ...crm, id: 'new', commands: [...(kept?.commands ?? []), word] })),
      ),
    );
    expect(results.map((one) => one?.commands.length)).toEqual(words.map((_, n) => n + 1));
    expect(heard).toEqual(words.map((_, n) => n + 1));
    expect(endpoints.get(appA, 'new')?.commands).toEqual(words);
    await scene.reopen();
    expect(scene.store.endpoints.get(appA, 'new')?.commands).toEqual(words);
  });

  it('leaves an endpoint alone whose change answers so, or throws, and goes on', async () => {
    const { endpoints } = scene.store;
    const crm = endpoints.get(appA, 'crm');
    let heard = 0;
    endpoints.onChange(() => {
      heard += 1;
    });
    expect(await endpoints.change(appA, 'crm', (kept) => kept)).toBe(crm);
    expect(await endpoints.change(appA, 'crm', () => undefined)).toBe(crm);
    expect(await endpoints.change(appA, 'nobody', (kept) => kept)).toBeUndefined();
    const failing = endpoints.change(appA, 'crm', () => {
      throw new Error('not like this');
    });
    await expect(failing).rejects.toThrow('not like this');
    expect(endpoints.get(appA, 'crm')).toBe(crm);
    expect(heard).toBe(0);
    expect((await endpoints.change(appA, 'crm', (kept) => kept && { ...kept, state: 'paused' }))?.state).toBe('paused');
    expect(heard).toBe(1);
  });

  it('an endpoint that is removed while it is being changed stays removed', async () => {
    const { endpoints } = scene.store;
    const change = endpoints.change(appA, 'crm', (kept) => kept && { ...kept, state: 'paused' });
    const removal = endpoints.remove(appA, 'crm');
    const late = endpoints.change(appA, 'crm', (kept) => kept && { ...kept, state: 'gone' });
    await Promise.all([change, removal]);
    expect(await late).toBeUndefined();
    expect(endpoints.list()).toEqual([]);
    await scene.reopen();
    expect(scene.store.endpoints.list()).toEqual([]);
  });

  it('drops what waits for an endpoint that is removed', async () => {
    await scene.store.pendingEvents.add([event(1, noon)]);
    await scene.store.endpoints.remove(appA, 'crm');
    expect(await scene.store.pendingEvents.counts()).toEqual([]);
    await scene.reopen();
    expect(scene.store.endpoints.list()).toEqual([]);
  });

  it('keeps an attempt that belongs to no call', async () => {
    await scene.store.pendingEvents.logTest(event(1, noon, 0), facts(noon + 5, 'refused'));
    expect(await scene.store.pendingEvents.attempts(appA, {}, undefined, 10)).toMatchObject([
      { outcome: 'test', attempt: 1, error: 'refused', eventSeq: 0, at: noon + 5 },
    ]);
    expect(await scene.store.pendingEvents.counts()).toEqual([]);
  });

  it('a call of events alone is found by its id within the time that is given', async () => {
    const { pendingEvents } = scene.store;
    await pendingEvents.add(Array.from({ length: 20 }, (_, n) => event(n, noon + n * 10)));
    const find = (n: number, since: number, until: number) =>
      pendingEvents.startOf(appA, idOf(n), noon + since, noon + until);
    expect(await find(7, 0, 1000)).toBe(noon + 70);
    expect(await find(7, 70, 70)).toBe(noon + 70);
    expect(await find(7, 71, 1000)).toBeUndefined();
    expect(await find(77, 0, 1000)).toBeUndefined();
  });
});
