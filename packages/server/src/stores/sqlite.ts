import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { NodeId } from 'ringback-protocol';
import { standardAppSettings } from '../config/app-defaults.ts';
import type { AppSettings } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';
import { migrate } from './migrate.ts';
import { SqliteAccounts } from './sqlite-accounts.ts';
import { SqliteApps } from './sqlite-apps.ts';
import { SqliteCalls } from './sqlite-calls.ts';
import { openReading, openWriting } from './sqlite-connection.ts';
import { SqliteConsole } from './sqlite-console.ts';
import { SqliteEndpoints } from './sqlite-endpoints.ts';
import { SqliteGroups } from './sqlite-groups.ts';
import { SqliteOutbox } from './sqlite-outbox.ts';
import { SqliteQuality } from './sqlite-quality.ts';
import { SqliteWriter } from './sqlite-writer.ts';

/** Everything that is kept, opened. */
export interface SqliteStore {
  readonly calls: SqliteCalls;
  readonly apps: SqliteApps;
  readonly accounts: SqliteAccounts;
  readonly groups: SqliteGroups;
  readonly console: SqliteConsole;
  readonly endpoints: SqliteEndpoints;
  /** Webhook events that wait. */
  readonly pendingEvents: SqliteOutbox;
  /** What devices report of their media. */
  readonly quality: SqliteQuality;
  /** Names of the migrations that ran at this opening. */
  readonly migrated: readonly string[];
  /** Writes what waits, folds the log into the file, closes. */
  close(): Promise<void>;
}

/**
 * Opens the embedded database, making it if it does not exist.
 *
 * `onFatal` is called when a write has failed: what is in memory is then ahead of the disk, and the process must stop.
 * Rejects with a sentence for the operator.
 */
export async function openSqlite(options: {
  readonly path: string;
  readonly node: NodeId;
  readonly clock: Clock;
  readonly onFatal: (error: Error) => void;
  /** In force where an application has no settings of its own; what the settings of a server are by default, if absent. */
  readonly appDefaults?: AppSettings;
}): Promise<SqliteStore> {
  const { path, node, clock, onFatal, appDefaults: defaults = standardAppSettings } = options;
  const migrated = prepare(path, clock);
  const writer = await SqliteWriter.open(path, onFatal);
  const reader = openReading(path);
  const calls = new SqliteCalls({ writer, reader, node });
  const accounts = new SqliteAccounts({ writer, reader, clock });
  return {
    calls,
    apps: new SqliteApps({ writer, reader, defaults }),
    accounts,
    groups: new SqliteGroups({ writer, reader, clock, node, isGone: (app, user) => accounts.isGone(app, user) }),
    console: new SqliteConsole({ writer, reader }),
    endpoints: new SqliteEndpoints({ writer, reader }),
    pendingEvents: new SqliteOutbox({ writer, reader }),
    quality: new SqliteQuality({ writer, reader }),
    migrated,
    close: async () => {
      await writer.close();
      reader.close();
    },
  };
}

/** Makes the folder and the file, readable by their owner only, and brings the schema up to date. */
function prepare(path: string, clock: Clock): readonly string[] {
  let db: Database;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    // Before SQLite sees it, because the log gets the mode that the file has at that moment.
    closeSync(openSync(path, 'a', 0o600));
    chmodSync(path, 0o600);
    db = openWriting(path);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(
      `The database ${path} cannot be opened: ${reason}. Check that the folder exists and can be written.`,
    );
  }
  try {
    return migrate({
      applied: () => {
        db.exec('CREATE TABLE IF NOT EXISTS ringback_migrations (name TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL)');
        return (db.prepare('SELECT name FROM ringback_migrations ORDER BY name').all() as { name: string }[]).map(
          ({ name }) => name,
        );
      },
      // Another process may be about to do the same: the lock is taken first, and what it did is seen then.
      apply: (migration) =>
        db
          .transaction(() => {
            const done = db.prepare('SELECT 1 FROM ringback_migrations WHERE name = ?').get(migration.name);
            if (done !== undefined) return;
            for (const one of migration.statements)
              db.exec(typeof one === 'string' ? one : `${one.create} WITHOUT ROWID`);
            db.prepare('INSERT INTO ringback_migrations (name, at) VALUES (?, ?)').run(migration.name, clock.now());
          })
          .immediate(),
    });
  } finally {
    db.close();
  }
}
