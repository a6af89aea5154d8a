import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Connections } from '../ports/connections.ts';
import { ConnectionWatch } from './connection-watch.ts';
import {
  beginOf,
  type SqlAnswer,
  type SqlDatabase,
  type SqlSession,
  type SqlValue,
  type TransactionMode,
} from './sql-database.ts';
import { isBreak, isRace, isRefused } from './sql-errors.ts';
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
 *
 * CockroachDB refuses to change a table in two parts of a statement, because it would garble a row that both change. Ours never
 * do: of a batch, each call and each seat is in one part only.
 */
const sessionOf = (patience: number): string => `SELECT set_config('statement_timeout', '${patience}', false),
  set_config('lock_timeout', '${Math.min(patience, lockTimeout)}', false),
  set_config('idle_in_transaction_session_timeout', '${patience}', false),
  CASE WHEN current_setting('synchronous_commit') IN ('off', 'local', 'remote_write')
    THEN set_config('synchronous_commit', 'on', false) END,
  CASE WHEN version() LIKE 'CockroachDB%' THEN set_config('enable_multiple_modifications_of_table', 'on', false) END`;

/** ms between two attempts to make a connection while that was not possible. */
const probeAgain = 3000;

/** ms; how long a connection that is none of the pool may take to go. */
const farewell = 3000;

/** Connections to a PostgreSQL server, made when they are needed. */
export class PostgresPool implements SqlDatabase {
  readonly #pool: pg.Pool;
  readonly #config: pg.ClientConfig;
  readonly #session: string;
  readonly #watch = new ConnectionWatch();
  readonly #probePace: number | undefined;
  #probing: NodeJS.Timeout | undefined;
  #closed = false;
  readonly #breakListeners: (() => void)[] = [];

  /** `patience`: ms that a connection or a statement may take. `probes`: ms between two attempts to have one more. */
  constructor(
    url: string,
    options: { readonly connections?: number; readonly patience?: number; readonly probes?: number } = {},
  ) {
    const patience = options.patience ?? statementTimeout;
    const session = sessionOf(patience);
    this.#session = session;
    this.#config = {
      connectionString: url,
      connectionTimeoutMillis: Math.min(patience, connectTimeout),
      query_timeout: patience + 1000,
      keepAlive: true,
      application_name: 'ringback',
      types,
    };
    this.#pool = new pg.Pool({
      ...this.#config,
      max: options.connections ?? connections,
      idleTimeoutMillis: 60_000,
      onConnect: async (client) => {
        await client.query(session);
        this.#watch.connected(true);
      },
    });
    // A connection that breaks while nobody uses it: the next query makes another.
    this.#pool.on('error', () => this.#broke());
    this.#probePace = options.probes;
    this.#arm();
  }

  /** How it goes with them. */
  get health(): Connections {
    return this.#watch;
  }

  query<Row>(sql: string, values: readonly SqlValue[] = []): Promise<SqlAnswer<Row>> {
    return this.#use(async (client) => {
      try {
        return { done: await run<Row>(client, sql, values) };
      } catch (error) {
        return { error, answered: isRefused(error) || isRace(error) };
      }
    });
  }

  transaction<T>(work: (session: SqlSession) => Promise<T>, mode?: TransactionMode): Promise<T> {
    const patience = mode === 'unhurried' ? unhurried : undefined;
    return this.#use(async (client) => {
      try {
        await client.query(beginOf(mode));
        const done = await work({ query: (sql, values = []) => run(client, sql, values, patience) });
        await client.query(within({ text: 'COMMIT' }, patience));
        return { done };
      } catch (error) {
        const answered = await client.query('ROLLBACK').then(
          () => true,
          () => false,
        );
        return { error, answered };
      }
    });
  }

  async apart<T>(work: (session: SqlSession) => Promise<T>): Promise<T> {
    // None of the pool: what goes on beside such a statement finds a connection, however few there may be.
    const client = new pg.Client(this.#config);
    client.on('error', () => {});
    try {
      await client.connect();
      await client.query(this.#session);
      await client.query("SELECT set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)");
      return await work({ query: (sql, values = []) => run(client, sql, values, unhurried) });
    } finally {
      await leave(client);
    }
  }

  onBreak(listener: () => void): void {
    this.#breakListeners.push(listener);
  }

  #broke(): void {
    for (const listener of this.#breakListeners) listener();
  }

  close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#probing);
    return this.#pool.end();
  }

  /** Runs something on a connection; one that did not answer is not used again. */
  async #use<T>(work: (client: pg.PoolClient) => Promise<Outcome<T>>): Promise<T> {
    this.#watch.asked();
    let client: pg.PoolClient;
    try {
      client = await this.#pool.connect();
    } catch (error) {
      this.#watch.gaveUp();
      // All being in use is another matter.
      if (this.#pool.totalCount < this.#pool.options.max) this.#refused();
      throw error;
    }
    let broken: Error | undefined;
    // A connection that is lost between two statements says so here alone; unheard, it would end the process.
    const lost = (error: Error): void => {
      broken = error;
    };
    client.on('error', lost);
    const outcome = await work(client);
    client.off('error', lost);
    if ('done' in outcome || outcome.answered) this.#watch.answered();
    else {
      this.#watch.gaveUp();
      broken ??= outcome.error instanceof Error ? outcome.error : new Error('No answer.');
    }
    client.release(broken);
    if (broken !== undefined && isBreak(broken)) this.#broke();
    if ('done' in outcome) return outcome.done;
    throw outcome.error;
  }

  /** That it is over is to be seen soon. */
  #refused(): void {
    if (this.#watch.isRefused) return;
    this.#watch.connected(false);
    this.#arm();
  }

  #arm(): void {
    clearTimeout(this.#probing);
    if (this.#closed || this.#probePace === undefined) return;
    const pace = this.#watch.isRefused ? Math.min(probeAgain, this.#probePace) : this.#probePace;
    this.#probing = setTimeout(() => void this.#probe().then(() => this.#arm()), pace).unref();
  }

  /** Those that are there may do for long; that no more can be had is to be known before they are needed. */
  async #probe(): Promise<void> {
    // Then no more are wanted, nor may they be had.
    if (this.#pool.totalCount >= this.#pool.options.max) return;
    const client = new pg.Client(this.#config);
    client.on('error', () => {});
    try {
      await client.connect();
      this.#watch.connected(true);
    } catch {
      this.#watch.connected(false);
    }
    await leave(client);
  }
}

/** Ends a connection that is none of the pool; a line that has gone silent meanwhile keeps nobody waiting. */
async function leave(client: pg.Client): Promise<void> {
  await Promise.race([client.end().catch(() => {}), sleep(farewell, undefined, { ref: false })]);
}

/** What something that was run on a connection has come to; `answered`: the server said no, and can be asked again. */
type Outcome<T> = { readonly done: T } | { readonly error: unknown; readonly answered: boolean };

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

/** A statement for whose answer the driver waits so long (ms), or as long as for any. */
const within = <T extends object>(statement: T, patience: number | undefined): T =>
  patience === undefined ? statement : { ...statement, query_timeout: patience };

async function run<Row>(
  on: pg.ClientBase,
  sql: string,
  values: readonly SqlValue[],
  patience?: number,
): Promise<SqlAnswer<Row>> {
  const answer = await on.query(within({ name: nameOf(sql), text: sql, values: values.map(encodeValue) }, patience));
  return { rows: answer.rows as Row[], count: answer.rowCount ?? 0 };
}
