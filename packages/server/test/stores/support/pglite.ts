import { PGlite, type Results, type Transaction } from '@electric-sql/pglite';
import type {
  SqlAnswer,
  SqlDatabase,
  SqlSession,
  SqlValue,
  TransactionMode,
} from '../../../src/stores/sql-database.ts';
import { decodeText, encodeValue } from '../../../src/stores/sql-text.ts';

/** Object ids of types in PostgreSQL. */
const [int8, text] = [20, 25];

/** PostgreSQL inside this process, in memory or in a folder: another build of it than the one of the system. */
export class PgliteDatabase implements SqlDatabase {
  readonly #db: PGlite;

  constructor(folder?: string) {
    this.#db = new PGlite(folder);
  }

  query<Row>(sql: string, values: readonly SqlValue[] = []): Promise<SqlAnswer<Row>> {
    return run(this.#db, sql, values);
  }

  async transaction<T>(work: (session: SqlSession) => Promise<T>, mode?: TransactionMode): Promise<T> {
    return (await this.#db.transaction(async (tx) => {
      if (mode === 'snapshot') await tx.query('SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY');
      return work({ query: (sql, values = []) => run(tx, sql, values) });
    })) as T;
  }

  apart<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    return work(this);
  }

  close(): Promise<void> {
    return this.#db.close();
  }
}

async function run<Row>(on: PGlite | Transaction, sql: string, values: readonly SqlValue[]): Promise<SqlAnswer<Row>> {
  const parsers = { [int8]: Number, [text]: decodeText };
  const answer: Results<Row> = await on.query<Row>(sql, values.map(encodeValue), { parsers });
  return { rows: answer.rows, count: answer.rows.length > 0 ? answer.rows.length : (answer.affectedRows ?? 0) };
}
