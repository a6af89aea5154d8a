/** A table of a migration. */
export interface TableStatement {
  readonly create: string;
  /** Rows are small and always found by their key: a store that can keeps them in the order of the key. */
  readonly clustered: true;
}

/** What changes tables: one step of the schema, all of it or nothing. */
export interface TableMigration {
  /** Sorts in the order of application. */
  readonly name: string;
  readonly statements: readonly (string | TableStatement)[];
}

/** An index of a table that has rows already. */
export interface TableIndex {
  readonly index: string;
  /** What follows ON: the table, its columns, and of which rows. */
  readonly on: string;
  /** Only a database needs it that several processes share. */
  readonly shared?: true;
}

/**
 * Makes indexes while others go on writing to the tables. In PostgreSQL that is only possible outside a transaction, so one that
 * is broken off has made some of them: each is made where it is not there yet.
 */
export interface IndexMigration {
  readonly name: string;
  readonly indexes: readonly TableIndex[];
}

/** One step of the schema: forward only, in SQL that SQLite and PostgreSQL both take. */
export type Migration = TableMigration | IndexMigration;
