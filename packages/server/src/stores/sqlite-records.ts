import type { Database, Statement } from 'better-sqlite3';
import type { CallRecord } from 'ringback-engine';
import type { CallId, SdkAppId } from 'ringback-protocol';
import type { HistoryEntry, RecordFilter, RecordPage } from '../ports/store.ts';
import { askPage } from './record-pages.ts';
import { historyOf, recordOf } from './record-rows.ts';
import type { Schema } from './schema.ts';
import { sqliteRows } from './sqlite-ask.ts';

type RecordRow = Schema['records'];
type HistoryRow = Schema['history'];

/** Where a record stands, and where it was counted. */
export interface RecordKey {
  readonly app: number;
  readonly started_at_s: number;
  readonly call_id: string;
  readonly call_type: string;
  readonly result: string;
  readonly accepted_at: number;
  readonly members: string;
}

interface HistoryKey {
  readonly app: number;
  readonly started_at: number;
  readonly call_id: string;
  readonly seq: number;
}

/** Reads records and history on a connection of its own. */
export class RecordReader {
  readonly #db: Database;
  readonly #record: Statement;
  readonly #ask: ReturnType<typeof sqliteRows>;
  readonly #history: Statement;
  readonly #oldest: Statement;
  readonly #oldestHistory: Statement;
  readonly #oldestMedia: Statement;
  readonly #unsummed: Statement;
  readonly #countedApps: Statement;
  readonly #apps: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#ask = sqliteRows(db);
    this.#record = db.prepare('SELECT * FROM records WHERE app = ? AND call_id = ?');
    this.#history = db.prepare(
      // The limit comes first: it bounds what is read, however long the call went on.
      `SELECT * FROM (SELECT * FROM history WHERE app = ? AND started_at = ? AND call_id = ? ORDER BY seq DESC LIMIT ?)
       WHERE event_seq > ? ORDER BY seq`,
    );
    this.#oldest = db.prepare(
      `SELECT app, started_at_s, call_id, call_type, result, accepted_at, members FROM records WHERE app = ? AND started_at_s < ?
       ORDER BY started_at_s LIMIT ?`,
    );
    this.#oldestHistory = db.prepare(
      // Devices that come back to a live call are told what they missed, however long it has been going on.
      `SELECT app, started_at, call_id, seq FROM history h WHERE app = ? AND started_at < ?
       AND NOT EXISTS (SELECT 1 FROM calls WHERE calls.app = h.app AND calls.call_id = h.call_id)
       ORDER BY started_at LIMIT ?`,
    );
    this.#oldestMedia = db.prepare(
      `SELECT DISTINCT app, started_at, call_id FROM media_events WHERE app = ? AND started_at < ?
       ORDER BY started_at, call_id LIMIT ?`,
    );
    // The newest first: they are what somebody looks for.
    this.#unsummed = db.prepare(
      `SELECT * FROM records INDEXED BY records_unsummed WHERE app = ? AND started_at_s < ? AND summed = 0
       ORDER BY started_at_s DESC LIMIT ?`,
    );
    this.#apps = db.prepare('SELECT app FROM apps ORDER BY app');
    this.#countedApps = db.prepare(
      'SELECT app FROM apps WHERE EXISTS (SELECT 1 FROM record_counts c WHERE c.app = apps.app AND c.minute < ?)',
    );
  }

  record(app: SdkAppId, callId: CallId): CallRecord | undefined {
    const row = this.#record.get(app, callId) as RecordRow | undefined;
    return row === undefined ? undefined : recordOf(row);
  }

  page(app: SdkAppId, filter: RecordFilter): RecordPage {
    return this.#db.transaction(() => {
      const asking = askPage(app, filter, 'INDEXED BY records_kind');
      let step = asking.next();
      while (!step.done) step = asking.next(this.#ask(step.value));
      return step.value;
    })();
  }

  /** -1 as `limit` means all. */
  history(
    app: SdkAppId,
    startedAt: number,
    callId: CallId,
    sinceEventSeq: number,
    limit = -1,
  ): readonly HistoryEntry[] {
    const rows = this.#history.all(app, startedAt, callId, limit, sinceEventSeq) as HistoryRow[];
    return rows.map(historyOf);
  }

  /** Keys of at most `limit` records that started before the second `before`. */
  oldest(before: number, limit: number): readonly RecordKey[] {
    return this.#oldestOfAll<RecordKey>(this.#oldest, before, limit);
  }

  /** Keys of at most `limit` history entries of ended calls that started before `before` (ms). */
  oldestHistory(before: number, limit: number): readonly HistoryKey[] {
    return this.#oldestOfAll<HistoryKey>(this.#oldestHistory, before, limit);
  }

  /** Calls, at most `limit`, that started before `before` (ms) and whose media was heard of. */
  oldestMedia(before: number, limit: number): readonly Omit<HistoryKey, 'seq'>[] {
    return this.#oldestOfAll<Omit<HistoryKey, 'seq'>>(this.#oldestMedia, before, limit);
  }

  /** At most `limit` records that are in no sums yet. */
  unsummed(limit: number): readonly { readonly record: CallRecord; readonly startedAtS: number }[] {
    const rows = this.#oldestOfAll<RecordRow>(this.#unsummed, Number.MAX_SAFE_INTEGER, limit);
    return rows.map((row) => ({ record: recordOf(row), startedAtS: row.started_at_s }));
  }

  #oldestOfAll<Key>(statement: Statement, before: number, limit: number): readonly Key[] {
    const found: Key[] = [];
    for (const { app } of this.#apps.all() as { app: number }[]) {
      if (found.length >= limit) break;
      found.push(...(statement.all(app, before, limit - found.length) as Key[]));
    }
    return found;
  }

  /** Applications that have counts of minutes before that one. */
  countedApps(minute: number): readonly number[] {
    return (this.#countedApps.all(minute) as { app: number }[]).map(({ app }) => app);
  }
}
