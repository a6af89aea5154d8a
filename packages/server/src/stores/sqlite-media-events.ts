import type { Database, Statement } from 'better-sqlite3';
import type { NodeId } from 'ringback-protocol';
import type { MediaEvent, MediaEvents, MediaPlace } from '../ports/media-events.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';

/** Events that wait for the disk at once; more are not kept. */
const mostWaiting = 5000;

/** The media events of calls in the embedded database. */
export class SqliteMediaEvents implements MediaEvents {
  readonly #writer: SqliteWriter;
  readonly #node: NodeId;
  readonly #select: Statement;
  #waiting = 0;
  #n = 0;

  constructor(options: { readonly writer: SqliteWriter; readonly reader: Database; readonly node: NodeId }) {
    this.#writer = options.writer;
    this.#node = options.node;
    this.#select = options.reader.prepare(
      'SELECT at, event FROM media_events WHERE app = ? AND started_at = ? AND call_id = ? ORDER BY at, n LIMIT ?',
    );
  }

  add({ app, startedAt, callId }: MediaPlace, at: number, event: MediaEvent): void {
    if (this.#waiting >= mostWaiting) return;
    this.#n += 1;
    const job = new WriteJob();
    job.add('mediaEventInsert', app, startedAt, callId, at, this.#n, this.#node, JSON.stringify(event));
    this.#waiting += 1;
    const settled = (): void => {
      this.#waiting -= 1;
    };
    // That the disk failed is told by the writer; that it is closed is no loss.
    this.#writer.writtenLater(job).then(settled, settled);
  }

  async of({ app, startedAt, callId }: MediaPlace, limit: number) {
    const rows = this.#select.all(app, startedAt, callId, limit) as { at: number; event: string }[];
    return rows.map(({ at, event }) => ({ at, event: JSON.parse(event) as MediaEvent }));
  }
}
