import type { Database } from 'better-sqlite3';
import type { SdkAppId } from 'ringback-protocol';
import type { Endpoint, Endpoints } from '../ports/endpoints.ts';
import { EndpointMap } from './endpoint-map.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';

/** The webhook endpoints; all of them are in memory. */
export class SqliteEndpoints implements Endpoints {
  readonly #writer: SqliteWriter;
  readonly #map = new EndpointMap();

  constructor(options: { readonly writer: SqliteWriter; readonly reader: Database }) {
    this.#writer = options.writer;
    const rows = options.reader.prepare('SELECT app, id, config FROM endpoints').all();
    for (const { app, id, config } of rows as { app: SdkAppId; id: string; config: string }[]) {
      this.#map.put({ ...(JSON.parse(config) as Endpoint), app, id });
    }
  }

  get(app: SdkAppId, id: string): Endpoint | undefined {
    return this.#map.get(app, id);
  }

  of(app: SdkAppId): readonly Endpoint[] {
    return this.#map.of(app);
  }

  list(): readonly Endpoint[] {
    return this.#map.list();
  }

  async save(endpoint: Endpoint): Promise<void> {
    const { app, id, ...config } = endpoint;
    const job = new WriteJob();
    job.add('endpointSave', app, id, JSON.stringify(config));
    if (endpoint.url === '') {
      // As with a removal: what is written after this must find it already so.
      this.#map.put(endpoint);
      job.add('outboxClear', app, id);
    }
    await this.#writer.written(job);
    this.#map.put(endpoint);
    this.#map.tell(app, id);
  }

  async remove(app: SdkAppId, id: string): Promise<void> {
    // First from memory: no step after this one writes an event for it, and those before it are deleted with it.
    this.#map.drop(app, id);
    this.#map.tell(app, id);
    const job = new WriteJob();
    job.add('endpointDelete', app, id);
    job.add('outboxClear', app, id);
    await this.#writer.written(job);
  }

  onChange(listener: Parameters<Endpoints['onChange']>[0]): void {
    this.#map.onChange(listener);
  }
}
