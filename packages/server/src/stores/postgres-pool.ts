import { createHash } from 'node:crypto';
import pg from 'pg';
import {
  beginOf,
  type SqlAnswer,
  type SqlDatabase,
  type SqlSession,
  type SqlValue,
  type TransactionMode,
} from './sql-database.ts';
import { decodeText, encodeValue } from './sql-text.ts';

/** ms; how long a connection may take to be made, or to become free. */
const connectTimeout = 5000;

/** ms; what a statement may take. The server ends it; should that be lost as well, the driver gives up a second later. */
const statementTimeout = 10_000;

/** ms; the driver waits this long in a transaction that takes its time, such as one that makes an index: 12 hours. */
const unhurried = 43_200_000;

/** ms; how long a statement waits for rows that another node is changing. */
const lockTimeout = 3000;

/** Connections at once. */
const connections = 10;

/** Object ids of types in PostgreSQL. */
const [int8, text] = [20, 25];

const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === int8) return Number;
    if (oid === text) return decodeText;
    return pg.types.getTypeParser(oid, format as 'text');
  },
} as pg.CustomTypesConfig;

/**
 * How each connection is set. A change that was answered must be on disk, whatever the default of the server; a stricter one
 * stays. As a statement, because poolers refuse these as parameters of a connection.
 */
const sessionOf = (patience: number): string => `SELECT set_config('statement_timeout', '${patience}', false),
  set_config('lock_timeout', '${Math.min(patience, lockTimeout)}', false),
  set_config('idle_in_transaction_session_timeout', '${patience}', false),
  CASE WHEN current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')
    THEN set_config('synchronous_commit', 'on', false) END`;

/** Connections to a PostgreSQL server, made when they are needed. */
export class PostgresPool implements SqlDatabase {
  readonly #pool: pg.Pool;

  /** `patience`: ms that a connection or a statement may take. */
  constructor(url: string, options: { readonly connections?: number; readonly patience?: number } = {}) {
    const patience = options.patience ?? statementTimeout;
    const session = sessionOf(patience);
    this.#pool = new pg.Pool({
      connectionString: url,
      max: options.connections ?? connections,
      connectionTimeoutMillis: Math.min(patience, connectTimeout),
      idleTimeoutMillis: 60_000,
      query_timeout: patience + 1000,
      keepAlive: true,
      application_name: 'ringback',
      types,
      onConnect: async (client) => {
        await client.query(session);
      },
    });
    // A connection that breaks while nobody uses it: the next query makes another.
    this.#pool.on('error', () => {});
  }

  query<Row>(sql: string, values: readonly SqlValue[] = []): Promise<SqlAnswer<Row>> {
    return run(this.#pool, sql, values);
  }

  async transaction<T>(work: (session: SqlSession) => Promise<T>, mode?: TransactionMode): Promise<T> {
    const client = await this.#pool.connect();
    let broken: Error | undefined;
    // A connection that is lost between two statements says so here alone; unheard, it would end the process.
    const lost = (error: Error): void => {
      broken = error;
    };
    client.on('error', lost);
    const patience = mode === 'unhurried' ? unhurried : undefined;
    try {
      await client.query(beginOf(mode));
      const result = await work({ query: (sql, values = []) => run(client, sql, values, patience) });
      await client.query('COMMIT');
      return result;
    } catch (error) {
      await client.query('ROLLBACK').catch((reason: Error) => {
        broken = reason;
      });
      throw error;
    } finally {
      client.off('error', lost);
      client.release(broken);
    }
  }

  close(): Promise<void> {
    return this.#pool.end();
  }
}

const names = new Map<string, string>();

/** Statements are known to the server by a name; the same text has the same name everywhere. */
function nameOf(sql: string): string {
  let name = names.get(sql);
  if (name === undefined) {
    name = `rb_${createHash('sha256').update(sql).digest('hex').slice(0, 24)}`;
    names.set(sql, name);
  }
  return name;
}

async function run<Row>(
  on: pg.Pool | pg.PoolClient,
  sql: string,
  values: readonly SqlValue[],
  patience?: number,
): Promise<SqlAnswer<Row>> {
  const statement: pg.QueryConfig & { readonly query_timeout?: number } = {
    name: nameOf(sql),
    text: sql,
    values: values.map(encodeValue),
    ...(patience !== undefined && { query_timeout: patience }),
  };
  const answer = await on.query(statement);
  return { rows: answer.rows as Row[], count: answer.rowCount ?? 0 };
}
