import type { Database } from 'better-sqlite3';
import type { SecretsAtRest } from '../ports/secrets-at-rest.ts';
import { checkSealed, countSealed, readingOf, resealed, type SealedRow, sealedTables } from './sealed-tables.ts';
import type { Secrets } from './secrets.ts';
import { openReading, openWriting } from './sqlite-connection.ts';

/** The rows of the embedded database that hold secrets. */
export function sqliteSecrets(options: {
  readonly path: string;
  readonly reader: Database;
  readonly secrets: Secrets;
}): SecretsAtRest {
  const { path, reader, secrets } = options;
  return {
    keyId: secrets.keyId,
    count: async () => countSealed(secrets, keptSecrets(reader)),
    rotate: async () => sealSqlite(path, secrets, false),
  };
}

/**
 * Encrypts what is not encrypted yet, where there is a master key, and looks whether all can be read with the keys that are
 * given. Throws a sentence for the operator.
 */
export function prepareSqliteSecrets(path: string, secrets: Secrets): void {
  if (secrets.keyId !== '') sealSqlite(path, secrets, true);
  const db = openReading(path);
  try {
    for (const table of sealedTables) checkSealed(secrets, table, db.prepare(readingOf(table)).all() as SealedRow[]);
  } finally {
    db.close();
  }
}

/** The columns that hold secrets, as they are kept. */
export const keptSecrets = (db: Database): readonly string[] =>
  sealedTables.flatMap((table) => db.prepare(`SELECT ${table.column} FROM ${table.name}`).pluck().all() as string[]);

/**
 * Writes the rows anew that are not kept as they should be; with `plain`, only those that are not encrypted. Says how many.
 *
 * All rows of such a table are put back with secure deletion, so that no page of it still holds what there was before.
 */
function sealSqlite(path: string, secrets: Secrets, plain: boolean): number {
  const db = openWriting(path);
  try {
    db.pragma('secure_delete = ON');
    const n = db.transaction(() => sealTables(db, secrets, plain)).immediate();
    // The log would keep the pages of before; where others read it, it goes with the next start. Nobody waits for them: this
    // runs in the thread that serves everybody.
    db.pragma('busy_timeout = 0');
    if (n > 0) db.pragma('wal_checkpoint(TRUNCATE)');
    return n;
  } finally {
    db.close();
  }
}

function sealTables(db: Database, secrets: Secrets, plain: boolean): number {
  let n = 0;
  for (const table of sealedTables) {
    const rows = db.prepare(readingOf(table)).all() as SealedRow[];
    const anew = rows.map((row) => resealed(secrets, table, row, plain));
    const changed = anew.filter((text) => text !== undefined).length;
    if (changed === 0) continue;
    n += changed;
    const columns = [...table.key, table.column];
    db.exec(`DELETE FROM ${table.name}`);
    const insert = db.prepare(
      `INSERT INTO ${table.name} (${columns.join(', ')}) VALUES (${columns.map(() => '?').join(', ')})`,
    );
    for (const [at, row] of rows.entries()) {
      insert.run(...table.key.map((one) => row[one]), anew[at] ?? row[table.column]);
    }
  }
  return n;
}
