import type { SecretsAtRest } from '../ports/secrets-at-rest.ts';
import { checkSealed, countSealed, readingOf, resealed, type SealedRow, sealedTables } from './sealed-tables.ts';
import type { Secrets } from './secrets.ts';
import type { SqlDatabase, SqlSession } from './sql-database.ts';

/** The rows of a PostgreSQL database that hold secrets. */
export function postgresSecrets(db: SqlDatabase, secrets: Secrets): SecretsAtRest {
  return {
    keyId: secrets.keyId,
    count: async () => countSealed(secrets, await keptPostgresSecrets(db)),
    rotate: () => sealPostgres(db, secrets, false),
  };
}

/** As `prepareSqliteSecrets`. */
export async function preparePostgresSecrets(db: SqlDatabase, secrets: Secrets): Promise<void> {
  if (secrets.keyId !== '') await sealPostgres(db, secrets, true);
  for (const table of sealedTables) checkSealed(secrets, table, (await db.query<SealedRow>(readingOf(table))).rows);
}

/** The columns that hold secrets, as they are kept. */
export async function keptPostgresSecrets(db: SqlSession): Promise<readonly string[]> {
  const texts: string[] = [];
  for (const { name, column } of sealedTables) {
    const { rows } = await db.query<{ text: string }>(`SELECT ${column} AS text FROM ${name}`);
    texts.push(...rows.map(({ text }) => text));
  }
  return texts;
}

/** Writes the rows anew that are not kept as they should be; with `plain`, only those that are not encrypted. Says how many. */
function sealPostgres(db: SqlDatabase, secrets: Secrets, plain: boolean): Promise<number> {
  return db.transaction(async (session) => {
    let n = 0;
    for (const table of sealedTables) {
      const { name, key, column } = table;
      // Locked: other nodes change them before or after this.
      const { rows } = await session.query<SealedRow>(`${readingOf(table)} ORDER BY ${key.join(', ')} FOR UPDATE`);
      for (const row of rows) {
        const text = resealed(secrets, table, row, plain);
        if (text === undefined) continue;
        const where = key.map((one, at) => `${one} = $${at + 2}`).join(' AND ');
        await session.query(`UPDATE ${name} SET ${column} = $1 WHERE ${where}`, [
          text,
          ...key.map((one) => row[one] as string | number),
        ]);
        n += 1;
      }
    }
    return n;
  });
}
