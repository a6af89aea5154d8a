import { setImmediate } from 'node:timers/promises';
import type { Database, Statement } from 'better-sqlite3';
import type { SdkAppId } from 'ringback-protocol';
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

/** Attempts that are looked at before everybody else has a turn: some ms of reading. */
const chunkRows = 5000;

/** A part of a WHERE, and its values. */
class Conditions {
  readonly texts: string[] = [];
  readonly bound: (string | number)[] = [];

  add(text: string, ...values: readonly (string | number)[]): void {
    this.texts.push(text);
    this.bound.push(...values);
  }

  toString(): string {
    return this.texts.join(' AND ');
  }
}

/** Reads the log of attempts. */
export class AttemptReader {
  readonly #reader: Database;
  readonly #chunkRows: number;
  readonly #oldest: Statement;
  readonly #nextApp: Statement;

  constructor(reader: Database, rows = chunkRows) {
    this.#reader = reader;
    this.#chunkRows = rows;
    this.#oldest = reader.prepare(`SELECT a.app, ${keyColumns} FROM attempts a WHERE a.app = ? AND a.at < ? LIMIT ?`);
    this.#nextApp = reader.prepare('SELECT min(app) FROM attempts WHERE app > ?').pluck();
  }

  /** The newest first. */
  async page(
    app: SdkAppId,
    filter: AttemptFilter,
    before: AttemptCursor | undefined,
    limit: number,
  ): Promise<readonly LoggedAttempt[]> {
    const { endpoint, call, eventSeq, failed, from, to } = filter;
    const road = failed === true ? 'attempts_failed' : undefined;
    // What says where to look, and what says which of those there to take.
    const [where, which] = [new Conditions(), new Conditions()];
    where.add('a.app = ?', app);
    if (failed === true) where.add("a.outcome IN ('failed', 'parked')");
    if (from !== undefined) where.add('a.at >= ?', from);
    if (to !== undefined) where.add('a.at <= ?', to);
    if (endpoint !== undefined) which.add('a.endpoint = ?', endpoint);
    if (eventSeq !== undefined) which.add('a.event_seq = ?', eventSeq);
    if (call !== undefined) {
      which.add('a.started_at = ? AND a.call_id = ?', call.startedAt, call.callId);
      return this.#rows('attempts_by_call', [where, which, placed('<', before)], limit);
    }
    const found: LoggedAttempt[] = [];
    for (let place = before; ; ) {
      const start = placed('<', place);
      const end = this.#boundary(road, [where, start]);
      found.push(...this.#rows(road, [where, which, start, placed('>=', end)], limit - found.length));
      if (end === undefined || found.length >= limit) return found;
      place = end;
      // The boundary itself has been looked at.
      await setImmediate();
    }
  }

  #rows(road: string | undefined, conditions: readonly Conditions[], limit: number): readonly LoggedAttempt[] {
    const columns = `a.app, ${keyColumns}, a.url, a.attempt, a.outcome, a.status, a.took, a.error, a.answer, a.next_at`;
    const sql = `SELECT ${columns}, 0 AS first_at, 0 AS attempts, ${eventColumns}
      FROM attempts a ${by(road)} CROSS JOIN events e ON ${joinsEvent('a')}
      WHERE ${all(conditions)} ORDER BY ${newestFirst} LIMIT ?`;
    return (this.#reader.prepare(sql).all(...conditions.flatMap(({ bound }) => bound), limit) as Row[]).map(attemptOf);
  }

  /** The place some thousands of attempts further back; undefined when there are fewer. */
  #boundary(road: string | undefined, conditions: readonly Conditions[]): AttemptCursor | undefined {
    const sql = `SELECT ${keyColumns} FROM attempts a ${by(road)} WHERE ${all(conditions)}
      ORDER BY ${newestFirst} LIMIT 1 OFFSET ?`;
    const bound = conditions.flatMap((one) => one.bound);
    const row = this.#reader.prepare(sql).get(...bound, this.#chunkRows - 1) as AttemptKey | undefined;
    return row && { ...row, startedAt: row.started_at, callId: row.call_id, eventSeq: row.event_seq };
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
}

/** One application after the other, each found by its key. */
function* apps(next: Statement): Iterable<number> {
  for (let app = next.get(0) as number | null; app !== null; app = next.get(app) as number | null) yield app;
}

/** The road that a statement is to take; SQLite knows nothing of how many rows there are. */
const by = (index: string | undefined): string => (index === undefined ? '' : `INDEXED BY ${index}`);

const all = (conditions: readonly Conditions[]): string =>
  conditions
    .map(String)
    .filter((text) => text !== '')
    .join(' AND ');

function placed(relation: '<' | '>=', place: AttemptCursor | undefined): Conditions {
  const conditions = new Conditions();
  if (place !== undefined) conditions.add(`(${keyColumns}) ${relation} (?, ?, ?, ?, ?, ?, ?)`, ...placeOf(place));
  return conditions;
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
