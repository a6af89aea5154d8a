import { randomBytes } from 'node:crypto';
import { type NodeId, nodeId } from 'ringback-protocol';
import { standardAppSettings, standardMaxAccounts } from '../config/app-defaults.ts';
import type { AppSettings } from '../ports/apps.ts';
import type { Clock } from '../ports/clock.ts';
import type { MediaEvent } from '../ports/media-events.ts';
import { LanePlacements } from './lane-placements.ts';
import { newerMigrations } from './migrate.ts';
import { PostgresAccounts } from './postgres-accounts.ts';
import { PostgresApps } from './postgres-apps.ts';
import { PostgresCallNotes } from './postgres-call-notes.ts';
import { PostgresCalls } from './postgres-calls.ts';
import { PostgresConsole } from './postgres-console.ts';
import { PostgresEndpoints } from './postgres-endpoints.ts';
import { PostgresGroups } from './postgres-groups.ts';
import { PostgresLanes } from './postgres-lanes.ts';
import { appliedMigrations, migratePostgres } from './postgres-migrate.ts';
import { PostgresNodes } from './postgres-nodes.ts';
import { PostgresOutbox } from './postgres-outbox.ts';
import { PostgresPool } from './postgres-pool.ts';
import { PostgresPushLog, PostgresPushProviders, PostgresPushTokens } from './postgres-push.ts';
import { PostgresPushRings } from './postgres-push-rings.ts';
import { PostgresQuality } from './postgres-quality.ts';
import { PostgresReplication } from './postgres-replication.ts';
import { postgresSecrets, preparePostgresSecrets } from './postgres-secrets.ts';
import { PostgresSharedCalls } from './postgres-shared-calls.ts';
import { PostgresTime } from './postgres-time.ts';
import { PostgresWatch } from './postgres-watch.ts';
import { type Tell, tellNobody } from './revisions.ts';
import { Secrets } from './secrets.ts';
import type { SqlDatabase, SqlSession } from './sql-database.ts';
import type { Store } from './store.ts';
import { withoutSecret } from './without-secret.ts';

/** ms; what a sign of life may take. One that takes longer comes too late. */
const pulsePatience = 2000;

/** ms between two attempts to have one more connection; each costs a server some 10 ms. */
const probePace = 60_000;

interface PostgresOptions {
  /** The name of this node, among those that share the database; the same after a restart. */
  readonly node: NodeId;
  readonly clock: Clock;
  /** In force where an application has no settings of its own. */
  readonly appDefaults?: AppSettings;
  /** Accounts of an application, deleted ones included; as a server has it by default, if absent. */
  readonly maxAccounts?: number;
  /** With the master key, if there is one. What is not encrypted yet then is before anything else is done. */
  readonly secrets?: Secrets;
}

/**
 * Opens a PostgreSQL database that may be shared with other nodes, and brings its schema up to date.
 * Rejects with a sentence for the operator.
 */
export async function openPostgres(options: PostgresOptions & { readonly url: string }): Promise<Store> {
  const pool = new PostgresPool(options.url, { probes: probePace });
  // Signs of life do not queue behind the work.
  const pulse = new PostgresPool(options.url, { connections: 1, patience: pulsePatience });
  const closePools = async (): Promise<void> => {
    await pulse.close();
    await pool.close();
  };
  try {
    await suits(pool);
    const store = await openStore(pool, { ...options, pulse });
    return {
      ...store,
      connections: pool.health,
      close: async () => {
        await store.close();
        await pulse.close();
      },
    };
  } catch (error) {
    await closePools();
    throw new Error(`The database ${withoutSecret(options.url)} cannot be used: ${reasonOf(error)}`);
  }
}

/** As `openPostgres`, on a database that is open; `close` closes it. */
export async function openStore(
  db: SqlDatabase,
  options: PostgresOptions & { readonly pulse?: SqlSession },
): Promise<Store> {
  const { node, clock, appDefaults: defaults = standardAppSettings, secrets = new Secrets(), pulse = db } = options;
  const { maxAccounts = standardMaxAccounts } = options;
  const migrated = await migratePostgres(db);
  const newer = newerMigrations(await appliedMigrations(db));
  await preparePostgresSecrets(db, secrets);
  const self = nodeId(`${node}.${randomBytes(4).toString('hex')}`);
  const nodes = new PostgresNodes({ db: pulse, node, self });
  const time = await PostgresTime.open(pulse, clock);
  const replication = await PostgresReplication.open(pulse);
  const placements = new LanePlacements(self);
  const calls = new PostgresCalls({ db, node, self, placements });
  db.onBreak?.(() => calls.forget());
  nodes.onBack(() => calls.forget());
  const accounts = await PostgresAccounts.open({ db, clock, maxAccounts });
  let listener = tellNobody;
  const tell: Tell = () => listener();
  const apps = await PostgresApps.open({ db, node, defaults, secrets, tell });
  const endpoints = await PostgresEndpoints.open({ db, node, secrets, tell });
  const console = await PostgresConsole.open({ db, node, tell });
  const pendingEvents = new PostgresOutbox(db, self);
  const quality = new PostgresQuality(db);
  const mediaEvents = new PostgresCallNotes<MediaEvent>({ db, node, table: 'media_events' });
  const pushProviders = await PostgresPushProviders.open({ db, node, secrets, tell });
  const pushLog = new PostgresPushLog(db, node);
  const watch = await PostgresWatch.open(db, {
    apps: () => apps.refresh(),
    endpoints: () => endpoints.refresh(),
    console: () => console.refresh(),
    push: () => pushProviders.refresh(),
    always: () => accounts.refresh(),
  });
  return {
    calls,
    shared: new PostgresSharedCalls({ db, self }),
    search: calls,
    apps,
    accounts,
    groups: new PostgresGroups({ db, clock, node }),
    console,
    endpoints,
    pendingEvents,
    lanes: new PostgresLanes({ db, self, placements, clearSome: (...which) => endpoints.clearSome(...which) }),
    quality,
    secrets: postgresSecrets(db, secrets),
    nodes,
    revisions: {
      look: () => watch.look(),
      onChange: (told) => {
        listener = told;
      },
    },
    durability: () => replication.known,
    mediaEvents,
    pushProviders,
    pushTokens: new PostgresPushTokens(db),
    pushRings: new PostgresPushRings({ db, self, nodes }),
    pushLog,
    migrated,
    newer,
    close: async () => {
      await watch.close();
      await time.close();
      await replication.close();
      await calls.close();
      await pendingEvents.close();
      await quality.close();
      await nodes.close();
      await mediaEvents.close();
      await pushLog.close();
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
