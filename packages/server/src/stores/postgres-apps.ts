import type { NodeId, SdkAppId } from 'ringback-protocol';
import type { App, AppSettings, Apps, KeptApp } from '../ports/apps.ts';
import { appInForce, appText, keptApp } from './kept-app.ts';
import { revise } from './revisions.ts';
import type { Secrets } from './secrets.ts';
import type { SqlDatabase } from './sql-database.ts';
import { Turns } from './turns.ts';

/** The applications; all of them are in memory, and read again when another node has changed one. */
export class PostgresApps implements Apps {
  readonly #db: SqlDatabase;
  readonly #node: NodeId;
  readonly #defaults: AppSettings;
  readonly #secrets: Secrets;
  readonly #apps = new Map<number, App>();
  /** As they are kept, to see which of them have changed. */
  readonly #texts = new Map<number, string>();
  readonly #listeners: ((app: App) => void)[] = [];
  readonly #turns = new Turns();

  private constructor(options: Parameters<typeof PostgresApps.open>[0]) {
    this.#db = options.db;
    this.#node = options.node;
    this.#defaults = options.defaults;
    this.#secrets = options.secrets;
  }

  /** `defaults` are in force where an application has no settings of its own. */
  static async open(options: {
    readonly db: SqlDatabase;
    readonly node: NodeId;
    readonly defaults: AppSettings;
    readonly secrets: Secrets;
  }): Promise<PostgresApps> {
    const apps = new PostgresApps(options);
    await apps.refresh();
    return apps;
  }

  get(sdkAppId: number): App | undefined {
    return this.#apps.get(sdkAppId);
  }

  list(): readonly App[] {
    return [...this.#apps.values()].sort((a, b) => a.sdkAppId - b.sdkAppId);
  }

  save(kept: KeptApp): Promise<void> {
    const app = appInForce(kept, this.#defaults);
    return this.#turns.take('', async () => {
      const text = appText(app, this.#secrets);
      await this.#db.transaction(async (session) => {
        await session.query(
          'INSERT INTO apps (app, config) VALUES ($1, $2) ON CONFLICT (app) DO UPDATE SET config = excluded.config',
          [app.sdkAppId, text],
        );
        await revise(session, 'apps', this.#node);
      });
      this.#put(app, text);
    });
  }

  onChange(listener: (app: App) => void): void {
    this.#listeners.push(listener);
  }

  /** Takes over what others have changed. */
  refresh(): Promise<void> {
    return this.#turns.take('', async () => {
      const { rows } = await this.#db.query<{ app: SdkAppId; config: string }>('SELECT app, config FROM apps');
      for (const { app, config } of rows) {
        if (this.#texts.get(app) !== config)
          this.#put(appInForce(keptApp(app, config, this.#secrets), this.#defaults), config);
      }
    });
  }

  #put(app: App, text: string): void {
    this.#apps.set(app.sdkAppId, app);
    this.#texts.set(app.sdkAppId, text);
    for (const listener of this.#listeners) listener(app);
  }
}
