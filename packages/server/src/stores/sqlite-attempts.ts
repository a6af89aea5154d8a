import { setImmediate } from 'node:timers/promises';
import type { Database, Statement } from 'better-sqlite3';
import type { SdkAppId } from 'ringback-protocol';
import type { AttemptCursor, AttemptFilter, LoggedAttempt } from '../ports/outbox.ts';
import {
  type AttemptKey,
  type AttemptRow,
  all,
  attemptColumns,
  attemptOf,
  type Conditions,
  conditionsOf,
  cursorOf,
  keyColumns,
  newestFirst,
  placed,
} from './attempt-rows.ts';
import { joinsEvent } from './event-row.ts';

/** Attempts that are looked at before everybody else has a turn: some ms of reading. */
const chunkRows = 5000;

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
    const { call, failed } = filter;
    const road = failed === true ? 'attempts_failed' : undefined;
    const [where, which] = conditionsOf(app, filter);
    if (call !== undefined) return this.#rows('attempts_by_call', [where, which, placed('<', before)], limit);
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
    const sql = `SELECT ${attemptColumns} FROM attempts a ${by(road)} CROSS JOIN events e ON ${joinsEvent('a')}
      WHERE ${all(conditions)} ORDER BY ${newestFirst} LIMIT ?`;
    return (this.#reader.prepare(sql).all(...conditions.flatMap(({ bound }) => bound), limit) as AttemptRow[]).map(
      attemptOf,
    );
  }

  /** The place some thousands of attempts further back; undefined when there are fewer. */
  #boundary(road: string | undefined, conditions: readonly Conditions[]): AttemptCursor | undefined {
    const sql = `SELECT ${keyColumns} FROM attempts a ${by(road)} WHERE ${all(conditions)}
      ORDER BY ${newestFirst} LIMIT 1 OFFSET ?`;
    const bound = conditions.flatMap((one) => one.bound);
    const row = this.#reader.prepare(sql).get(...bound, this.#chunkRows - 1) as AttemptKey | undefined;
    return row && cursorOf(row);
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
