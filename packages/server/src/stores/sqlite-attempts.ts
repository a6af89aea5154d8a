import type { Database, Statement } from 'better-sqlite3';
import type { CallId, SdkAppId } from 'ringback-protocol';
import type { AttemptCursor, AttemptFilter, LoggedAttempt, PendingEvent } from '../ports/outbox.ts';

interface Row {
  readonly app: SdkAppId;
  readonly at: number;
  readonly endpoint: string;
  readonly call_id: CallId;
  readonly event_seq: number;
  readonly part: number;
  readonly started_at: number;
  readonly event_time: number;
  readonly command: string;
  readonly body: string;
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
export type AttemptKey = Pick<Row, 'app' | 'at' | 'endpoint' | 'call_id' | 'event_seq' | 'part'>;

const keyColumns = 'at, endpoint, call_id, event_seq, part';

/** Reads the log of attempts. */
export class AttemptReader {
  readonly #reader: Database;
  readonly #oldest: Statement;
  readonly #nextApp: Statement;
  readonly #delivered: Statement;
  readonly #range: Statement;

  constructor(reader: Database) {
    this.#reader = reader;
    this.#oldest = reader.prepare(`SELECT app, ${keyColumns} FROM attempts WHERE app = ? AND at < ? LIMIT ?`);
    this.#nextApp = reader.prepare('SELECT min(app) FROM attempts WHERE app > ?').pluck();
    // A later attempt of the same event sent the same again, so any of them will do.
    this.#delivered = reader.prepare(
      `SELECT * FROM attempts WHERE app = ? AND endpoint = ? AND call_id = ? AND event_seq = ?
       AND outcome = 'delivered' GROUP BY part`,
    );
    // An event is never attempted before it happens.
    this.#range = reader.prepare(
      `SELECT * FROM attempts WHERE app = ? AND at >= ? AND (${keyColumns}) > (?, ?, ?, ?, ?) AND endpoint = ?
       AND outcome = 'delivered' AND event_time BETWEEN ? AND ? ORDER BY ${keyColumns} LIMIT ?`,
    );
  }

  /** The newest first. */
  page(
    app: SdkAppId,
    filter: AttemptFilter,
    before: AttemptCursor | undefined,
    limit: number,
  ): readonly LoggedAttempt[] {
    const conditions = ['app = ?'];
    const bound: (string | number)[] = [app];
    const add = (condition: string, ...values: (string | number)[]): void => {
      conditions.push(condition);
      bound.push(...values);
    };
    if (filter.endpoint !== undefined) add('endpoint = ?', filter.endpoint);
    if (filter.callId !== undefined) add('call_id = ?', filter.callId);
    if (filter.eventSeq !== undefined) add('event_seq = ?', filter.eventSeq);
    if (filter.failed === true) add("outcome IN ('failed', 'parked')");
    if (filter.from !== undefined) add('at >= ?', filter.from);
    if (filter.to !== undefined) add('at <= ?', filter.to);
    if (before !== undefined) add(`(${keyColumns}) < (?, ?, ?, ?, ?)`, ...placeOf(before));
    const order = keyColumns.replaceAll(/\w+/g, '$& DESC');
    const sql = `SELECT * FROM attempts WHERE ${conditions.join(' AND ')} ORDER BY ${order} LIMIT ?`;
    return (this.#reader.prepare(sql).all(...bound, limit) as Row[]).map(attemptOf);
  }

  /** Keys of attempts from before this time. */
  oldest(before: number, limit: number): readonly AttemptKey[] {
    const found: AttemptKey[] = [];
    for (let app = this.#nextApp.get(0); app !== null && found.length < limit; app = this.#nextApp.get(app)) {
      found.push(...(this.#oldest.all(app, before, limit - found.length) as AttemptKey[]));
    }
    return found;
  }

  /** An event that was delivered, as it was; empty when it is not in the log. */
  delivered(app: SdkAppId, endpoint: string, callId: CallId, eventSeq: number): PendingEvent[] {
    return (this.#delivered.all(app, endpoint, callId, eventSeq) as Row[]).map(pendingOf);
  }

  /** Delivered events that happened in a time, a page of them; `last` is undefined when there are no more. */
  deliveredRange(
    app: SdkAppId,
    endpoint: string,
    from: number,
    to: number,
    after: AttemptCursor | undefined,
    limit: number,
  ): { readonly events: readonly PendingEvent[]; readonly last: AttemptCursor | undefined } {
    const place = placeOf(after ?? { at: 0, endpoint: '', callId: '', eventSeq: 0, part: 0 });
    const rows = this.#range.all(app, from, ...place, endpoint, from, to, limit) as Row[];
    const last = rows.length < limit ? undefined : rows.at(-1);
    return { events: rows.map(pendingOf), last: last === undefined ? undefined : attemptOf(last) };
  }
}

const placeOf = ({ at, endpoint, callId, eventSeq, part }: AttemptCursor) =>
  [at, endpoint, callId, eventSeq, part] as const;

const attemptOf = (row: Row): LoggedAttempt => ({
  app: row.app,
  at: row.at,
  endpoint: row.endpoint,
  callId: row.call_id,
  eventSeq: row.event_seq,
  part: row.part,
  startedAt: row.started_at,
  eventTime: row.event_time,
  command: row.command,
  body: row.body,
  url: row.url,
  attempt: row.attempt,
  outcome: row.outcome,
  status: row.status,
  took: row.took,
  error: row.error,
  answer: row.answer,
  nextAt: row.next_at,
});

/** The attempt's event, to be delivered once more. Where it came from stands in its URL. */
const pendingOf = (row: Row): PendingEvent => {
  const query = new URL(row.url).searchParams;
  const asked = (name: string): string => query.getAll(name).at(-1) ?? '';
  return {
    app: row.app,
    endpoint: row.endpoint,
    startedAt: row.started_at,
    callId: row.call_id,
    eventSeq: row.event_seq,
    part: row.part,
    command: row.command,
    eventTime: row.event_time,
    body: row.body,
    clientIp: asked('ClientIP') || asked('clientip'),
    platform: asked('OptPlatform') || asked('optplatform'),
    firstAt: 0,
    attempts: 0,
  };
};
