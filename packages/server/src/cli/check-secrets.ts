import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Settings } from '../config/settings.ts';
import { databasePath } from '../stores/database-path.ts';
import { countSealed } from '../stores/sealed-tables.ts';
import { Secrets } from '../stores/secrets.ts';
import { openReading } from '../stores/sqlite-connection.ts';
import { keptSecrets } from '../stores/sqlite-secrets.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

/** How the secrets of the database are kept, going by the keys that are given. */
export async function checkSecrets(settings: Settings): Promise<readonly Finding[]> {
  const secrets = new Secrets({ masterKey: settings['secrets.masterKey'], otherKey: settings['secrets.otherKey'] });
  let texts: readonly string[];
  try {
    texts = await textsOf(settings);
  } catch {
    // What is wrong with the database is said where that is looked at.
    return [];
  }
  const { current, other, plain, unknown } = countSealed(secrets, texts);
  if (unknown > 0) {
    return [
      fail(
        'secrets',
        `${unknown} of ${texts.length} are encrypted with a master key that is not given.`,
        'Set secrets.masterKeyFile to the file of that key; where it is being replaced, secrets.otherKeyFile.',
      ),
    ];
  }
  if (other + plain > 0) {
    const text = [
      ...(other > 0 ? [`${other} of ${texts.length} are encrypted with secrets.otherKey.`] : []),
      ...(plain > 0 ? [`${plain} of ${texts.length} are not encrypted, though a master key is given.`] : []),
    ].join(' ');
    return [warn('secrets', text, 'Run `ringback secrets rotate`.')];
  }
  if (secrets.keyId === '')
    return [ok('secrets', 'No master key is given: whoever reads the database has the secrets.')];
  return [ok('secrets', `All ${current} are encrypted with the master key ${secrets.keyId}.`)];
}

async function textsOf({ data, database }: Settings): Promise<readonly string[]> {
  if (database !== '') {
    // Its driver is loaded only where it is used.
    const { PostgresPool } = await import('../stores/postgres-pool.ts');
    const { keptPostgresSecrets } = await import('../stores/postgres-secrets.ts');
    const pool = new PostgresPool(database, { connections: 1 });
    try {
      return await keptPostgresSecrets(pool);
    } finally {
      await pool.close();
    }
  }
  const path = databasePath(resolve(data));
  if (!existsSync(path)) return [];
  const db = openReading(path);
  try {
    return keptSecrets(db);
  } finally {
    db.close();
  }
}
