import { spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nodeId, userId } from 'ringback-protocol';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { migrate } from '../../src/stores/migrate.ts';
import { migrations } from '../../src/stores/migrations/index.ts';
import { openSqlite } from '../../src/stores/sqlite.ts';
import { longLog } from '../../src/stores/sqlite-connection.ts';
import { acceptWrite, alice, appA, bob, briefWrite, endWrite, idOf, noon, startWrite } from './support/fake-calls.ts';
import { SqliteFile } from './support/sqlite-file.ts';

let file: SqliteFile;
beforeEach(() => {
  file = new SqliteFile();
});
afterEach(() => file.dispose());

const openAt = (path: string) =>
  openSqlite({ path, node: nodeId('n1'), clock: file.clock, onFatal: (error) => void file.fatal.push(error) });

const modeOf = (path: string) => (statSync(path).mode & 0o777).toString(8);

test('folder, database and log are made for their owner only', async () => {
  const store = await file.open();
  await store.accounts.ensure(appA, alice);
  expect(modeOf(dirname(file.path))).toBe('700');
  for (const suffix of ['', '-wal', '-shm']) expect([suffix, modeOf(file.path + suffix)]).toEqual([suffix, '600']);
});

test('a database that others could read is closed to them', async () => {
  mkdirSync(dirname(file.path));
  writeFileSync(file.path, '');
  chmodSync(file.path, 0o644);
  const store = await file.open();
  await store.accounts.ensure(appA, alice);
  for (const suffix of ['', '-wal']) expect([suffix, modeOf(file.path + suffix)]).toEqual([suffix, '600']);
});

test('the schema is made once; later openings find it', async () => {
  const first = await file.open();
  expect(first.migrated).toEqual(migrations.map(({ name }) => name));
  const again = await file.reopen(first);
  expect(again.migrated).toEqual([]);
  expect(file.rows('SELECT name FROM ringback_migrations')).toEqual(migrations.map(({ name }) => ({ name })));
  expect(file.rows('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
});

test('a newer version that has only added is no hindrance, and is named', async () => {
  await file.close(await file.open());
  file.side.exec("INSERT INTO ringback_migrations (name, at) VALUES ('999-from-the-future', 0)");
  expect(await file.open()).toMatchObject({ migrated: [], newer: ['999-from-the-future'] });
});

test('a newer version that has made the schema unfit is refused with what to do, and nothing is touched', async () => {
  await file.close(await file.open());
  file.side.exec("INSERT INTO ringback_migrations (name, at) VALUES ('999-from-the-future!', 0)");
  await expect(file.open()).rejects.toThrow(/newer Ringback.*999-from-the-future!.*Start the newer version/s);
  file.side.exec("DELETE FROM ringback_migrations WHERE name = '999-from-the-future!'");
  expect(await file.open()).toMatchObject({ migrated: [], newer: [] });
});

test('a migration that fails half-way leaves nothing of itself', () => {
  const done: string[] = [];
  const broken = () => {
    throw new Error('disk full');
  };
  expect(() => migrate({ applied: () => done, apply: broken })).toThrow('disk full');
  expect(migrate({ applied: () => done, apply: ({ name }) => void done.push(name) })).toEqual(done);
  expect(migrate({ applied: () => done, apply: broken })).toEqual([]);
});

test('a folder that cannot be made is refused with the path and a hint', async () => {
  writeFileSync(join(file.folder, 'plain'), 'a file where a folder should be');
  const path = join(file.folder, 'plain', 'ringback.db');
  await expect(openAt(path)).rejects.toThrow(`The database ${path} cannot be opened`);
  await expect(openAt(path)).rejects.toThrow(/Check that the folder exists and can be written/);
});

test('a path that is a folder is refused with the path and a hint', async () => {
  await expect(openAt(file.folder)).rejects.toThrow(`The database ${file.folder} cannot be opened`);
});

test('a file that is no database is refused, and left as it was', async () => {
  const path = join(file.folder, 'notes.txt');
  writeFileSync(path, 'These are my notes, not a database. '.repeat(100));
  await expect(openAt(path)).rejects.toThrow(`The database ${path} cannot be opened: file is not a database`);
  expect(statSync(path).size).toBe(3600);
});

test('a folder that may not be written to is refused', async ({ skip }) => {
  // Whoever runs as root may write everywhere, so the opening runs as somebody else there.
  if (process.getuid?.() !== 0) {
    const path = join(file.folder, 'locked', 'ringback.db');
    mkdirSync(dirname(path), { mode: 0o500 });
    await expect(openAt(path)).rejects.toThrow(`The database ${path} cannot be opened`);
    return;
  }
  chmodSync(file.folder, 0o755);
  const { code, output } = await runOpener(join(file.folder, 'data', 'ringback.db'), ['--uid=65534']);
  if (output.includes('cannot change the user')) skip();
  expect({ code, output }).toEqual({ code: 1, output: expect.stringMatching(/cannot be opened: EACCES.*Check that/) });
  expect(existsSync(dirname(file.path))).toBe(false);
});

test('several processes that open a new database at once all succeed, and the schema is made once', async () => {
  const openers = await Promise.all([1, 2, 3, 4].map(() => runOpener(file.path, [])));
  expect(openers.map(({ code, output }) => ({ code, output }))).toEqual(
    [1, 2, 3, 4].map(() => ({ code: 0, output: expect.stringMatching(/^opened/) })),
  );
  const store = await file.open();
  expect(store.migrated).toEqual([]);
  expect(file.rows('SELECT name FROM ringback_migrations')).toEqual(migrations.map(({ name }) => ({ name })));
});

test('a close writes what waits, answers it, and refuses what comes later', async () => {
  const store = await file.open();
  const start = startWrite({ callId: idOf(1) });
  const accept = acceptWrite(start.call, bob);
  const answers = [start, accept].map((write) => store.calls.commit(write));
  const account = store.accounts.ensure(appA, userId('dora'));
  const closed = file.close(store);
  const late = store.calls.commit(endWrite(accept.call));
  await expect(late).rejects.toMatchObject({ name: 'Refusal', reason: 'internal' });
  expect(await Promise.all(answers)).toEqual(['ok', 'ok']);
  expect((await account).userId).toBe('dora');
  await closed;
  await store.close();
  await expect(store.apps.save({ sdkAppId: appA } as never)).rejects.toThrow('closed');
  expect(file.fatal).toEqual([]);

  const again = await file.open();
  expect(again.calls.load(appA, idOf(1))).toEqual(accept.call);
  expect(again.accounts.find(appA, [userId('dora')]).size).toBe(1);
});

test('the log stays short however much is written, and nothing of it is lost', async () => {
  const store = await file.open();
  const longest = { bytes: 0 };
  const total = 24 * longLog;
  const userData = 'x'.repeat(50_000);
  let written = 0;
  for (let n = 0; written < total; n += 1) {
    const writes = Array.from({ length: 10 }, (_, i) => briefWrite({ callId: idOf(n * 10 + i), at: noon + n }));
    // Room ids stand in the record, so the log grows with them.
    const long = writes.map((write) => ({ ...write, record: { ...write.record, roomId: userData } as never }));
    expect(new Set(await Promise.all(long.map((write) => store.calls.commit(write))))).toEqual(new Set(['ok']));
    written += 10 * userData.length;
    longest.bytes = Math.max(longest.bytes, statSync(`${file.path}-wal`).size);
  }
  // A busy machine may fold late, but never leaves half of what was written in the log.
  expect(longest.bytes).toBeLessThan(total / 2);
  expect(file.rows('SELECT count(*) AS n, sum(length(room_id)) AS bytes FROM records')).toEqual([
    { n: written / userData.length, bytes: written },
  ]);
});

/** Opens the database in a process of its own and closes it. */
async function runOpener(path: string, args: readonly string[]): Promise<{ code: number | null; output: string }> {
  const script = fileURLToPath(new URL('./support/open-database.mjs', import.meta.url));
  const child = spawn(process.execPath, [script, path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk;
  });
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  return { code, output: output.trim() };
}
