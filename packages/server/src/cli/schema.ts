import { existsSync } from 'node:fs';
import type { Settings } from '../config/settings.ts';
import { systemClock } from '../observe/system-clock.ts';
import { DataLock } from '../stores/data-lock.ts';
import { databasePath } from '../stores/database-path.ts';
import { appliedMigrations, migratePostgres } from '../stores/postgres-migrate.ts';
import { PostgresPool } from '../stores/postgres-pool.ts';
import { migrateSqlite } from '../stores/sqlite.ts';
import { openReading } from '../stores/sqlite-connection.ts';
import { withoutSecret } from '../stores/without-secret.ts';
import { Failure, sentenceOf } from './failure.ts';

/** Names of the migrations that a database has. Changes nothing. */
export async function applied({ data, database }: Settings): Promise<readonly string[]> {
  if (database !== '') return onPostgres(database, appliedMigrations);
  const path = databasePath(data);
  if (!existsSync(path)) return [];
  const db = openReading(path);
  try {
    return (db.prepare('SELECT name FROM ringback_migrations ORDER BY name').all() as { name: string }[]).map(
      ({ name }) => name,
    );
  } finally {
    db.close();
  }
}

/** Brings a schema up to date; says what ran. */
export async function run({ data, database }: Settings): Promise<readonly string[]> {
  if (database !== '') return onPostgres(database, migratePostgres);
  const lock = await DataLock.take(data, 'command');
  try {
    return migrateSqlite(databasePath(data), systemClock);
  } finally {
    lock.release();
  }
}

async function onPostgres<T>(url: string, work: (db: PostgresPool) => Promise<T>): Promise<T> {
  const pool = new PostgresPool(url, { connections: 1 });
  try {
    return await work(pool);
  } catch (error) {
    throw new Failure(`The database ${withoutSecret(url)} cannot be used: ${sentenceOf(error)}`);
  } finally {
    await pool.close();
  }
}
