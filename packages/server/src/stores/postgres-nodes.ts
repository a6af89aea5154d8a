import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { type NodeId, nodeId } from 'ringback-protocol';
import { systemClock } from '../observe/system-clock.ts';
import type { Clock } from '../ports/clock.ts';
import type { Nodes } from '../ports/nodes.ts';
import type { SqlSession } from './sql-database.ts';

/** ms between two signs of life, and looks at those of the others. */
const pace = 1000;

/** ms of silence after which a process is dead: three signs are missing by then. */
const silence = 2900;

/** ms after its last sign of life at which a process can no longer be sure; before the others think so. */
const fence = 2800;

/** ms; a longer break between two looks says nothing about the others, only about this process or the database. */
const longestBreak = 2500;

/** ms that a dead process is remembered; whoever starts meanwhile hears of it. */
const remembered = 600_000;

/** In the database's time: no clock of a node matters. A process that stops in good order says so with a zero. */
const sign = `WITH me AS (
  INSERT INTO nodes (id, alive_at, bus, joined_at)
  SELECT $1::text, t.ms, $2::integer, t.ms FROM (SELECT (extract(epoch FROM clock_timestamp()) * 1000)::bigint AS ms) t
  ON CONFLICT (id) DO UPDATE SET alive_at = excluded.alive_at, bus = excluded.bus
  RETURNING id, alive_at, bus, joined_at)
SELECT id, alive_at, bus, joined_at FROM nodes WHERE id <> $1 UNION ALL SELECT id, alive_at, bus, joined_at FROM me`;

/** One that still keeps the lease of a device has not been taken over: it stays. */
const forget = `WITH gone AS (
  DELETE FROM nodes n WHERE n.id = $1
    AND NOT EXISTS (SELECT 1 FROM seats s WHERE s.holder = n.id AND s.status = 'Calling')
  RETURNING n.id)
DELETE FROM node_secrets k USING gone WHERE k.id = gone.id`;

const tell = `INSERT INTO node_secrets (id, secret) VALUES ($1, $2)
  ON CONFLICT (id) DO UPDATE SET secret = excluded.secret`;
const ask = 'SELECT id, secret FROM node_secrets WHERE id = ANY($1::text[])';

interface Row {
  readonly id: NodeId;
  readonly alive_at: number;
  readonly bus: number;
  readonly joined_at: number;
}

/** What this process knows of another one. Times in ms of a clock that nobody sets. */
interface Other {
  aliveAt: number;
  /** Of its last sign that differed from the one before. */
  since: number;
  bus: boolean;
  /** In the database's time. */
  joinedAt: number;
  /** Undefined as long as nobody has looked. Empty: it has none. */
  secret: KeyObject | '' | undefined;
  /** Since when it is dead; undefined while it lives. */
  deadAt: number | undefined;
}

/** The processes on one PostgreSQL database. */
export class PostgresNodes implements Nodes {
  readonly self: NodeId;
  readonly #node: NodeId;
  readonly #db: SqlSession;
  readonly #steady: () => number;
  readonly #after: Clock['timer'];
  readonly #secret = randomBytes(32);
  readonly #key = createSecretKey(this.#secret);
  readonly #others = new Map<NodeId, Other>();
  readonly #deathListeners: ((node: NodeId) => void)[] = [];
  readonly #changeListeners: (() => void)[] = [];
  readonly #backListeners: (() => void)[] = [];
  #living: readonly NodeId[];
  /** Of the last sign that was written; its time is that of its sending. */
  #signedAt = Number.NEGATIVE_INFINITY;
  #joinedAt: number | undefined;
  /** When this process joined, in the database's time. */
  #since = 0;
  #doubted = false;
  #bus = true;
  #cancelTimer: (() => void) | undefined;
  #signing: Promise<void> = Promise.resolve();
  #closed = false;

  /** `self`: this process, among them those that `node` had before it. `steady`: ms of a clock that nobody sets, `timer` goes by it. */
  constructor(options: {
    readonly db: SqlSession;
    readonly node: NodeId;
    readonly self: NodeId;
    readonly steady?: () => number;
    readonly timer?: Clock['timer'];
  }) {
    this.#db = options.db;
    this.#node = options.node;
    this.self = options.self;
    this.#steady = options.steady ?? (() => performance.now());
    this.#after = options.timer ?? systemClock.timer;
    this.#living = [this.self];
  }

  get isSure(): boolean {
    return this.#steady() - this.#signedAt < fence;
  }

  get outFor(): number {
    if (this.#joinedAt === undefined) return 0;
    const since = this.#steady() - this.#signedAt;
    return since < fence ? 0 : since;
  }

  get allTell(): boolean {
    if (!this.#bus) return false;
    for (const { bus, deadAt } of this.#others.values()) if (!bus && deadAt === undefined) return false;
    return true;
  }

  async join(): Promise<void> {
    if (this.#joinedAt !== undefined) return;
    await this.#sign();
    this.#joinedAt = this.#signedAt;
    this.#arm(pace);
  }

  living(): readonly NodeId[] {
    return this.#living;
  }

  isLiving(node: NodeId): boolean {
    return node === this.self || this.#isAlive(node);
  }

  since(node: NodeId): number {
    return node === this.self ? this.#since : (this.#others.get(node)?.joinedAt ?? 0);
  }

  secretOf(node: NodeId): KeyObject | undefined {
    if (node === this.self) return this.#key;
    return (this.#isAlive(node) && this.#others.get(node)?.secret) || undefined;
  }

  dead(): readonly NodeId[] {
    return [...this.#others].filter(([, { deadAt }]) => deadAt !== undefined).map(([id]) => id);
  }

  onDead(listener: (node: NodeId) => void): void {
    this.#deathListeners.push(listener);
    for (const node of this.dead()) listener(node);
  }

  onChange(listener: () => void): void {
    this.#changeListeners.push(listener);
  }

  onBack(listener: () => void): void {
    this.#backListeners.push(listener);
  }

  tells(bus: boolean): void {
    this.#bus = bus;
  }

  /** Says good-bye: the others need not wait. */
  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelTimer?.();
    await this.#signing;
    if (this.#joinedAt === undefined) return;
    // A database that is away hears nothing: then the silence tells it.
    await this.#db.query('UPDATE nodes SET alive_at = 0 WHERE id = $1', [this.self]).catch(() => {});
  }

  #isAlive(node: NodeId): boolean {
    const other = this.#others.get(node);
    return other !== undefined && other.deadAt === undefined;
  }

  #arm(ms: number): void {
    if (this.#closed) return;
    this.#cancelTimer = this.#after(ms, () => {
      const begun = this.#steady();
      // A database that is away is asked again, each second.
      this.#signing = this.#sign()
        .catch(() => {})
        .then(() => this.#arm(Math.max(100, pace - (this.#steady() - begun))));
    });
  }

  async #sign(): Promise<void> {
    // At first, and when others may have forgotten this process: whoever hears of it with the sign finds its key.
    if (this.#steady() - this.#signedAt >= fence) {
      await this.#db.query(tell, [this.self, this.#secret.toString('base64')]);
    }
    const sentAt = this.#steady();
    const { rows } = await this.#db.query<Row>(sign, [this.self, this.#bus ? 1 : 0]);
    const now = this.#steady();
    // Up to the answer, the others may have seen nothing of it: also when it was only the answer that took so long.
    if (this.#joinedAt !== undefined && now - this.#signedAt >= fence) this.#doubted = true;
    const broken = now - this.#signedAt > longestBreak;
    this.#signedAt = sentAt;
    const died = this.#look(rows, now, broken);
    const before = this.#living;
    this.#living = [...this.#others.keys(), this.self].filter((id) => this.isLiving(id)).sort();
    const changed = this.#living.join() !== before.join();
    // An answer that took too long leaves it in doubt: the next one tells.
    if (this.#doubted && this.isSure) {
      this.#doubted = false;
      for (const listener of this.#backListeners) listener();
    }
    for (const node of died) for (const listener of this.#deathListeners) listener(node);
    if (changed) for (const listener of this.#changeListeners) listener();
    await this.#forget(now);
    // What could not be read is asked for with the next sign.
    await this.#learn().catch(() => {});
  }

  /** Reads the keys of those that are new. */
  async #learn(): Promise<void> {
    const fresh = [...this.#others].filter(([, { secret }]) => secret === undefined);
    if (fresh.length === 0) return;
    const ids = fresh.map(([id]) => id);
    const { rows } = await this.#db.query<{ id: string; secret: string }>(ask, [ids]);
    const secrets = new Map(rows.map(({ id, secret }) => [id, secret]));
    for (const [id, other] of fresh) other.secret = keyOf(secrets.get(id) ?? '');
  }

  /** Compares the signs of the others with those of the last look; says who has died. */
  #look(rows: readonly Row[], now: number, broken: boolean): readonly NodeId[] {
    const died: NodeId[] = [];
    const there = new Set<NodeId>();
    for (const { id: text, alive_at: aliveAt, bus, joined_at: joinedAt } of rows) {
      const id = nodeId(text);
      if (id === this.self) {
        this.#since = joinedAt;
        continue;
      }
      there.add(id);
      let other = this.#others.get(id);
      if (other === undefined) {
        other = { aliveAt, since: now, bus: bus === 1, joinedAt, deadAt: undefined, secret: undefined };
        this.#others.set(id, other);
      } else if (other.aliveAt !== aliveAt) {
        if (other.deadAt !== undefined) other.secret = undefined;
        Object.assign(other, { aliveAt, since: now, deadAt: undefined });
      } else if (broken) other.since = now;
      Object.assign(other, { bus: bus === 1, joinedAt });
      // Only one process at a time runs on a data directory: those that this node was before are gone.
      const over = aliveAt === 0 || id.startsWith(`${this.#node}.`) || now - other.since >= silence;
      if (over && other.deadAt === undefined) {
        other.deadAt = now;
        died.push(id);
      }
    }
    for (const [id, { deadAt }] of this.#others) {
      if (there.has(id)) continue;
      this.#others.delete(id);
      if (deadAt === undefined) died.push(id);
    }
    return died;
  }

  async #forget(now: number): Promise<void> {
    for (const [id, { deadAt }] of this.#others) {
      if (deadAt === undefined || now - deadAt < remembered) continue;
      // Asked again after as long, when somebody has yet to take over from it.
      (this.#others.get(id) as Other).deadAt = now;
      await this.#db.query(forget, [id]);
    }
  }
}

/** Empty for a process of a version that has none. */
function keyOf(secret: string): KeyObject | '' {
  const bytes = Buffer.from(secret, 'base64');
  return bytes.length === 32 ? createSecretKey(bytes) : '';
}
