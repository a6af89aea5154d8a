import type { Database, Statement } from 'better-sqlite3';
import type { Call } from 'ringback-engine';
import type { CallId, QualitySample, SdkAppId, UserId } from 'ringback-protocol';
import type { QualityReport, QualityReports } from '../ports/media.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';

interface Row {
  readonly at: number;
  readonly viewer: UserId;
  readonly samples: string;
}

interface Key {
  readonly app: number;
  readonly started_at: number;
  readonly call_id: string;
  readonly at: number;
  readonly viewer: string;
}

/** Reports that wait for the disk at once; more are not kept, since they are many and none of them matters. */
const mostWaiting = 5000;

/** The quality reports of calls in the embedded database. */
export class SqliteQuality implements QualityReports {
  readonly #writer: SqliteWriter;
  readonly #newest: Statement;
  readonly #oldest: Statement;
  readonly #nextApp: Statement;
  #waiting = 0;

  constructor(options: { readonly writer: SqliteWriter; readonly reader: Database }) {
    this.#writer = options.writer;
    const { reader } = options;
    this.#newest = reader.prepare(
      `SELECT at, viewer, samples FROM quality WHERE app = ? AND started_at = ? AND call_id = ?
       ORDER BY at DESC, viewer DESC LIMIT ?`,
    );
    this.#oldest = reader.prepare(
      'SELECT app, started_at, call_id, at, viewer FROM quality WHERE app = ? AND started_at < ? ORDER BY started_at LIMIT ?',
    );
    this.#nextApp = reader.prepare('SELECT min(app) FROM quality WHERE app > ?').pluck();
  }

  add(call: Call, report: QualityReport): void {
    if (this.#waiting >= mostWaiting) return;
    const job = new WriteJob();
    const { at, viewer, samples } = report;
    job.add('qualityInsert', call.app, call.startedAt, call.callId, at, viewer, JSON.stringify(samples));
    this.#waiting += 1;
    const settled = (): void => {
      this.#waiting -= 1;
    };
    // That the disk failed is told by the writer; that it is closed is no loss.
    this.#writer.writtenLater(job).then(settled, settled);
  }

  of(app: SdkAppId, startedAt: number, callId: CallId, limit: number): readonly QualityReport[] {
    const rows = this.#newest.all(app, startedAt, callId, limit) as Row[];
    return rows
      .map(({ at, viewer, samples }) => ({ at, viewer, samples: JSON.parse(samples) as QualitySample[] }))
      .reverse();
  }

  async prune(before: number, limit: number): Promise<number> {
    const keys: Key[] = [];
    let app = this.#nextApp.get(0) as number | null;
    while (app !== null && keys.length < limit) {
      keys.push(...(this.#oldest.all(app, before, limit - keys.length) as Key[]));
      app = this.#nextApp.get(app) as number | null;
    }
    const job = new WriteJob();
    for (const one of keys) job.add('qualityDelete', one.app, one.started_at, one.call_id, one.at, one.viewer);
    if (keys.length > 0) await this.#writer.written(job);
    return keys.length;
  }
}
