import type { SdkAppId } from 'ringback-protocol';
import type { AttemptCursor, AttemptFilter, LoggedAttempt } from '../ports/outbox.ts';
import { type EventRow, eventColumns, eventOf } from './event-row.ts';

/** An attempt with its event, as statements read them. */
export interface AttemptRow extends EventRow {
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
  AttemptRow,
  'app' | 'at' | 'endpoint' | 'started_at' | 'call_id' | 'event_seq' | 'format' | 'part'
>;

const keyNames = ['at', 'endpoint', 'started_at', 'call_id', 'event_seq', 'format', 'part'];
/** The key of an attempt behind the application, as the table `a`. */
export const keyColumns = keyNames.map((name) => `a.${name}`).join(', ');
/** The order of the log. */
export const newestFirst = keyNames.map((name) => `a.${name} DESC`).join(', ');

/** What an attempt and its event are made of, as the tables `a` and `e`. */
export const attemptColumns = `a.app, ${keyColumns}, a.url, a.attempt, a.outcome, a.status, a.took, a.error, a.answer, a.next_at,
  0 AS first_at, 0 AS attempts, ${eventColumns}`;

/** A part of a WHERE, and its values. */
export class Conditions {
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

/** What says where to look for attempts, and what says which of those there to take. */
export function conditionsOf(app: SdkAppId, filter: AttemptFilter): readonly [where: Conditions, which: Conditions] {
  const { endpoint, call, event, failed, from, to } = filter;
  const [where, which] = [new Conditions(), new Conditions()];
  where.add('a.app = ?', app);
  if (failed === true) where.add("a.outcome IN ('failed', 'parked')");
  if (from !== undefined) where.add('a.at >= ?', from);
  if (to !== undefined) where.add('a.at <= ?', to);
  if (endpoint !== undefined) which.add('a.endpoint = ?', endpoint);
  if (event !== undefined) {
    which.add('a.event_seq = ? AND a.format = ? AND a.part = ?', event.eventSeq, event.format, event.part);
  }
  if (call !== undefined) which.add('a.started_at = ? AND a.call_id = ?', call.startedAt, call.callId);
  return [where, which];
}

/** The place of an attempt in the log. */
export const cursorOf = (row: AttemptKey): AttemptCursor => ({
  ...row,
  startedAt: row.started_at,
  callId: row.call_id,
  eventSeq: row.event_seq,
});

/** All of them, as the text of a WHERE. */
export const all = (conditions: readonly Conditions[]): string =>
  conditions
    .map(String)
    .filter((text) => text !== '')
    .join(' AND ');

/** Before a place of the log, or from there on. */
export function placed(relation: '<' | '>=', place: AttemptCursor | undefined): Conditions {
  const conditions = new Conditions();
  if (place !== undefined) conditions.add(`(${keyColumns}) ${relation} (?, ?, ?, ?, ?, ?, ?)`, ...placeOf(place));
  return conditions;
}

const placeOf = ({ at, endpoint, startedAt, callId, eventSeq, format, part }: AttemptCursor) =>
  [at, endpoint, startedAt, callId, eventSeq, format, part] as const;

/** A row as the port has it. */
export const attemptOf = (row: AttemptRow): LoggedAttempt => ({
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
