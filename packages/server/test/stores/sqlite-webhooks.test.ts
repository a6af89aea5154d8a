import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Endpoint } from '../../src/ports/endpoints.ts';
import type { AttemptFilter, PendingEvent } from '../../src/ports/outbox.ts';
import type { SqliteStore } from '../../src/stores/sqlite.ts';
import { AttemptReader } from '../../src/stores/sqlite-attempts.ts';
import { boundsOf, EventChunks, inChunk } from '../../src/stores/sqlite-event-chunks.ts';
import { oldWebhookQueries } from '../../src/stores/sqlite-old-webhooks.ts';
import { appA, idOf, noon } from './support/fake-calls.ts';
import { SqliteFile } from './support/sqlite-file.ts';

let file: SqliteFile;
let store: SqliteStore;
beforeEach(async () => {
  file = new SqliteFile();
  store = await file.open();
  await store.endpoints.save({
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
afterEach(() => file.dispose());

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
const deliver = (one: PendingEvent, at: number) => store.pendingEvents.settle(one, { outcome: 'delivered' }, facts(at));
const fail = (one: PendingEvent, at: number) =>
  store.pendingEvents.settle(one, { outcome: 'failed', firstAt: at, attempts: 1, nextAt: at + 1000 }, facts(at, 'no'));

/** Counts the turns that others have while something runs. */
async function turnsDuring<T>(work: Promise<T>): Promise<{ readonly result: T; readonly turns: number }> {
  let turns = 0;
  let over = false;
  const turn = (): void => {
    turns += 1;
    if (!over) setImmediate(turn);
  };
  setImmediate(turn);
  const result = await work.finally(() => {
    over = true;
  });
  return { result, turns };
}

it('what a clearing has left that was cut short is dropped at the next start', async () => {
  const insert = `INSERT INTO outbox (app, endpoint, started_at, call_id, event_seq, format, part, first_at, attempts, parked)
    VALUES (${appA}, ?, ${noon}, '${idOf(1)}', 1, 'v4', 0, 0, 0, 0)`;
  await store.endpoints.change(
    appA,
    'off',
    () => ({ ...store.endpoints.get(appA, 'crm'), id: 'off', url: '' }) as Endpoint,
  );
  for (const endpoint of ['crm', 'off', 'gone']) file.side.prepare(insert).run(endpoint);
  store = await file.reopen(store);
  await vi.waitFor(() => expect(file.rows('SELECT endpoint FROM outbox')).toEqual([{ endpoint: 'crm' }]));
});

describe('looking for what is old', () => {
  it('finds each row by its key, however many wait', () => {
    const plan = file.side.prepare(`EXPLAIN QUERY PLAN ${oldWebhookQueries.events}`).all(1, 1, 1, '', 1, '', 1, 1, 1);
    const steps = (plan as { readonly detail: string }[]).map(({ detail }) => detail);
    expect(steps.some((step) => step.startsWith('SCAN'))).toBe(false);
    // Not by the application alone, which would read all that waits for each old event.
    expect(steps.find((step) => step.startsWith('SEARCH o'))).toMatch(
      /app=\? AND endpoint=\? AND started_at=\? AND call_id=\? AND event_seq=\?/,
    );
    expect(steps.find((step) => step.startsWith('SEARCH a'))).toMatch(/app=\? AND started_at=\? AND call_id=\?/);
  });
});

describe('looking through much', () => {
  const reader = () => new AttemptReader(file.side, 3);

  beforeEach(async () => {
    const all = Array.from({ length: 20 }, (_, n) => event(n, noon + n * 10));
    await store.pendingEvents.add(all);
    // Two at each moment, so that a piece ends between them.
    await Promise.all(all.map((one, n) => (n === 4 ? fail : deliver)(one, noon + 1000 + Math.floor(n / 2))));
  });

  const pages = async (filter: AttemptFilter, limit: number) => {
    const ids: string[] = [];
    for (let before: Parameters<AttemptReader['page']>[2]; ; ) {
      const page = await reader().page(appA, filter, before, limit);
      ids.push(...page.map(({ callId }) => callId));
      before = page.at(-1);
      if (page.length < limit) return ids;
    }
  };
  const newestFirst = (numbers: readonly number[]) => [...numbers].reverse().map(idOf);
  const each = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, n) => from + n);

  it('the log gives each attempt once and in order, whatever is asked, and lets others have their turn', async () => {
    expect(await pages({}, 4)).toEqual(newestFirst(each(0, 19)));
    expect(await pages({ endpoint: 'crm' }, 7)).toEqual(newestFirst(each(0, 19)));
    expect(await pages({ from: noon + 1002, to: noon + 1003 }, 1)).toEqual(newestFirst(each(4, 7)));
    expect(await pages({ failed: true }, 1)).toEqual([idOf(4)]);
    expect(await pages({ call: { callId: idOf(7), startedAt: noon + 70 } }, 5)).toEqual([idOf(7)]);
    const { result, turns } = await turnsDuring(reader().page(appA, { endpoint: 'other' }, undefined, 10));
    expect(result).toEqual([]);
    expect(turns).toBeGreaterThanOrEqual(5);
  });

  it('events come in pieces that leave nothing out, with turns for others between them', async () => {
    const chunks = new EventChunks(file.side, 3);
    const read = file.side.prepare(`SELECT e.call_id FROM events e WHERE e.app = ? AND ${inChunk}`).pluck();
    const all = async (from: number, to: number) => {
      const ids: unknown[] = [];
      for await (const chunk of chunks.of(appA, from, to)) ids.push(...read.all(appA, ...boundsOf(chunk)));
      return ids;
    };
    const { result, turns } = await turnsDuring(all(0, noon + 86_400_000));
    expect(result).toEqual(each(0, 19).map(idOf));
    expect(turns).toBeGreaterThanOrEqual(5);
    expect(await all(noon + 30, noon + 60)).toEqual(each(3, 6).map(idOf));
    expect(await all(noon + 31, noon + 39)).toEqual([]);
  });
});
