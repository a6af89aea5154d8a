import type { Database, Statement } from 'better-sqlite3';
import { bounds, type DeviceId, type SdkAppId, type UserId } from 'ringback-protocol';
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
import { ProviderMap } from './provider-map.ts';
import { configText, digestOf, keptConfig, type TokenRow, tokenOf } from './push-text.ts';
import type { Secrets } from './secrets.ts';
import { SqliteCallNotes } from './sqlite-call-notes.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';
import { Turns } from './turns.ts';

interface Files {
  readonly writer: SqliteWriter;
  readonly reader: Database;
}

/** The push providers in the embedded database; all of them are in memory. */
export class SqlitePushProviders implements PushProviders {
  readonly #secrets: Secrets;
  readonly #writer: SqliteWriter;
  readonly #map = new ProviderMap();
  readonly #turns = new Turns();

  constructor({ writer, reader, secrets }: Files & { readonly secrets: Secrets }) {
    this.#writer = writer;
    this.#secrets = secrets;
    const rows = reader.prepare('SELECT app, name, config FROM push_providers').all();
    for (const { app, name, config } of rows as { app: SdkAppId; name: string; config: string }[]) {
      this.#map.put(keptConfig(app, name, config, secrets));
    }
  }

  get(app: SdkAppId, name: string): PushConfig | undefined {
    return this.#map.get(app, name);
  }

  of(app: SdkAppId): readonly PushConfig[] {
    return this.#map.of(app);
  }

  change(app: SdkAppId, name: string, change: PushConfigChange): Promise<PushConfig> {
    return this.#turns.take('', async () => {
      const config = change(this.get(app, name), this.of(app));
      const job = new WriteJob();
      job.add('pushProviderSave', app, name, configText(config, this.#secrets));
      await this.#writer.written(job);
      this.#map.put(config);
      return config;
    });
  }

  remove(app: SdkAppId, name: string): Promise<void> {
    return this.#turns.take('', async () => {
      const job = new WriteJob();
      job.add('pushProviderDelete', app, name);
      await this.#writer.written(job);
      this.#map.drop(app, name);
    });
  }
}

/** The device tokens in the embedded database. */
export class SqlitePushTokens implements PushTokens {
  readonly #writer: SqliteWriter;
  readonly #of: Statement;

  constructor({ writer, reader }: Files) {
    this.#writer = writer;
    this.#of = reader.prepare(
      `SELECT app, user_id, device, provider, channel, token, platform, updated_at FROM push_tokens
       WHERE app = ? AND user_id = ? ORDER BY updated_at DESC, device, provider, channel`,
    );
  }

  async save(token: DeviceToken): Promise<void> {
    const { app, userId, device, provider, channel, platform, updatedAt } = token;
    const digest = digestOf(token.token);
    const job = new WriteJob();
    job.add('pushTokenTake', app, provider, digest);
    job.add('pushTokenSave', app, userId, device, provider, channel, digest, token.token, platform, updatedAt);
    const others = this.#all(app, userId).filter((one) => !sameSlot(one, token));
    for (const one of others.slice(bounds.pushTokensPerUser - 1)) dropIn(job, one);
    await this.#writer.written(job);
  }

  async of(app: SdkAppId, userId: UserId): Promise<readonly DeviceToken[]> {
    return this.#all(app, userId);
  }

  async drop(token: DeviceToken): Promise<void> {
    const job = new WriteJob();
    dropIn(job, token);
    await this.#writer.written(job);
  }

  async remove(app: SdkAppId, userId: UserId, device?: DeviceId, provider?: string): Promise<number> {
    const gone = this.#all(app, userId).filter(
      (one) => (device ?? one.device) === one.device && (provider ?? one.provider) === one.provider,
    );
    const job = new WriteJob();
    for (const one of gone) dropIn(job, one);
    if (gone.length > 0) await this.#writer.written(job);
    return gone.length;
  }

  #all(app: SdkAppId, userId: UserId): readonly DeviceToken[] {
    return (this.#of.all(app, userId) as TokenRow[]).map(tokenOf);
  }
}

const dropIn = (job: WriteJob, { app, userId, device, provider, channel, token }: DeviceToken): void =>
  job.add('pushTokenDelete', app, userId, device, provider, channel, digestOf(token));

const sameSlot = (one: DeviceToken, other: DeviceToken): boolean =>
  one.device === other.device && one.provider === other.provider && one.channel === other.channel;

interface LogRow {
  readonly at: number;
  readonly n: number;
  readonly node: string;
  readonly event: string;
  readonly app: SdkAppId;
  readonly started_at: number;
  readonly call_id: LoggedPush['callId'];
}

/** What became of pushes, in the embedded database. */
export class SqlitePushLog extends SqliteCallNotes<PushNote> implements PushLog {
  readonly #writer: SqliteWriter;
  readonly #recent: Statement;
  readonly #oldest: Statement;
  readonly #nextApp: Statement;

  constructor(options: Omit<ConstructorParameters<typeof SqliteCallNotes>[0], 'table'>) {
    super({ ...options, table: 'push_log' });
    const { writer, reader } = options;
    this.#writer = writer;
    this.#recent = reader.prepare(
      `SELECT at, call_id, started_at, event FROM push_log WHERE app = ? AND started_at < ?
       ORDER BY started_at DESC, call_id, at, n LIMIT ?`,
    );
    this.#oldest = reader.prepare(
      'SELECT * FROM push_log WHERE app = ? AND started_at < ? ORDER BY started_at LIMIT ?',
    );
    this.#nextApp = reader.prepare('SELECT min(app) FROM push_log WHERE app > ?').pluck();
  }

  async recent(app: SdkAppId, before: number, limit: number): Promise<readonly LoggedPush[]> {
    return (this.#recent.all(app, before, limit) as LogRow[]).map(({ at, call_id, started_at, event }) => ({
      callId: call_id,
      startedAt: started_at,
      at,
      event: JSON.parse(event) as PushNote,
    }));
  }

  async prune(before: number, limit: number): Promise<number> {
    const job = new WriteJob();
    let count = 0;
    let app = this.#nextApp.get(0) as number | null;
    while (app !== null && count < limit) {
      for (const one of this.#oldest.all(app, before, limit - count) as LogRow[]) {
        job.add('pushLogDelete', one.app, one.started_at, one.call_id, one.at, one.n, one.node);
        count += 1;
      }
      app = this.#nextApp.get(app) as number | null;
    }
    if (count > 0) await this.#writer.written(job);
    return count;
  }
}
