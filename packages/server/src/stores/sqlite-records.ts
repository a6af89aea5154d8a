import type { Database, Statement } from 'better-sqlite3';
import type { CallRecord } from 'ringback-engine';
import { type CallId, callResults, type SdkAppId } from 'ringback-protocol';
import type { HistoryEntry, RecordFilter, RecordPage } from '../ports/store.ts';
import { historyOf, recordOf } from './record-rows.ts';
import type { Schema } from './schema.ts';

/** Rows that are skipped one by one at most; deeper pages are found through the counts per minute. */
const shallow = 2000;

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

/** Conditions on kind and result, the same for records and counts; empty text means any. */
const ofKind = "(@callType = '' OR call_type = @callType) AND (@result = '' OR result = @result)";

const window = 'app = @app AND started_at_s BETWEEN @from AND @to';

/** A page of rows. Each pair of kind and result is a run of an index, and those that match are merged as they are read. */
function pageSql(byType: boolean, byResult: boolean): string {
  const order = 'ORDER BY started_at_s, call_id LIMIT @limit OFFSET @offset';
  if (!byType && !byResult) return `SELECT * FROM records WHERE ${window} ${order}`;
  const types = byType ? ['@callType'] : ["'SingleCall'", "'MultiCall'"];
  const results = byResult ? ['@result'] : callResults.map((one) => `'${one}'`);
  const runs = types.flatMap((type) => results.map((result) => `call_type = ${type} AND result = ${result}`));
  const selects = runs.map((run) => `SELECT * FROM records INDEXED BY records_kind WHERE ${window} AND ${run}`);
  return `${selects.join(' UNION ALL ')} ${order}`;
}

/**
 * Reads records and history on a connection of its own.
 *
 * A page costs the same wherever it is, however many records there are and however few of them match: whole minutes are
 * summed from `record_counts`, the page's first minute is found by halving, and only within it are rows skipped.
 */
export class RecordReader {
  readonly #db: Database;
  readonly #record: Statement;
  readonly #count: Statement;
  readonly #minutes: Statement;
  /** By what they are filtered; made when first asked for. */
  readonly #pages = new Map<string, Statement>();
  readonly #history: Statement;
  readonly #oldest: Statement;
  readonly #oldestHistory: Statement;
  readonly #oldestMedia: Statement;
  readonly #unsummed: Statement;
  readonly #countedApps: Statement;
  readonly #apps: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#record = db.prepare('SELECT * FROM records WHERE app = ? AND call_id = ?');
    this.#count = db.prepare(`SELECT count(*) AS n FROM records WHERE ${window} AND ${ofKind}`);
    this.#minutes = db.prepare(
      `SELECT coalesce(sum(n), 0) AS n FROM record_counts
       WHERE app = @app AND minute BETWEEN @from AND @to AND ${ofKind}`,
    );
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
    // One snapshot, so that counts and rows agree while calls end.
    return this.#db.transaction(() => this.#pageNow(app, filter))();
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

  #pageNow(app: SdkAppId, filter: RecordFilter): RecordPage {
    const { from, to, perPage, page } = filter;
    if (from > to) return { total: 0, records: [] };
    const kind = { app, callType: filter.callType ?? '', result: filter.result ?? '' };
    const count = (first: number, last: number) =>
      first > last ? 0 : (this.#count.get({ ...kind, from: first, to: last }) as { n: number }).n;

    const rows = (first: number, offset: number) =>
      (this.#pageOf(filter).all({ ...kind, from: first, to, limit: perPage, offset }) as RecordRow[]).map(recordOf);

    // Minutes that lie wholly inside the window; what sticks out at both ends is counted row by row.
    const firstMinute = Math.ceil(from / 60);
    const lastMinute = Math.floor((to + 1) / 60) - 1;
    const offset = (page - 1) * perPage;
    if (lastMinute < firstMinute) {
      const total = count(from, to);
      return { total, records: offset < total ? rows(from, offset) : [] };
    }
    const head = count(from, firstMinute * 60 - 1);
    const tail = count((lastMinute + 1) * 60, to);
    const minutes = (first: number, last: number) =>
      (this.#minutes.get({ ...kind, from: first, to: last }) as { n: number }).n;
    const total = head + minutes(firstMinute, lastMinute) + tail;
    if (offset >= total) return { total, records: [] };
    if (offset < head + shallow) return { total, records: rows(from, offset) };

    // Halves the minutes until one is left, in which the page begins, or after which the tail does.
    let skipped = head;
    let [first, last] = [firstMinute, lastMinute];
    while (first < last) {
      const middle = Math.floor((first + last) / 2);
      const n = minutes(first, middle);
      if (skipped + n > offset) {
        last = middle;
      } else {
        skipped += n;
        first = middle + 1;
      }
    }
    return { total, records: rows(first * 60, offset - skipped) };
  }

  #pageOf({ callType, result }: RecordFilter): Statement {
    const shape = `${callType === undefined}/${result === undefined}`;
    let statement = this.#pages.get(shape);
    if (statement === undefined) {
      statement = this.#db.prepare(pageSql(callType !== undefined, result !== undefined));
      this.#pages.set(shape, statement);
    }
    return statement;
  }
}
