import { Worker } from 'node:worker_threads';
import type { Bound } from './sqlite-batch.ts';
import { type StatementName, statementNumber } from './statements.ts';

/** Statements that stand or fall together; `done` is called when they are on disk. */
export class WriteJob {
  readonly flat: Bound[] = [];

  add(name: StatementName, ...bound: readonly Bound[]): void {
    this.flat.push(statementNumber[name], bound.length, ...bound);
  }
}

interface Waiting {
  readonly job: WriteJob;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/** Statements of one transaction at most; bounds the time that the first of them waits. */
const batchLength = 100_000;

/**
 * The road to the writer thread. While one batch is being flushed, the next gathers; so the busier it is, the more
 * writes share one flush. A batch that fails is fatal: nothing after it can be trusted to be on disk.
 *
 * Measured against a writer in the event loop (`node bench/store.mjs`): see docs/performance.md.
 */
export class SqliteWriter {
  readonly #thread: Worker;
  readonly #onFatal: (error: Error) => void;
  #queue: Waiting[] = [];
  #flying: Waiting[] = [];
  #scheduled = false;
  #broken: Error | undefined;
  #closed: (() => void) | undefined;

  private constructor(thread: Worker, onFatal: (error: Error) => void) {
    this.#thread = thread;
    this.#onFatal = onFatal;
    thread.on('message', (message: string) => this.#answered(message));
    thread.on('error', (error) => this.#fail(error));
  }

  /** Opens the database file in a thread of its own; rejects when it cannot. */
  static async open(path: string, onFatal: (error: Error) => void): Promise<SqliteWriter> {
    // Threads cannot load TypeScript on all supported versions of Node, so tests that run from sources use the build.
    const here = import.meta.url;
    const url = new URL('./sqlite-writer-thread.js', here.endsWith('.ts') ? here.replace('/src/', '/dist/') : here);
    const thread = new Worker(url, { workerData: { path } });
    await new Promise<void>((resolve, reject) => {
      thread.once('message', () => {
        thread.off('error', reject);
        resolve();
      });
      thread.once('error', reject);
    });
    return new SqliteWriter(thread, onFatal);
  }

  /** Calls `done` when the job is on disk, in the order of jobs; `failed` when it never will be. */
  write(job: WriteJob, done: () => void, failed: (error: Error) => void): void {
    if (this.#broken !== undefined) {
      failed(this.#broken);
      return;
    }
    this.#queue.push({ job, done, failed });
    if (this.#scheduled || this.#flying.length > 0) return;
    this.#scheduled = true;
    // Everything that this turn of the event loop brings shares the flush.
    setImmediate(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  /** As `write`, as a promise. */
  written(job: WriteJob): Promise<void> {
    return new Promise((resolve, reject) => this.write(job, resolve, reject));
  }

  /** Writes what waits, then closes the file. */
  async close(): Promise<void> {
    if (this.#broken === undefined && (this.#queue.length > 0 || this.#flying.length > 0)) {
      await this.written(new WriteJob()).catch(() => {});
    }
    if (this.#broken === undefined) {
      await new Promise<void>((resolve) => {
        this.#closed = resolve;
        this.#thread.postMessage('close');
      });
    }
    await this.#thread.terminate();
  }

  #send(): void {
    if (this.#queue.length === 0 || this.#flying.length > 0 || this.#broken !== undefined) return;
    const flat: Bound[] = [];
    let taken = 0;
    for (const { job } of this.#queue) {
      if (taken > 0 && flat.length + job.flat.length > batchLength) break;
      for (const bound of job.flat) flat.push(bound);
      taken += 1;
    }
    this.#flying = taken === this.#queue.length ? this.#queue : this.#queue.slice(0, taken);
    this.#queue = taken === this.#queue.length ? [] : this.#queue.slice(taken);
    this.#thread.postMessage(flat);
  }

  #answered(message: string): void {
    if (message === 'closed') {
      this.#closed?.();
      return;
    }
    if (message !== 'ok') {
      this.#fail(new Error(message));
      return;
    }
    const done = this.#flying;
    this.#flying = [];
    // The disk is free again: let it work while this thread tells the world.
    this.#send();
    for (const one of done) one.done();
  }

  #fail(error: Error): void {
    if (this.#broken !== undefined) return;
    this.#broken = error;
    const lost = [...this.#flying, ...this.#queue];
    this.#flying = [];
    this.#queue = [];
    for (const one of lost) one.failed(error);
    this.#onFatal(error);
  }
}
