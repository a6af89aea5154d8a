import type { NodeId } from 'ringback-protocol';
import type { CallWrite, CommitResult } from '../../packages/server/src/ports/store.ts';
import type { LanePlacements } from '../../packages/server/src/stores/lane-placements.ts';
import type { SimProcess } from '../world/process.ts';
import type { Random } from '../world/random.ts';
import type { Scheduler } from '../world/scheduler.ts';
import type { Database, Written } from './database.ts';
import type { DatabaseLine } from './line.ts';

/** ms; how long a database out of reach is asked again, as the store of the product does. */
const patience = 3000;

interface Waiting {
  readonly write: CallWrite;
  readonly resolve: (result: CommitResult) => void;
  readonly reject: (error: unknown) => void;
}

/** What a node has to do with its database. */
export interface StoreOptions {
  readonly database: Database;
  readonly line: Pick<DatabaseLine, 'ask'>;
  readonly process: Pick<SimProcess, 'sleep'>;
  readonly scheduler: Pick<Scheduler, 'elapsed' | 'now'>;
  readonly random: Random;
  readonly self: NodeId;
  readonly placements: LanePlacements;
}

/** Writes the steps of a node in the order in which they come; while some are under way, the next gather. */
export class CallWriter {
  readonly #options: StoreOptions;
  #queue: Waiting[] = [];
  #running = false;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  /** `settled` hears of it at once, of a failure without a result. */
  write(write: CallWrite, settled: (result?: CommitResult) => void): Promise<CommitResult> {
    const { placements } = this.#options;
    const { outbox } = write;
    placements.begin(outbox);
    return new Promise((resolve, reject) => {
      this.#queue.push({
        write,
        resolve: (result) => {
          placements.end(outbox);
          settled(result);
          resolve(result);
        },
        reject: (error) => {
          placements.end(outbox);
          settled();
          reject(error);
        },
      });
      if (!this.#running) void this.#run();
    });
  }

  async #run(): Promise<void> {
    this.#running = true;
    while (this.#queue.length > 0) {
      const batch = this.#take();
      try {
        const results = await this.#write(batch.map(({ write }) => write));
        batch.forEach(({ write, resolve }, n) => {
          const result = results[n] as CommitResult;
          if (result !== 'ok') this.drop(write);
          resolve(result);
        });
      } catch (error) {
        for (const { write, reject } of batch) {
          this.drop(write);
          reject(error);
        }
      }
    }
    this.#running = false;
  }

  /** The first of the queue, up to one that goes on from another of them. */
  #take(): Waiting[] {
    const calls = new Set<string>();
    let length = 0;
    for (const { write } of this.#queue) {
      if (calls.has(write.callId)) break;
      calls.add(write.callId);
      length += 1;
    }
    return this.#queue.splice(0, length);
  }

  /** Steps that were made from one that has not come about have not come about either. */
  protected drop({ callId }: CallWrite): void {
    const isLater = ({ write }: Waiting): boolean => write.callId === callId;
    for (const { resolve } of this.#queue.filter(isLater)) resolve('version');
    this.#queue = this.#queue.filter((one) => !isLater(one));
  }

  /** A write whose answer was lost is asked for until it is known what became of it; in vain for long, it is unknown. */
  async #write(writes: readonly CallWrite[]): Promise<readonly CommitResult[]> {
    const { database, line, process, scheduler, random, self, placements } = this.#options;
    let written: readonly Written[] | undefined;
    const begun = scheduler.elapsed;
    for (let unsure = false; ; unsure = true) {
      try {
        const all = await line.ask(() => {
          written ??= writes.map((write) => database.write(write, self));
          return written;
        });
        all.forEach(({ result, placed }, n) => {
          const { outbox } = writes[n] as CallWrite;
          if (result !== 'ok') return;
          if (unsure) placements.noteUnknown(outbox);
          else if (placed !== undefined) placements.note(outbox, placed);
        });
        return all.map(({ result }) => result);
      } catch (error) {
        if (scheduler.elapsed - begun > patience) throw error;
        await process.sleep(50 + random.int(100));
      }
    }
  }
}
