import { bounds, type DeviceId, type NodeId, type SdkAppId, type UserId } from 'ringback-protocol';
import type {
  DeviceToken,
  LoggedPush,
  PushConfig,
  PushConfigChange,
  PushLog,
  PushNote,
  PushProviders,
  PushTokens,
} from '../ports/push.ts';
import { PostgresCallNotes } from './postgres-call-notes.ts';
import { ProviderMap } from './provider-map.ts';
import { configText, digestOf, keptConfig, type TokenRow, tokenOf } from './push-text.ts';
import { retried } from './retried.ts';
import { revise, type Tell, tellNobody } from './revisions.ts';
import type { Secrets } from './secrets.ts';
import type { SqlDatabase, SqlSession } from './sql-database.ts';
import { Turns } from './turns.ts';

/** What is done with the providers of an application, and which there are then. */
type Work<T> = (
  session: SqlSession,
  all: readonly PushConfig[],
) => Promise<{ readonly all: readonly PushConfig[]; readonly result: T }>;

/** The push providers in PostgreSQL; all of them are in memory, and read again when another node has changed one. */
export class PostgresPushProviders implements PushProviders {
  readonly #db: SqlDatabase;
  readonly #node: NodeId;
  readonly #secrets: Secrets;
  readonly #tell: Tell;
  readonly #map = new ProviderMap();
  readonly #turns = new Turns();

  private constructor(options: Parameters<typeof PostgresPushProviders.open>[0]) {
    this.#db = options.db;
    this.#node = options.node;
    this.#secrets = options.secrets;
    this.#tell = options.tell ?? tellNobody;
  }

  static async open(options: {
    readonly db: SqlDatabase;
    readonly node: NodeId;
    readonly secrets: Secrets;
    readonly tell?: Tell;
  }): Promise<PostgresPushProviders> {
    const providers = new PostgresPushProviders(options);
    await providers.refresh();
    return providers;
  }

  get(app: SdkAppId, name: string): PushConfig | undefined {
    return this.#map.get(app, name);
  }

  of(app: SdkAppId): readonly PushConfig[] {
    return this.#map.of(app);
  }

  change(app: SdkAppId, name: string, change: PushConfigChange): Promise<PushConfig> {
    return this.#alone(app, async (session, all) => {
      const before = all.find((one) => one.name === name);
      const config = change(before, all);
      await session.query(
        `INSERT INTO push_providers (app, name, config) VALUES ($1, $2, $3)
         ON CONFLICT (app, name) DO UPDATE SET config = excluded.config`,
        [app, name, configText(config, this.#secrets)],
      );
      return { all: [...all.filter((one) => one !== before), config], result: config };
    });
  }

  remove(app: SdkAppId, name: string): Promise<void> {
    return this.#alone(app, async (session, all) => {
      await session.query('DELETE FROM push_providers WHERE app = $1 AND name = $2', [app, name]);
      return { all: all.filter((one) => one.name !== name), result: undefined };
    });
  }

  /** Takes over what others have changed. */
  refresh(): Promise<void> {
    return this.#turns.take('', async () => {
      const { rows } = await this.#db.query<{ app: SdkAppId; name: string; config: string }>(
        'SELECT app, name, config FROM push_providers',
      );
      this.#map.clear();
      for (const { app, name, config } of rows) this.#map.put(keptConfig(app, name, config, this.#secrets));
    });
  }

  /** Works on the providers of an application as they are now; other nodes change them before or after this. */
  async #alone<T>(app: SdkAppId, work: Work<T>): Promise<T> {
    const result = await this.#turns.take('', async () => {
      let found: readonly PushConfig[] | undefined;
      try {
        const { all, result } = await this.#db.transaction(async (session) => {
          // Of the application, as a provider that is to be made has no row to lock, and all of them count for the bound.
          await session.query('SELECT 1 AS one FROM apps WHERE app = $1 FOR UPDATE', [app]);
          const { rows } = await session.query<{ name: string; config: string }>(
            'SELECT name, config FROM push_providers WHERE app = $1 ORDER BY name',
            [app],
          );
          found = rows.map(({ name, config }) => keptConfig(app, name, config, this.#secrets));
          const done = await work(session, found);
          await revise(session, 'push', this.#node);
          return done;
        });
        found = all;
        return result;
      } finally {
        // Also where it was refused: that may be for what another node has made just now.
        if (found !== undefined) this.#map.replace(app, found);
      }
    });
    await this.#tell();
    return result;
  }
}

/** The device tokens in PostgreSQL. */
export class PostgresPushTokens implements PushTokens {
  readonly #db: SqlDatabase;

  constructor(db: SqlDatabase) {
    this.#db = db;
  }

  async save(token: DeviceToken): Promise<void> {
    const { app, userId, device, provider, channel, platform, updatedAt } = token;
    const digest = digestOf(token.token);
    const work = async (session: SqlSession): Promise<void> => {
      // Locked in the order of their keys, so that two that change hands at once do not wait for each other.
      await session.query(
        `DELETE FROM push_tokens t USING (SELECT user_id, device, channel FROM push_tokens
           WHERE app = $1 AND provider = $2 AND digest = $3 ORDER BY user_id, device, channel FOR UPDATE) AS old
         WHERE t.app = $1 AND t.provider = $2 AND t.digest = $3 AND t.user_id = old.user_id AND t.device = old.device
           AND t.channel = old.channel`,
        [app, provider, digest],
      );
      await session.query(
        `INSERT INTO push_tokens (app, user_id, device, provider, channel, digest, token, platform, updated_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (app, user_id, device, provider, channel) DO UPDATE
           SET digest = excluded.digest, token = excluded.token, platform = excluded.platform, updated_at = excluded.updated_at`,
        [app, userId, device, provider, channel, digest, token.token, platform, updatedAt],
      );
      const all = await tokensOf(session, app, userId);
      for (const one of all.slice(bounds.pushTokensPerUser)) await dropIn(session, one);
    };
    // Two devices that take each other's token do wait for each other.
    await retried(() => this.#db.transaction(work));
  }

  of(app: SdkAppId, userId: UserId): Promise<readonly DeviceToken[]> {
    return tokensOf(this.#db, app, userId);
  }

  async drop(token: DeviceToken): Promise<void> {
    await dropIn(this.#db, token);
  }

  async remove(app: SdkAppId, userId: UserId, device?: DeviceId, provider?: string): Promise<number> {
    const { count } = await this.#db.query(
      `DELETE FROM push_tokens WHERE app = $1 AND user_id = $2 AND ($3::text IS NULL OR device = $3::text)
         AND ($4::text IS NULL OR provider = $4::text)`,
      [app, userId, device ?? null, provider ?? null],
    );
    return count;
  }
}

async function tokensOf(session: SqlSession, app: SdkAppId, userId: UserId): Promise<readonly DeviceToken[]> {
  const { rows } = await session.query<TokenRow>(
    `SELECT app, user_id, device, provider, channel, token, platform, updated_at FROM push_tokens
     WHERE app = $1 AND user_id = $2 ORDER BY updated_at DESC, device, provider, channel`,
    [app, userId],
  );
  return rows.map(tokenOf);
}

const dropIn = (session: SqlSession, { app, userId, device, provider, channel, token }: DeviceToken) =>
  session.query(
    `DELETE FROM push_tokens WHERE app = $1 AND user_id = $2 AND device = $3 AND provider = $4 AND channel = $5
       AND digest = $6`,
    [app, userId, device, provider, channel, digestOf(token)],
  );

interface LogRow {
  readonly at: number;
  readonly event: string;
  readonly started_at: number;
  readonly call_id: LoggedPush['callId'];
}

/** What became of pushes, in PostgreSQL. */
export class PostgresPushLog extends PostgresCallNotes<PushNote> implements PushLog {
  readonly #db: SqlDatabase;

  constructor(db: SqlDatabase, node: NodeId) {
    super({ db, node, table: 'push_log' });
    this.#db = db;
  }

  async recent(app: SdkAppId, before: number, limit: number): Promise<readonly LoggedPush[]> {
    const { rows } = await this.#db.query<LogRow>(
      `SELECT at, call_id, started_at, event FROM push_log WHERE app = $1 AND started_at < $2
       ORDER BY started_at DESC, call_id, at, n LIMIT $3`,
      [app, before, limit],
    );
    return rows.map(({ at, call_id, started_at, event }) => ({
      callId: call_id,
      startedAt: started_at,
      at,
      event: JSON.parse(event) as PushNote,
    }));
  }

  async prune(before: number, limit: number): Promise<number> {
    const { count } = await this.#db.query(
      `DELETE FROM push_log l USING (SELECT p.app, p.started_at, p.call_id, p.at, p.n, p.node FROM push_log p
         JOIN apps a ON a.app = p.app WHERE p.started_at < $1 LIMIT $2) AS old
       WHERE l.app = old.app AND l.started_at = old.started_at AND l.call_id = old.call_id AND l.at = old.at
         AND l.n = old.n AND l.node = old.node`,
      [before, limit],
    );
    return count;
  }
}
