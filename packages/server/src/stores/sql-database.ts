/** A value that a statement binds. */
export type SqlValue = string | number | null | readonly (string | number | null)[];

/** What a statement has come to. */
export interface SqlAnswer<Row> {
  readonly rows: readonly Row[];
  /** Rows that were changed, or read. */
  readonly count: number;
}

/** Runs statements; each text is prepared once on each connection, so texts must be few. */
export interface SqlSession {
  query<Row>(text: string, values?: readonly SqlValue[]): Promise<SqlAnswer<Row>>;
}

/** What a transaction is for: one that sees the database at one moment, or one whose statements may take hours. */
export type TransactionMode = 'snapshot' | 'unhurried';

/** A PostgreSQL database. Numbers come back as numbers, text as it was bound, NUL included. */
export interface SqlDatabase extends SqlSession {
  /** All statements of `work`, or none. */
  transaction<T>(work: (session: SqlSession) => Promise<T>, mode?: TransactionMode): Promise<T>;
  /** A connection of its own for statements that no transaction may hold, each for as long as it takes. */
  apart<T>(work: (session: SqlSession) => Promise<T>): Promise<T>;
  /** Hears of each connection that is lost: the next one may find a database that has failed over, and has lost something. */
  onBreak?(listener: () => void): void;
  close(): Promise<void>;
}

/** How a transaction begins; a snapshot sees the database as it is at its first statement. */
export const beginOf = (mode: TransactionMode | undefined): string =>
  mode === 'snapshot' ? 'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY' : 'BEGIN ISOLATION LEVEL READ COMMITTED';
