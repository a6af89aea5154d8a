import { setTimeout as sleep } from 'node:timers/promises';
import { LRUCache } from 'lru-cache';
import { Refusal } from 'ringback-protocol';
import type { CallWrite, CommitResult } from '../ports/store.ts';
import type { LanePlacements } from './lane-placements.ts';
import { type BatchWriter, writeBatch } from './postgres-call-batch.ts';
import type { SqlDatabase } from './sql-database.ts';
import { isRace, isRefused } from './sql-errors.ts';

/** Steps of one statement at most. */
const batchSize = 500;

/** Steps that wait at most; more are refused, so that a database that is away does not fill the memory. */
const mostWaiting = 20_000;

/** How often a statement that lost a race is tried as a whole; then its steps go one by one. */
const wholeTries = 3;

/** How often one step is. */
const loneTries = 10;

/** ms; how long a database that cannot be reached is asked again. Whoever waits for an answer does not wait longer. */
const patience = 3000;

/** Calls of which it is remembered that a step may have been written though nobody was told so. */
const mostUnsure = 10_000;

interface Waiting {
  readonly write: CallWrite;
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Writes steps of calls in the order in which they come, those that come together in one statement. While one is under
 * way, the next gathers.
 */
export class PostgresCallWriter {
  readonly #db: SqlDatabase;
  readonly #names: BatchWriter;
  readonly #placements: LanePlacements;
  /** By application and call: the endpoints that the step tells something. */
  readonly #unsure = new LRUCache<string, ReadonlySet<string>>({ max: mostUnsure });
  #queue: Waiting[] = [];
  /** Resolves when nothing is under way any more. */
  #running: Promise<void> | undefined;
  #closed = false;

  /** `node` counts records, `self` owns the lanes of what is to be told; `placements` hears of lanes that others own. */
  constructor(options: BatchWriter & { readonly db: SqlDatabase; readonly placements: LanePlacements }) {
    const { db, placements, ...names } = options;
    this.#db = db;
    this.#names = names;
    this.#placements = placements;
  }

  /**
   * Resolves when the step is durable, or has lost. Rejects with `Refusal('internal')` when the database is out of reach.
   * `settled` hears of it at once, of a failure without a result: nothing may go on from a step that has lost.
   */
  write(write: CallWrite, settled: (result?: CommitResult) => void): Promise<CommitResult> {
    const flaw = this.#closed ? 'is closed' : this.#queue.length >= mostWaiting ? 'does not keep up' : '';
    if (flaw !== '') {
      settled();
      return Promise.reject(new Refusal('internal', `The store ${flaw}.`));
    }
    const { outbox } = write;
    this.#placements.begin(outbox);
    return new Promise((resolve, reject) => {
      this.#queue.push({
        write,
        resolve: (result) => {
          this.#placements.end(outbox);
          settled(result);
          resolve(result);
        },
        reject: (error) => {
          this.#placements.end(outbox);
          settled();
          reject(error);
        },
      });
      this.#running ??= this.#run();
    });
  }

  /** Writes what waits. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    // Everything that this turn of the event loop brings shares the statement.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#queue.length > 0) {
      const batch = this.#take();
      try {
        const results = await this.#write(batch.map(({ write }) => write));
        batch.forEach(({ write, resolve }, n) => {
          const result = results[n] as CommitResult;
          if (result !== 'ok') this.#drop(write);
          else this.#noteUnheard(write);
          resolve(result);
        });
      } catch (error) {
        for (const { write, reject } of batch) {
          if (!isRefused(error)) this.#unsure.set(keyOf(write), endpointsOf(write, this.#unsure.get(keyOf(write))));
          this.#drop(write);
          reject(notWritten(write, error));
        }
      }
    }
    this.#running = undefined;
  }

  /** An event of a step whose fate was unknown may wait in a lane, and nobody has heard of it: it comes first. */
  #noteUnheard(write: CallWrite): void {
    const unsure = this.#unsure.get(keyOf(write));
    if (unsure === undefined) return;
    const told = endpointsOf(write);
    const unheard = [...unsure].filter((endpoint) => told.has(endpoint));
    if (unheard.length === 0) return;
    this.#placements.noteUnheard(write.outbox, unheard);
    const left = [...unsure].filter((endpoint) => !told.has(endpoint));
    if (left.length > 0) this.#unsure.set(keyOf(write), new Set(left));
    else this.#unsure.delete(keyOf(write));
  }

  /** The first of the queue, up to one that goes on from another of them. */
  #take(): Waiting[] {
    const touched = new Set<string>();
    let length = 0;
    for (const { write } of this.#queue) {
      const { app, callId, seats, unseats } = write;
      const keys = [
        `${app}/${callId}`,
        ...[...seats.map(({ userId }) => userId), ...unseats].map((user) => `${app} ${user}`),
      ];
      if (length === batchSize || keys.some((key) => touched.has(key))) break;
      for (const key of keys) touched.add(key);
      length += 1;
    }
    return this.#queue.splice(0, length);
  }

  /** Steps that were made from one that has not come about. */
  #drop({ app, callId }: CallWrite): void {
    const isLater = ({ write }: Waiting): boolean => write.callId === callId && write.app === app;
    for (const { resolve } of this.#queue.filter(isLater)) resolve('version');
    this.#queue = this.#queue.filter((one) => !isLater(one));
  }

  /** `unsure`: they may have been written already. */
  async #write(writes: readonly CallWrite[], unsure = false): Promise<readonly CommitResult[]> {
    let lost = 0;
    for (const begun = performance.now(); ; ) {
      try {
        const { results, placed } = await writeBatch(this.#db, this.#names, writes);
        for (const [n, placement] of placed) this.#placements.note((writes[n] as CallWrite).outbox, placement);
        return unsure
          ? await Promise.all(writes.map((one, n) => this.#judge(one, results[n] as CommitResult)))
          : results;
      } catch (error) {
        if (isRace(error)) {
          lost += 1;
          if (writes.length > 1 && lost >= wholeTries) return await this.#oneByOne(writes, unsure);
          // It may be our own, written when the answer was lost.
          if (unsure && writes.length === 1) {
            const result = await this.#judge(writes[0] as CallWrite, 'version');
            if (result === 'ok') return [result];
          }
          if (lost >= loneTries) return writes.map(() => 'version');
          await sleep(Math.random() * 5 * lost);
        } else {
          if (isRefused(error) || performance.now() - begun > patience) throw error;
          unsure = true;
          await sleep(50 + Math.random() * 100);
        }
      }
    }
  }

  async #oneByOne(writes: readonly CallWrite[], unsure: boolean): Promise<readonly CommitResult[]> {
    const results: CommitResult[] = [];
    for (const one of writes) results.push(...(await this.#write([one], unsure)));
    return results;
  }

  /** A connection broke while a step was under way: whether the step lost or was written is in the history. */
  async #judge({ app, callId, call, history, outbox }: CallWrite, result: CommitResult): Promise<CommitResult> {
    if (result === 'ok') return result;
    const { rows } = await this.#db.query(
      `SELECT 1 FROM history WHERE app = $1 AND started_at = $2 AND call_id = $3 AND seq = $4 AND at = $5 AND type = $6
       AND cause = $7 AND actor = $8 AND device = $9 AND request_id = $10 AND events = $11`,
      [
        app,
        call.startedAt,
        callId,
        history.seq,
        history.at,
        history.type,
        history.cause,
        history.actor,
        history.device,
        history.requestId,
        JSON.stringify(history.events),
      ],
    );
    if (rows.length !== 1) return result;
    this.#placements.noteUnknown(outbox);
    return 'ok';
  }
}

const endpointsOf = ({ outbox }: CallWrite, more: Iterable<string> = []): ReadonlySet<string> =>
  new Set([...more, ...outbox.flatMap(({ endpoints }) => endpoints)]);

const keyOf = ({ app, callId }: CallWrite): string => `${app}/${callId}`;

/** What is told to callers says nothing of the database; that is the cause. */
function notWritten({ callId }: CallWrite, cause: unknown): Refusal {
  const refusal = new Refusal('internal', `The change of call ${callId} could not be written.`);
  refusal.cause = cause;
  return refusal;
}
