import { type CallId, callId } from 'ringback-protocol';
import { Judge } from '../checks/judge.ts';
import { Phone } from '../devices/phone.ts';
import { Receivers } from '../devices/receivers.ts';
import { Network } from '../node/network.ts';
import { SimNode, type Surroundings } from '../node/node.ts';
import type { Pieces } from '../node/pieces.ts';
import { PresenceTable } from '../node/presence.ts';
import { app, SimEndpoints } from '../node/users.ts';
import type { Database } from '../store/database.ts';
import type { Skew } from './clock.ts';
import { devicesOf, type Plan, type PlannedCall } from './plan.ts';
import { Random } from './random.ts';
import { beginning, Scheduler } from './scheduler.ts';

/** A machine on which one process of the server after the other runs. */
interface Machine {
  readonly name: string;
  readonly skew: Skew;
  node: SimNode | undefined;
  births: number;
  /** While its process stops in good order: says that this is over. */
  stopped: (() => void) | undefined;
}

/** Says what happens, for whoever wants to read it; the line is made only then. */
export type Trace = (line: () => string) => void;

/** A whole installation: machines, database, network, phones, receivers, and the judge who looks at all of it. */
export class Cluster {
  readonly scheduler = new Scheduler();
  readonly random: Random;
  readonly database: Database;
  readonly judge: Judge;
  readonly network: Network;
  readonly receivers: Receivers;
  readonly phones: readonly Phone[];
  readonly machines: readonly Machine[];
  readonly receiverIds: readonly string[];
  readonly trace: Trace;
  readonly #surroundings: Surroundings;
  readonly #planned: ReadonlyMap<number, PlannedCall>;
  #calls = 0;

  constructor(plan: Plan, pieces: Pieces, log: ((line: string) => void) | undefined) {
    const { scheduler } = this;
    this.trace = log === undefined ? () => {} : (line) => log(`${this.#time()} ${line()}`);
    const { trace } = this;
    this.random = new Random(plan.seed + 1);
    const { random } = this;
    this.database = pieces.database();
    const { database } = this;
    this.receiverIds = Array.from({ length: plan.receivers }, (_, n) => `r${n + 1}`);
    this.judge = new Judge({ scheduler, database, receivers: this.receiverIds });
    const { judge } = this;
    database.onWritten = (before, write, by) => {
      judge.steps.written(before, write, by);
      judge.receivers.written(write);
      const { type, actor, device } = write.history;
      const members = (): string =>
        write.call.members.map((one) => `${one.userId}=${one.status}`).join(' ') +
        (write.call.endedAt === 0 ? '' : ' END');
      trace(() => `${by} writes ${write.callId} v${write.call.version}: ${type} ${device || actor} → ${members()}`);
    };
    const ids = this.receiverIds;
    this.receivers = new Receivers({ scheduler, random, check: judge.receivers, app: app.sdkAppId, ids });
    this.receivers.trace = trace;
    this.network = new Network(scheduler, random);
    this.machines = Array.from({ length: plan.nodes }, (_, n) => ({
      name: `n${n + 1}`,
      skew: { offset: random.between(-90_000, 90_000), drift: (random.next() - 0.5) / 10_000 },
      node: undefined,
      births: 0,
      stopped: undefined,
    }));
    this.#surroundings = {
      scheduler,
      random,
      database,
      network: this.network,
      presence: new PresenceTable(scheduler),
      receivers: this.receivers,
      endpoints: new SimEndpoints(ids),
      judge,
      pieces,
      newCallId: () => this.#newCallId(),
      alone: plan.nodes === 1,
    };
    this.#planned = new Map(plan.actions.flatMap((one) => (one.kind === 'call' ? [[one.n, one] as const] : [])));
    const balance = (): SimNode | undefined => {
      const ready = this.machines.flatMap(({ node }) => (node?.ready ? [node] : []));
      return ready.length === 0 ? undefined : random.pick(ready);
    };
    const world = { scheduler, random, balance, planned: (n: number) => this.#planned.get(n), trace };
    this.phones = Array.from({ length: plan.users }, (_, user) =>
      Array.from({ length: devicesOf(user) }, (__, n) => new Phone(world, user, n, 0.98 + random.next() * 0.04)),
    ).flat();
  }

  /** Whether nothing is under way, and nothing is broken. */
  get isQuiet(): boolean {
    const { calls, lanes } = this.database;
    return (
      calls.size === 0 &&
      lanes.size === 0 &&
      this.machines.every(({ node }) => node?.ready === true && !node.line.isCut && node.bus?.isCut !== true) &&
      this.phones.every((phone) => phone.isSettled && !phone.isBusy)
    );
  }

  phone(user: number, index: number): Phone | undefined {
    return this.phones.find((one) => one.user === user && one.device.endsWith(`-${index}`));
  }

  /** A node that serves. */
  anyNode(): SimNode | undefined {
    const ready = this.machines.flatMap(({ node }) => (node?.ready ? [node] : []));
    return ready.length === 0 ? undefined : this.random.pick(ready);
  }

  /** Starts the server on a machine, again and again until it runs. */
  boot(machine: Machine): void {
    machine.births += 1;
    const node = new SimNode(this.#surroundings, machine.name, machine.births, machine.skew);
    machine.node = node;
    this.trace(() => `${node.self} starts`);
    node.open().then(
      () => {
        if (this.machines.length === 1) this.judge.journal.aloneSince = this.scheduler.elapsed;
        this.trace(() => `${node.self} is ready`);
      },
      (error: unknown) => {
        this.judge.failed(error, 'starting');
        if (node.process.alive) this.down(machine, 1000);
      },
    );
  }

  /** The process of a machine dies, and another one starts there after `ms`. */
  down(machine: Machine, ms: number): void {
    const { node } = machine;
    if (node === undefined) return;
    this.trace(() => `${node.self} dies`);
    node.kill();
    this.#gone(machine, node, ms);
  }

  /** The process of a machine stops in good order, and another one starts after `ms`. */
  stop(machine: Machine, ms: number): void {
    const { node } = machine;
    if (node === undefined || !node.ready) return;
    this.trace(() => `${node.self} stops`);
    // It serves no deadlines any more, and the others wait for it to do so.
    machine.stopped = this.judge.journal.disturbed(node.self);
    void node.stop().then(
      () => {
        if (machine.node !== node) return;
        node.kill();
        this.#gone(machine, node, ms);
      },
      (error: unknown) => this.judge.failed(error, 'stopping'),
    );
  }

  #gone(machine: Machine, node: SimNode, ms: number): void {
    const { journal } = this.judge;
    machine.node = undefined;
    machine.stopped?.();
    machine.stopped = undefined;
    journal.died(node.self);
    if (this.machines.length === 1) journal.aloneSince = Number.POSITIVE_INFINITY;
    // Until the others know.
    else this.scheduler.after(5000, journal.disturbed(node.self));
    this.scheduler.after(ms, () => {
      if (machine.node === undefined) this.boot(machine);
    });
  }

  #newCallId(): CallId {
    this.#calls += 1;
    const tail = Math.floor(this.random.next() * 2 ** 32)
      .toString(16)
      .padStart(8, '0');
    return callId(`${this.#calls.toString(16).padStart(8, '0')}-0000-4000-8000-0000${tail}`);
  }

  #time(): string {
    const ms = this.scheduler.now - beginning;
    const part = (value: number, digits: number): string => String(Math.floor(value)).padStart(digits, '0');
    return `${part(ms / 60_000, 2)}:${part((ms / 1000) % 60, 2)}.${part(ms % 1000, 3)}`;
  }
}
