import type { Database, Statement } from 'better-sqlite3';
import type { CallId, SdkAppId } from 'ringback-protocol';
import type { AttemptCursor, AttemptFilter, LoggedAttempt } from '../ports/outbox.ts';
import { type EventRow, eventColumns, eventOf, joinsEvent } from './sqlite-event-row.ts';

interface Row extends EventRow {
  readonly at: number;
  readonly url: string;
  readonly attempt: number;
  readonly outcome: LoggedAttempt['outcome'];
  readonly status: number;
  readonly took: number;
  readonly error: string;
  readonly answer: string;
  readonly next_at: number;
}

/** The key of an attempt. */
export type AttemptKey = Pick<
  Row,
  'app' | 'at' | 'endpoint' | 'started_at' | 'call_id' | 'event_seq' | 'format' | 'part'
>;

const keyNames = ['at', 'endpoint', 'started_at', 'call_id', 'event_seq', 'format', 'part'];
const keyColumns = keyNames.map((name) => `a.${name}`).join(', ');
const newestFirst = keyNames.map((name) => `a.${name} DESC`).join(', ');

/** Reads the log of attempts. */
export class AttemptReader {
  readonly #reader: Database;
  readonly #oldest: Statement;
  readonly #nextApp: Statement;
  readonly #nextEventApp: Statement;
  readonly #startOf: Statement;

  constructor(reader: Database) {
    this.#reader = reader;
    this.#oldest = reader.prepare(`SELECT a.app, ${keyColumns} FROM attempts a WHERE a.app = ? AND a.at < ? LIMIT ?`);
    this.#nextApp = reader.prepare('SELECT min(app) FROM attempts WHERE app > ?').pluck();
    this.#nextEventApp = reader.prepare('SELECT min(app) FROM events WHERE app > ?').pluck();
    this.#startOf = reader
      .prepare('SELECT started_at FROM events WHERE app = ? AND started_at >= ? AND call_id = ? LIMIT 1')
      .pluck();
  }

  /** The newest first. */
  page(
    app: SdkAppId,
    filter: AttemptFilter,
    before: AttemptCursor | undefined,
    limit: number,
  ): readonly LoggedAttempt[] {
    const conditions = ['a.app = ?'];
    const bound: (string | number)[] = [app];
    const add = (condition: string, ...values: (string | number)[]): void => {
      conditions.push(condition);
      bound.push(...values);
    };
    const { endpoint, call, eventSeq, failed, from, to } = filter;
    if (endpoint !== undefined) add('a.endpoint = ?', endpoint);
    if (call !== undefined) add('a.started_at = ? AND a.call_id = ?', call.startedAt, call.callId);
    if (eventSeq !== undefined) add('a.event_seq = ?', eventSeq);
    if (failed === true) add("a.outcome IN ('failed', 'parked')");
    if (from !== undefined) add('a.at >= ?', from);
    if (to !== undefined) add('a.at <= ?', to);
    if (before !== undefined) add(`(${keyColumns}) < (?, ?, ?, ?, ?, ?, ?)`, ...placeOf(before));
    const columns = `a.app, ${keyColumns}, a.url, a.attempt, a.outcome, a.status, a.took, a.error, a.answer, a.next_at`;
    const sql = `SELECT ${columns}, 0 AS first_at, 0 AS attempts, ${eventColumns}
      FROM attempts a JOIN events e ON ${joinsEvent('a')}
      WHERE ${conditions.join(' AND ')} ORDER BY ${newestFirst} LIMIT ?`;
    return (this.#reader.prepare(sql).all(...bound, limit) as Row[]).map(attemptOf);
  }

  /** Keys of attempts from before this time. */
  oldest(before: number, limit: number): readonly AttemptKey[] {
    const found: AttemptKey[] = [];
    for (const app of apps(this.#nextApp)) {
      found.push(...(this.#oldest.all(app, before, limit - found.length) as AttemptKey[]));
      if (found.length >= limit) break;
    }
    return found;
  }

  appsWithEvents(): Iterable<number> {
    return apps(this.#nextEventApp);
  }

  /** When a call began of which there are events, not before `since` (ms). */
  startOf(app: SdkAppId, callId: CallId, since: number): number | undefined {
    return this.#startOf.get(app, since, callId) as number | undefined;
  }
}

/** One application after the other, each found by its key. */
function* apps(next: Statement): Iterable<number> {
  for (let app = next.get(0) as number | null; app !== null; app = next.get(app) as number | null) yield app;
}

const placeOf = ({ at, endpoint, startedAt, callId, eventSeq, format, part }: AttemptCursor) =>
  [at, endpoint, startedAt, callId, eventSeq, format, part] as const;

const attemptOf = (row: Row): LoggedAttempt => ({
  ...eventOf(row),
  at: row.at,
  url: row.url,
  attempt: row.attempt,
  outcome: row.outcome,
  status: row.status,
  took: row.took,
  error: row.error,
  answer: row.answer,
  nextAt: row.next_at,
});
