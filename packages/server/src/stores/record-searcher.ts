import type { CallRecord } from 'ringback-engine';
import { callResults, type SdkAppId } from 'ringback-protocol';
import { bucketOf, spreadOf } from '../observe/time-buckets.ts';
import type {
  CountRow,
  CountWindow,
  RecordCriteria,
  RecordQuery,
  RequestStep,
  Spread,
} from '../ports/record-search.ts';
import { answered, askOldestHour } from './record-pages.ts';
import { type Piece, piecesOf } from './record-pieces.ts';
import { recordColumns, recordOf } from './record-rows.ts';
import { timesOf } from './record-sums.ts';
import type { Schema } from './schema.ts';

/** Runs a reading statement with numbered placeholders, each of which is bound. Texts are few. */
export type SqlAsk = <Row>(sql: string, values: readonly (string | number)[]) => Promise<readonly Row[]>;

/** Records that are looked at for the times of a piece of an hour; where there are more, they stand for all. */
const sample = 2000;

/** Finds and counts records, in SQL that SQLite and PostgreSQL both take. */
export class RecordSearcher {
  readonly #ask: SqlAsk;
  /** Tells SQLite which index to take for kind and result. */
  readonly #hint: string;

  constructor(ask: SqlAsk, hint = '') {
    this.#ask = ask;
    this.#hint = hint;
  }

  async records(app: SdkAppId, asked: RecordQuery): Promise<readonly CallRecord[]> {
    const { user, callType, result, newestFirst, after, limit } = asked;
    const [way, beyond] = newestFirst ? ['DESC', '<'] : ['ASC', '>'];
    const order = `ORDER BY started_at_s ${way}, call_id ${way} LIMIT $4`;
    // The window begins at the cursor: SQLite goes by one bound of each side, and would pass over all that lies before.
    const from = Math.max(asked.from, newestFirst ? 0 : (after?.startedAt ?? 0));
    const to = Math.min(asked.to, newestFirst ? (after?.startedAt ?? asked.to) : asked.to);
    const values: (string | number)[] = [app, from, to, limit];
    const bind = (value: string | number): string => `$${values.push(value)}`;
    let where = 'app = $1 AND started_at_s BETWEEN $2 AND $3';
    if (after !== undefined) {
      where += ` AND (started_at_s, call_id) ${beyond} (${bind(after.startedAt)}, ${bind(after.callId)})`;
    }
    const [type, ending] = [callType && bind(callType), result && bind(result)];
    let sql: string;
    if (user !== undefined) {
      const kind = `${type ? ` AND call_type = ${type}` : ''}${ending ? ` AND result = ${ending}` : ''}`;
      const own = `SELECT app, started_at_s, call_id FROM record_members WHERE ${where} AND user_id = ${bind(user)}${kind} ${order}`;
      const columns = recordColumns.replace(/\w+/g, (column) => `r.${column}`);
      sql = `SELECT ${columns} FROM (${own}) AS m
        JOIN records r ON r.app = m.app AND r.started_at_s = m.started_at_s AND r.call_id = m.call_id
        ORDER BY r.started_at_s ${way}, r.call_id ${way}`;
    } else if (type || ending) {
      // Each pair of kind and result is a run of an index, and those that match are merged as they are read.
      const types = type ? [type] : ["'SingleCall'", "'MultiCall'"];
      const endings = ending ? [ending] : callResults.map((one) => `'${one}'`);
      const runs = types.flatMap((one) => endings.map((other) => `call_type = ${one} AND result = ${other}`));
      const selects = runs.map((run) => `SELECT ${recordColumns} FROM records ${this.#hint} WHERE ${where} AND ${run}`);
      sql = `${selects.join(' UNION ALL ')} ${order}`;
    } else {
      sql = `SELECT ${recordColumns} FROM records WHERE ${where} ${order}`;
    }
    return (await this.#ask<Schema['records']>(sql, values)).map(recordOf);
  }

  async count(app: SdkAppId, { from, to, user, callType, result }: RecordCriteria, atMost?: number): Promise<number> {
    const kind = (bind: (value: string) => string): string =>
      `${callType ? ` AND call_type = ${bind(callType)}` : ''}${result ? ` AND result = ${bind(result)}` : ''}`;
    const number = async (make: (bind: (value: string | number) => string) => string): Promise<number> => {
      const values: (string | number)[] = [];
      const sql = make((value) => `$${values.push(value)}`);
      return Number((await this.#ask<{ n: number }>(sql, values))[0]?.n ?? 0);
    };
    if (user !== undefined) {
      return number((bind) => {
        const rows = `SELECT 1 AS one FROM record_members WHERE app = ${bind(app)} AND user_id = ${bind(user)}
          AND started_at_s BETWEEN ${bind(from)} AND ${bind(to)}${kind(bind)}`;
        return `SELECT count(*) AS n FROM (${rows}${atMost === undefined ? '' : ` LIMIT ${bind(atMost)}`}) AS own`;
      });
    }
    let total = 0;
    for (const [span, pieces] of piecesOf(from, to, await this.#firstSummed(app))) {
      for (const { first, last } of pieces) {
        total += await number((bind) => {
          const key = `app = ${bind(app)}`;
          const between = ` BETWEEN ${bind(first)} AND ${bind(last)}${kind(bind)}`;
          if (span === 1) return `SELECT count(*) AS n FROM records WHERE ${key} AND started_at_s${between}`;
          const sum = 'SELECT CAST(coalesce(sum(n), 0) AS BIGINT) AS n FROM';
          if (span === 60) return `${sum} record_counts WHERE ${key} AND minute${between}`;
          return `${sum} record_sums WHERE ${key} AND span = ${bind(span)} AND at${between}`;
        });
      }
    }
    return total;
  }

  async counts(app: SdkAppId, window: CountWindow): Promise<readonly CountRow[]> {
    const { span, first, last, bucket } = window;
    // Added up where they are: hours of a year are many, and what a page shows is few.
    const rows =
      bucket && span === 3600 && holdsDays(bucket)
        ? await this.#countsByDay(app, { first, last, ...bucket })
        : await this.#countsBySpan(app, window);
    return rows.map(({ place, call_type, result, n, answered }) => ({
      at: place,
      callType: call_type,
      result,
      n,
      answered,
    }));
  }

  #countsBySpan(app: SdkAppId, { span, first, last, bucket }: CountWindow): Promise<readonly CountSqlRow[]> {
    const [at, table] = span === 60 ? ['minute', 'record_counts'] : ['at', 'record_sums'];
    const ofSpan = span === 60 ? '' : ' AND span = $4';
    const values = [app, first, last, ...(span === 60 ? [] : [span])];
    const bind = (value: number): string => `CAST($${values.push(value)} AS BIGINT)`;
    const own = bucket ? `(${at} * ${bind(span)} + ${bind(bucket.shift)}) / ${bind(bucket.length)}` : at;
    return this.#ask<CountSqlRow>(
      `SELECT ${own} AS place, call_type, result, CAST(sum(n) AS BIGINT) AS n, CAST(sum(answered) AS BIGINT) AS answered
       FROM ${table} WHERE app = $1 AND ${at} BETWEEN $2 AND $3${ofSpan} GROUP BY 1, call_type, result ORDER BY 1`,
      values,
    );
  }

  /** As for pages: undefined where sums do not tell of all that is there. */
  #firstSummed(app: SdkAppId): Promise<number | undefined> {
    return answered(askOldestHour(app), ({ sql, values }) => this.#ask(sql, values));
  }

  /**
   * The first hour that has sums; what is deleted is the oldest, hour by hour. Where none has any, no sum is used: that of
   * a day may be left of records that are gone.
   */
  async #oldestHour(app: SdkAppId): Promise<number> {
    const rows = await this.#ask<{ at: number | null }>(
      'SELECT min(at) AS at FROM record_sums WHERE app = $1 AND span = 3600',
      [app],
    );
    return rows[0]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** The same from the sums of days where a whole day is of one bucket, and from hours elsewhere: far fewer rows. */
  async #countsByDay(
    app: SdkAppId,
    { first, last, length, shift }: { first: number; last: number; length: number; shift: number },
  ): Promise<readonly CountSqlRow[]> {
    const wholeFrom = Math.floor((await this.#oldestHour(app)) / 24) + 1;
    const firstDay = Math.max(Math.ceil(first / 24), wholeFrom);
    const lastDay = Math.floor((last + 1) / 24) - 1;
    if (lastDay < firstDay) {
      return this.#countsBySpan(app, { span: 3600, first, last, bucket: { length, shift } });
    }
    const values: number[] = [];
    const bind = (value: number): string => `CAST($${values.push(value)} AS BIGINT)`;
    const [own, by, offset] = [bind(app), bind(length), bind(shift)];
    const days = `BETWEEN ${bind(firstDay)} AND ${bind(lastDay)}`;
    const bucketOf = (second: string): string => `(${second} + ${offset}) / ${by}`;
    const [begins, ends] = [bucketOf('at * 86400'), bucketOf('at * 86400 + 82800')];
    const columns = 'call_type, result, n, answered';
    const sums = (span: 3600 | 86400, which: string): string =>
      `SELECT ${bucketOf(`at * ${span}`)} AS place, ${columns} FROM record_sums
       WHERE app = ${own} AND span = ${span} AND at ${which}`;
    // The days that are of two buckets are looked up first, then the hours of each: never all hours.
    const cut = `SELECT DISTINCT at AS cut_day FROM record_sums WHERE app = ${own} AND span = 86400 AND at ${days}
       AND ${begins} <> ${ends}`;
    const parts = [
      `${sums(86_400, days)} AND ${begins} = ${ends}`,
      `SELECT ${bucketOf('at * 3600')} AS place, ${columns} FROM (${cut}) AS cuts CROSS JOIN record_sums
       WHERE app = ${own} AND span = 3600 AND at BETWEEN cut_day * 24 AND cut_day * 24 + 23`,
      sums(3600, `BETWEEN ${bind(first)} AND ${bind(firstDay * 24 - 1)}`),
      sums(3600, `BETWEEN ${bind((lastDay + 1) * 24)} AND ${bind(last)}`),
    ];
    return this.#ask<CountSqlRow>(
      `SELECT place, call_type, result, CAST(sum(n) AS BIGINT) AS n, CAST(sum(answered) AS BIGINT) AS answered
       FROM (${parts.join(' UNION ALL ')}) AS parts GROUP BY place, call_type, result ORDER BY place`,
      values,
    );
  }

  async times(app: SdkAppId, from: number, to: number): Promise<{ readonly ring: Spread; readonly talk: Spread }> {
    const histograms = { ring: new Map<number, number>(), talk: new Map<number, number>() };
    const add = (kind: 'ring' | 'talk', bucket: number, n: number): void => {
      histograms[kind].set(bucket, (histograms[kind].get(bucket) ?? 0) + n);
    };
    const pieces = piecesOf(from, to, await this.#oldestHour(app));
    for (const span of [86_400, 3600] as const) {
      for (const { first, last } of pieces.get(span) ?? []) {
        const rows = await this.#ask<{ kind: 'ring' | 'talk'; bucket: number; n: number }>(
          `SELECT kind, bucket, CAST(sum(n) AS BIGINT) AS n FROM record_times
           WHERE app = $1 AND span = $2 AND at BETWEEN $3 AND $4 GROUP BY kind, bucket`,
          [app, span, first, last],
        );
        for (const { kind, bucket, n } of rows) add(kind, bucket, n);
      }
    }
    // What is left is less than an hour at each end.
    const ends = [...(pieces.get(60) ?? []).map(({ first, last }) => ({ first: first * 60, last: last * 60 + 59 }))];
    for (const end of joined([...ends, ...(pieces.get(1) ?? [])])) {
      const rows = await this.records(app, { from: end.first, to: end.last, newestFirst: true, limit: sample });
      const all = rows.length < sample ? rows.length : await this.count(app, { from: end.first, to: end.last });
      const weight = rows.length === 0 ? 0 : all / rows.length;
      for (const row of rows) {
        const times = timesOf(row);
        if (times === undefined) continue;
        add('ring', bucketOf(times.ring), weight);
        add('talk', bucketOf(times.talk), weight);
      }
    }
    return { ring: spreadOf(histograms.ring), talk: spreadOf(histograms.talk) };
  }

  async stepOf(app: SdkAppId, request: string): Promise<RequestStep | undefined> {
    const rows = await this.#ask<HistoryStep>(
      `SELECT call_id, seq, at, type, request_id FROM history
       WHERE app = $1 AND cause = 'rest' AND request_id >= $2 AND request_id < $3 ORDER BY request_id LIMIT 1`,
      [app, request, `${request}~`],
    );
    const row = rows[0];
    if (row === undefined) return undefined;
    return { callId: row.call_id, seq: row.seq, at: row.at, type: row.type, requestId: row.request_id };
  }
}

interface CountSqlRow {
  readonly place: number;
  readonly call_type: CountRow['callType'];
  readonly result: CountRow['result'];
  readonly n: number;
  readonly answered: number;
}

interface HistoryStep {
  readonly call_id: RequestStep['callId'];
  readonly seq: number;
  readonly at: number;
  readonly type: RequestStep['type'];
  readonly request_id: string;
}

/** Whether some days, or all, begin and end in the same bucket; an hour is of the bucket in which it begins. */
const holdsDays = ({ length, shift }: { readonly length: number; readonly shift: number }): boolean =>
  length % 86_400 === 0 && (length > 86_400 || ((shift % 86_400) + 86_400) % 86_400 < 3600);

/** Pieces that touch become one. */
function joined(pieces: readonly Piece[]): readonly Piece[] {
  const found: Piece[] = [];
  for (const piece of [...pieces].sort((a, b) => a.first - b.first)) {
    const last = found.at(-1);
    if (last !== undefined && piece.first <= last.last + 1) {
      found[found.length - 1] = { first: last.first, last: Math.max(last.last, piece.last) };
    } else found.push(piece);
  }
  return found;
}
