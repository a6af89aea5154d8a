import { Worker } from 'node:worker_threads';
import type { Bound } from './sqlite-batch.ts';
import type { WriterAnswer, WriterOrder } from './sqlite-writer-thread.ts';
import { rowsAtOnce, rowsNumber, type StatementName, statementNumber, writingStatements } from './statements.ts';

/** Statements that stand or fall together; `done` is called when they are on disk. */
export class WriteJob {
  readonly flat: Bound[] = [];
  /** Undefined when there are none. */
  rows: Row[] | undefined;
  /** Undefined when there are none. */
  sums: Sum[] | undefined;

  /** What it costs to write, about: values, and each 64 characters as much as one more. */
  get weight(): number {
    let weight = (this.sums?.length ?? 0) * 10 + weightOf(this.flat);
    for (const { bound } of this.rows ?? []) weight += weightOf(bound);
    return weight;
  }

  get isEmpty(): boolean {
    return this.flat.length === 0 && this.rows === undefined && this.sums === undefined;
  }

  add(name: StatementName, ...bound: readonly Bound[]): void {
    if (!rowsNumber.has(name)) this.flat.push(statementNumber[name], bound.length, ...bound);
    else if (this.rows === undefined) this.rows = [{ name, bound }];
    else this.rows.push({ name, bound });
  }

  /** Adds `addends`, which the statement takes last, to the row of the key; those of one batch become one statement. */
  sum(name: StatementName, key: readonly Bound[], ...addends: readonly number[]): void {
    this.sums ??= [];
    this.sums.push({ name, key, addends });
  }
}

interface Row {
  readonly name: StatementName;
  readonly bound: readonly Bound[];
}

interface Sum {
  readonly name: StatementName;
  readonly key: readonly Bound[];
  readonly addends: readonly number[];
}

interface Threads {
  readonly writer: Worker;
  readonly checkpointer: Worker;
}

interface Waiting {
  readonly job: WriteJob;
  readonly done: () => void;
  readonly failed: (error: Error) => void;
}

/**
 * ms between the beginnings of two flushes, unless `fullFlush` writes wait before. A flush costs as much CPU as five writes, so a
 * little patience halves the cost of a call; a write that finds the disk at rest does not wait.
 */
const pace = 10;

/** Writes that are worth a flush without waiting for more: it costs a fifth of what they cost themselves. */
const fullFlush = 24;

/** ms that writes nobody waits for gather, and that they may be put off when there is always something urgent. */
const lazyPace = 20;
const lazyLimit = 200;

/** Weight of lazy writes that go along with an urgent flush: it is hardly longer for so little, and spares one of their own. */
const lightLazy = 512;

/** ms; what a flush of lazy writes may take. It is not begun so shortly before an urgent one is due, or where that is soon full. */
const lazyMargin = 4;

/** Values of one transaction, about, and of a row; bounds the time that the first of them waits. */
const batchLength = 100_000;
const valuesOfRow = 12;

/**
 * The road to the writer thread. While one batch is being flushed, the next gathers; so the busier it is, the more
 * writes share one flush. A batch that fails is fatal: nothing after it can be trusted to be on disk.
 *
 * Measured against a writer in the event loop (`node bench/store.mjs`): see docs/performance.md.
 */
export class SqliteWriter {
  readonly #threads: Threads;
  readonly #onFatal: (error: Error) => void;
  #queue: Waiting[] = [];
  /** What nobody waits for: it goes along with an urgent flush, or where it is much, while the disk would be at rest. */
  #lazy: Waiting[] = [];
  #lazySince = 0;
  #lazyWeight = 0;
  #lazyTimer: NodeJS.Timeout | undefined;
  #flying: Waiting[] = [];
  /** A flush is planned for when `pace` has passed. */
  #timer: NodeJS.Timeout | undefined;
  /** One begins after this turn of the event loop. */
  #isDue = false;
  /** ms; when the last batch went to the disk. */
  #sentAt = 0;
  #checkpointing = false;
  #closing: Promise<void> | undefined;
  #broken: Error | undefined;
  #closed: (() => void) | undefined;

  private constructor(threads: Threads, onFatal: (error: Error) => void) {
    this.#threads = threads;
    this.#onFatal = onFatal;
    threads.writer.on('message', (answer: WriterAnswer) => this.#answered(answer));
    threads.checkpointer.on('message', () => this.#checkpointed());
    for (const thread of [threads.writer, threads.checkpointer]) thread.on('error', (error) => this.#fail(error));
  }

  /** Opens the database file in threads of its own; rejects when it cannot. */
  static async open(path: string, onFatal: (error: Error) => void): Promise<SqliteWriter> {
    const writer = await openThread('sqlite-writer-thread', { path, statements: writingStatements });
    try {
      const checkpointer = await openThread('sqlite-checkpoint-thread', { path });
      return new SqliteWriter({ writer, checkpointer }, onFatal);
    } catch (error) {
      await writer.terminate();
      throw error;
    }
  }

  /** Calls `done` when the job is on disk, in the order of jobs; `failed` when it never will be. */
  write(job: WriteJob, done: () => void, failed: (error: Error) => void): void {
    if (this.#broken !== undefined || this.#closing !== undefined) {
      failed(this.#broken ?? new Error('The store is closed.'));
      return;
    }
    this.#queue.push({ job, done, failed });
    this.#schedule();
  }

  /** As `write`, as a promise. */
  written(job: WriteJob): Promise<void> {
    return new Promise((resolve, reject) => this.write(job, resolve, reject));
  }

  /** As `written`, for what nobody waits for. What is urgent, even if it comes later, is on disk first, or with it. */
  writtenLater(job: WriteJob): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#broken !== undefined || this.#closing !== undefined) {
        reject(this.#broken ?? new Error('The store is closed.'));
        return;
      }
      if (this.#lazy.length === 0) this.#lazySince = performance.now();
      this.#lazy.push({ job, done: resolve, failed: reject });
      this.#lazyWeight += job.weight;
      this.#armLazy();
    });
  }

  /** From now on, what nobody waited for so far comes before what is written next. */
  hurry(): void {
    this.#joinLazy();
    this.#schedule();
  }

  /** Writes what waits, then closes the file. What comes later fails. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    clearTimeout(this.#lazyTimer);
    this.hurry();
    if (this.#queue.length > 0 || this.#flying.length > 0) await this.written(new WriteJob()).catch(() => {});
    if (this.#broken === undefined) {
      await new Promise<void>((resolve) => {
        this.#closed = resolve;
        this.#threads.writer.postMessage('close' satisfies WriterOrder);
      });
    }
    await Promise.all([this.#threads.writer.terminate(), this.#threads.checkpointer.terminate()]);
  }

  #schedule(): void {
    if (this.#isDue || this.#flying.length > 0 || this.#queue.length === 0) return;
    const wait = this.#queue.length >= fullFlush ? 0 : this.#sentAt + pace - performance.now();
    if (wait > 0) {
      this.#timer ??= setTimeout(() => this.#send(), wait);
      return;
    }
    // At the least, everything that this turn of the event loop brings shares the flush.
    this.#isDue = true;
    setImmediate(() => {
      this.#isDue = false;
      this.#send();
    });
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#queue.length === 0 || this.#flying.length > 0 || this.#broken !== undefined) return;
    const isLight = this.#lazyWeight <= lightLazy;
    if (this.#lazy.length > 0 && (isLight || performance.now() - this.#lazySince > lazyLimit)) this.#joinLazy();
    this.#sentAt = performance.now();
    this.#queue = this.#fly(this.#queue);
  }

  #joinLazy(): void {
    for (const one of this.#lazy) this.#queue.push(one);
    this.#lazy = [];
    this.#lazyWeight = 0;
  }

  #armLazy(): void {
    if (this.#lazyTimer !== undefined || this.#lazy.length === 0) return;
    const wait = Math.max(0, this.#lazySince + lazyPace - performance.now());
    this.#lazyTimer = setTimeout(() => {
      this.#lazyTimer = undefined;
      this.#sendLazy();
    }, wait);
  }

  #sendLazy(): void {
    const now = performance.now();
    // After the flush under way, this is asked again.
    if (this.#lazy.length === 0 || this.#flying.length > 0 || this.#broken !== undefined) return;
    if (now - this.#lazySince < lazyPace - 1) {
      this.#armLazy();
      return;
    }
    // And so it is after an urgent one that is about to begin.
    const wait = this.#queue.length >= fullFlush / 2 ? 0 : this.#sentAt + pace - now;
    if (this.#queue.length > 0 && wait < lazyMargin) return;
    this.#lazy = this.#fly(this.#lazy);
    this.#lazyWeight = this.#lazy.reduce((sum, { job }) => sum + job.weight, 0);
    this.#lazySince = now;
  }

  /** Sends as much as one transaction takes; answers the rest. */
  #fly(queue: Waiting[]): Waiting[] {
    let [taken, length] = [0, 0];
    for (const { job } of queue) {
      const size = job.flat.length + (job.rows?.length ?? 0) * valuesOfRow;
      if (taken > 0 && length + size > batchLength) break;
      length += size;
      taken += 1;
    }
    this.#flying = taken === queue.length ? queue : queue.slice(0, taken);
    this.#threads.writer.postMessage(flatOf(this.#flying.map(({ job }) => job)));
    return taken === queue.length ? [] : queue.slice(taken);
  }

  #answered(answer: WriterAnswer): void {
    if (answer === 'closed') {
      this.#closed?.();
      return;
    }
    if (answer !== 'ok' && answer !== 'ok, long log') {
      this.#fail(new Error(answer));
      return;
    }
    if (answer === 'ok, long log') this.#checkpoint();
    const done = this.#flying;
    this.#flying = [];
    for (const one of done) one.done();
    this.#schedule();
    this.#sendLazy();
  }

  /** Most of the log is folded into the file beside the writer, which then only does the rest. */
  #checkpoint(): void {
    if (this.#checkpointing) return;
    this.#checkpointing = true;
    this.#threads.checkpointer.postMessage('checkpoint');
  }

  #checkpointed(): void {
    this.#checkpointing = false;
    if (this.#broken === undefined && this.#closed === undefined) {
      this.#threads.writer.postMessage('finish' satisfies WriterOrder);
    }
  }

  #fail(error: Error): void {
    if (this.#broken !== undefined) return;
    this.#broken = error;
    const lost = [...this.#flying, ...this.#queue, ...this.#lazy];
    this.#flying = [];
    this.#queue = [];
    this.#lazy = [];
    this.#lazyWeight = 0;
    for (const one of lost) one.failed(error);
    this.#closed?.();
    this.#onFatal(error);
  }
}

function weightOf(bound: readonly Bound[]): number {
  let weight = bound.length;
  for (const one of bound) if (typeof one === 'string') weight += one.length >> 6;
  return weight;
}

/** The statements of jobs as the writing thread takes them; rows go several at a time, what is added to the same row once. */
export function flatOf(jobs: readonly WriteJob[]): Bound[] {
  const flat: Bound[] = [];
  const rows = new Map<StatementName, (readonly Bound[])[]>();
  const sums = new Map<string, { readonly sum: Sum; readonly addends: number[] }>();
  for (const job of jobs) {
    for (const bound of job.flat) flat.push(bound);
    for (const { name, bound } of job.rows ?? []) {
      const same = rows.get(name);
      if (same === undefined) rows.set(name, [bound]);
      else same.push(bound);
    }
    for (const sum of job.sums ?? []) {
      const key = `${sum.name}/${sum.key.join('/')}`;
      const same = sums.get(key);
      if (same === undefined) sums.set(key, { sum, addends: [...sum.addends] });
      else for (const [n, addend] of sum.addends.entries()) same.addends[n] = (same.addends[n] ?? 0) + addend;
    }
  }
  for (const [name, all] of rows) {
    for (let at = 0; at < all.length; ) {
      const isWhole = all.length - at >= rowsAtOnce;
      const end = isWhole ? at + rowsAtOnce : at + 1;
      flat.push(isWhole ? (rowsNumber.get(name) as number) : statementNumber[name], 0);
      const countAt = flat.length - 1;
      for (; at < end; at += 1) for (const one of all[at] as readonly Bound[]) flat.push(one);
      flat[countAt] = flat.length - 1 - countAt;
    }
  }
  for (const { sum, addends } of sums.values()) {
    flat.push(statementNumber[sum.name], sum.key.length + addends.length, ...sum.key, ...addends);
  }
  return flat;
}

/** Starts a thread on the file; resolves when it has opened it. */
async function openThread(name: string, workerData: object): Promise<Worker> {
  // Threads cannot load TypeScript on all supported versions of Node, so tests that run from sources use the build.
  const here = import.meta.url;
  const url = new URL(`./${name}.js`, here.endsWith('.ts') ? here.replace('/src/', '/dist/') : here);
  const thread = new Worker(url, { workerData });
  await new Promise<void>((resolve, reject) => {
    thread.once('message', () => {
      thread.off('error', reject);
      resolve();
    });
    thread.once('error', reject);
  });
  return thread;
}
