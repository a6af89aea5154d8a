import type { Database, Statement } from 'better-sqlite3';

/** A value that SQLite binds. */
export type Bound = string | number;

/** Handed to the thread that runs them, which then need not load what builds them. */
export interface WritingStatement {
  readonly sql: string;
  /** If it does not, memory and disk disagree. */
  readonly mustChangeOne: boolean;
}

/**
 * Runs flat lists of statements: number, count of parameters, the parameters, and so on. All of a batch is one
 * transaction and one flush; whatever goes wrong, none of it has happened.
 */
export class BatchRunner {
  readonly #statements: readonly { readonly run: Statement; readonly one: boolean }[];
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #rollback: Statement;

  constructor(db: Database, statements: readonly WritingStatement[]) {
    this.#statements = statements.map(({ sql, mustChangeOne }) => ({ run: db.prepare(sql), one: mustChangeOne }));
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
  }

  /** Resolves nothing, returns nothing: when it returns, the batch is on disk. Throws with the failed SQL in its text. */
  run(flat: readonly Bound[]): void {
    this.#begin.run();
    try {
      for (let at = 0; at < flat.length; ) {
        const { run, one } = this.#statements[flat[at] as number] as { run: Statement; one: boolean };
        const end = at + 2 + (flat[at + 1] as number);
        // One by one: of a list, the library asks for each value in a slower way.
        const { changes } = run.run(...flat.slice(at + 2, end));
        if (one && changes !== 1) {
          throw new Error(`Memory and disk disagree: ${changes} rows instead of one by: ${run.source}`);
        }
        at = end;
      }
      this.#commit.run();
    } catch (error) {
      // After some errors (a full disk) SQLite has rolled back by itself, and a second roll-back would hide the first error.
      try {
        this.#rollback.run();
      } catch {}
      throw error;
    }
  }
}
