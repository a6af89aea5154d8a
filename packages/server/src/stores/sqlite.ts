import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Database } from 'better-sqlite3';
import type { NodeId } from 'ringback-protocol';
import { standardAppSettings, standardMaxAccounts } from '../config/app-defaults.ts';
import type { AppSettings } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';
import type { MediaEvent } from '../ports/media-events.ts';
import { localNodes } from './local-nodes.ts';
import { type MigrationTarget, migrate, newerMigrations } from './migrate.ts';
import { Secrets } from './secrets.ts';
import { SqliteAccounts } from './sqlite-accounts.ts';
import { SqliteApps } from './sqlite-apps.ts';
import { SqliteCallNotes } from './sqlite-call-notes.ts';
import { SqliteCalls } from './sqlite-calls.ts';
import { openReading, openWriting } from './sqlite-connection.ts';
import { SqliteConsole } from './sqlite-console.ts';
import { SqliteEndpoints } from './sqlite-endpoints.ts';
import { SqliteGroups } from './sqlite-groups.ts';
import { SqliteOutbox } from './sqlite-outbox.ts';
import { SqlitePushLog, SqlitePushProviders, SqlitePushTokens } from './sqlite-push.ts';
import { SqlitePushRings } from './sqlite-push-rings.ts';
import { SqliteQuality } from './sqlite-quality.ts';
import { prepareSqliteSecrets, sqliteSecrets } from './sqlite-secrets.ts';
import { SqliteWriter } from './sqlite-writer.ts';
import type { Store } from './store.ts';

/** Everything that is kept, in the embedded database. */
export interface SqliteStore extends Store {
  readonly calls: SqliteCalls;
  readonly accounts: SqliteAccounts;
  readonly groups: SqliteGroups;
  readonly pendingEvents: SqliteOutbox;
  readonly quality: SqliteQuality;
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
  /** Accounts of an application, deleted ones included; as a server has it by default, if absent. */
  readonly maxAccounts?: number;
  /** With the master key, if there is one. What is not encrypted yet then is before anything else is done. */
  readonly secrets?: Secrets;
}): Promise<SqliteStore> {
  const { path, node, clock, onFatal, appDefaults: defaults = standardAppSettings, secrets = new Secrets() } = options;
  const { maxAccounts = standardMaxAccounts } = options;
  const migrated = migrateSqlite(path, clock);
  prepareSqliteSecrets(path, secrets);
  const writer = await SqliteWriter.open(path, onFatal);
  const reader = openReading(path);
  const calls = new SqliteCalls({ writer, reader, node });
  const accounts = new SqliteAccounts({ writer, reader, clock, maxAccounts });
  return {
    calls,
    search: calls,
    apps: new SqliteApps({ writer, reader, defaults, secrets }),
    accounts,
    groups: new SqliteGroups({ writer, reader, clock, node, isGone: (app, user) => accounts.isGone(app, user) }),
    console: new SqliteConsole({ writer, reader }),
    endpoints: new SqliteEndpoints({ writer, reader, secrets }),
    pendingEvents: new SqliteOutbox({ writer, reader }),
    quality: new SqliteQuality({ writer, reader }),
    secrets: sqliteSecrets({ path, reader, secrets }),
    nodes: localNodes(node),
    mediaEvents: new SqliteCallNotes<MediaEvent>({ writer, reader, node, table: 'media_events' }),
    pushProviders: new SqlitePushProviders({ writer, reader, secrets }),
    pushTokens: new SqlitePushTokens({ writer, reader }),
    pushRings: new SqlitePushRings({ writer, reader, node }),
    pushLog: new SqlitePushLog({ writer, reader, node }),
    migrated,
    newer: newerMigrations(migrationsOf(reader)),
    close: async () => {
      await writer.close();
      reader.close();
    },
  };
}

/** Makes the folder and the file, readable by their owner only, and brings the schema up to date; says what ran. */
export function migrateSqlite(path: string, clock: Clock): readonly string[] {
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
    const target: MigrationTarget = {
      applied: () => {
        db.exec('CREATE TABLE IF NOT EXISTS ringback_migrations (name TEXT NOT NULL PRIMARY KEY, at BIGINT NOT NULL)');
        return migrationsOf(db);
      },
      // Another process may be about to do the same: the lock is taken first, and what it did is seen then.
      apply: (migration) =>
        db
          .transaction(() => {
            const done = db.prepare('SELECT 1 FROM ringback_migrations WHERE name = ?').get(migration.name);
            if (done !== undefined) return;
            for (const one of 'statements' in migration ? migration.statements : []) {
              db.exec(typeof one === 'string' ? one : `${one.create} WITHOUT ROWID`);
            }
            for (const { index, on, shared } of 'indexes' in migration ? migration.indexes : []) {
              if (shared !== true) db.exec(`CREATE INDEX IF NOT EXISTS ${index} ON ${on}`);
            }
            db.prepare('INSERT INTO ringback_migrations (name, at) VALUES (?, ?)').run(migration.name, clock.now());
          })
          .immediate(),
    };
    const bring = (): readonly string[] => migrate(target);
    // Of a new one all at once: the disk is waited for once, and nobody finds half of it.
    const isNew = db.prepare("SELECT 1 FROM sqlite_master WHERE name = 'ringback_migrations'").get() === undefined;
    return isNew ? db.transaction(bring).immediate() : bring();
  } finally {
    db.close();
  }
}

const migrationsOf = (db: Database): readonly string[] =>
  (db.prepare('SELECT name FROM ringback_migrations ORDER BY name').all() as { name: string }[]).map(
    ({ name }) => name,
  );
