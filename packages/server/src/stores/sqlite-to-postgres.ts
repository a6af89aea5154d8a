import { setTimeout as sleep } from 'node:timers/promises';
import type { Database } from 'better-sqlite3';
import { type CopiedRow, portions, rowsOf, TableSum } from './copied-rows.ts';
import { copyMark, missingMigrations, newerMigrations } from './migrate.ts';
import { migratePostgres } from './postgres-migrate.ts';
import type { SqlDatabase, SqlSession, SqlValue } from './sql-database.ts';
import { openReading } from './sqlite-connection.ts';

/** What was copied of a table. */
export interface CopiedTable {
  readonly table: string;
  readonly rows: number;
  /** Over all rows in whatever order; the same in both databases. */
  readonly checksum: string;
}

interface TableShape {
  readonly name: string;
  readonly columns: readonly { readonly name: string; readonly type: string }[];
  readonly rows: number;
}

/** Tables that tell of processes, and not of what is kept: each database has its own. */
const ofProcesses: ReadonlySet<string> = new Set(['ringback_migrations', 'ringback_locks', 'nodes', 'node_secrets']);

/** ms; how long a connection may take to end whose process is gone. */
const farewell = 5000;

/** How the types of the migrations are called in arrays. */
const arrays: Readonly<Record<string, string>> = { BIGINT: 'bigint[]', INTEGER: 'integer[]', TEXT: 'text[]' };

/**
 * Copies everything that an embedded database holds into an empty PostgreSQL database, in one transaction: all of it, read
 * back and found to be the same, or nothing. The source is only read; no process may write to it meanwhile.
 *
 * While it runs, and after it was broken off, the target has a mark that keeps servers from it. `progress` hears rows done
 * and rows in all. Rejects with a sentence for the operator.
 */
export async function copyToPostgres(options: {
  /** The file of the embedded database. */
  readonly path: string;
  readonly db: SqlDatabase;
  readonly progress: (done: number, all: number) => void;
}): Promise<readonly CopiedTable[]> {
  const { path, db, progress } = options;
  const source = openReading(path);
  try {
    // One snapshot for everything, whatever other tools do to the file.
    source.exec('BEGIN');
    checkSource(source);
    const tables = shapes(source);
    await checkServers(db);
    await checkEmpty(db, tables);
    await migratePostgres(db, { copying: true });
    await db.query('INSERT INTO ringback_migrations (name, at) VALUES ($1, 0) ON CONFLICT (name) DO NOTHING', [
      copyMark,
    ]);
    return await db.transaction(async (session) => {
      await prepare(session, tables);
      const all = tables.reduce((sum, { rows }) => sum + rows, 0);
      let done = 0;
      const copied: CopiedTable[] = [];
      for (const table of tables) {
        copied.push(
          await copyTable(source, session, table, (rows) => {
            done += rows;
            progress(done, all);
          }),
        );
      }
      // One that had been there before the mark, and connected again since.
      await checkServers(session);
      await session.query('DELETE FROM ringback_migrations WHERE name = $1', [copyMark]);
      return copied;
    }, 'unhurried');
  } finally {
    source.close();
  }
}

function checkSource(source: Database): void {
  const has = source.prepare("SELECT 1 FROM sqlite_schema WHERE name = 'ringback_migrations'").get();
  if (has === undefined) throw new Error('The source is no database of Ringback.');
  const names = (source.prepare('SELECT name FROM ringback_migrations').all() as { name: string }[]).map(
    ({ name }) => name,
  );
  const newer = newerMigrations(names);
  if (newer.length > 0) {
    throw new Error(`The source was written by a newer Ringback (${newer.join(', ')}). Move it with that version.`);
  }
  if (missingMigrations(names).length > 0) {
    throw new Error('The source has an older schema. Bring it up to date first: `ringback migrate run --data …`.');
  }
}

/** All tables of the source, from itself, so that none is forgotten. */
function shapes(source: Database): readonly TableShape[] {
  const names = source
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name")
    .pluck()
    .all() as string[];
  return names
    .filter((name) => !ofProcesses.has(name))
    .map((name) => ({
      name,
      columns: source.prepare('SELECT name, type FROM pragma_table_info(?)').all(name) as {
        name: string;
        type: string;
      }[],
      rows: source.prepare(`SELECT count(*) FROM ${name}`).pluck().get() as number,
    }));
}

/** Rejects while servers are connected: they would not know of what comes, and write beside it. */
async function checkServers(db: SqlSession): Promise<void> {
  let n = 0;
  for (let waited = 0; waited <= farewell; waited += 250) {
    if (waited > 0) await sleep(250);
    const { rows } = await db.query<{ n: number }>(
      `SELECT count(*)::bigint AS n FROM pg_stat_activity
       WHERE application_name = 'ringback' AND datname = current_database() AND pid <> pg_backend_pid()`,
    );
    n = rows[0]?.n ?? 0;
    if (n === 0) return;
  }
  throw new Error(`Ringback is at work on the target (${n} connections). Stop the servers on it first.`);
}

/** Rejects when there is anything in the target, of ours or of others. */
async function checkEmpty(db: SqlSession, tables: readonly TableShape[]): Promise<void> {
  const there = await db.query<{ name: string }>(
    'SELECT tablename::text AS name FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename',
  );
  const advice = 'Nothing was changed. Make a new one (CREATE DATABASE …) and name that.';
  const ours = new Set(tables.map(({ name }) => name));
  const strange = there.rows.map(({ name }) => name).filter((name) => !ours.has(name) && !ofProcesses.has(name));
  if (strange.length > 0) {
    throw new Error(`The target is not empty: it has the table ${strange[0]}, which is none of Ringback's. ${advice}`);
  }
  for (const { name } of there.rows) {
    if (ofProcesses.has(name)) continue;
    const { rows } = await db.query(`SELECT 1 AS found FROM ${name} LIMIT 1`);
    if (rows.length > 0) throw new Error(`The target is not empty: there are rows in the table ${name}. ${advice}`);
  }
}

/** Takes the mark, so that of two that copy one is refused, and looks again. */
async function prepare(session: SqlSession, tables: readonly TableShape[]): Promise<void> {
  await session.query(
    `SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '1min', true),
       set_config('idle_in_transaction_session_timeout', '0', true)`,
  );
  const another = 'Another process is copying into the target. Wait until it has ended.';
  const mark = await session
    .query('SELECT name FROM ringback_migrations WHERE name = $1 FOR UPDATE NOWAIT', [copyMark])
    .catch((error: { readonly code?: string }) => {
      throw error.code === '55P03' ? new Error(another) : error;
    });
  if (mark.rows.length === 0) throw new Error('Another process has copied into the target meanwhile.');
  await checkEmpty(session, tables);
}

async function copyTable(
  source: Database,
  session: SqlSession,
  { name, columns }: TableShape,
  progress: (rows: number) => void,
): Promise<CopiedTable> {
  const names = columns.map((column) => column.name);
  const types = columns.map(({ name: column, type }) => {
    const array = arrays[type];
    if (array === undefined)
      throw new Error(`The column ${name}.${column} has the type ${type}, which cannot be copied.`);
    return array;
  });
  const insert = `INSERT INTO ${name} (${names.join(', ')})
    SELECT * FROM unnest(${types.map((type, at) => `$${at + 1}::${type}`).join(', ')})`;
  const before = new TableSum();
  const read = source.prepare(`SELECT ${names.join(', ')} FROM ${name}`).raw();
  for (const rows of portions(whole(read.iterate() as IterableIterator<CopiedRow>))) {
    for (const row of rows) before.add(row);
    const arraysOf = names.map((_, at): SqlValue => rows.map((row) => row[at] as string | number));
    await session.query(insert, arraysOf);
    progress(rows.length);
  }
  const after = new TableSum();
  for await (const row of rowsOf(session, name, names)) after.add(row);
  if (after.rows !== before.rows || after.checksum !== before.checksum) {
    throw new Error(
      `The table ${name} is not the same in the target (${before.rows} rows with the checksum ${before.checksum}, ` +
        `there ${after.rows} with ${after.checksum}). Nothing was copied.`,
    );
  }
  return { table: name, rows: before.rows, checksum: before.checksum };
}

/** SQLite keeps a fraction in a column of whole numbers, such as that of a ms in a time; PostgreSQL would refuse it. */
function* whole(rows: Iterable<CopiedRow>): Generator<CopiedRow> {
  for (const row of rows) yield row.map((value) => (typeof value === 'number' ? Math.round(value) : value));
}
