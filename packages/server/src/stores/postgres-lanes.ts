import type { CallId, NodeId, SdkAppId } from 'ringback-protocol';
import type { LaneClaims, LanePlace, LaneShare } from '../ports/lane-claims.ts';
import type { CallPlace, Outgoing } from '../ports/outbox.ts';
import type { LanePlacements } from './lane-placements.ts';
import { laneOf, sameLane } from './lane-rows.ts';
import type { SqlDatabase } from './sql-database.ts';

/** Events of one endpoint, and of all, whose lanes one statement takes over: some 100 ms for the server. */
const [eventsOfOne, eventsAtOnce] = [200, 2000];

/** Events that are given up by one statement, and how many statements there are at most: a stop does not take long. */
const [releasedAtOnce, releases] = [5000, 4];

/** The owners of what waits, each found by a step through the index. */
const look = `WITH RECURSIVE owners AS (
  (SELECT owner FROM outbox WHERE parked = 0 ORDER BY owner LIMIT 1)
  UNION ALL
  SELECT n.owner FROM owners o CROSS JOIN LATERAL (
    SELECT x.owner FROM outbox x WHERE x.parked = 0 AND x.owner > o.owner ORDER BY x.owner LIMIT 1) n)
SELECT ARRAY(SELECT owner FROM owners) AS owners,
  EXISTS (SELECT 1 FROM outbox WHERE owner = $1 AND handed = 1) AS handed`;

/** In the order of their keys, as everybody locks rows. */
const takeHanded = `WITH few AS MATERIALIZED (
  SELECT app, endpoint, started_at, call_id, event_seq, format, part FROM outbox WHERE owner = $1 AND handed = 1
  ORDER BY app, endpoint, started_at, call_id, event_seq, format, part LIMIT $2 FOR UPDATE),
known AS (
  UPDATE outbox o SET handed = 0 FROM few s
  WHERE ${sameLane('o', 's')} AND o.event_seq = s.event_seq AND o.format = s.format AND o.part = s.part)
SELECT DISTINCT app, endpoint, started_at, call_id FROM few`;

/** One taker at a time, so that a lane never comes apart: each begins from what the last one has left. */
const lockTaking = `INSERT INTO ringback_locks (name, holder, until) VALUES ('lanes', $1, now())
  ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, until = excluded.until`;

/**
 * Some of the lanes of $2, of each endpoint a few. What was added to a lane after the rest of it had been taken over
 * goes where that went.
 */
const takeOver = `WITH RECURSIVE ends AS (
  (SELECT app, endpoint FROM outbox WHERE owner = $2 AND parked = 0 ORDER BY app, endpoint LIMIT 1)
  UNION ALL
  SELECT n.app, n.endpoint FROM ends e CROSS JOIN LATERAL (
    SELECT x.app, x.endpoint FROM outbox x WHERE x.owner = $2 AND x.parked = 0 AND (x.app, x.endpoint) > (e.app, e.endpoint)
    ORDER BY x.app, x.endpoint LIMIT 1) n),
lanes AS MATERIALIZED (
  SELECT DISTINCT * FROM (
    SELECT ${laneOf('x')} FROM ends e CROSS JOIN LATERAL (
      SELECT ${laneOf('y')} FROM outbox y
      WHERE y.owner = $2 AND y.parked = 0 AND y.app = e.app AND y.endpoint = e.endpoint
      ORDER BY y.started_at, y.call_id LIMIT $4) x
    LIMIT $5) l),
heirs AS MATERIALIZED (
  SELECT l.*, coalesce((
      SELECT x.owner FROM outbox x
      WHERE ${sameLane('x', 'l')} AND x.parked = 0 AND x.owner = ANY ($3::text[]) ORDER BY x.event_seq, x.part LIMIT 1
    ), $1::text) AS heir
  FROM lanes l),
moved AS (
  UPDATE outbox o SET owner = h.heir, handed = CASE h.heir WHEN $1::text THEN 0 ELSE 1 END FROM heirs h
  WHERE ${sameLane('o', 'h')} AND o.owner = $2 AND o.parked = 0 RETURNING o.app, o.endpoint, o.owner)
SELECT app, endpoint, owner, count(*) AS events FROM moved GROUP BY app, endpoint, owner`;

const release = `UPDATE outbox o SET owner = '' FROM (
  SELECT app, endpoint, started_at, call_id, event_seq, format, part FROM outbox
  WHERE owner = $1 AND parked = 0 AND call_id <> ALL ($2::text[]) ORDER BY app, endpoint, started_at, call_id, event_seq LIMIT $3) s
WHERE ${sameLane('o', 's')} AND o.event_seq = s.event_seq AND o.format = s.format AND o.part = s.part`;

/** Statements that drop what waits for an endpoint that is not there, of one look. */
const drops = 10;

/** The lanes of events among the nodes on one PostgreSQL database. */
export class PostgresLanes implements LaneClaims {
  readonly #db: SqlDatabase;
  readonly #self: NodeId;
  readonly #placements: LanePlacements;
  readonly #clearSome: (app: SdkAppId, endpoint: string) => Promise<boolean>;

  constructor(options: {
    readonly db: SqlDatabase;
    readonly self: NodeId;
    readonly placements: LanePlacements;
    /** Drops some of what waits for an endpoint, if it is not there or has no URL; says whether there is more. */
    readonly clearSome: (app: SdkAppId, endpoint: string) => Promise<boolean>;
  }) {
    this.#db = options.db;
    this.#clearSome = options.clearSome;
    this.#self = options.self;
    this.#placements = options.placements;
  }

  placed(outgoing: readonly Outgoing[]): ReadonlyMap<string, NodeId | ''> | undefined {
    return this.#placements.of(outgoing);
  }

  doubt(): void {
    this.#placements.doubt();
  }

  async look(): Promise<{ readonly handed: boolean; readonly owners: readonly (NodeId | '')[] }> {
    const { rows } = await this.#db.query<{ handed: boolean; owners: (NodeId | '')[] }>(look, [this.#self]);
    return rows[0] ?? { handed: false, owners: [] };
  }

  async takeHanded(limit: number): Promise<readonly LanePlace[]> {
    const { rows } = await this.#db.query<LaneRow>(takeHanded, [this.#self, limit]);
    return rows.map(({ app, endpoint, started_at: startedAt, call_id: callId }) => ({
      app,
      endpoint,
      startedAt,
      callId,
    }));
  }

  async takeOver(dead: NodeId | '', living: readonly NodeId[]) {
    const { rows } = await this.#db.transaction(async (session) => {
      await session.query(lockTaking, [this.#self]);
      const values = [this.#self, dead, living, eventsOfOne, eventsAtOnce];
      return session.query<LaneShare & { readonly owner: NodeId }>(takeOver, values);
    });
    return {
      mine: rows.filter(({ owner }) => owner === this.#self),
      others: [...new Set(rows.map(({ owner }) => owner))].filter((owner) => owner !== this.#self),
      all: rows.length === 0,
    };
  }

  async waiting(): Promise<readonly LaneShare[]> {
    const { rows } = await this.#db.query<LaneShare>(
      `SELECT app, endpoint, count(*) AS events FROM outbox WHERE owner = $1 AND parked = 0 GROUP BY app, endpoint`,
      [this.#self],
    );
    return rows;
  }

  async drop(app: SdkAppId, endpoint: string): Promise<void> {
    // What this node knows of endpoints may be old, or could not be read: the database decides whether there is none. What
    // is left is dropped after the next count: others wait for this node, too.
    for (let n = 0; n < drops && (await this.#clearSome(app, endpoint)); n += 1);
  }

  async release(except: readonly CallPlace[]): Promise<void> {
    const calls = except.map(({ callId }) => callId);
    for (let n = 0; n < releases; n += 1) {
      const { count } = await this.#db.query(release, [this.#self, calls, releasedAtOnce]);
      if (count < releasedAtOnce) return;
    }
  }
}

interface LaneRow {
  readonly app: SdkAppId;
  readonly endpoint: string;
  readonly started_at: number;
  readonly call_id: CallId;
}
