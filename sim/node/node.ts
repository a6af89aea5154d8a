import { type CallId, type NodeId, nodeId, type SdkAppId } from 'ringback-protocol';
import { CallService } from '../../packages/server/src/calls/call-service.ts';
import type { Calls } from '../../packages/server/src/calls/calls.ts';
import type { Removal } from '../../packages/server/src/calls/removal.ts';
import { makeRemoval } from '../../packages/server/src/calls/removal.ts';
import type { CallMark } from '../../packages/server/src/ports/bus.ts';
import type { Endpoints } from '../../packages/server/src/ports/endpoints.ts';
import type { Nodes } from '../../packages/server/src/ports/nodes.ts';
import type { Outbox } from '../../packages/server/src/ports/outbox.ts';
import { requests } from '../../packages/server/src/requests/index.ts';
import type { RequestServices } from '../../packages/server/src/requests/request.ts';
import { CatchUp } from '../../packages/server/src/signalling/catch-up.ts';
import { Directory } from '../../packages/server/src/signalling/directory.ts';
import { leaveKicked } from '../../packages/server/src/signalling/leave-kicked.ts';
import { LanePlacements } from '../../packages/server/src/stores/lane-placements.ts';
import { localNodes } from '../../packages/server/src/stores/local-nodes.ts';
import { PostgresNodes } from '../../packages/server/src/stores/postgres-nodes.ts';
import { Dispatcher } from '../../packages/server/src/webhooks/dispatcher.ts';
import type { Judge } from '../checks/judge.ts';
import type { Receivers } from '../devices/receivers.ts';
import type { StoreOptions } from '../store/call-writer.ts';
import type { Database } from '../store/database.ts';
import { DatabaseLine } from '../store/line.ts';
import { SimCalls } from '../store/sim-calls.ts';
import { simPulse, simShared } from '../store/sim-shared.ts';
import { SimPending, simClaims } from '../store/sim-webhooks.ts';
import { SimClock, type Skew } from '../world/clock.ts';
import { SimProcess } from '../world/process.ts';
import type { Random } from '../world/random.ts';
import type { Scheduler } from '../world/scheduler.ts';
import { AloneBus, type Network, type SimBus } from './network.ts';
import type { Pieces } from './pieces.ts';
import type { PresenceTable } from './presence.ts';
import type { SessionHost, SimSession } from './session.ts';
import { accounts, app, groups } from './users.ts';
import { watchedCalls } from './watched-calls.ts';

/** What all nodes share. */
export interface Surroundings {
  readonly scheduler: Scheduler;
  readonly random: Random;
  readonly database: Database;
  readonly network: Network;
  readonly presence: PresenceTable;
  readonly receivers: Receivers;
  readonly endpoints: Endpoints;
  readonly judge: Judge;
  readonly pieces: Pieces;
  readonly newCallId: () => CallId;
  /** Only this node exists, as with the embedded store. */
  readonly alone: boolean;
}

/** ms between two comparisons of the clock with the database's. */
const comparing = 10_000;

const nothing = (): void => {};

/** One process of the server: the product's own parts, on simulated ports. */
export class SimNode {
  readonly self: NodeId;
  readonly process: SimProcess;
  readonly line: DatabaseLine;
  readonly bus: SimBus | undefined;
  readonly calls: Calls;
  readonly removal: Removal;
  readonly host: SessionHost;
  readonly service: CallService;
  readonly #around: Surroundings;
  readonly #clock: SimClock;
  readonly #nodes: Nodes & { close?(): Promise<void> };
  readonly #dispatcher: Dispatcher;
  readonly #catchUp: CatchUp<SimSession> | undefined;
  readonly sessions = new Set<SimSession>();
  /** It has opened, and serves. */
  ready = false;

  /** `birth`: how many processes there were before it. */
  constructor(around: Surroundings, name: string, birth: number, skew: Skew) {
    const { scheduler, random, database, network, presence, pieces, judge, endpoints, alone } = around;
    this.#around = around;
    this.self = nodeId(alone ? name : `${name}.${birth}`);
    this.process = new SimProcess(scheduler);
    const { self, process } = this;
    this.line = new DatabaseLine(scheduler, process, random);
    this.#clock = new SimClock(scheduler, process, skew);
    const clock = pieces.clock(this.#clock, skew.offset);
    const placements = new LanePlacements(self);
    const kept: StoreOptions = { database, line: this.line, process, scheduler, random, self, placements };
    const store = pieces.store(new SimCalls(kept, pieces.writer(kept)));
    const shared = pieces.shared(simShared(kept), (ms) => process.sleep(ms));
    const pending = pieces.pending(new SimPending(kept));
    const heard = (of: SdkAppId, mark: CallMark): void => judge.notices.told(of, mark);
    this.bus = alone ? undefined : network.join(self, process, heard);
    const bus = this.bus ?? new AloneBus(heard);
    const present = presence.of(process, () => judge.journal.diedAt(self));
    const steady = (): number => scheduler.elapsed;
    const timer = (ms: number, fire: () => void): (() => void) => process.after(Math.max(0, ms), fire);
    this.#nodes = alone
      ? localNodes(self)
      : new PostgresNodes({ db: simPulse(kept), node: nodeId(name), self, steady, timer });
    const nodes = this.#nodes;
    const failed = (error: unknown, doing: string): void => judge.failed(error, doing);
    this.#dispatcher = new Dispatcher({
      endpoints,
      pending,
      clock,
      sender: pieces.sender({ send: (one) => around.receivers.send(process, one), close: async () => {} }),
      observer: { waiting: nothing, attempted: nothing, givenUp: nothing },
      log: { info: nothing, warn: nothing, error: (fields) => failed((fields as { err?: unknown }).err, 'webhooks') },
      concurrency: 16,
      random: () => random.next(),
      soon: (work) => void process.after(0, work),
      sleep: (ms) => process.sleep(ms),
      ...(alone
        ? {}
        : { shared: { claims: pieces.claims(simClaims(kept)), nodes, ...(this.bus && { hints: this.bus }) } }),
    });
    const outbox: Outbox = pieces.outbox(this.#dispatcher);
    const directory = new Directory<SimSession>(bus);
    this.service = new CallService({
      store,
      accounts,
      groups,
      outbox,
      bus,
      clock,
      observer: {
        started: nothing,
        accepted: nothing,
        ended: nothing,
        failed: (_, error) => failed(error, 'a timer'),
      },
      ...(alone ? {} : { among: { nodes, shared, presence: present } }),
      follower: { changed: (call) => this.#catchUp?.changed(call) },
      newCallId: around.newCallId,
      random: () => random.next(),
    });
    const { leases } = this.service;
    this.#catchUp = alone
      ? undefined
      : new CatchUp({ directory, shared, nodes, bus, store, leases, clock, remembered: 500, log: { error: nothing } });
    bus.onDeliver(this.#catchUp ?? directory);
    this.calls = watchedCalls(pieces.calls(this.service), judge.answers);
    // Nobody is rung by push here: no application has a provider.
    const push = { providers: () => [], register: async () => {}, unregister: async () => 0, tokens: async () => [] };
    this.removal = makeRemoval({ accounts, groups: { forget: async () => {} }, calls: this.calls, bus, push, clock });
    const services: RequestServices = {
      authenticate: () => ({ app, issuedAt: 1, expiresAt: Number.MAX_SAFE_INTEGER, key: { keyId: '', secret: '' } }),
      calls: this.calls,
      store,
      accounts,
      groups,
      bus,
      presence: present,
      // No request of the simulation is about media.
      media: undefined as never,
      push,
      clock,
      ...(this.#catchUp && { catchUp: this.#catchUp }),
    };
    const byName = new Map(requests.map((request) => [request.method as string, request]));
    const { journal } = judge;
    const leave = pieces.leave(leaveKicked, (ms) => process.sleep(ms));
    this.host = { node: self, app, process, services, requests: byName, directory, leases, journal, leave, failed };
  }

  /** As the server starts. Rejects when the database is out of reach. */
  async open(): Promise<void> {
    await this.#compare();
    await this.#nodes.join();
    await this.#dispatcher.open();
    await this.service.recover();
    this.ready = true;
    this.#follow();
  }

  /** As the server stops in good order. */
  async stop(): Promise<void> {
    this.ready = false;
    for (const session of [...this.sessions]) session.close();
    this.service.close();
    await this.#catchUp?.close();
    await this.#dispatcher.close();
    await this.#nodes.close?.();
  }

  /** From one moment to the next it is no more. */
  kill(): void {
    this.ready = false;
    this.process.kill();
    this.#around.network.leave(this.self);
    for (const session of [...this.sessions]) session.close();
  }

  #follow(): void {
    this.process.after(comparing, () => {
      this.#compare().then(
        () => this.#follow(),
        () => this.#follow(),
      );
    });
  }

  async #compare(): Promise<void> {
    const { scheduler } = this.#around;
    const sentAt = this.#clock.steady();
    const time = await this.line.ask(() => scheduler.now);
    this.#clock.follow(time, sentAt, this.#clock.steady());
  }
}
