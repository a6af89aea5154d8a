import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Settings } from '../config/settings.ts';
import { DataLock } from '../stores/data-lock.ts';
import { databasePath } from '../stores/database-path.ts';
import { PostgresPool } from '../stores/postgres-pool.ts';
import { type CopiedTable, copyToPostgres } from '../stores/sqlite-to-postgres.ts';
import { withoutSecret } from '../stores/without-secret.ts';
import { Failure, sentenceOf, UsageError } from './failure.ts';
import { print, printJson, table, tell } from './output.ts';
import { progressLine } from './progress.ts';

/** Copies the embedded database of the data directory into the PostgreSQL database of the settings, and says what was copied. */
export async function moveToPostgres({ data, database }: Settings, json: boolean): Promise<void> {
  if (database === '') {
    throw new UsageError('Name the PostgreSQL database with --database-file, --database or RINGBACK_DATABASE.');
  }
  const path = databasePath(resolve(data));
  // Before the lock, which would make the directory.
  if (!existsSync(path)) {
    throw new Failure(`There is no database at ${path}. Name the data directory of the server with --data.`);
  }
  // Held to the end, so that nothing is acknowledged by a server that the copy would lack.
  const lock = await DataLock.take(data, 'command');
  // One connection: what the target says of others that are connected is then not about us.
  const db = new PostgresPool(database, { connections: 1 });
  try {
    const shown = progressLine();
    const progress = (done: number, all: number): void => shown(all === 0 ? 1 : done / all);
    report(path, withoutSecret(database), await copyToPostgres({ path, db, progress }), json);
  } catch (error) {
    throw new Failure(`${path} was not copied to ${withoutSecret(database)}: ${sentenceOf(error)}`);
  } finally {
    await db.close();
    lock.release();
  }
}

function report(from: string, to: string, tables: readonly CopiedTable[], json: boolean): void {
  const rows = tables.reduce((sum, one) => sum + one.rows, 0);
  if (json) printJson({ from, to, rows, tables });
  else {
    print(
      table(
        ['TABLE', 'ROWS', 'CHECKSUM'],
        tables.map((one) => [one.table, String(one.rows), one.checksum]),
      ),
    );
    print(`${rows} rows copied from ${from} to ${to}; both have the same counts and checksums.`);
  }
  tell(
    `Start the server with the database from now on. ${from} is as it was: keep it until you are content, and start no ` +
      'server on it without the database, or there will be two installations that know nothing of each other.',
  );
}
