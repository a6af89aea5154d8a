import type { NodeId } from 'ringback-protocol';
import type { MediaEvent, MediaEvents, MediaPlace } from '../ports/media-events.ts';
import type { SqlDatabase } from './sql-database.ts';

/** Events that wait at once; more are not kept. */
const mostWaiting = 5000;

/** ms that events gather. */
const pace = 200;

interface Waiting extends MediaPlace {
  readonly at: number;
  readonly n: number;
  readonly event: string;
}

/** The media events of calls in PostgreSQL. */
export class PostgresMediaEvents implements MediaEvents {
  readonly #db: SqlDatabase;
  readonly #node: NodeId;
  #waiting: Waiting[] = [];
  #n = 0;
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(db: SqlDatabase, node: NodeId) {
    this.#db = db;
    this.#node = node;
  }

  add({ app, startedAt, callId }: MediaPlace, at: number, event: MediaEvent): void {
    if (this.#waiting.length >= mostWaiting) return;
    this.#n += 1;
    this.#waiting.push({ app, startedAt, callId, at, n: this.#n, event: JSON.stringify(event) });
    this.#timer ??= setTimeout(() => void this.#write(), pace);
  }

  async of({ app, startedAt, callId }: MediaPlace, limit: number) {
    const { rows } = await this.#db.query<{ at: number; event: string }>(
      `SELECT at, event FROM media_events WHERE app = $1 AND started_at = $2 AND call_id = $3
       ORDER BY at, n LIMIT $4`,
      [app, startedAt, callId, limit],
    );
    return rows.map(({ at, event }) => ({ at, event: JSON.parse(event) as MediaEvent }));
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
        `INSERT INTO media_events (app, started_at, call_id, at, n, event, node)
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
