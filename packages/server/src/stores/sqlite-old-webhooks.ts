import type { Database, Statement } from 'better-sqlite3';
import { joinsEvent } from './event-row.ts';
import { AttemptReader } from './sqlite-attempts.ts';
import { beforeTime, type EventPlace } from './sqlite-event-chunks.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';

const key = (table: string): string =>
  ['started_at', 'call_id', 'event_seq', 'format', 'part'].map((name) => `${table}.${name}`).join(', ');

/**
 * Which road each of these takes is not left to SQLite, which knows nothing of how many rows there are: the wrong one
 * reads all that waits, again for each old event.
 */
export const oldWebhookQueries = {
  /** Given up long enough ago. */
  parked: `SELECT o.app, o.endpoint, ${key('o')} FROM outbox o INDEXED BY outbox_parked
    CROSS JOIN events e ON ${joinsEvent('o')}
    WHERE o.app = ? AND o.endpoint = ? AND o.started_at < ? AND o.parked = 1 AND o.first_at < ? AND e.event_time < ?
    LIMIT ?`,
  /** Of old calls, after a place; `needed` by whoever is still to be told, or by the log, which shows them. */
  events: `SELECT e.app, ${key('e')},
      EXISTS (SELECT 1 FROM endpoints p CROSS JOIN outbox o ON o.app = p.app AND o.endpoint = p.id
        AND o.started_at = e.started_at AND o.call_id = e.call_id AND o.event_seq = e.event_seq WHERE p.app = e.app)
      OR EXISTS (SELECT 1 FROM attempts a INDEXED BY attempts_by_call WHERE a.app = e.app
        AND a.started_at = e.started_at AND a.call_id = e.call_id AND a.event_seq = e.event_seq AND a.at >= ?) AS needed
    FROM events e WHERE e.app = ? AND (${key('e')}) > (?, ?, ?, ?, ?) AND e.started_at < ?
    ORDER BY e.app, ${key('e')} LIMIT ?`,
} as const;

interface EventKeyRow {
  readonly started_at: number;
  readonly call_id: string;
  readonly event_seq: number;
  readonly format: string;
  readonly part: number;
}

const placeOf = (row: EventKeyRow): EventPlace => [row.started_at, row.call_id, row.event_seq, row.format, row.part];

/** Deletes what webhooks leave behind, once it is old. */
export class OldWebhooks {
  readonly #writer: SqliteWriter;
  readonly #attempts: AttemptReader;
  readonly #endpoints: Statement;
  readonly #parked: Statement;
  readonly #events: Statement;
  readonly #nextApp: Statement;
  /** Where the last look at old events ended: what was needed then is not looked at again in every batch. */
  #place: { readonly app: number; readonly after: EventPlace } | undefined;

  constructor(options: { readonly writer: SqliteWriter; readonly reader: Database }) {
    const { writer, reader } = options;
    this.#writer = writer;
    this.#attempts = new AttemptReader(reader);
    this.#endpoints = reader.prepare('SELECT app, id FROM endpoints');
    this.#parked = reader.prepare(oldWebhookQueries.parked);
    this.#events = reader.prepare(oldWebhookQueries.events);
    this.#nextApp = reader.prepare('SELECT min(app) FROM events WHERE app > ?').pluck();
  }

  /** As `PendingEvents.pruneLog`. */
  async prune(before: number, limit: number, parkedBefore: number): Promise<number> {
    const job = new WriteJob();
    const attempts = this.#attempts.oldest(before, limit);
    for (const { app, at, endpoint, ...event } of attempts) {
      job.add('attemptDelete', app, at, endpoint, ...placeOf(event));
    }
    const parked = this.#pruneParked(job, parkedBefore, limit);
    const events = this.#pruneEvents(job, before, limit);
    if (!job.isEmpty) await this.#writer.written(job);
    return Math.max(attempts.length, parked, events);
  }

  #pruneParked(job: WriteJob, before: number, limit: number): number {
    let deleted = 0;
    for (const { app, id } of this.#endpoints.all() as { readonly app: number; readonly id: string }[]) {
      const rows = this.#parked.all(app, id, before, before, before, limit - deleted) as EventKeyRow[];
      for (const row of rows) job.add('outboxDelete', app, id, ...placeOf(row));
      deleted += rows.length;
      if (deleted >= limit) break;
    }
    return deleted;
  }

  #pruneEvents(job: WriteJob, before: number, limit: number): number {
    let [looked, deleted] = [0, 0];
    let app = this.#place?.app ?? this.#appAfter(0);
    while (app !== undefined && looked < limit) {
      const after = this.#place?.after ?? beforeTime(0);
      const rows = this.#events.all(before, app, ...after, before, limit - looked) as (EventKeyRow & {
        readonly needed: 0 | 1;
      })[];
      for (const row of rows) {
        if (row.needed === 1) continue;
        job.add('eventDelete', app, ...placeOf(row));
        deleted += 1;
      }
      looked += rows.length;
      const last = rows.at(-1);
      if (looked >= limit && last !== undefined) this.#place = { app, after: placeOf(last) };
      else {
        this.#place = undefined;
        app = this.#appAfter(app);
      }
    }
    // All of them were looked at: the next time begins with the first again.
    if (app === undefined) this.#place = undefined;
    return looked >= limit ? looked : deleted;
  }

  #appAfter(app: number): number | undefined {
    return (this.#nextApp.get(app) as number | null) ?? undefined;
  }
}
