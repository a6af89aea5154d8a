import type { Database } from 'better-sqlite3';
import type { SdkAppId } from 'ringback-protocol';
import type { Endpoint, EndpointChange, Endpoints } from '../ports/endpoints.ts';
import { EndpointMap, endpointKey } from './endpoint-map.ts';
import { endpointText, keptEndpoint } from './kept-endpoint.ts';
import type { Secrets } from './secrets.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';
import { Turns } from './turns.ts';

/** The webhook endpoints; all of them are in memory. */
export class SqliteEndpoints implements Endpoints {
  readonly #writer: SqliteWriter;
  readonly #secrets: Secrets;
  readonly #map = new EndpointMap();
  readonly #turns = new Turns();

  constructor(options: { readonly writer: SqliteWriter; readonly reader: Database; readonly secrets: Secrets }) {
    this.#secrets = options.secrets;
    this.#writer = options.writer;
    const rows = options.reader.prepare('SELECT app, id, config FROM endpoints').all();
    for (const { app, id, config } of rows as { app: SdkAppId; id: string; config: string }[]) {
      this.#map.put(keptEndpoint(app, id, config, this.#secrets));
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

  change(app: SdkAppId, id: string, change: EndpointChange): Promise<Endpoint | undefined> {
    return this.#turns.take(endpointKey(app, id), async () => {
      const kept = this.get(app, id);
      const endpoint = change(kept);
      if (endpoint === undefined || endpoint === kept) return kept;
      const job = new WriteJob();
      job.add('endpointSave', app, id, endpointText(endpoint, this.#secrets));
      if (endpoint.url === '') {
        // As with a removal: what is written after this must find it already so.
        this.#map.put(endpoint);
        job.add('outboxClear', app, id);
      }
      await this.#writer.written(job);
      this.#map.put(endpoint);
      this.#map.tell(app, id);
      return endpoint;
    });
  }

  async save(endpoint: Endpoint): Promise<void> {
    await this.change(endpoint.app, endpoint.id, () => endpoint);
  }

  remove(app: SdkAppId, id: string): Promise<void> {
    return this.#turns.take(endpointKey(app, id), () => {
      // First from memory: no step after this one writes an event for it, and those before it are deleted with it.
      this.#map.drop(app, id);
      this.#map.tell(app, id);
      const job = new WriteJob();
      job.add('endpointDelete', app, id);
      job.add('outboxClear', app, id);
      return this.#writer.written(job);
    });
  }

  onChange(listener: Parameters<Endpoints['onChange']>[0]): void {
    this.#map.onChange(listener);
  }
}
