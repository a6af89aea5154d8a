import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeId, SdkAppId } from 'ringback-protocol';
import type { Endpoint, EndpointChange, Endpoints } from '../ports/endpoints.ts';
import { EndpointMap, endpointKey } from './endpoint-map.ts';
import { endpointText, isOff, keptEndpoint } from './kept-endpoint.ts';
import { revise, type Tell, tellNobody } from './revisions.ts';
import type { Secrets } from './secrets.ts';
import type { SqlDatabase, SqlSession } from './sql-database.ts';
import { Turns } from './turns.ts';

/** Events that wait, of one statement. */
const clearedAtOnce = 5000;

/** ms; rows that others hold at this moment are looked at again. */
const clearAgain = 20;

const clearing = (which: string): string =>
  `DELETE FROM outbox o USING (SELECT app, endpoint, started_at, call_id, event_seq, format, part FROM outbox
    WHERE app = $1 AND endpoint = $2${which} ORDER BY started_at, call_id, event_seq LIMIT $3 FOR UPDATE SKIP LOCKED) AS old
  WHERE o.app = old.app AND o.endpoint = old.endpoint AND o.started_at = old.started_at AND o.call_id = old.call_id
  AND o.event_seq = old.event_seq AND o.format = old.format AND o.part = old.part`;

/** The row of the endpoint is locked. */
const clearThere = clearing('');

/** There is no row to lock: whoever sees an event of a new endpoint sees that endpoint, too. */
const clearAbsent = clearing(' AND NOT EXISTS (SELECT 1 FROM endpoints e WHERE e.app = $1 AND e.id = $2)');

/** Events from before wait, so that there must be no URL yet. */
class StillWaiting extends Error {}

interface Kept {
  readonly endpoint: Endpoint | undefined;
  /** Where memory does not have it yet. */
  readonly text: string | undefined;
  /** Others have it otherwise in memory. */
  readonly revised: boolean;
}

/** The webhook endpoints; all of them are in memory, and read again when another node has changed one. */
export class PostgresEndpoints implements Endpoints {
  readonly #db: SqlDatabase;
  readonly #node: NodeId;
  readonly #secrets: Secrets;
  readonly #tell: Tell;
  readonly #map = new EndpointMap();
  /** As they are kept, to see which of them have changed. */
  readonly #texts = new Map<string, string>();
  readonly #turns = new Turns();

  private constructor(options: Parameters<typeof PostgresEndpoints.open>[0]) {
    this.#secrets = options.secrets;
    this.#tell = options.tell ?? tellNobody;
    this.#db = options.db;
    this.#node = options.node;
  }

  static async open(options: {
    readonly db: SqlDatabase;
    readonly node: NodeId;
    readonly secrets: Secrets;
    readonly tell?: Tell;
  }): Promise<PostgresEndpoints> {
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

  async change(app: SdkAppId, id: string, change: EndpointChange): Promise<Endpoint | undefined> {
    for (;;) {
      const changed = await this.#changed(app, id, change);
      if (changed !== 'waiting') {
        const { endpoint, revised } = changed;
        // First: where others still write events for it, they wait for nobody.
        if (revised) await this.#tell();
        if (isOff(endpoint)) await this.#clear(app, id);
        return endpoint;
      }
      // Not in the turn of the others, who have nothing to do with it.
      if (!(await this.clearSome(app, id))) await sleep(clearAgain);
    }
  }

  /** `waiting` instead of a change that would tell a new URL of what is left from before. */
  #changed(app: SdkAppId, id: string, change: EndpointChange): Promise<Kept | 'waiting'> {
    return this.#turns.take('', async () => {
      const known = this.get(app, id);
      try {
        const kept = await this.#db.transaction((session) => this.#change(session, app, id, change));
        if (kept.endpoint !== undefined && kept.text !== undefined) this.#put(kept.endpoint, kept.text);
        return kept;
      } catch (error) {
        // It may have been taken for one without a URL already.
        if (known !== undefined && this.get(app, id) !== known) this.#map.put(known);
        if (error instanceof StillWaiting) return 'waiting';
        throw error;
      }
    });
  }

  async save(endpoint: Endpoint): Promise<void> {
    await this.change(endpoint.app, endpoint.id, () => endpoint);
  }

  async remove(app: SdkAppId, id: string): Promise<void> {
    await this.#turns.take('', async () => {
      // First from memory: no step after this one writes an event for it, and those before it are deleted with it.
      const [kept, text] = [this.get(app, id), this.#texts.get(endpointKey(app, id))];
      this.#drop(app, id);
      try {
        await this.#write(async (session) => {
          await session.query('DELETE FROM endpoints WHERE app = $1 AND id = $2', [app, id]);
        });
      } catch (error) {
        if (kept !== undefined && text !== undefined && this.get(app, id) === undefined) this.#put(kept, text);
        throw error;
      }
    });
    await this.#tell();
    await this.#clear(app, id);
  }

  /** Drops what waits, a piece at a time; nobody waits for much. */
  async #clear(app: SdkAppId, id: string): Promise<void> {
    const rest = async (): Promise<void> => {
      while (await this.clearSome(app, id));
    };
    // What is left is dropped before there is a URL again, or with other lanes that nobody wants.
    if (await this.clearSome(app, id)) rest().catch(() => {});
  }

  /**
   * Drops some of what waits where nothing is to be told, and says whether there may be more. Where there is a URL by now,
   * nothing is dropped: what waits is for that.
   */
  clearSome(app: SdkAppId, id: string): Promise<boolean> {
    return this.#db.transaction(async (session) => {
      const { rows } = await session.query<{ config: string }>(
        'SELECT config FROM endpoints WHERE app = $1 AND id = $2 FOR SHARE',
        [app, id],
      );
      const [kept] = rows;
      if (kept !== undefined && !isOff(keptEndpoint(app, id, kept.config, this.#secrets))) return false;
      const sql = kept === undefined ? clearAbsent : clearThere;
      const { count } = await session.query(sql, [app, id, clearedAtOnce]);
      return count >= clearedAtOnce;
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
      const there = new Set(rows.map(({ app, id }) => endpointKey(app, id)));
      for (const { app, id } of this.#map.list()) if (!there.has(endpointKey(app, id))) this.#drop(app, id);
      for (const { app, id, config } of rows) {
        if (this.#texts.get(endpointKey(app, id)) === config) continue;
        this.#put(keptEndpoint(app, id, config, this.#secrets), config);
      }
    });
  }

  async #change(session: SqlSession, app: SdkAppId, id: string, change: EndpointChange): Promise<Kept> {
    for (;;) {
      // Locked: other nodes change it before or after this.
      const { rows } = await session.query<{ config: string }>(
        'SELECT config FROM endpoints WHERE app = $1 AND id = $2 FOR UPDATE',
        [app, id],
      );
      const before = rows[0]?.config;
      const kept = this.#asKept(app, id, before);
      const endpoint = change(kept);
      if (endpoint === undefined || endpoint === kept) {
        return { endpoint: kept, text: kept === this.get(app, id) ? undefined : before, revised: false };
      }
      if (isOff(kept) && !isOff(endpoint)) {
        const left = await session.query('SELECT 1 FROM outbox WHERE app = $1 AND endpoint = $2 LIMIT 1', [app, id]);
        if (left.count > 0) throw new StillWaiting();
      }
      const text = endpointText(endpoint, this.#secrets);
      const { count } = await session.query(
        before === undefined
          ? 'INSERT INTO endpoints (app, id, config) VALUES ($1, $2, $3) ON CONFLICT (app, id) DO NOTHING'
          : 'UPDATE endpoints SET config = $3 WHERE app = $1 AND id = $2',
        [app, id, text],
      );
      // Another node has made one of this name meanwhile.
      if (count === 0) continue;
      // As with a removal: what is written after this must find it already so.
      if (endpoint.url === '') this.#map.put(endpoint);
      await revise(session, 'endpoints', this.#node);
      return { endpoint, text, revised: true };
    }
  }

  /** The same value as in memory, unless another node has changed it since. */
  #asKept(app: SdkAppId, id: string, text: string | undefined): Endpoint | undefined {
    if (text === undefined) return undefined;
    if (this.#texts.get(endpointKey(app, id)) === text) return this.get(app, id);
    return keptEndpoint(app, id, text, this.#secrets);
  }

  #write(work: (session: SqlSession) => Promise<void>): Promise<void> {
    return this.#db.transaction(async (session) => {
      await work(session);
      await revise(session, 'endpoints', this.#node);
    });
  }

  #put(endpoint: Endpoint, text: string): void {
    const { app, id } = endpoint;
    this.#texts.set(endpointKey(app, id), text);
    this.#map.put(endpoint);
    this.#map.tell(app, id);
  }

  #drop(app: SdkAppId, id: string): void {
    this.#texts.delete(endpointKey(app, id));
    this.#map.drop(app, id);
    this.#map.tell(app, id);
  }
}
