import type { Database } from 'better-sqlite3';
import type { SdkAppId } from 'ringback-protocol';
import type { App, AppSettings, Apps, KeptApp } from '../ports/apps.ts';
import { appInForce, appText, keptApp } from './kept-app.ts';
import type { Secrets } from './secrets.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';
import { Turns } from './turns.ts';

/** The applications; all of them are in memory. */
export class SqliteApps implements Apps {
  readonly #writer: SqliteWriter;
  readonly #defaults: AppSettings;
  readonly #secrets: Secrets;
  readonly #apps = new Map<number, App>();
  readonly #listeners: ((app: App) => void)[] = [];
  readonly #turns = new Turns();

  /** `defaults` are in force where an application has no settings of its own. */
  constructor(options: {
    readonly writer: SqliteWriter;
    readonly reader: Database;
    readonly defaults: AppSettings;
    readonly secrets: Secrets;
  }) {
    this.#secrets = options.secrets;
    this.#writer = options.writer;
    this.#defaults = options.defaults;
    const rows = options.reader.prepare('SELECT app, config FROM apps').all() as { app: SdkAppId; config: string }[];
    for (const { app, config } of rows) {
      this.#apps.set(app, appInForce(keptApp(app, config, this.#secrets), this.#defaults));
    }
  }

  get(sdkAppId: number): App | undefined {
    return this.#apps.get(sdkAppId);
  }

  list(): readonly App[] {
    return [...this.#apps.values()].sort((a, b) => a.sdkAppId - b.sdkAppId);
  }

  async save(app: KeptApp): Promise<void> {
    await this.change(app.sdkAppId, () => app);
  }

  change(sdkAppId: SdkAppId, change: (before: KeptApp | undefined) => KeptApp): Promise<App> {
    return this.#turns.take('', async () => {
      const before = this.#apps.get(sdkAppId);
      const kept = change(before);
      if (before !== undefined && kept === before) return before;
      const app = appInForce(kept, this.#defaults);
      const job = new WriteJob();
      job.add('appSave', sdkAppId, appText(app, this.#secrets));
      await this.#writer.written(job);
      this.#apps.set(sdkAppId, app);
      for (const listener of this.#listeners) listener(app);
      return app;
    });
  }

  onChange(listener: (app: App) => void): void {
    this.#listeners.push(listener);
  }
}
