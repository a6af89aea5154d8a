import type { Database } from 'better-sqlite3';
import type { SdkAppId } from 'ringback-protocol';
import type { App, Apps } from '../ports/apps.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';

/** The applications; all of them are in memory. */
export class SqliteApps implements Apps {
  readonly #writer: SqliteWriter;
  readonly #apps = new Map<number, App>();
  readonly #listeners: ((app: App) => void)[] = [];

  constructor(options: { readonly writer: SqliteWriter; readonly reader: Database }) {
    this.#writer = options.writer;
    const rows = options.reader.prepare('SELECT app, config FROM apps').all() as { app: SdkAppId; config: string }[];
    for (const { app, config } of rows) this.#apps.set(app, { ...(JSON.parse(config) as App), sdkAppId: app });
  }

  get(sdkAppId: number): App | undefined {
    return this.#apps.get(sdkAppId);
  }

  list(): readonly App[] {
    return [...this.#apps.values()].sort((a, b) => a.sdkAppId - b.sdkAppId);
  }

  async save(app: App): Promise<void> {
    const { sdkAppId, ...config } = app;
    const job = new WriteJob();
    job.add('appSave', sdkAppId, JSON.stringify(config));
    await this.#writer.written(job);
    this.#apps.set(sdkAppId, app);
    for (const listener of this.#listeners) listener(app);
  }

  onChange(listener: (app: App) => void): void {
    this.#listeners.push(listener);
  }
}
