import { createHash } from 'node:crypto';
import type { SqlSession, SqlValue } from './sql-database.ts';

/** A row, its values in the order of the columns. */
export type CopiedRow = readonly (string | number)[];

/** Rows that are looked at at once. */
const batch = 500;

/** What a table holds, whatever the order of its rows: how many there are, and a sum over a hash of each. */
export class TableSum {
  #rows = 0;
  #sum = 0n;

  add(row: CopiedRow): void {
    const hash = createHash('sha256').update(JSON.stringify(row)).digest('hex');
    this.#rows += 1;
    this.#sum = BigInt.asUintN(128, this.#sum + BigInt(`0x${hash.slice(0, 32)}`));
  }

  get rows(): number {
    return this.#rows;
  }

  /** 32 hexadecimal digits. */
  get checksum(): string {
    return this.#sum.toString(16).padStart(32, '0');
  }
}

/** Characters of text in one statement, more or less. */
const batchText = 2_000_000;

/** Cuts rows into portions for a statement each, by number and by size. */
export function* portions(rows: Iterable<CopiedRow>): Generator<readonly CopiedRow[]> {
  let portion: CopiedRow[] = [];
  let text = 0;
  for (const row of rows) {
    portion.push(row);
    for (const value of row) text += typeof value === 'string' ? value.length : 8;
    if (portion.length < batch && text < batchText) continue;
    yield portion;
    portion = [];
    text = 0;
  }
  if (portion.length > 0) yield portion;
}

/** All rows of a table of PostgreSQL, through a cursor: memory does not grow with the table. In a transaction. */
export async function* rowsOf(
  session: SqlSession,
  table: string,
  columns: readonly string[],
): AsyncGenerator<CopiedRow> {
  await session.query(`DECLARE ringback_copy NO SCROLL CURSOR FOR SELECT ${columns.join(', ')} FROM ${table}`);
  for (;;) {
    const { rows } = await session.query<Record<string, SqlValue>>(`FETCH ${batch} FROM ringback_copy`);
    for (const row of rows) yield columns.map((column) => row[column] as string | number);
    if (rows.length < batch) break;
  }
  await session.query('CLOSE ringback_copy');
}
