import type { NodeId, SdkAppId } from 'ringback-protocol';
import type { Endpoint, Endpoints } from '../ports/endpoints.ts';
import { EndpointMap } from './endpoint-map.ts';
import { revise } from './revisions.ts';
import type { SqlDatabase, SqlSession } from './sql-database.ts';
import { Turns } from './turns.ts';

const keyOf = (app: SdkAppId, id: string): string => `${app}/${id}`;

/** The webhook endpoints; all of them are in memory, and read again when another node has changed one. */
export class PostgresEndpoints implements Endpoints {
  readonly #db: SqlDatabase;
  readonly #node: NodeId;
  readonly #map = new EndpointMap();
  /** As they are kept, to see which of them have changed. */
  readonly #texts = new Map<string, string>();
  readonly #turns = new Turns();

  private constructor(options: { readonly db: SqlDatabase; readonly node: NodeId }) {
    this.#db = options.db;
    this.#node = options.node;
  }

  static async open(options: { readonly db: SqlDatabase; readonly node: NodeId }): Promise<PostgresEndpoints> {
    const endpoints = new PostgresEndpoints(options);
    await endpoints.refresh();
    return endpoints;
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

  save(endpoint: Endpoint): Promise<void> {
    const { app, id, ...config } = endpoint;
    return this.#turns.take('', async () => {
      const text = JSON.stringify(config);
      // As with a removal: what is written after this must find it already so.
      if (endpoint.url === '') this.#map.put(endpoint);
      await this.#write(async (session) => {
        await session.query(
          `INSERT INTO endpoints (app, id, config) VALUES ($1, $2, $3)
           ON CONFLICT (app, id) DO UPDATE SET config = excluded.config`,
          [app, id, text],
        );
        if (endpoint.url === '') await clear(session, app, id);
      });
      this.#put(endpoint, text);
    });
  }

  remove(app: SdkAppId, id: string): Promise<void> {
    return this.#turns.take('', async () => {
      // First from memory: no step after this one writes an event for it, and those before it are deleted with it.
      this.#drop(app, id);
      await this.#write(async (session) => {
        await session.query('DELETE FROM endpoints WHERE app = $1 AND id = $2', [app, id]);
        await clear(session, app, id);
      });
    });
  }

  onChange(listener: Parameters<Endpoints['onChange']>[0]): void {
    this.#map.onChange(listener);
  }

  /** Takes over what others have changed. */
  refresh(): Promise<void> {
    return this.#turns.take('', async () => {
      const { rows } = await this.#db.query<{ app: SdkAppId; id: string; config: string }>(
        'SELECT app, id, config FROM endpoints',
      );
      const there = new Set(rows.map(({ app, id }) => keyOf(app, id)));
      for (const { app, id } of this.#map.list()) if (!there.has(keyOf(app, id))) this.#drop(app, id);
      for (const { app, id, config } of rows) {
        if (this.#texts.get(keyOf(app, id)) === config) continue;
        this.#put({ ...(JSON.parse(config) as Endpoint), app, id }, config);
      }
    });
  }

  #write(work: (session: SqlSession) => Promise<void>): Promise<void> {
    return this.#db.transaction(async (session) => {
      await work(session);
      await revise(session, 'endpoints', this.#node);
    });
  }

  #put(endpoint: Endpoint, text: string): void {
    const { app, id } = endpoint;
    this.#texts.set(keyOf(app, id), text);
    this.#map.put(endpoint);
    this.#map.tell(app, id);
  }

  #drop(app: SdkAppId, id: string): void {
    this.#texts.delete(keyOf(app, id));
    this.#map.drop(app, id);
    this.#map.tell(app, id);
  }
}

const clear = (session: SqlSession, app: SdkAppId, id: string) =>
  session.query('DELETE FROM outbox WHERE app = $1 AND endpoint = $2', [app, id]);
