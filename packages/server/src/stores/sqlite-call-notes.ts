import type { Database, Statement } from 'better-sqlite3';
import type { NodeId } from 'ringback-protocol';
import type { CallNotes, NotedCall } from '../ports/call-notes.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';

/** Notes that wait for the disk at once; more are not kept. */
const mostWaiting = 5000;

/** Tables of notes, with the statement that adds one. */
const inserts = { media_events: 'mediaEventInsert', push_log: 'pushLogInsert' } as const;

/** Notes of calls in the embedded database. */
export class SqliteCallNotes<Event> implements CallNotes<Event> {
  readonly #writer: SqliteWriter;
  readonly #node: NodeId;
  readonly #table: keyof typeof inserts;
  readonly #select: Statement;
  #waiting = 0;
  #n = 0;

  constructor(options: {
    readonly writer: SqliteWriter;
    readonly reader: Database;
    readonly node: NodeId;
    readonly table: keyof typeof inserts;
  }) {
    this.#writer = options.writer;
    this.#node = options.node;
    this.#table = options.table;
    this.#select = options.reader.prepare(
      `SELECT at, event FROM ${options.table} WHERE app = ? AND started_at = ? AND call_id = ? ORDER BY at, n LIMIT ?`,
    );
  }

  add({ app, startedAt, callId }: NotedCall, at: number, event: Event): void {
    if (this.#waiting >= mostWaiting) return;
    this.#n += 1;
    const job = new WriteJob();
    job.add(inserts[this.#table], app, startedAt, callId, at, this.#n, this.#node, JSON.stringify(event));
    this.#waiting += 1;
    const settled = (): void => {
      this.#waiting -= 1;
    };
    // That the disk failed is told by the writer; that it is closed is no loss.
    this.#writer.writtenLater(job).then(settled, settled);
  }

  async of({ app, startedAt, callId }: NotedCall, limit: number) {
    const rows = this.#select.all(app, startedAt, callId, limit) as { at: number; event: string }[];
    return rows.map(({ at, event }) => ({ at, event: JSON.parse(event) as Event }));
  }
}
