import type { NodeId } from 'ringback-protocol';
import { standardAppSettings } from '../config/app-defaults.ts';
import type { AppSettings } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';
import { PostgresAccounts } from './postgres-accounts.ts';
import { PostgresApps } from './postgres-apps.ts';
import { PostgresCalls } from './postgres-calls.ts';
import { PostgresConsole } from './postgres-console.ts';
import { PostgresEndpoints } from './postgres-endpoints.ts';
import { PostgresGroups } from './postgres-groups.ts';
import { PostgresMediaEvents } from './postgres-media-events.ts';
import { migratePostgres } from './postgres-migrate.ts';
import { PostgresOutbox } from './postgres-outbox.ts';
import { PostgresPool } from './postgres-pool.ts';
import { PostgresQuality } from './postgres-quality.ts';
import { PostgresWatch } from './postgres-watch.ts';
import type { SqlDatabase } from './sql-database.ts';
import type { Store } from './store.ts';
import { withoutSecret } from './without-secret.ts';

interface PostgresOptions {
  /** This process, among those that share the database. */
  readonly node: NodeId;
  readonly clock: Clock;
  /** In force where an application has no settings of its own. */
  readonly appDefaults?: AppSettings;
}

/**
 * Opens a PostgreSQL database that may be shared with other nodes, and brings its schema up to date.
 * Rejects with a sentence for the operator.
 */
export async function openPostgres(options: PostgresOptions & { readonly url: string }): Promise<Store> {
  const pool = new PostgresPool(options.url);
  try {
    await suits(pool);
    return await openStore(pool, options);
  } catch (error) {
    await pool.close();
    throw new Error(`The database ${withoutSecret(options.url)} cannot be used: ${reasonOf(error)}`);
  }
}

/** As `openPostgres`, on a database that is open; `close` closes it. */
export async function openStore(db: SqlDatabase, options: PostgresOptions): Promise<Store> {
  const { node, clock, appDefaults: defaults = standardAppSettings } = options;
  const migrated = await migratePostgres(db);
  const calls = new PostgresCalls({ db, node });
  const accounts = await PostgresAccounts.open({ db, clock });
  const apps = await PostgresApps.open({ db, node, defaults });
  const endpoints = await PostgresEndpoints.open({ db, node });
  const console = await PostgresConsole.open({ db, node });
  const pendingEvents = new PostgresOutbox(db);
  const quality = new PostgresQuality(db);
  const mediaEvents = new PostgresMediaEvents(db, node);
  const watch = await PostgresWatch.open(db, {
    apps: () => apps.refresh(),
    endpoints: () => endpoints.refresh(),
    console: () => console.refresh(),
    always: () => accounts.refresh(),
  });
  return {
    calls,
    search: calls,
    apps,
    accounts,
    groups: new PostgresGroups({ db, clock, node }),
    console,
    endpoints,
    pendingEvents,
    quality,
    mediaEvents,
    migrated,
    close: async () => {
      await watch.close();
      await calls.close();
      await pendingEvents.close();
      await quality.close();
      await mediaEvents.close();
      await db.close();
    },
  };
}

/** Rejects where something about the server would lose or garble what is kept. */
async function suits(db: SqlDatabase): Promise<void> {
  const { rows } = await db.query<{ version: string; encoding: string }>(
    "SELECT version() AS version, current_setting('server_encoding') AS encoding",
  );
  const [{ version = '', encoding = '' } = {}] = rows;
  const major = /^PostgreSQL (\d+)/.exec(version)?.[1];
  if (major !== undefined && Number(major) < 14) {
    throw new Error(`it is PostgreSQL ${major}; version 14 or a newer one is needed.`);
  }
  if (!/^utf-?8$/i.test(encoding)) {
    throw new Error(`its encoding is ${encoding}; make one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0.`);
  }
}

function reasonOf(error: unknown): string {
  const { message = String(error), code = '' } = (error ?? {}) as { message?: string; code?: string };
  // Several addresses were tried: the first says what it is about.
  if (error instanceof AggregateError) return reasonOf(error.errors[0]);
  return message === '' ? code : message;
}
