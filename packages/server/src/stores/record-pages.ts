import { callResults, type SdkAppId } from 'ringback-protocol';
import type { RecordFilter, RecordPage } from '../ports/store.ts';
import { type Piece, piecesOf, type Span } from './record-pieces.ts';
import { recordColumns, recordOf } from './record-rows.ts';
import type { Schema } from './schema.ts';

/** Rows that are skipped one by one at most; deeper pages are found through what is counted. */
const shallow = 2000;

/** Days, hours or minutes that are listed one by one at most; more are cut into `pieces` first. */
const listed = 240;
const pieces = 16;

/** A reading statement that SQLite and PostgreSQL both take, with numbered placeholders. Texts are few. */
export interface Question {
  readonly sql: string;
  readonly values: readonly (string | number)[];
}

/** Asks questions, is given the rows of each, and returns what comes of them. */
export type Asking<Result> = Generator<Question, Result, readonly unknown[]>;

/** What comes of it, where each question is answered later. */
export async function answered<Result>(
  asking: Asking<Result>,
  ask: (question: Question) => Promise<readonly unknown[]>,
): Promise<Result> {
  let step = asking.next();
  while (!step.done) step = asking.next(await ask(step.value));
  return step.value;
}

interface Part extends Piece {
  readonly span: Span;
}

type Counted = Part & { readonly n: number };

type Kind = Pick<RecordFilter, 'callType' | 'result'>;

/**
 * A page of records, of those that began in a time. To be asked within one snapshot, so that counts and rows agree while
 * calls end.
 *
 * It costs the same wherever it is, however many records there are and however few of them match: whole days, hours and
 * minutes are added up from what was counted when calls ended, and only within the minute in which the page begins are rows
 * skipped. `hint` tells SQLite which index to take for kind and result.
 */
export function* askPage(app: SdkAppId, filter: RecordFilter, hint = ''): Asking<RecordPage> {
  const { from, to, perPage, page } = filter;
  if (from > to) return { total: 0, records: [] };
  const parts = [...piecesOf(from, to, yield* askOldestHour(app))]
    .flatMap(([span, some]) => some.map((piece) => ({ span, ...piece })))
    .sort((a, b) => a.first * a.span - b.first * b.span);
  const counted = yield* counts(app, filter, parts);
  const total = counted.reduce((sum, { n }) => sum + n, 0);
  const offset = (page - 1) * perPage;
  if (offset >= total) return { total, records: [] };
  if (offset < shallow) return { total, records: yield* rows(app, filter, from, offset, hint) };
  const { second, skipped } = yield* placeOf(app, filter, counted, offset);
  return { total, records: yield* rows(app, filter, second, offset - skipped, hint) };
}

/** The second from which to skip rows to come to an offset, and the records before it. */
function* placeOf(
  app: SdkAppId,
  filter: RecordFilter,
  counted: readonly Counted[],
  offset: number,
): Asking<{ readonly second: number; readonly skipped: number }> {
  let skipped = 0;
  const into = <T extends { readonly n: number }>(units: readonly T[]): T | undefined =>
    units.find(({ n }) => {
      if (skipped + n > offset) return true;
      skipped += n;
      return false;
    });
  let part: Part | undefined = into(counted);
  while (part !== undefined && part.span > 1) {
    const { span, first, last }: Part = part;
    if (last - first >= listed) {
      part = into(yield* counts(app, filter, cut(part)));
    } else if (first < last) {
      const unit: { readonly at: number } | undefined = into(yield* units(app, filter, part));
      part = unit && { span, first: unit.at, last: unit.at };
    } else if (span === 60) {
      break;
    } else {
      const finer = span === 86_400 ? 3600 : 60;
      const many = span / finer;
      part = { span: finer, first: first * many, last: (first + 1) * many - 1 };
    }
  }
  // Counts that contradict each other cost time, not records.
  if (part === undefined) return { second: filter.from, skipped: 0 };
  return { second: part.first * part.span, skipped };
}

/**
 * The first hour that has sums; what is deleted is the oldest, hour by hour. Undefined while there are records from before
 * there were sums, or none at all.
 */
export function* askOldestHour(app: SdkAppId): Asking<number | undefined> {
  const [row] = (yield {
    sql: `SELECT (SELECT at FROM record_sums WHERE app = $1 AND span = 3600 ORDER BY at LIMIT 1) AS at,
      EXISTS (SELECT 1 FROM records WHERE app = $1 AND summed = 0) AS unsummed`,
    values: [app],
  }) as readonly { readonly at: number | null; readonly unsummed: boolean | number }[];
  return row === undefined || row.unsummed || row.at === null ? undefined : Number(row.at);
}

/** How many records there are in each part, in one question. */
function* counts(app: SdkAppId, kind: Kind, parts: readonly Part[]): Asking<readonly Counted[]> {
  const values: (string | number)[] = [app];
  const bind = (value: string | number): string => `$${values.push(value)}`;
  const ofKind = conditions(kind, bind);
  const selects = parts.map((part, place) => {
    const n = part.span === 1 ? 'count(*)' : 'CAST(coalesce(sum(n), 0) AS BIGINT)';
    return `SELECT ${place} AS place, ${n} AS n FROM ${within(part, bind)}${ofKind}`;
  });
  const found = (yield { sql: selects.join(' UNION ALL '), values }) as readonly { place: number; n: number }[];
  const numbers = new Map(found.map(({ place, n }) => [Number(place), Number(n)]));
  return parts.map((part, place) => ({ ...part, n: numbers.get(place) ?? 0 }));
}

/** The same in several parts. */
function cut({ span, first, last }: Part): readonly Part[] {
  const many = Math.ceil((last - first + 1) / pieces);
  const begins = Array.from({ length: Math.ceil((last - first + 1) / many) }, (_, n) => first + n * many);
  return begins.map((begin) => ({ span, first: begin, last: Math.min(last, begin + many - 1) }));
}

/** How many records there are in each of the days, hours or minutes of a part; those without any may be left out. */
function* units(app: SdkAppId, kind: Kind, part: Part): Asking<readonly { readonly at: number; readonly n: number }[]> {
  const values: (string | number)[] = [app];
  const bind = (value: string | number): string => `$${values.push(value)}`;
  const at = columnOf(part.span);
  const sql = `SELECT ${at} AS place, CAST(sum(n) AS BIGINT) AS n FROM ${within(part, bind)}${conditions(kind, bind)}
    GROUP BY ${at} ORDER BY ${at}`;
  const found = (yield { sql, values }) as readonly { readonly place: number; readonly n: number }[];
  return found.map(({ place, n }) => ({ at: Number(place), n: Number(n) }));
}

/** Records from a second on, to the end of what is asked for. */
function* rows(
  app: SdkAppId,
  { to, perPage, callType, result }: RecordFilter,
  from: number,
  offset: number,
  hint: string,
): Asking<RecordPage['records']> {
  const values: (string | number)[] = [app, from, to, perPage, offset];
  const window = 'app = $1 AND started_at_s BETWEEN $2 AND $3';
  const order = 'ORDER BY started_at_s, call_id LIMIT $4 OFFSET $5';
  const bind = (value: string): string => `$${values.push(value)}`;
  let sql = `SELECT ${recordColumns} FROM records WHERE ${window} ${order}`;
  if (callType !== undefined || result !== undefined) {
    // Each pair of kind and result is a run of an index, and those that match are merged as they are read.
    const types = callType === undefined ? ["'SingleCall'", "'MultiCall'"] : [bind(callType)];
    const results = result === undefined ? callResults.map((one) => `'${one}'`) : [bind(result)];
    const runs = types.flatMap((type) => results.map((one) => `call_type = ${type} AND result = ${one}`));
    const selects = runs.map((run) => `SELECT ${recordColumns} FROM records ${hint} WHERE ${window} AND ${run}`);
    sql = `${selects.join(' UNION ALL ')} ${order}`;
  }
  return ((yield { sql, values }) as readonly Schema['records'][]).map(recordOf);
}

const columnOf = (span: Span): string => (span === 1 ? 'started_at_s' : span === 60 ? 'minute' : 'at');

/** Where the records of a part are counted, or are. */
function within({ span, first, last }: Part, bind: (value: number) => string): string {
  const between = `${columnOf(span)} BETWEEN ${bind(first)} AND ${bind(last)}`;
  if (span === 1) return `records WHERE app = $1 AND ${between}`;
  if (span === 60) return `record_counts WHERE app = $1 AND ${between}`;
  return `record_sums WHERE app = $1 AND span = ${bind(span)} AND ${between}`;
}

const conditions = ({ callType, result }: Kind, bind: (value: string) => string): string =>
  `${callType === undefined ? '' : ` AND call_type = ${bind(callType)}`}${result === undefined ? '' : ` AND result = ${bind(result)}`}`;
