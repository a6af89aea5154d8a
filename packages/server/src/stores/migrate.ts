import { migrations } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';

/** What the migrator needs of a database; each kind of store gives its own, under its own lock. */
export interface MigrationTarget {
  /** Names of the migrations that were applied. */
  applied(): readonly string[];
  /** Runs one migration and notes its name, both or neither. */
  apply(migration: Migration): void;
}

/** Brings the schema up to date; says which migrations ran. Throws when the database is from a newer program. */
export function migrate(target: MigrationTarget): readonly string[] {
  const missing = missingMigrations(target.applied());
  for (const migration of missing) target.apply(migration);
  return missing.map(({ name }) => name);
}

/** Those that a database lacks, in order. Throws when it is from a newer program. */
export function missingMigrations(names: readonly string[]): readonly Migration[] {
  const applied = new Set(names);
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = [...applied].filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new Error(
      `The database was written by a newer Ringback (it has the migration ${unknown.join(', ')}, which this version ` +
        'does not know). Start the newer version, or restore a backup made with this one.',
    );
  }
  return migrations.filter(({ name }) => !applied.has(name));
}
