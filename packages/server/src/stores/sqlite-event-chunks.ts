import { setImmediate } from 'node:timers/promises';
import type { Database, Statement } from 'better-sqlite3';

/** Where an event stands in its table, behind the application. */
export type EventPlace = readonly [startedAt: number, callId: string, eventSeq: number, format: string, part: number];

/** A piece of the table: what comes after one place, up to another. */
export interface EventChunk {
  readonly after: EventPlace;
  readonly upTo: EventPlace;
}

const names = ['started_at', 'call_id', 'event_seq', 'format', 'part'];
const columns = (table: string): string => names.map((name) => `${table}.${name}`).join(', ');

/** The condition that an event, as the table `e`, is in a chunk; its ten values come from `boundsOf`. */
export const inChunk = `(${columns('e')}) > (?, ?, ?, ?, ?) AND (${columns('e')}) <= (?, ?, ?, ?, ?)`;

/** The values of `inChunk`. */
export const boundsOf = ({ after, upTo }: EventChunk): readonly (string | number)[] => [...after, ...upTo];

/** Before all events of calls that began at this time (ms). */
export const beforeTime = (startedAt: number): EventPlace => [startedAt, '', -1, '', -1];

/** After all events of calls that began at this time (ms): ids are hexadecimal. */
const afterTime = (startedAt: number): EventPlace => [startedAt, '~', 0, '', 0];

/** Rows of a chunk: some ms of reading. */
const chunkRows = 5000;

/**
 * Goes through the events of an application a piece at a time. Whoever searches millions of them would keep calls
 * waiting for seconds; between two pieces everybody else has a turn.
 */
export class EventChunks {
  readonly #boundary: Statement;
  readonly #rows: number;

  constructor(reader: Database, rows = chunkRows) {
    this.#rows = rows;
    this.#boundary = reader
      .prepare(
        `SELECT ${columns('e')} FROM events e WHERE e.app = ? AND ${inChunk}
         ORDER BY e.app, ${columns('e')} LIMIT 1 OFFSET ?`,
      )
      .raw();
  }

  /** The pieces of calls that began from `from` to `to`, ms, both included. */
  async *of(app: number, from: number, to: number): AsyncIterable<EventChunk> {
    const end = afterTime(to);
    for (let after = beforeTime(from); ; ) {
      const found = this.#boundary.get(app, ...after, ...end, this.#rows - 1) as EventPlace | undefined;
      yield { after, upTo: found ?? end };
      if (found === undefined) return;
      after = found;
      await setImmediate();
    }
  }
}
