import { joinsEvent } from './event-row.ts';
import type { SqlDatabase, SqlValue } from './sql-database.ts';

const keyNames = ['started_at', 'call_id', 'event_seq', 'format', 'part'] as const;
const key = (table: string): string => keyNames.map((name) => `${table}.${name}`).join(', ');

type EventKeyRow = Readonly<Record<(typeof keyNames)[number], string | number>>;

/** Before all events. */
const beforeAll: readonly (string | number)[] = [0, '', -1, '', -1];

/** Deletes what webhooks leave behind in PostgreSQL, once it is old. */
export class PostgresOldWebhooks {
  readonly #db: SqlDatabase;
  /** Where the last look at old events ended: what was needed then is not looked at again in every batch. */
  #place: { readonly app: number; readonly after: readonly (string | number)[] } | undefined;

  constructor(db: SqlDatabase) {
    this.#db = db;
  }

  /** As `PendingEvents.pruneLog`. */
  async prune(before: number, limit: number, parkedBefore: number): Promise<number> {
    const attempts = await this.#each('attempts', limit, (app, rest) => [
      `DELETE FROM attempts a USING (SELECT app, at, endpoint, ${keyNames.join(', ')} FROM attempts
         WHERE app = $1 AND at < $2 ORDER BY at LIMIT $3) AS o
       WHERE a.app = o.app AND a.at = o.at AND a.endpoint = o.endpoint
         AND ${keyNames.map((name) => `a.${name} = o.${name}`).join(' AND ')}`,
      [app, before, rest],
    ]);
    const parked = await this.#each('endpoints', limit, (app, rest) => [
      // Given up long enough ago.
      `DELETE FROM outbox x USING (SELECT o.app, o.endpoint, ${key('o')} FROM outbox o JOIN events e ON ${joinsEvent('o')}
         WHERE o.app = $1 AND o.started_at < $2 AND o.parked = 1 AND o.first_at < $2 AND e.event_time < $2 LIMIT $3) AS o
       WHERE x.app = o.app AND x.endpoint = o.endpoint
         AND ${keyNames.map((name) => `x.${name} = o.${name}`).join(' AND ')}`,
      [app, parkedBefore, rest],
    ]);
    const events = await this.#pruneEvents(before, limit);
    return Math.max(attempts, parked, events);
  }

  /** Deletes at most `limit` rows, in one application after the other. */
  async #each(
    table: string,
    limit: number,
    statement: (app: number, rest: number) => readonly [sql: string, bound: readonly SqlValue[]],
  ): Promise<number> {
    let deleted = 0;
    for (let app = await this.#appAfter(table, 0); app !== undefined && deleted < limit; ) {
      deleted += (await this.#db.query(...statement(app, limit - deleted))).count;
      app = await this.#appAfter(table, app);
    }
    return deleted;
  }

  async #pruneEvents(before: number, limit: number): Promise<number> {
    let [looked, deleted] = [0, 0];
    let app = this.#place?.app ?? (await this.#appAfter('events', 0));
    while (app !== undefined && looked < limit) {
      const after = this.#place?.after ?? beforeAll;
      // Needed is what somebody is still to be told, and what the log shows.
      const { rows } = await this.#db.query<EventKeyRow & { readonly needed: boolean }>(
        `SELECT ${key('e')},
           EXISTS (SELECT 1 FROM endpoints p JOIN outbox o ON o.app = p.app AND o.endpoint = p.id
             AND o.started_at = e.started_at AND o.call_id = e.call_id AND o.event_seq = e.event_seq WHERE p.app = e.app)
           OR EXISTS (SELECT 1 FROM attempts a WHERE a.app = e.app AND a.started_at = e.started_at
             AND a.call_id = e.call_id AND a.event_seq = e.event_seq AND a.at >= $8) AS needed
         FROM events e WHERE e.app = $1 AND (${key('e')}) > ($2, $3, $4, $5, $6) AND e.started_at < $7
         ORDER BY e.app, ${key('e')} LIMIT $9`,
        [app, ...after, before, before, limit - looked],
      );
      const old = rows.filter(({ needed }) => !needed);
      if (old.length > 0) {
        await this.#db.query(
          `DELETE FROM events e USING
             unnest($2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::bigint[]) AS o(${keyNames.join(', ')})
           WHERE e.app = $1 AND ${keyNames.map((name) => `e.${name} = o.${name}`).join(' AND ')}`,
          [app, ...keyNames.map((name) => old.map((row) => row[name]))],
        );
      }
      deleted += old.length;
      looked += rows.length;
      const last = rows.at(-1);
      if (looked >= limit && last !== undefined) {
        this.#place = { app, after: keyNames.map((name) => last[name]) };
      } else {
        this.#place = undefined;
        app = await this.#appAfter('events', app);
      }
    }
    // All of them were looked at: the next time begins with the first again.
    if (app === undefined) this.#place = undefined;
    return looked >= limit ? looked : deleted;
  }

  async #appAfter(table: string, app: number): Promise<number | undefined> {
    const { rows } = await this.#db.query<{ app: number | null }>(
      `SELECT min(app) AS app FROM ${table} WHERE app > $1`,
      [app],
    );
    return rows[0]?.app ?? undefined;
  }
}
