import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { SqliteStore } from '../../src/stores/sqlite.ts';
import { testApp } from '../support/test-app.ts';
import { acceptWrite, alice, appA, bob, briefWrite, carol, endWrite, idOf, startWrite } from './support/fake-calls.ts';
import { SqliteFile } from './support/sqlite-file.ts';

let file: SqliteFile;
beforeEach(() => {
  file = new SqliteFile();
});
afterEach(() => file.dispose());

const internal = { status: 'rejected', reason: expect.objectContaining({ name: 'Refusal', reason: 'internal' }) };

describe('a write that fails', () => {
  let store: SqliteStore;
  beforeEach(async () => {
    store = await file.open();
  });

  test('is fatal, once; all that waits is refused, and none of it is on disk', async () => {
    const first = startWrite({ callId: idOf(1) });
    await store.calls.commit(first);
    file.side
      .prepare('INSERT INTO seats (app, user_id, call_id, status) VALUES (?, ?, ?, ?)')
      .run(appA, carol, idOf(99), 'Calling');

    const good = [acceptWrite(first.call, bob), briefWrite({ callId: idOf(2) })];
    const bad = startWrite({ callId: idOf(3), caller: carol, callees: [] });
    const sameBatch = Promise.allSettled([...good, bad].map((write) => store.calls.commit(write)));
    // Time for the batch to go to the disk, so that what follows waits for the next one.
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
    const next = [briefWrite({ callId: idOf(4) }), briefWrite({ callId: idOf(5) })];
    const nextBatch = Promise.allSettled(next.map((write) => store.calls.commit(write)));
    expect([...(await sameBatch), ...(await nextBatch)]).toEqual([1, 2, 3, 4, 5].map(() => internal));
    expect(file.fatal.map((error) => error.message)).toEqual([expect.stringContaining('UNIQUE constraint failed')]);

    expect(store.calls.read(appA, idOf(1))).toEqual(first.call);
    expect(store.calls.read(appA, idOf(3))).toBeUndefined();
    expect(file.rows('SELECT call_id, version FROM calls')).toEqual([{ call_id: idOf(1), version: 1 }]);
    expect(file.rows('SELECT * FROM records')).toEqual([]);
    expect(file.rows('SELECT call_id, seq FROM history')).toEqual([{ call_id: idOf(1), seq: 1 }]);
  });

  test('makes every later write fail too, of calls, accounts and applications', async () => {
    file.side
      .prepare('INSERT INTO seats (app, user_id, call_id, status) VALUES (?, ?, ?, ?)')
      .run(appA, alice, idOf(99), 'Calling');
    await expect(store.calls.commit(startWrite({ callId: idOf(1) }))).rejects.toMatchObject({ reason: 'internal' });
    await expect(store.calls.commit(briefWrite({ callId: idOf(2) }))).rejects.toMatchObject({ reason: 'internal' });
    await expect(store.accounts.ensure(appA, bob)).rejects.toThrow('UNIQUE');
    await expect(store.accounts.revoke(appA, bob, 5)).rejects.toThrow('UNIQUE');
    await expect(store.apps.save(testApp())).rejects.toThrow('UNIQUE');
    expect(store.apps.list()).toEqual([]);
    expect(store.accounts.revokedAt(appA, bob)).toBe(0);
    expect(file.fatal).toHaveLength(1);
    await file.close(store);
    expect(file.fatal).toHaveLength(1);
  });

  test.each([
    ['a call that is gone from the disk', 'DELETE FROM calls', acceptWrite],
    ['a call that has moved on on the disk', 'UPDATE calls SET version = 7', acceptWrite],
    ['a seat that is gone from the disk', "DELETE FROM seats WHERE user_id = 'bob'", acceptWrite],
    ['a seat that another call holds on the disk', "UPDATE seats SET call_id = 'x' WHERE user_id = 'bob'", acceptWrite],
    ['an end of a call that is gone from the disk', 'DELETE FROM calls', (call: never) => endWrite(call)],
    ['an end of a call whose seat is gone', 'DELETE FROM seats', (call: never) => endWrite(call)],
  ] as const)('is noticed where no constraint would speak: %s', async (_what, sql, step) => {
    const start = startWrite({ callId: idOf(1) });
    await store.calls.commit(start);
    file.side.exec(sql);
    const before = file.rows('SELECT * FROM history');
    const [result] = await Promise.allSettled([store.calls.commit(step(start.call as never, bob))]);
    expect(result).toEqual(internal);
    expect(file.fatal.map((error) => error.message)).toEqual([
      expect.stringMatching(/^Memory and disk disagree: 0 rows/),
    ]);
    expect(file.rows('SELECT * FROM history')).toEqual(before);
    expect(file.rows('SELECT * FROM records')).toEqual([]);
  });

  test('leaves a database from which a new process starts in good order', async () => {
    const start = startWrite({ callId: idOf(1) });
    await store.calls.commit(start);
    file.side
      .prepare('INSERT INTO seats (app, user_id, call_id, status) VALUES (?, ?, ?, ?)')
      .run(appA, carol, idOf(99), 'Calling');
    const bad = startWrite({ callId: idOf(2), caller: carol, callees: [] });
    await expect(store.calls.commit(bad)).rejects.toMatchObject({ reason: 'internal' });
    file.side.exec("DELETE FROM seats WHERE user_id = 'carol'");

    store = await file.reopen(store);
    expect(await store.calls.live()).toEqual([start.call]);
    expect(await store.calls.commit(bad)).toBe('ok');
    expect(await store.calls.commit(endWrite(start.call))).toBe('ok');
    expect(file.fatal).toHaveLength(1);
  });
});

test('a disk that fills up is fatal, and what was acknowledged before is all there', async () => {
  await file.close(await file.open());
  const script = fileURLToPath(new URL('./support/fill-disk.mjs', import.meta.url));
  // No file of the process may grow beyond this, which SQLite takes for a disk without room.
  const command = `ulimit -f 2000 && exec "$0" "$@"`;
  const child = spawn('bash', ['-c', command, process.execPath, script, file.path, String(appA)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => {
      output += chunk;
    });
  }
  const code = await new Promise((resolve) => child.once('close', resolve));
  const lines = output.trim().split('\n');
  expect({ code, fatal: lines.filter((line) => line.startsWith('fatal ')) }).toEqual({
    code: 0,
    fatal: [expect.stringMatching(/^fatal .*(full|I\/O error)/)],
  });
  const those = (word: string) => lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.split(' ')[1]);
  const [acknowledged, refused] = [those('ok'), those('internal')];
  expect(acknowledged.length).toBeGreaterThan(10);
  expect(refused.length).toBeGreaterThan(1);

  const store = await file.open();
  const kept = (await store.calls.live(appA)).map((call) => call.callId);
  expect(kept.sort()).toEqual(acknowledged.sort());
  expect(file.rows('SELECT count(*) AS n FROM seats')).toEqual([{ n: 2 * acknowledged.length }]);
  expect(await store.calls.commit(briefWrite({ callId: idOf(1) }))).toBe('ok');
});
