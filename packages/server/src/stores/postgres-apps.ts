import type { NodeId, SdkAppId } from 'ringback-protocol';
import type { App, AppSettings, Apps, KeptApp } from '../ports/apps.ts';
import { appInForce, appText, keptApp } from './kept-app.ts';
import { revise, type Tell, tellNobody } from './revisions.ts';
import type { Secrets } from './secrets.ts';
import type { SqlDatabase, SqlSession } from './sql-database.ts';
import { Turns } from './turns.ts';

/** The applications; all of them are in memory, and read again when another node has changed one. */
export class PostgresApps implements Apps {
  readonly #db: SqlDatabase;
  readonly #node: NodeId;
  readonly #defaults: AppSettings;
  readonly #secrets: Secrets;
  readonly #tell: Tell;
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
    this.#tell = options.tell ?? tellNobody;
  }

  /** `defaults` are in force where an application has no settings of its own. */
  static async open(options: {
    readonly db: SqlDatabase;
    readonly node: NodeId;
    readonly defaults: AppSettings;
    readonly secrets: Secrets;
    readonly tell?: Tell;
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

  async save(app: KeptApp): Promise<void> {
    await this.change(app.sdkAppId, () => app);
  }

  async change(sdkAppId: SdkAppId, change: (before: KeptApp | undefined) => KeptApp): Promise<App> {
    const { app, revised } = await this.#turns.take('', async () => {
      let found: string | undefined;
      const noted = (text: string | undefined): void => {
        found = text;
      };
      const work = this.#db.transaction((session) => this.#change(session, sdkAppId, change, noted));
      const { kept, text, revised } = await work.catch((error: unknown) => {
        // What it was refused for may be what another node has made just now.
        if (found !== undefined && this.#texts.get(sdkAppId) !== found) {
          this.#put(appInForce(keptApp(sdkAppId, found, this.#secrets), this.#defaults), found);
        }
        throw error;
      });
      const app = appInForce(kept, this.#defaults);
      if (this.#texts.get(sdkAppId) !== text) this.#put(app, text);
      return { app, revised };
    });
    if (revised) await this.#tell();
    return app;
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

  async #change(
    session: SqlSession,
    sdkAppId: SdkAppId,
    change: (before: KeptApp | undefined) => KeptApp,
    noted: (text: string | undefined) => void,
  ): Promise<{ readonly kept: KeptApp; readonly text: string; readonly revised: boolean }> {
    for (;;) {
      // Locked: other nodes change it before or after this.
      const { rows } = await session.query<{ config: string }>('SELECT config FROM apps WHERE app = $1 FOR UPDATE', [
        sdkAppId,
      ]);
      const before = rows[0]?.config;
      noted(before);
      const known = before === undefined ? undefined : keptApp(sdkAppId, before, this.#secrets);
      const kept = change(known);
      if (before !== undefined && kept === known) return { kept, text: before, revised: false };
      const text = appText(kept, this.#secrets);
      const { count } = await session.query(
        before === undefined
          ? 'INSERT INTO apps (app, config) VALUES ($1, $2) ON CONFLICT (app) DO NOTHING'
          : 'UPDATE apps SET config = $2 WHERE app = $1',
        [sdkAppId, text],
      );
      // Another node has made it meanwhile.
      if (count === 0) continue;
      await revise(session, 'apps', this.#node);
      return { kept, text, revised: true };
    }
  }

  #put(app: App, text: string): void {
    this.#apps.set(app.sdkAppId, app);
    this.#texts.set(app.sdkAppId, text);
    for (const listener of this.#listeners) listener(app);
  }
}
