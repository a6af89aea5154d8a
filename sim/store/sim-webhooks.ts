import type { NodeId, SdkAppId } from 'ringback-protocol';
import type { LaneClaims } from '../../packages/server/src/ports/lane-claims.ts';
import type {
  AttemptFacts,
  CallPlace,
  EventKey,
  Outgoing,
  PendingEvent,
  PendingEvents,
  Replayed,
  Settlement,
} from '../../packages/server/src/ports/outbox.ts';
import type { StoreOptions } from './call-writer.ts';

/** ms that settlements gather, and after which a database out of reach is asked again. */
const [gathering, again] = [20, 500];

const unused = (what: string): never => {
  throw new Error(`The simulation does not ${what}.`);
};

/** What waits to be told, as one node sees it: only lanes of its own. */
export class SimPending implements PendingEvents {
  readonly #options: StoreOptions;
  #settled: { readonly event: PendingEvent; readonly settlement: Settlement }[] = [];
  #writing: Promise<void> | undefined;

  constructor(options: StoreOptions) {
    this.#options = options;
  }

  counts() {
    return this.#ask((lanes) => lanes.counts());
  }

  page(app: SdkAppId, endpoint: string, after: EventKey | undefined, limit: number): Promise<readonly PendingEvent[]> {
    return this.#ask((lanes, self) => lanes.page(app, endpoint, self, after, limit));
  }

  ofCall(app: SdkAppId, endpoint: string, { callId }: CallPlace, limit: number): Promise<readonly PendingEvent[]> {
    return this.#ask((lanes, self) => lanes.ofCall(app, endpoint, self, callId, limit));
  }

  parkedBefore(event: PendingEvent, since: number): Promise<boolean> {
    return this.#ask((lanes) => lanes.parkedBefore(event, since));
  }

  async settle(event: PendingEvent, settlement: Settlement, _facts?: AttemptFacts): Promise<void> {
    this.#settled.push({ event, settlement });
    this.#writing ??= this.#write();
    return this.#writing;
  }

  async flush(): Promise<void> {
    await this.#writing;
  }

  park(event: PendingEvent): Promise<void> {
    const { firstAt, attempts } = event;
    return this.#ask((lanes) => lanes.settle(event, { outcome: 'parked', firstAt, attempts, later: false }));
  }

  add(events: readonly PendingEvent[]): Promise<void> {
    const { line, database, self } = this.#options;
    return line.ask(() => database.addEvents(events, self));
  }

  parkedCounts(): ReadonlyMap<string, number> {
    return unused('count what is parked');
  }

  parked(): readonly PendingEvent[] {
    return unused('list what is parked');
  }

  async logTest(): Promise<void> {
    unused('send tests');
  }

  async startOf(): Promise<number | undefined> {
    return unused('replay');
  }

  async attempts(): Promise<never[]> {
    return unused('read the log');
  }

  async replay(): Promise<Replayed> {
    return unused('replay');
  }

  async pruneLog(): Promise<number> {
    return 0;
  }

  #ask<T>(work: (lanes: StoreOptions['database']['lanes'], self: NodeId) => T): Promise<T> {
    const { line, database, self } = this.#options;
    return line.ask(() => work(database.lanes, self));
  }

  async #write(): Promise<void> {
    const { process, line, database } = this.#options;
    await process.sleep(gathering);
    const batch = this.#settled;
    this.#settled = [];
    this.#writing = undefined;
    for (;;) {
      try {
        await line.ask(() => {
          for (const { event, settlement } of batch) database.lanes.settle(event, settlement);
        });
        return;
      } catch {
        // Nobody waits for it; it is told again until it is there.
        await process.sleep(again);
      }
    }
  }
}

/** Whose the lanes are, as one node sees it. */
export function simClaims({ line, database, self, placements }: StoreOptions): LaneClaims {
  const { lanes } = database;
  return {
    placed: (outgoing: readonly Outgoing[]) => placements.of(outgoing),
    doubt: () => placements.doubt(),
    look: () => line.ask(() => lanes.look(self)),
    takeHanded: (limit) => line.ask(() => lanes.takeHanded(self, limit)),
    takeOver: (dead, living) => line.ask(() => lanes.takeOver(self, dead, living)),
    waiting: () => line.ask(() => lanes.waiting(self)),
    drop: (app, endpoint) => line.ask(() => lanes.drop(app, endpoint)),
    release: (except) => line.ask(() => lanes.release(self, except)),
  };
}
