import type { Bus } from '../ports/bus.ts';
import type { Clock, FollowingClock } from '../ports/clock.ts';
import type { Connections } from '../ports/connections.ts';
import type { Durability } from '../ports/durability.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { Metrics } from './metrics.ts';

/** Something that an operator should know. */
export interface Concern {
  readonly part: 'process' | 'database' | 'redis' | 'clock' | 'nodes';
  /** `down`: the node must get no requests. `warning`: it works, and something is wrong. `note`: it works as it is set up. */
  readonly level: 'down' | 'warning' | 'note';
  /** A sentence, without names and addresses: anybody may read it. */
  readonly text: string;
  /** ms; since when. Absent where it is a matter of settings. */
  readonly since?: number;
}

/** ms between two looks. */
const pace = 1000;

/** ms by which the time of a machine may be off before anybody should care. */
const drift = 2000;

/** ms for which the database may leave everything unanswered, or refuse connections; when it goes or comes back, that is so for a moment. */
const patience = 5000;

export interface HealthOptions {
  readonly clock: Clock | FollowingClock;
  readonly state: () => 'starting' | 'ready' | 'stopping' | 'broken';
  /** Where several processes may share the store. */
  readonly shared?: { readonly nodes: Nodes; readonly durability: () => Durability | undefined };
  /** Those to a database that is not in this process. */
  readonly connections?: Connections;
  /** Where there is one between nodes. */
  readonly bus?: Pick<Bus, 'isUp'>;
  readonly log: Record<'info' | 'warn', (fields: object, message: string) => void>;
  readonly metrics: Metrics;
}

/** Knows what is wrong with this node and what it depends on, in words; looks once a second and logs what begins and ends. */
export class Health {
  readonly #options: HealthOptions;
  /** Since when each trouble is there. */
  #since: ReadonlyMap<string, number> = new Map();
  /** ms; when the database was last out of reach. */
  #outAt = Number.NEGATIVE_INFINITY;
  #cancel: (() => void) | undefined;

  constructor(options: HealthOptions) {
    this.#options = options;
  }

  open(): void {
    this.#look();
    this.#cancel = this.#options.clock.timer(pace, () => this.open());
  }

  close(): void {
    this.#cancel?.();
  }

  /** Whether balancers should send requests here. */
  get ready(): boolean {
    return this.concerns().every(({ level }) => level !== 'down');
  }

  /** What is wrong now, the worst first. */
  concerns(): readonly Concern[] {
    const { state, shared, clock } = this.#options;
    const found: Concern[] = [];
    const now = state();
    if (now === 'starting') found.push({ part: 'process', level: 'down', text: 'The server is starting.' });
    if (now === 'stopping') found.push({ part: 'process', level: 'down', text: 'The server is stopping.' });
    if (now === 'broken') found.push({ part: 'process', level: 'down', text: 'A write to the store has failed.' });
    const out = shared?.nodes.outFor ?? 0;
    if (out > 0) {
      const text = 'The database is out of reach. Other nodes may have taken over what this one was doing.';
      found.push({ part: 'database', level: 'down', text, since: clock.now() - out });
    }
    for (const one of this.#troubles()) {
      const since = this.#since.get(one.text);
      found.push(since === undefined ? one : { ...one, since });
    }
    const durability = shared?.durability();
    if (durability?.replicas === 0) {
      const text = 'The database is a single server: its disk is the only copy of what was acknowledged.';
      found.push({ part: 'database', level: 'note', text });
    }
    return found;
  }

  /** All that operators may want to see, as JSON. */
  detail(): object {
    const { clock, shared, connections, bus, state } = this.#options;
    const concerns = this.concerns().map(({ since, ...one }) => ({
      ...one,
      ...(since === undefined ? {} : { since: new Date(since).toISOString() }),
    }));
    return {
      status: this.ready ? 'ready' : 'not ready',
      state: state(),
      concerns,
      time: new Date(clock.now()).toISOString(),
      ...('offBy' in clock ? { clockOffMs: clock.offBy } : {}),
      ...(bus === undefined ? {} : { redis: bus.isUp ? 'reached' : 'out of reach' }),
      ...(shared === undefined
        ? {}
        : {
            node: shared.nodes.self,
            living: shared.nodes.living(),
            dead: shared.nodes.dead(),
            databaseOutForMs: Math.round(shared.nodes.outFor),
            ...(connections && { databaseSilentForMs: Math.round(connections.silentFor) }),
            ...shared.durability(),
          }),
    };
  }

  /** What goes wrong and right again while the server runs. */
  #troubles(): Concern[] {
    const { shared, connections, bus, clock } = this.#options;
    const found: Concern[] = [];
    if (this.#isSilent) {
      const text = 'The database hears that this node lives, and answers nothing else: its connections hang, or break.';
      found.push({ part: 'database', level: 'down', text });
    }
    if (this.#isThere && (connections?.refusedFor ?? 0) > patience) {
      const text =
        'The database takes no more connections: those that are there may not do. Look at its limits and at the way to it.';
      found.push({ part: 'database', level: 'warning', text });
    }
    if (bus !== undefined && !bus.isUp) {
      const text =
        'Redis is out of reach: nodes learn what others do from the database, a moment later; presence and limits are this node’s own.';
      found.push({ part: 'redis', level: 'warning', text });
    } else if (shared?.nodes.allTell === false && shared.nodes.living().length > 1) {
      const text =
        bus === undefined
          ? 'Several nodes share the database without a Redis: they learn what others do a moment later.'
          : 'Another node has lost Redis: what it does is learnt from the database, a moment later.';
      found.push({ part: 'redis', level: 'warning', text });
    }
    const off = 'offBy' in clock ? clock.offBy : 0;
    if (Math.abs(off) > drift) {
      const by = `${Math.abs(Math.round(off / 1000))} s ${off > 0 ? 'ahead of' : 'behind'} that of the database`;
      const text = `The clock of this machine was ${by}; the server goes by the database. Keep both right with NTP.`;
      found.push({ part: 'clock', level: 'warning', text });
    }
    const durability = shared?.durability();
    if (durability !== undefined && durability.replicas > 0 && !durability.synchronous) {
      const text =
        'The database has replicas, but synchronous_standby_names is not set: a failover may lose what was acknowledged.';
      found.push({ part: 'database', level: 'warning', text });
    }
    return found;
  }

  /** Signs of life do not reach the database. */
  get #isOut(): boolean {
    return (this.#options.shared?.nodes.outFor ?? 0) > 0;
  }

  /** They do, and have for a while: what is wrong with the other connections is not what is left of an outage. */
  get #isThere(): boolean {
    return !this.#isOut && this.#options.clock.now() - this.#outAt > patience;
  }

  /** Signs of life are written, and nothing else is answered. */
  get #isSilent(): boolean {
    return this.#isThere && (this.#options.connections?.silentFor ?? 0) > patience;
  }

  #look(): void {
    const { clock, log, metrics, shared, bus, state } = this.#options;
    const now = clock.now();
    const before = this.#since;
    const troubles = this.#troubles();
    if (this.#isOut) {
      this.#outAt = now;
      troubles.push({ part: 'database', level: 'down', text: 'The database is out of reach.' });
    }
    this.#since = new Map(troubles.map(({ text }) => [text, before.get(text) ?? now]));
    // While it starts, nothing has begun to go wrong.
    if (state() === 'ready') {
      for (const { part, text } of troubles) if (!before.has(text)) log.warn({ part }, text);
      for (const text of before.keys()) if (!this.#since.has(text)) log.info({ was: text }, 'in order again');
    }
    metrics.ready.cell().n = this.ready ? 1 : 0;
    if (shared !== undefined) {
      metrics.databaseUp.cell().n = this.#isOut || this.#isSilent ? 0 : 1;
      metrics.nodesLiving.cell().n = shared.nodes.living().length;
    }
    if (bus !== undefined) metrics.redisUp.cell().n = bus.isUp ? 1 : 0;
    if ('offBy' in clock) metrics.clockOff.cell().n = clock.offBy / 1000;
  }
}
