/** A table of a migration. */
export interface TableStatement {
  readonly create: string;
  /** Rows are small and always found by their key: a store that can keeps them in the order of the key. */
  readonly clustered: true;
}

/** What only a database needs that several processes share. */
export interface SharedStatement {
  readonly shared: string;
}

/** One step of the schema: forward only, in SQL that SQLite and PostgreSQL both take. */
export interface Migration {
  /** Sorts in the order of application. */
  readonly name: string;
  readonly statements: readonly (string | TableStatement | SharedStatement)[];
}
