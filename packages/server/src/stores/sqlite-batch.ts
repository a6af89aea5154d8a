import type { Database, Statement } from 'better-sqlite3';
import { mustChangeOne, statementTexts } from './statements.ts';

/** A value that SQLite binds. */
export type Bound = string | number;

/**
 * Runs flat lists of statements: number, count of parameters, the parameters, and so on. All of a batch is one
 * transaction and one flush; whatever goes wrong, none of it has happened.
 */
export class BatchRunner {
  readonly #statements: readonly Statement[];
  readonly #begin: Statement;
  readonly #commit: Statement;
  readonly #rollback: Statement;

  constructor(db: Database) {
    this.#statements = statementTexts.map((sql) => db.prepare(sql));
    this.#begin = db.prepare('BEGIN IMMEDIATE');
    this.#commit = db.prepare('COMMIT');
    this.#rollback = db.prepare('ROLLBACK');
  }

  /** Resolves nothing, returns nothing: when it returns, the batch is on disk. Throws with the failed SQL in its text. */
  run(flat: readonly Bound[]): void {
    this.#begin.run();
    try {
      for (let at = 0; at < flat.length; ) {
        const number = flat[at] as number;
        const end = at + 2 + (flat[at + 1] as number);
        const { changes } = (this.#statements[number] as Statement).run(flat.slice(at + 2, end));
        if (mustChangeOne[number] === true && changes !== 1) {
          throw new Error(`Memory and disk disagree: ${changes} rows instead of one by: ${statementTexts[number]}`);
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
