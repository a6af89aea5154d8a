import type { Call } from 'ringback-engine';
import type { CallId, QualitySample, SdkAppId, UserId } from 'ringback-protocol';
import type { QualityReport, QualityReports } from '../ports/media.ts';
import type { SqlDatabase } from './sql-database.ts';

/** Reports that wait at once; more are not kept, since they are many and none of them matters. */
const mostWaiting = 5000;

/** ms that reports gather. */
const pace = 200;

/** The quality reports of calls in PostgreSQL. */
export class PostgresQuality implements QualityReports {
  readonly #db: SqlDatabase;
  #waiting: { readonly call: Call; readonly report: QualityReport }[] = [];
  #timer: NodeJS.Timeout | undefined;
  #writing: Promise<void> | undefined;

  constructor(db: SqlDatabase) {
    this.#db = db;
  }

  add(call: Call, report: QualityReport): void {
    if (this.#waiting.length >= mostWaiting) return;
    this.#waiting.push({ call, report });
    this.#timer ??= setTimeout(() => void this.#write(), pace);
  }

  async of(app: SdkAppId, startedAt: number, callId: CallId, limit: number): Promise<readonly QualityReport[]> {
    const { rows } = await this.#db.query<{ at: number; viewer: UserId; samples: string }>(
      `SELECT at, viewer, samples FROM quality WHERE app = $1 AND started_at = $2 AND call_id = $3
       ORDER BY at DESC, viewer DESC LIMIT $4`,
      [app, startedAt, callId, limit],
    );
    return rows
      .map(({ at, viewer, samples }) => ({ at, viewer, samples: JSON.parse(samples) as QualitySample[] }))
      .reverse();
  }

  async prune(before: number, limit: number): Promise<number> {
    const { rows } = await this.#db.query<{ app: number }>('SELECT app FROM apps ORDER BY app');
    let deleted = 0;
    for (const { app } of rows) {
      if (deleted >= limit) break;
      const { count } = await this.#db.query(
        `DELETE FROM quality q USING (SELECT app, started_at, call_id, at, viewer FROM quality
           WHERE app = $1 AND started_at < $2 ORDER BY started_at LIMIT $3) AS old
         WHERE q.app = old.app AND q.started_at = old.started_at AND q.call_id = old.call_id AND q.at = old.at
           AND q.viewer = old.viewer`,
        [app, before, limit - deleted],
      );
      deleted += count;
    }
    return deleted;
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    await this.#write();
  }

  async #write(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    await this.#writing;
    const reports = this.#waiting.splice(0);
    if (reports.length === 0) return;
    const writing = this.#db
      .query(
        // Two reports of one device within a millisecond: one of them is enough.
        `INSERT INTO quality (app, started_at, call_id, at, viewer, samples)
         SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::text[])
         ON CONFLICT DO NOTHING`,
        [
          reports.map(({ call }) => call.app),
          reports.map(({ call }) => call.startedAt),
          reports.map(({ call }) => call.callId),
          reports.map(({ report }) => report.at),
          reports.map(({ report }) => report.viewer),
          reports.map(({ report }) => JSON.stringify(report.samples)),
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
