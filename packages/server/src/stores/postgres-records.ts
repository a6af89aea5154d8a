import type { CallRecord } from 'ringback-engine';
import type { CallId, NodeId, SdkAppId } from 'ringback-protocol';
import type { HistoryEntry, RecordFilter, RecordPage } from '../ports/store.ts';
import { answered, askPage } from './record-pages.ts';
import { historyColumns, historyOf, recordColumns, recordOf } from './record-rows.ts';
import { bucketsOf, spans } from './record-sums.ts';
import type { Schema } from './schema.ts';
import type { SqlDatabase } from './sql-database.ts';
import { Turns } from './turns.ts';

/** Records and history in PostgreSQL. */
export class PostgresRecords {
  readonly #db: SqlDatabase;
  readonly #node: NodeId;
  /** One deletion at a time, since each starts from what the last has left. */
  readonly #turns = new Turns();

  constructor(db: SqlDatabase, node: NodeId) {
    this.#db = db;
    this.#node = node;
  }

  async record(app: SdkAppId, callId: CallId): Promise<CallRecord | undefined> {
    const { rows } = await this.#db.query<Schema['records']>(
      `SELECT ${recordColumns} FROM records WHERE app = $1 AND call_id = $2`,
      [app, callId],
    );
    return rows[0] && recordOf(rows[0]);
  }

  page(app: SdkAppId, filter: RecordFilter): Promise<RecordPage> {
    return this.#db.transaction(
      (session) => answered(askPage(app, filter), async ({ sql, values }) => (await session.query(sql, values)).rows),
      'snapshot',
    );
  }

  async history(
    app: SdkAppId,
    startedAt: number,
    callId: CallId,
    sinceEventSeq: number,
    limit?: number,
  ): Promise<readonly HistoryEntry[]> {
    const { rows } = await this.#db.query<Schema['history']>(
      // The limit comes first: it bounds what is read, however long the call went on.
      `SELECT ${historyColumns} FROM (SELECT ${historyColumns} FROM history
         WHERE app = $1 AND started_at = $2 AND call_id = $3 ORDER BY seq DESC LIMIT $4) AS newest
       WHERE event_seq > $5 ORDER BY seq`,
      [app, startedAt, callId, limit ?? null, sinceEventSeq],
    );
    return rows.map(historyOf);
  }

  prune(recordsBefore: number, historyBefore: number, limit: number): Promise<number> {
    return this.#turns.take('prune', async () => {
      const { rows } = await this.#db.query<{ app: number }>('SELECT app FROM apps ORDER BY app');
      let [records, entries] = [0, 0];
      for (const { app } of rows) {
        const before = Math.floor(recordsBefore / 1000);
        if (records < limit) records += await this.#pruneRecords(app, before, limit - records);
        if (entries < limit) entries += await this.#pruneHistory(app, historyBefore, limit - entries);
      }
      await this.#pruneMedia(historyBefore, limit);
      return Math.max(records, entries);
    });
  }

  /** Takes the deleted off the counts: rows of minutes that are wholly gone are deleted, others lowered. */
  #pruneRecords(app: number, before: number, limit: number): Promise<number> {
    return this.#db.transaction(async (session) => {
      const { rows } = await session.query<{
        minute: number;
        call_type: string;
        result: string;
        n: number;
        answered: number;
      }>(
        `WITH gone AS (DELETE FROM records r USING (SELECT app, started_at_s, call_id FROM records
             WHERE app = $1 AND started_at_s < $2 ORDER BY started_at_s LIMIT $3 FOR UPDATE SKIP LOCKED) AS old
           WHERE r.app = old.app AND r.started_at_s = old.started_at_s AND r.call_id = old.call_id
           RETURNING r.app, r.started_at_s, r.call_id, r.call_type, r.result, r.accepted_at, r.members),
         listed AS (DELETE FROM record_members m
           USING (SELECT g.app, g.started_at_s, g.call_id, u.user_id
             FROM gone g, json_array_elements_text(g.members::json) AS u(user_id)) AS o
           WHERE m.app = o.app AND m.user_id = o.user_id AND m.started_at_s = o.started_at_s AND m.call_id = o.call_id)
         SELECT started_at_s / 60 AS minute, call_type, result, count(*) AS n,
           count(*) FILTER (WHERE accepted_at > 0) AS answered FROM gone GROUP BY 1, 2, 3`,
        [app, before, limit],
      );
      const deleted = rows.reduce((sum, { n }) => sum + n, 0);
      const whole =
        deleted < limit ? Math.floor(before / 60) : rows.reduce((last, { minute }) => Math.max(last, minute), 0);
      await session.query('DELETE FROM record_counts WHERE app = $1 AND minute < $2', [app, whole]);
      for (const span of spans) {
        const at = Math.floor((whole * 60) / span);
        await session.query('DELETE FROM record_sums WHERE app = $1 AND span = $2 AND at < $3', [app, span, at]);
        await session.query('DELETE FROM record_times WHERE app = $1 AND span = $2 AND at < $3', [app, span, at]);
      }
      const rest = rows.filter(({ minute }) => minute >= whole);
      if (rest.length > 0) {
        await session.query(
          `INSERT INTO record_counts (app, minute, call_type, result, node, n, answered)
           SELECT $1::bigint, minute, call_type, result, $2::text, -n, -answered
           FROM unnest($3::bigint[], $4::text[], $5::text[], $6::bigint[], $7::bigint[])
             AS t(minute, call_type, result, n, answered)
           ON CONFLICT (app, minute, call_type, result, node)
           DO UPDATE SET n = record_counts.n + excluded.n, answered = record_counts.answered + excluded.answered`,
          [
            app,
            this.#node,
            rest.map(({ minute }) => minute),
            rest.map(({ call_type }) => call_type),
            rest.map(({ result }) => result),
            rest.map(({ n }) => n),
            rest.map(({ answered }) => answered),
          ],
        );
      }
      return deleted;
    });
  }

  /** Records from before there were sums, the newest first. */
  takeUp(limit: number): Promise<number> {
    return this.#turns.take('prune', async () => {
      const { rows } = await this.#db.query<{ app: number }>('SELECT app FROM apps ORDER BY app');
      let taken = 0;
      for (const { app } of rows) {
        if (taken < limit) taken += await this.#takeUp(app, limit - taken);
      }
      return taken;
    });
  }

  #takeUp(app: number, limit: number): Promise<number> {
    // Rows of its own, so that it never waits for those that calls are counted in.
    const node = `${this.#node} old`;
    return this.#db.transaction(async (session) => {
      const { rows } = await session.query<Schema['records']>(
        `UPDATE records r SET summed = 1 FROM (SELECT app, started_at_s, call_id FROM records
           WHERE app = $1 AND summed = 0 ORDER BY started_at_s DESC LIMIT $2 FOR UPDATE SKIP LOCKED) AS old
         WHERE r.app = old.app AND r.started_at_s = old.started_at_s AND r.call_id = old.call_id
         RETURNING ${recordColumns.replace(/\w+/g, (column) => `r.${column}`)}`,
        [app, limit],
      );
      if (rows.length === 0) return 0;
      const records = rows.map((row) => ({ record: recordOf(row), second: row.started_at_s }));
      const members = records.flatMap(({ record, second }) =>
        record.members.map((user) => [user, second, record.callId, record.callType, record.result] as const),
      );
      await session.query(
        `INSERT INTO record_members (app, user_id, started_at_s, call_id, call_type, result)
         SELECT $1::bigint, user_id, started_at_s, call_id, call_type, result
         FROM unnest($2::text[], $3::bigint[], $4::text[], $5::text[], $6::text[])
           AS t(user_id, started_at_s, call_id, call_type, result) ON CONFLICT DO NOTHING`,
        [app, ...columnsOf(members, 5)],
      );
      const answered = (record: CallRecord): number => (record.acceptedAt === 0 ? 0 : 1);
      const minutes = records.map(
        ({ record, second }) => [Math.floor(second / 60), record.callType, record.result, answered(record)] as const,
      );
      await session.query(
        // Minutes have counted them when they were written.
        `INSERT INTO record_counts (app, minute, call_type, result, node, n, answered)
         SELECT $1::bigint, minute, call_type, result, $2::text, 0, sum(answered)
         FROM unnest($3::bigint[], $4::text[], $5::text[], $6::bigint[]) AS t(minute, call_type, result, answered)
         GROUP BY 2, 3, 4
         ON CONFLICT (app, minute, call_type, result, node)
         DO UPDATE SET answered = record_counts.answered + excluded.answered`,
        [app, node, ...columnsOf(minutes, 4)],
      );
      const sums = records.flatMap(({ record, second }) =>
        spans.map(
          (span) => [span, Math.floor(second / span), record.callType, record.result, answered(record)] as const,
        ),
      );
      await session.query(
        `INSERT INTO record_sums (app, span, at, call_type, result, node, n, answered)
         SELECT $1::bigint, span, at, call_type, result, $2::text, count(*), sum(answered)
         FROM unnest($3::bigint[], $4::bigint[], $5::text[], $6::text[], $7::bigint[])
           AS t(span, at, call_type, result, answered)
         GROUP BY 2, 3, 4, 5
         ON CONFLICT (app, span, at, call_type, result, node)
         DO UPDATE SET n = record_sums.n + excluded.n, answered = record_sums.answered + excluded.answered`,
        [app, node, ...columnsOf(sums, 5)],
      );
      const times = records
        .filter(({ record }) => answered(record) === 1)
        .flatMap(({ record, second }) => {
          const { ring, talk } = bucketsOf(record);
          return spans.flatMap((span) => [
            [span, Math.floor(second / span), 'ring', ring] as const,
            [span, Math.floor(second / span), 'talk', talk] as const,
          ]);
        });
      await session.query(
        `INSERT INTO record_times (app, span, at, kind, bucket, node, n)
         SELECT $1::bigint, span, at, kind, bucket, $2::text, count(*)
         FROM unnest($3::bigint[], $4::bigint[], $5::text[], $6::bigint[]) AS t(span, at, kind, bucket)
         GROUP BY 2, 3, 4, 5
         ON CONFLICT (app, span, at, kind, bucket, node) DO UPDATE SET n = record_times.n + excluded.n`,
        [app, node, ...columnsOf(times, 4)],
      );
      return rows.length;
    });
  }

  async #pruneMedia(before: number, limit: number): Promise<void> {
    await this.#db.query(
      `DELETE FROM media_events m USING (SELECT DISTINCT e.app, e.started_at, e.call_id FROM media_events e
         JOIN apps a ON a.app = e.app WHERE e.started_at < $1 LIMIT $2) AS old
       WHERE m.app = old.app AND m.started_at = old.started_at AND m.call_id = old.call_id`,
      [before, limit],
    );
  }

  async #pruneHistory(app: number, before: number, limit: number): Promise<number> {
    const { count } = await this.#db.query(
      // Devices that come back to a live call are told what they missed, however long it has been going on.
      `DELETE FROM history h USING (SELECT app, started_at, call_id, seq FROM history i
         WHERE i.app = $1 AND i.started_at < $2
         AND NOT EXISTS (SELECT 1 FROM calls c WHERE c.app = i.app AND c.call_id = i.call_id)
         ORDER BY i.started_at LIMIT $3 FOR UPDATE SKIP LOCKED) AS old
       WHERE h.app = old.app AND h.started_at = old.started_at AND h.call_id = old.call_id AND h.seq = old.seq`,
      [app, before, limit],
    );
    return count;
  }
}

/** Rows as the arrays that `unnest` takes. */
const columnsOf = (rows: readonly (readonly (string | number)[])[], columns: number): (string | number)[][] =>
  Array.from({ length: columns }, (_, column) => rows.map((row) => row[column] ?? 0));
