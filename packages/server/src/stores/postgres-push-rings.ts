import type { NodeId } from 'ringback-protocol';
import type { Nodes } from '../ports/nodes.ts';
import type { OpenRing, PushRings, PushTarget, Ring } from '../ports/push.ts';
import { type RingRow, ringColumns, ringOf } from './push-text.ts';
import type { SqlDatabase, SqlValue } from './sql-database.ts';

/** The rings that pushes are sent for, in PostgreSQL. Whoever writes the row of a ring first sends its pushes. */
export class PostgresPushRings implements PushRings {
  readonly #db: SqlDatabase;
  readonly #self: NodeId;
  readonly #nodes: Pick<Nodes, 'dead'>;

  constructor(options: { readonly db: SqlDatabase; readonly self: NodeId; readonly nodes: Pick<Nodes, 'dead'> }) {
    this.#db = options.db;
    this.#self = options.self;
    this.#nodes = options.nodes;
  }

  async claim(ring: Ring): Promise<'ours' | 'acknowledged' | 'taken'> {
    if ((await this.#insert(ring, 'open')) === 1) return 'ours';
    const { rows } = await this.#db.query<{ state: string }>(`SELECT state FROM push_rings WHERE ${key}`, keyOf(ring));
    return rows[0]?.state === 'acked' ? 'acknowledged' : 'taken';
  }

  async acknowledge(ring: Ring): Promise<boolean> {
    return (await this.#insert(ring, 'acked')) === 1;
  }

  async isOpen(ring: Ring): Promise<boolean> {
    const { rows } = await this.#db.query(
      `SELECT 1 AS one FROM push_rings WHERE ${key} AND state = 'open' AND owner = $5`,
      [...keyOf(ring), this.#self],
    );
    return rows.length === 1;
  }

  async sent(ring: Ring, targets: readonly PushTarget[]): Promise<boolean> {
    const { count } = await this.#db.query(
      `UPDATE push_rings SET targets = $6 WHERE ${key} AND state = 'open' AND owner = $5`,
      [...keyOf(ring), this.#self, JSON.stringify(targets)],
    );
    return count === 1;
  }

  async close(ring: Ring): Promise<readonly PushTarget[] | undefined> {
    const { rows } = await this.#db.query<{ targets: string }>(
      `WITH rung AS (DELETE FROM push_rings WHERE ${key} AND state = 'acked')
       UPDATE push_rings SET state = 'closing', owner = $5 WHERE ${key} AND state = 'open' RETURNING targets`,
      [...keyOf(ring), this.#self],
    );
    const [row] = rows;
    return row === undefined ? undefined : (JSON.parse(row.targets) as readonly PushTarget[]);
  }

  async remove(ring: Ring): Promise<void> {
    await this.#db.query(`DELETE FROM push_rings WHERE ${key}`, keyOf(ring));
  }

  async takeOver(inHand: (ring: Ring) => boolean): Promise<readonly OpenRing[]> {
    const failed: unknown[] = [];
    for (const dead of this.#nodes.dead()) {
      const own = "UPDATE push_rings SET owner = $1 WHERE owner = $2 AND state <> 'acked'";
      await this.#db.query(own, [this.#self, dead]).catch((error) => failed.push(error));
    }
    // Also what an earlier look has made this node's own, if its answer was lost.
    const taken = await this.#takeLost(inHand);
    if (taken.length === 0 && failed.length > 0) throw failed[0];
    return taken;
  }

  async prune(before: number): Promise<void> {
    await this.#db.query('DELETE FROM push_rings WHERE deadline < $1', [before]);
  }

  async #takeLost(inHand: (ring: Ring) => boolean): Promise<readonly OpenRing[]> {
    const { rows: own } = await this.#db.query<RingRow>(
      `SELECT ${ringColumns} FROM push_rings WHERE owner = $1 AND state <> 'acked'`,
      [this.#self],
    );
    const lost = own.map(ringOf).filter((ring) => !inHand(ring));
    if (lost.length === 0) return [];
    const { rows } = await this.#db.query<RingRow>(
      `UPDATE push_rings r SET tries = tries + 1
       FROM unnest($2::bigint[], $3::text[], $4::text[], $5::bigint[]) AS k(k_app, k_call, k_user, k_deadline)
       WHERE app = k_app AND call_id = k_call AND user_id = k_user AND deadline = k_deadline
         AND owner = $1 AND state <> 'acked' RETURNING ${ringColumns}`,
      [
        this.#self,
        lost.map(({ app }) => app),
        lost.map(({ callId }) => callId),
        lost.map(({ userId }) => userId),
        lost.map(({ deadline }) => deadline),
      ],
    );
    return rows.map(ringOf).filter((one): one is ReturnType<typeof ringOf> & OpenRing => one.state !== 'acked');
  }

  async #insert({ app, callId, userId, deadline, startedAt }: Ring, state: 'open' | 'acked'): Promise<number> {
    const { count } = await this.#db.query(
      `INSERT INTO push_rings (app, call_id, user_id, deadline, started_at, owner, state, targets, tries)
       VALUES ($1, $2, $3, $4, $5, $6, $7, '[]', 0) ON CONFLICT DO NOTHING`,
      [app, callId, userId, deadline, startedAt, state === 'acked' ? '' : this.#self, state],
    );
    return count;
  }
}

const key = 'app = $1 AND call_id = $2 AND user_id = $3 AND deadline = $4';

const keyOf = ({ app, callId, userId, deadline }: Ring): readonly SqlValue[] => [app, callId, userId, deadline];
