import { migrations } from './migrations/index.ts';
import type { Migration } from './migrations/migration.ts';

/** What the migrator needs of a database; each kind of store gives its own, under its own lock. */
export interface MigrationTarget {
  /** Names of the migrations that were applied. */
  applied(): readonly string[];
  /** Runs one migration and notes its name, both or neither. */
  apply(migration: Migration): void;
}

/** Stands among the names of migrations while everything of another database is copied in, and keeps servers out. */
export const copyMark = 'copy-from-sqlite!';

/** Brings the schema up to date; says which migrations ran. Throws when a newer program has made it unfit for this one. */
export function migrate(target: MigrationTarget): readonly string[] {
  const missing = missingMigrations(target.applied());
  for (const migration of missing) target.apply(migration);
  return missing.map(({ name }) => name);
}

/** Those of a newer program, which this one does not know. */
export function newerMigrations(names: readonly string[]): readonly string[] {
  const known = new Set(migrations.map(({ name }) => name));
  return names.filter((name) => !known.has(name));
}

/**
 * Those of a newer program that this one cannot work beside. All migrations only add, so that versions can run side by side
 * and go back; should one ever have to do more, its name ends with an exclamation mark.
 */
export const unfitMigrations = (names: readonly string[]): readonly string[] =>
  newerMigrations(names).filter((name) => name.endsWith('!'));

/** Those that a database lacks, in order. Throws when a newer program has made it unfit for this one. */
export function missingMigrations(names: readonly string[]): readonly Migration[] {
  if (names.includes(copyMark)) {
    throw new Error(
      'Another database is being copied into it, or that was broken off. Wait until it has ended, or run ' +
        '`ringback migrate sqlite-to-postgres` once more: it begins anew.',
    );
  }
  const unfit = unfitMigrations(names);
  if (unfit.length > 0) {
    throw new Error(
      `The database was changed by a newer Ringback (it has the migration ${unfit.join(', ')}, which this version ` +
        'cannot work with). Start the newer version, or restore a backup made with this one.',
    );
  }
  const applied = new Set(names);
  return migrations.filter(({ name }) => !applied.has(name));
}
