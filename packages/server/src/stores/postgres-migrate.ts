import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { copyMark, missingMigrations } from './migrate.ts';
import type { IndexMigration, Migration, TableMigration } from './migrations/migration.ts';
import { makeIndex } from './postgres-index.ts';
import type { SqlDatabase, SqlSession } from './sql-database.ts';
import { isRace } from './sql-errors.ts';

/** s; a lock that is not renewed for this long belongs to a process that is no more. */
const lease = 60;

/** ms; how long to wait for another process that migrates. */
const patience = 300_000;

/** ms between two looks at the lock. */
const pause = 200;

const tables = [
  'CREATE TABLE IF NOT EXISTS ringback_migrations (name TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL)',
  `CREATE TABLE IF NOT EXISTS ringback_locks (
    name TEXT NOT NULL PRIMARY KEY, holder TEXT NOT NULL, until TIMESTAMPTZ NOT NULL)`,
];

/**
 * Brings the schema up to date, one process at a time; says which migrations ran. A row with an expiry is the lock, since
 * not every database that speaks PostgreSQL has advisory locks, and a pooler may hand the connection to others.
 * `copying`: by the one that copies another database in, whose mark keeps all others out.
 */
export async function migratePostgres(
  db: SqlDatabase,
  { copying = false }: { readonly copying?: boolean } = {},
): Promise<readonly string[]> {
  const lacking = async () => {
    const names = await appliedMigrations(db);
    return missingMigrations(copying ? names.filter((name) => name !== copyMark) : names);
  };
  await makeTables(db);
  if ((await lacking()).length === 0) return [];
  const holder = randomUUID();
  await take(db, holder);
  try {
    const missing = await lacking();
    for (const migration of missing) await apply(db, migration, holder);
    return missing.map(({ name }) => name);
  } finally {
    await db.query("DELETE FROM ringback_locks WHERE name = 'migrations' AND holder = $1", [holder]).catch(() => {});
  }
}

/** Names of the migrations that a database has, none when it is new. Makes nothing. */
export async function appliedMigrations(db: SqlSession): Promise<readonly string[]> {
  const there = await db.query<{ found: boolean }>("SELECT to_regclass('ringback_migrations') IS NOT NULL AS found");
  if (there.rows[0]?.found !== true) return [];
  const { rows } = await db.query<{ name: string }>('SELECT name FROM ringback_migrations ORDER BY name');
  return rows.map(({ name }) => name);
}

async function makeTables(db: SqlSession): Promise<void> {
  const { rows } = await db.query<{ version: string }>('SELECT version() AS version');
  for (const table of tables.map((sql) => inPostgres(sql, rows[0]?.version))) {
    // Two processes that make the same table at the same moment: one of them fails although it says IF NOT EXISTS.
    await db.query(table).catch(() => db.query(table));
  }
}

async function take(db: SqlSession, holder: string): Promise<void> {
  for (let waited = 0; waited < patience; waited += pause) {
    const began = performance.now();
    if (await takeNow(db, holder)) return;
    // What the database made us wait counts, too.
    waited += performance.now() - began;
    await sleep(pause);
  }
  throw new Error('Another process has been migrating the database for minutes. Look at it, then start again.');
}

async function takeNow(db: SqlSession, holder: string): Promise<boolean> {
  try {
    const { count } = await db.query(
      `INSERT INTO ringback_locks (name, holder, until) VALUES ('migrations', $1, now() + interval '${lease} seconds')
       ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until
       WHERE ringback_locks.until < now()`,
      [holder],
    );
    return count === 1;
  } catch (error) {
    // The holder is in a long migration, and the row is locked by its transaction for as long.
    if (isRace(error)) return false;
    throw error;
  }
}

function apply(db: SqlDatabase, migration: Migration, holder: string): Promise<void> {
  return 'statements' in migration ? changeTables(db, migration, holder) : makeIndexes(db, migration, holder);
}

function changeTables(db: SqlDatabase, { name, statements }: TableMigration, holder: string): Promise<void> {
  return db.transaction(async (session) => {
    // Renewed in the transaction itself: a holder that lost the lock meanwhile changes nothing.
    await renew(session, holder);
    await session.query("SELECT set_config('statement_timeout', '0', true), set_config('lock_timeout', '10s', true)");
    const { rows } = await session.query<{ version: string }>('SELECT version() AS version');
    for (const one of statements) {
      await session.query(inPostgres(typeof one === 'string' ? one : one.create, rows[0]?.version));
    }
    await note(session, name);
  }, 'unhurried');
}

/** Each by itself: in a transaction, it would hold up all who write to the table. */
async function makeIndexes(db: SqlDatabase, { name, indexes }: IndexMigration, holder: string): Promise<void> {
  await renew(db, holder);
  // A database that is away for a moment is asked again before the lock runs out.
  const renewing = setInterval(() => renew(db, holder).catch(() => {}), (lease / 4) * 1000);
  try {
    await db.apart(async (session) => {
      for (const one of indexes) await makeIndex(session, one);
    });
  } finally {
    clearInterval(renewing);
  }
  await db.transaction(async (session) => {
    await renew(session, holder);
    await note(session, name);
  });
}

async function renew(session: SqlSession, holder: string): Promise<void> {
  const { count } = await session.query(
    `UPDATE ringback_locks SET until = now() + interval '${lease} seconds' WHERE name = 'migrations' AND holder = $1`,
    [holder],
  );
  if (count !== 1) throw new Error('The lock of the migrations was lost to another process. Start again.');
}

const note = (session: SqlSession, name: string) =>
  session.query(
    `INSERT INTO ringback_migrations (name, at) VALUES ($1, (extract(epoch FROM clock_timestamp()) * 1000)::bigint)`,
    [name],
  );

/**
 * Text is in the order of its bytes everywhere, as pages and keys expect; the language of the database is not asked.
 * CockroachDB has no other order unless it is told, and does not take this one for a column.
 */
export const inPostgres = (sql: string, version = ''): string =>
  version.startsWith('CockroachDB') ? sql : sql.replace(/\bTEXT\b(?! COLLATE)/g, 'TEXT COLLATE "C"');
