import type { Database, Statement } from 'better-sqlite3';
import type { SdkAppId } from 'ringback-protocol';
import type { Endpoint, EndpointChange, Endpoints } from '../ports/endpoints.ts';
import { EndpointMap, endpointKey } from './endpoint-map.ts';
import { endpointText, isOff, keptEndpoint } from './kept-endpoint.ts';
import type { Secrets } from './secrets.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';
import { Turns } from './turns.ts';

/** Events that wait, of one write. */
const clearedAtOnce = 5000;

/** The webhook endpoints; all of them are in memory. */
export class SqliteEndpoints implements Endpoints {
  readonly #writer: SqliteWriter;
  readonly #cut: Statement;
  readonly #secrets: Secrets;
  readonly #map = new EndpointMap();
  readonly #turns = new Turns();

  constructor(options: { readonly writer: SqliteWriter; readonly reader: Database; readonly secrets: Secrets }) {
    this.#secrets = options.secrets;
    this.#writer = options.writer;
    this.#cut = options.reader
      .prepare('SELECT started_at FROM outbox WHERE app = ? AND endpoint = ? ORDER BY started_at LIMIT 1 OFFSET ?')
      .pluck();
    const rows = options.reader.prepare('SELECT app, id, config FROM endpoints').all();
    for (const { app, id, config } of rows as { app: SdkAppId; id: string; config: string }[]) {
      this.#map.put(keptEndpoint(app, id, config, this.#secrets));
    }
    // What a clearing has left that was cut short.
    const waiting = options.reader.prepare('SELECT DISTINCT app, endpoint FROM outbox').all();
    for (const { app, endpoint } of waiting as { app: SdkAppId; endpoint: string }[]) {
      if (isOff(this.get(app, endpoint))) this.#clear(app, endpoint).catch(() => {});
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
      // What a clearing has left that was cut short is nobody's.
      if (isOff(kept)) while (await this.#clearSome(app, id));
      const job = new WriteJob();
      job.add('endpointSave', app, id, endpointText(endpoint, this.#secrets));
      // As with a removal: what is written after this must find it already so.
      if (endpoint.url === '') this.#map.put(endpoint);
      await this.#writer.written(job);
      if (isOff(endpoint)) await this.#clear(app, id);
      this.#map.put(endpoint);
      this.#map.tell(app, id);
      return endpoint;
    });
  }

  async save(endpoint: Endpoint): Promise<void> {
    await this.change(endpoint.app, endpoint.id, () => endpoint);
  }

  remove(app: SdkAppId, id: string): Promise<void> {
    return this.#turns.take(endpointKey(app, id), async () => {
      // First from memory: no step after this one writes an event for it, and those before it are deleted with it.
      this.#map.drop(app, id);
      this.#map.tell(app, id);
      const job = new WriteJob();
      job.add('endpointDelete', app, id);
      await this.#writer.written(job);
      await this.#clear(app, id);
    });
  }

  /** Drops what waits, a piece at a time, so that calls are written in between; nobody waits for much. */
  async #clear(app: SdkAppId, id: string): Promise<void> {
    if (!(await this.#clearSome(app, id))) return;
    const rest = async (): Promise<void> => {
      while (isOff(this.get(app, id)) && (await this.#clearSome(app, id)));
    };
    // A database that fails ends the process; what is left is dropped before there is a URL again.
    rest().catch(() => {});
  }

  /** Says whether there is more. */
  async #clearSome(app: SdkAppId, id: string): Promise<boolean> {
    const cut = this.#cut.get(app, id, clearedAtOnce) as number | undefined;
    const job = new WriteJob();
    job.add('outboxClear', app, id, cut ?? Number.MAX_SAFE_INTEGER);
    await this.#writer.written(job);
    return cut !== undefined;
  }

  onChange(listener: Parameters<Endpoints['onChange']>[0]): void {
    this.#map.onChange(listener);
  }
}
