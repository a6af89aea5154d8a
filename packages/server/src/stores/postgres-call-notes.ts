import type { NodeId } from 'ringback-protocol';
import type { CallNotes, NotedCall } from '../ports/call-notes.ts';
import type { SqlDatabase } from './sql-database.ts';

/** Notes that wait at once; more are not kept. */
const mostWaiting = 5000;

/** ms that notes gather. */
const pace = 200;

interface Waiting extends NotedCall {
  readonly at: number;
  readonly n: number;
  readonly event: string;
}

/** Notes of calls in PostgreSQL. */
export class PostgresCallNotes<Event> implements CallNotes<Event> {
  readonly #db: SqlDatabase;
  readonly #node: NodeId;
  readonly #table: 'media_events' | 'push_log';
  #waiting: Waiting[] = [];
  #n = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: {
    readonly db: SqlDatabase;
    readonly node: NodeId;
    readonly table: 'media_events' | 'push_log';
  }) {
    this.#db = options.db;
    this.#node = options.node;
    this.#table = options.table;
  }

  add({ app, startedAt, callId }: NotedCall, at: number, event: Event): void {
    if (this.#waiting.length >= mostWaiting) return;
    this.#n += 1;
    this.#waiting.push({ app, startedAt, callId, at, n: this.#n, event: JSON.stringify(event) });
    this.#timer ??= setTimeout(() => void this.#write(), pace);
  }

  async of({ app, startedAt, callId }: NotedCall, limit: number) {
    const { rows } = await this.#db.query<{ at: number; event: string }>(
      `SELECT at, event FROM ${this.#table} WHERE app = $1 AND started_at = $2 AND call_id = $3
       ORDER BY at, n LIMIT $4`,
      [app, startedAt, callId, limit],
    );
    return rows.map(({ at, event }) => ({ at, event: JSON.parse(event) as Event }));
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    await this.#write();
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    const all = this.#waiting.splice(0);
    if (all.length === 0) return;
    const writing = this.#db
      .query(
        `INSERT INTO ${this.#table} (app, started_at, call_id, at, n, event, node)
         SELECT t.*, $7::text FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::bigint[], $6::text[]) AS t
         ON CONFLICT DO NOTHING`,
        [
          all.map(({ app }) => app),
          all.map(({ startedAt }) => startedAt),
          all.map(({ callId }) => callId),
          all.map(({ at }) => at),
          all.map(({ n }) => n),
          all.map(({ event }) => event),
          this.#node,
        ],
      )
      // A database that is away says so elsewhere; none of these is worth waiting for.
      .then(
        () => {},
        () => {},
      );
    this.#writing = writing;
    await writing;
  }
}
