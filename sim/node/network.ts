import type { Audience } from 'ringback-engine';
import type { NodeId, SdkAppId, UserId } from 'ringback-protocol';
import { LocalBus } from '../../packages/server/src/cluster/local/bus.ts';
import type { Bus, BusListener, CallMark } from '../../packages/server/src/ports/bus.ts';
import type { Hints } from '../../packages/server/src/ports/hints.ts';
import type { SimProcess } from '../world/process.ts';
import type { Random } from '../world/random.ts';
import type { Scheduler } from '../world/scheduler.ts';

/** ms that a node takes to notice that its way to the others is cut. */
const notices = 2500;

/** Hears of each notice when it is published. */
type Heard = (app: SdkAppId, mark: CallMark) => void;

/** The bus of the only node. */
export class AloneBus extends LocalBus {
  readonly #heard: Heard;

  constructor(heard: Heard) {
    super();
    this.#heard = heard;
  }

  override publish(app: SdkAppId, to: readonly Audience[], frame: string, mark?: CallMark): void {
    if (mark !== undefined) this.#heard(app, mark);
    super.publish(app, to, frame, mark);
  }
}

/** What travels between nodes: late, out of order, or not at all. */
export class Network {
  readonly #scheduler: Scheduler;
  readonly #random: Random;
  readonly #buses = new Map<NodeId, SimBus>();
  /** Share of what is lost, and ms by which the rest may be late. */
  weather = { loss: 0, late: 2 };

  constructor(scheduler: Scheduler, random: Random) {
    this.#scheduler = scheduler;
    this.#random = random;
  }

  /** The bus of a process. */
  join(self: NodeId, process: SimProcess, heard: Heard): SimBus {
    const bus = new SimBus({ self, process, heard, network: this, scheduler: this.#scheduler });
    this.#buses.set(self, bus);
    return bus;
  }

  leave(self: NodeId): void {
    this.#buses.delete(self);
  }

  /** Takes something to the nodes that this is for. */
  carry(from: SimBus, isFor: (bus: SimBus) => boolean, arrive: (bus: SimBus) => void): void {
    if (from.isCut) return;
    for (const bus of this.#buses.values()) {
      if (bus === from || !isFor(bus) || this.#random.chance(this.weather.loss)) continue;
      const ms = 0.3 + this.#random.next() * this.weather.late;
      bus.process.after(ms, () => {
        if (!bus.isCut) arrive(bus);
      });
    }
  }
}

/** The bus of one node, and its hints. */
export class SimBus implements Bus, Hints {
  readonly self: NodeId;
  readonly process: SimProcess;
  readonly #network: Network;
  readonly #scheduler: Scheduler;
  readonly #heard: Heard;
  readonly #followed = new Set<UserId>();
  #listener: BusListener | undefined;
  #hinted: () => void = () => {};
  #cutAt: number | undefined;
  /** Counted, and not by chance, so that everything else stays as the seed has it. */
  #told = 0;

  constructor(options: {
    self: NodeId;
    process: SimProcess;
    heard: Heard;
    network: Network;
    scheduler: Scheduler;
  }) {
    this.self = options.self;
    this.#heard = options.heard;
    this.process = options.process;
    this.#network = options.network;
    this.#scheduler = options.scheduler;
  }

  get isUp(): boolean {
    return this.#cutAt === undefined || this.#scheduler.elapsed - this.#cutAt < notices;
  }

  get isCut(): boolean {
    return this.#cutAt !== undefined;
  }

  cut(is: boolean): void {
    this.#cutAt = is ? this.#scheduler.elapsed : undefined;
  }

  publish(app: SdkAppId, to: readonly Audience[], frame: string, mark?: CallMark): void {
    if (mark !== undefined) this.#heard(app, mark);
    for (const one of to) {
      this.#listener?.deliver(app, one, frame, mark);
      const told = mark && this.#asRead(mark);
      this.#network.carry(
        this,
        (bus) => bus.#followed.has(one.userId),
        (bus) => bus.#listener?.deliver(app, one, frame, told),
      );
    }
  }

  /** What others read is another object, and some notices do not say what their call is. */
  #asRead({ callId, version, eventSeq, over, call }: CallMark): CallMark {
    this.#told += 1;
    const says = call !== undefined && this.#told % 4 !== 0;
    return { callId, version, eventSeq, over, call: says ? { ...call } : undefined };
  }

  disconnect(app: SdkAppId, to: Audience, closeCode: number, frame?: string, until?: number): void {
    this.#listener?.disconnect(app, to, closeCode, frame, until);
    this.#network.carry(
      this,
      (bus) => bus.#followed.has(to.userId),
      (bus) => bus.#listener?.disconnect(app, to, closeCode, frame, until),
    );
  }

  follow(_app: SdkAppId, userId: UserId): void {
    this.#followed.add(userId);
  }

  leave(_app: SdkAppId, userId: UserId): void {
    this.#followed.delete(userId);
  }

  onDeliver(listener: BusListener): void {
    this.#listener = listener;
  }

  send(to: NodeId): void {
    this.#network.carry(
      this,
      (bus) => bus.self === to,
      (bus) => bus.#hinted(),
    );
  }

  onHint(listener: () => void): void {
    this.#hinted = listener;
  }
}
