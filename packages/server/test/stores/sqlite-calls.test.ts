import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SqliteStore } from '../../src/stores/sqlite.ts';
import { acceptWrite, appA, bob, carol, endWrite, idOf, noon, startWrite } from './support/fake-calls.ts';
import { SqliteFile } from './support/sqlite-file.ts';

describe('SQLite: pending and committed', () => {
  let file: SqliteFile;
  let store: SqliteStore;
  beforeEach(async () => {
    file = new SqliteFile();
    store = await file.open();
  });
  afterEach(() => file.dispose());

  test('the next step sees a write at once, everybody else only when it is on disk', async () => {
    const { calls } = store;
    const start = startWrite({ callId: idOf(1) });
    const written = calls.commit(start);
    expect(calls.load(appA, idOf(1))).toBe(start.call);
    expect(calls.seats(appA, [bob]).get(bob)).toEqual({ callId: idOf(1), status: 'Waiting' });
    expect(calls.read(appA, idOf(1))).toBeUndefined();
    expect(calls.seatOf(appA, bob)).toBeUndefined();
    expect(await calls.live()).toEqual([]);
    expect(await written).toBe('ok');
    expect(calls.read(appA, idOf(1))).toBe(start.call);
    expect(calls.seatOf(appA, bob)).toEqual({ callId: idOf(1), status: 'Waiting' });

    const ended = calls.commit(endWrite(start.call));
    expect(calls.load(appA, idOf(1))).toBeUndefined();
    expect(calls.seats(appA, [bob]).size).toBe(0);
    expect(calls.read(appA, idOf(1))).toBe(start.call);
    expect(calls.seatOf(appA, bob)?.callId).toBe(idOf(1));
    await ended;
    expect(calls.read(appA, idOf(1))).toBeUndefined();
    expect(calls.seatOf(appA, bob)).toBeUndefined();
  });

  test('a seat that a call is about to leave can be given away before the disk knows of either', async () => {
    const { calls } = store;
    const first = startWrite({ callId: idOf(1) });
    const second = startWrite({ callId: idOf(2), caller: carol, callees: [bob] });
    const results = [first, endWrite(first.call), second, acceptWrite(second.call, bob)].map((one) =>
      calls.commit(one),
    );
    expect(await Promise.all(results)).toEqual(['ok', 'ok', 'ok', 'ok']);
    expect(calls.seatOf(appA, bob)).toEqual({ callId: idOf(2), status: 'Calling' });
    expect(file.rows('SELECT user_id, call_id, status FROM seats ORDER BY user_id')).toEqual([
      { user_id: bob, call_id: idOf(2), status: 'Calling' },
      { user_id: carol, call_id: idOf(2), status: 'Calling' },
    ]);
  });

  test('an answered commit is on disk, for another connection too, with its deadline', async () => {
    const start = startWrite({ callId: idOf(1) });
    await store.calls.commit(start);
    expect(file.rows('SELECT app, call_id, version, next_deadline, state FROM calls')).toEqual([
      {
        app: appA,
        call_id: idOf(1),
        version: 1,
        next_deadline: start.call.startedAt + 30_000,
        state: JSON.stringify(start.call),
      },
    ]);
    const accept = acceptWrite(start.call, bob);
    await store.calls.commit(accept);
    expect(file.rows('SELECT version, next_deadline FROM calls')).toEqual([{ version: 2, next_deadline: 0 }]);
    await store.calls.commit(endWrite(accept.call));
    expect(file.rows('SELECT * FROM calls')).toEqual([]);
    expect(file.rows('SELECT * FROM seats')).toEqual([]);
  });

  test('outgoing events are written as they are, one row for each, in the same transaction', async () => {
    const start = startWrite({ callId: idOf(1) });
    const told = {
      eventSeq: 1,
      format: 'v4' as const,
      part: 0,
      eventTime: noon,
      command: 'Call.CallbackAfterStartCall',
      body: '{"a":1}',
    };
    const write = {
      ...start,
      origin: { clientIp: '192.0.2.7', platform: 'Web' as const },
      outbox: [
        { ...told, endpoints: ['log', 'crm'] },
        { ...told, format: 'v1' as const, part: 1, endpoints: ['old'] },
      ],
    };
    expect(await store.calls.commit(write)).toBe('ok');
    const place = { app: appA, started_at: start.call.startedAt, call_id: idOf(1), event_seq: 1 };
    const event = {
      ...place,
      command: 'Call.CallbackAfterStartCall',
      event_time: noon,
      body: '{"a":1}',
      client_ip: '192.0.2.7',
      platform: 'Web',
    };
    expect(file.rows('SELECT * FROM events ORDER BY format')).toEqual([
      { ...event, format: 'v1', part: 1 },
      { ...event, format: 'v4', part: 0 },
    ]);
    const row = { ...place, first_at: 0, attempts: 0, parked: 0, owner: '', handed: 0 };
    expect(file.rows('SELECT * FROM outbox ORDER BY endpoint')).toEqual([
      { ...row, endpoint: 'crm', format: 'v4', part: 0 },
      { ...row, endpoint: 'log', format: 'v4', part: 0 },
      { ...row, endpoint: 'old', format: 'v1', part: 1 },
    ]);
  });

  test('a refused write leaves no row in any table', async () => {
    await store.calls.commit(startWrite({ callId: idOf(1) }));
    const count = () =>
      ['calls', 'seats', 'history', 'records', 'record_counts', 'events', 'outbox'].map(
        (table) => file.rows(`SELECT count(*) AS n FROM ${table}`)[0]?.n,
      );
    const before = count();
    const start = startWrite({ callId: idOf(2), caller: carol, callees: [bob] });
    const told = { eventSeq: 1, format: 'v4' as const, part: 0, eventTime: noon, command: 'c', body: '{}' };
    const event = { ...told, endpoints: ['crm'] };
    expect(await store.calls.commit({ ...start, outbox: [event] })).toBe('seat');
    expect(await store.calls.commit(endWrite(acceptWrite(startWrite({ callId: idOf(1) }).call, bob).call))).toBe(
      'version',
    );
    expect(count()).toEqual(before);
  });
});
