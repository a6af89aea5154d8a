import type { SecretsCount } from '../ports/secrets-at-rest.ts';
import type { Secrets } from './secrets.ts';

/** A table with a column that is encrypted where there is a master key. */
export interface SealedTable {
  readonly name: string;
  readonly key: readonly string[];
  readonly column: string;
}

/**
 * THE LIST of tables that hold secrets: keys of applications, secrets and tokens of webhooks, keys of push providers. Those of processes
 * (`node_secrets`) are not among them: they are made anew at each start, and an old copy of them is worth nothing.
 */
export const sealedTables: readonly SealedTable[] = [
  { name: 'apps', key: ['app'], column: 'config' },
  { name: 'endpoints', key: ['app', 'id'], column: 'config' },
  { name: 'push_providers', key: ['app', 'name'], column: 'config' },
];

/** A row of such a table: its key, and the column as it is kept. */
export type SealedRow = Readonly<Record<string, string | number>>;

export const readingOf = ({ name, key, column }: SealedTable): string =>
  `SELECT ${[...key, column].join(', ')} FROM ${name}`;

/** Where a row stands, as what is encrypted is bound to it. */
export const placeOf = ({ name, key }: SealedTable, row: SealedRow): string =>
  [name, ...key.map((one) => row[one])].join('/');

/** The column of a row as it should be kept; undefined when it is. `plain`: leave what is under the other key. */
export function resealed(secrets: Secrets, table: SealedTable, row: SealedRow, plain: boolean): string | undefined {
  const text = String(row[table.column]);
  const kept = secrets.kept(text);
  if (kept === 'current' || (kept === 'plain' && secrets.keyId === '') || (plain && kept !== 'plain')) return undefined;
  const place = placeOf(table, row);
  return secrets.seal(place, secrets.open(place, text));
}

/** Throws a sentence for the operator where a row cannot be read with the keys that are given. */
export function checkSealed(secrets: Secrets, table: SealedTable, rows: readonly SealedRow[]): void {
  for (const row of rows) secrets.open(placeOf(table, row), String(row[table.column]));
}

/** Counts rows by how they are kept. */
export function countSealed(secrets: Secrets, texts: readonly string[]): SecretsCount {
  const count = { current: 0, other: 0, plain: 0, unknown: 0 };
  for (const text of texts) {
    const kept = secrets.kept(text);
    count[kept === 'plain' && secrets.keyId === '' ? 'current' : kept] += 1;
  }
  return count;
}
