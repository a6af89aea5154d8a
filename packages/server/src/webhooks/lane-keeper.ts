import type { NodeId, SdkAppId } from 'ringback-protocol';
import type { Clock } from '../ports/clock.ts';
import type { Hints } from '../ports/hints.ts';
import type { LaneClaims, LanePlace, LaneShare } from '../ports/lane-claims.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { CallPlace, Outgoing } from '../ports/outbox.ts';

/** ms between two looks at what others have added, and at lanes whose owner is no more. */
const pace = 1000;

/** ms between two counts of what waits here, or a hundred times as long as the last one took. */
const countPace = 5000;

/** ms; an owner that nobody has ever heard of for this long is no more. */
const strangerPatience = 5000;

/** ms of taking over after which others that wait for this node have their turn. */
const patience = 1000;

/** Lanes that others have added to, of one statement. */
const handedAtOnce = 500;

/** What lanes ask for where several nodes share a store. */
export interface SharedLanes {
  readonly claims: LaneClaims;
  readonly nodes: Pick<Nodes, 'self' | 'isSure' | 'living' | 'isLiving' | 'dead' | 'onDead' | 'onBack'>;
  /** Absent where nodes cannot tell each other anything; then each finds out by itself. */
  readonly hints?: Hints;
}

interface LaneLog {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
}

/** What whoever delivers does when lanes change hands. */
export interface LaneWork {
  /** All that is in memory may be somebody else's by now. */
  startAnew(): void;
  /** This node has got lanes of an endpoint, perhaps. */
  read(app: SdkAppId, endpoint: string): void;
  /** Others have added to a lane of this node. */
  readLane(lane: LanePlace): void;
  /** It is not known which lanes this node has got. */
  readAll(): void;
  /** What was written meanwhile may be taken up. */
  goOn(): void;
  /** Resolves when it has been, as far as may be. */
  takeUpFresh(): Promise<void>;
  /** What waits here; answers endpoints that are not there. */
  counted(shares: readonly LaneShare[]): readonly LaneShare[];
}

/** Keeps the lanes of this node up to date with what others do: takes up what they add, and what dead ones leave. */
export class LaneKeeper {
  readonly #shared: SharedLanes;
  readonly #clock: Clock;
  readonly #log: LaneLog;
  readonly #work: LaneWork;
  /** When an owner of lanes was first seen of whom nobody has heard, ms. */
  readonly #strangers = new Map<NodeId, number>();
  /** Endpoints that were not there at the last count. */
  #gone = new Set<string>();
  #countAt = 0;
  #claims = 0;
  #turn: Promise<void> | undefined;
  #again = false;
  /** The last look failed; that is said once. */
  #blind = false;
  #cancelTimer: (() => void) | undefined;
  #closed = false;

  constructor(options: {
    readonly shared: SharedLanes;
    readonly clock: Clock;
    readonly log: LaneLog;
    readonly work: LaneWork;
  }) {
    this.#shared = options.shared;
    this.#clock = options.clock;
    this.#log = options.log;
    this.#work = options.work;
  }

  /** Takes up what waits and belongs to nobody who lives. Rejects when the store is out of reach. */
  async open(): Promise<void> {
    const { nodes, hints } = this.#shared;
    nodes.onDead(() => this.lookSoon());
    nodes.onBack(() => {
      this.#shared.claims.doubt();
      this.#work.startAnew();
      this.lookSoon();
    });
    hints?.onHint(() => this.lookSoon());
    await this.#look();
    // The rest of very much is taken over while the server runs.
    if (this.#again) this.lookSoon();
    this.#arm();
  }

  /** Hands the lanes over to others, but for those of calls that are being told of. Takes up nothing any more. */
  async close(underWay: readonly CallPlace[]): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    await this.#turn;
    const { claims, nodes, hints } = this.#shared;
    try {
      await claims.release(underWay);
      for (const node of nodes.living()) if (node !== nodes.self) hints?.send(node);
    } catch (err) {
      // Then the others take them over as those of a dead node.
      this.#log.warn({ err }, 'webhook lanes not handed over');
    }
  }

  /** Whether this node may send what is in memory: nobody can have taken over from it. */
  get mayAct(): boolean {
    return this.#shared.nodes.isSure;
  }

  /** Lanes are changing hands: what was written meanwhile is to wait, since what comes before it may come, too. */
  get isClaiming(): boolean {
    return this.#claims > 0;
  }

  /**
   * Of what was just written: the endpoints whose lanes must be read, and those at which another node delivers, which is
   * told of it.
   */
  place(outgoing: readonly Outgoing[]): { readonly read: ReadonlySet<string>; readonly passed: ReadonlySet<string> } {
    const { claims, nodes, hints } = this.#shared;
    const read = new Set<string>();
    const passed = new Set<string>();
    for (const [endpoint, owner] of claims.placed(outgoing) ?? []) {
      (owner === nodes.self ? read : passed).add(endpoint);
      if (owner !== nodes.self && owner !== '') hints?.send(owner);
    }
    return { read, passed };
  }

  /** Looks now, instead of in a while. */
  lookSoon(): void {
    if (this.#closed) return;
    this.#again = true;
    this.#turn ??= this.#turns().finally(() => {
      this.#turn = undefined;
    });
  }

  #arm(): void {
    if (this.#closed) return;
    this.#cancelTimer = this.#clock.timer(pace, () => {
      this.lookSoon();
      this.#arm();
    });
  }

  async #turns(): Promise<void> {
    while (this.#again && !this.#closed) {
      this.#again = false;
      try {
        await this.#look();
        this.#blind = false;
      } catch (err) {
        // The store is away; the next look finds it all.
        if (!this.#blind) this.#log.warn({ err }, 'webhook lanes not looked at');
        this.#blind = true;
        return;
      }
    }
  }

  async #look(): Promise<void> {
    const { claims, nodes } = this.#shared;
    if (!nodes.isSure) return;
    const { handed, owners } = await claims.look();
    if (handed) await this.#takeHanded();
    const known = new Set(owners);
    for (const stranger of this.#strangers.keys()) if (!known.has(stranger)) this.#strangers.delete(stranger);
    for (const owner of owners) if (this.#isOver(owner)) await this.#takeOver(owner);
    if (this.#clock.now() >= this.#countAt) await this.#count();
  }

  async #takeHanded(): Promise<void> {
    for (let all = false; !all && !this.#closed; ) {
      await this.#claim(async () => {
        const lanes = await this.#shared.claims.takeHanded(handedAtOnce);
        for (const lane of lanes) this.#work.readLane(lane);
        all = lanes.length === 0;
      });
      await this.#work.takeUpFresh();
    }
  }

  async #takeOver(dead: NodeId | ''): Promise<void> {
    const { claims, nodes, hints } = this.#shared;
    let taken = 0;
    const until = this.#clock.now() + patience;
    for (let all = false; !all && !this.#closed && nodes.isSure && this.#isOver(dead); ) {
      await this.#claim(async () => {
        const got = await claims.takeOver(dead, nodes.living());
        for (const { app, endpoint, events } of got.mine) {
          taken += events;
          this.#work.read(app, endpoint);
        }
        for (const node of got.others) hints?.send(node);
        all = got.all;
      });
      await this.#work.takeUpFresh();
      if (all || this.#clock.now() < until) continue;
      this.#again = true;
      break;
    }
    if (taken > 0) this.#log.info({ from: dead, events: taken }, 'webhook lanes taken over');
  }

  /** Whether nobody delivers what this owner has. */
  #isOver(owner: NodeId | ''): boolean {
    const { nodes } = this.#shared;
    if (owner === '') return true;
    if (nodes.isLiving(owner)) return false;
    if (nodes.dead().includes(owner)) return true;
    // It may have begun a moment ago, or it is long forgotten.
    const since = this.#strangers.get(owner) ?? this.#clock.now();
    this.#strangers.set(owner, since);
    return this.#clock.now() - since >= strangerPatience;
  }

  async #claim(work: () => Promise<void>): Promise<void> {
    this.#claims += 1;
    try {
      await work();
    } catch (error) {
      // It may have been done, and the answer lost.
      this.#countAt = 0;
      this.#work.readAll();
      throw error;
    } finally {
      this.#claims -= 1;
      this.#work.goOn();
    }
  }

  async #count(): Promise<void> {
    const begun = this.#clock.now();
    const absent = this.#work.counted(await this.#shared.claims.waiting());
    const took = this.#clock.now() - begun;
    this.#countAt = this.#clock.now() + Math.max(countPace, took * 100);
    const gone = new Set<string>();
    for (const { app, endpoint } of absent) {
      const key = `${app}/${endpoint}`;
      // A node that had not heard of the removal yet wrote it; one look alone may be too early to know of a new endpoint.
      if (this.#gone.has(key)) await this.#shared.claims.drop(app, endpoint);
      else gone.add(key);
    }
    this.#gone = gone;
  }
}
