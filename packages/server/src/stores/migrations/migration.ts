/** One step of the schema: forward only, in SQL that SQLite and PostgreSQL both take. */
export interface Migration {
  /** Sorts in the order of application. */
  readonly name: string;
  readonly statements: readonly string[];
}
