import type { Database } from 'better-sqlite3';
import type { SdkAppId } from 'ringback-protocol';
import type { Endpoint, Endpoints } from '../ports/endpoints.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';

type Listener = Parameters<Endpoints['onChange']>[0];

const none: readonly Endpoint[] = [];

/** The webhook endpoints; all of them are in memory. */
export class SqliteEndpoints implements Endpoints {
  readonly #writer: SqliteWriter;
  readonly #byApp = new Map<SdkAppId, readonly Endpoint[]>();
  readonly #listeners: Listener[] = [];

  constructor(options: { readonly writer: SqliteWriter; readonly reader: Database }) {
    this.#writer = options.writer;
    const rows = options.reader.prepare('SELECT app, id, config FROM endpoints').all();
    for (const { app, id, config } of rows as { app: SdkAppId; id: string; config: string }[]) {
      this.#put({ ...(JSON.parse(config) as Endpoint), app, id });
    }
  }

  get(app: SdkAppId, id: string): Endpoint | undefined {
    return this.of(app).find((endpoint) => endpoint.id === id);
  }

  of(app: SdkAppId): readonly Endpoint[] {
    return this.#byApp.get(app) ?? none;
  }

  list(): readonly Endpoint[] {
    return [...this.#byApp.values()].flat();
  }

  async save(endpoint: Endpoint): Promise<void> {
    const { app, id, ...config } = endpoint;
    const job = new WriteJob();
    job.add('endpointSave', app, id, JSON.stringify(config));
    if (endpoint.url === '') {
      // As with a removal: what is written after this must find it already so.
      this.#put(endpoint);
      job.add('outboxClear', app, id);
    }
    await this.#writer.written(job);
    this.#put(endpoint);
    for (const listener of this.#listeners) listener(app, id, endpoint);
  }

  async remove(app: SdkAppId, id: string): Promise<void> {
    // First from memory: no step after this one writes an event for it, and those before it are deleted with it.
    const kept = this.of(app).filter((endpoint) => endpoint.id !== id);
    if (kept.length === 0) this.#byApp.delete(app);
    else this.#byApp.set(app, kept);
    for (const listener of this.#listeners) listener(app, id, undefined);
    const job = new WriteJob();
    job.add('endpointDelete', app, id);
    job.add('outboxClear', app, id);
    await this.#writer.written(job);
  }

  onChange(listener: Listener): void {
    this.#listeners.push(listener);
  }

  #put(endpoint: Endpoint): void {
    const others = this.of(endpoint.app).filter(({ id }) => id !== endpoint.id);
    this.#byApp.set(
      endpoint.app,
      [...others, endpoint].sort((a, b) => (a.id < b.id ? -1 : 1)),
    );
  }
}
