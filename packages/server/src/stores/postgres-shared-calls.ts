import { memberOf } from 'ringback-engine';
import type { CallId, NodeId, SdkAppId, UserId } from 'ringback-protocol';
import type { CallChange, CallName, DeviceInCall, SharedCalls } from '../ports/shared-calls.ts';
import { readCall } from './call-state.ts';
import { Gathered, Unreadable } from './gathered.ts';
import type { SqlDatabase } from './sql-database.ts';

interface SeatName {
  readonly app: SdkAppId;
  readonly userId: UserId;
  readonly callId: CallId;
}

const nameOf = ({ app, userId, callId }: SeatName): string => `${app}/${callId}/${userId}`;

/** What processes ask a shared database about each other's calls; all of it by an index. */
export class PostgresSharedCalls implements SharedCalls {
  readonly #db: SqlDatabase;
  readonly #self: NodeId;
  readonly #holders: Gathered<SeatName, NodeId | ''>;

  constructor(options: { readonly db: SqlDatabase; readonly self: NodeId }) {
    this.#db = options.db;
    this.#self = options.self;
    this.#holders = new Gathered(nameOf, (keys) => this.#readHolders(keys));
  }

  async keep(app: SdkAppId, userId: UserId, callId: CallId): Promise<void> {
    await this.#db.query(
      `UPDATE seats SET holder = $1
       WHERE app = $2 AND user_id = $3 AND call_id = $4 AND status = 'Calling' AND holder <> $1`,
      [this.#self, app, userId, callId],
    );
  }

  holder(app: SdkAppId, userId: UserId, callId: CallId): Promise<NodeId | '' | undefined> {
    return this.#holders.get({ app, userId, callId });
  }

  async heldBy(
    node: NodeId | '',
    after: { readonly app: SdkAppId; readonly userId: UserId } | undefined,
    limit: number,
  ): Promise<readonly DeviceInCall[]> {
    const found: DeviceInCall[] = [];
    for (let last = after; ; ) {
      const asked = limit - found.length;
      const { rows } = await this.#db.query<{ app: SdkAppId; user_id: UserId; state: string }>(
        `SELECT s.app, s.user_id, c.state FROM seats s JOIN calls c ON c.app = s.app AND c.call_id = s.call_id
         WHERE s.holder = $1 AND s.status = 'Calling' AND (s.app, s.user_id) > ($2::bigint, $3::text)
         ORDER BY s.app, s.user_id LIMIT $4`,
        [node, last?.app ?? -1, last?.userId ?? '', asked],
      );
      for (const { app, user_id: userId, state } of rows) {
        last = { app, userId };
        const call = readCall(state);
        if (call instanceof Unreadable) continue;
        const device = memberOf(call, userId)?.device ?? '';
        if (device !== '') found.push({ app, userId, callId: call.callId, device });
      }
      // Who asks takes fewer than it asked for to be all.
      if (found.length === limit || rows.length < asked) return found;
    }
  }

  async heldCount(node: NodeId | ''): Promise<number> {
    const { rows } = await this.#db.query<{ n: number }>(
      `SELECT count(*) AS n FROM seats WHERE holder = $1 AND status = 'Calling'`,
      [node],
    );
    return rows[0]?.n ?? 0;
  }

  async overdue(before: number, limit: number): Promise<readonly (CallName & { readonly deadline: number })[]> {
    const { rows } = await this.#db.query<{ app: SdkAppId; call_id: CallId; next_deadline: number }>(
      `SELECT app, call_id, next_deadline FROM calls WHERE next_deadline > 0 AND next_deadline < $1
       ORDER BY next_deadline LIMIT $2`,
      [before, limit],
    );
    return rows.map(({ app, call_id: callId, next_deadline: deadline }) => ({ app, callId, deadline }));
  }

  async versions(calls: readonly CallName[]): Promise<readonly number[]> {
    const { rows } = await this.#db.query<{ n: number; version: number }>(
      `SELECT k.n, c.version FROM unnest($1::int[], $2::bigint[], $3::text[]) AS k(n, app, call_id)
       JOIN calls c ON c.app = k.app AND c.call_id = k.call_id`,
      [calls.map((_, n) => n), calls.map(({ app }) => app), calls.map(({ callId }) => callId)],
    );
    const versions = calls.map(() => 0);
    for (const { n, version } of rows) versions[n] = version;
    return versions;
  }

  async changedSince(at: number, limit: number): Promise<readonly CallChange[]> {
    const { rows } = await this.#db.query<{ app: SdkAppId; call_id: CallId; version: number; at: number }>(
      `SELECT app, call_id, max(seq) AS version, max(at) AS at FROM history WHERE at >= $1
       GROUP BY app, call_id ORDER BY 4, 1, 2 LIMIT $2`,
      [at, limit],
    );
    return rows.map(({ call_id: callId, ...rest }) => ({ callId, ...rest }));
  }

  async #readHolders(keys: readonly SeatName[]): Promise<ReadonlyMap<string, NodeId | ''>> {
    const { rows } = await this.#db.query<{ n: number; holder: NodeId | '' }>(
      `SELECT k.n, s.holder FROM unnest($1::int[], $2::bigint[], $3::text[], $4::text[]) AS k(n, app, user_id, call_id)
       JOIN seats s ON s.app = k.app AND s.user_id = k.user_id AND s.call_id = k.call_id AND s.status = 'Calling'`,
      [
        keys.map((_, n) => n),
        keys.map(({ app }) => app),
        keys.map(({ userId }) => userId),
        keys.map(({ callId }) => callId),
      ],
    );
    return new Map(rows.map(({ n, holder }) => [nameOf(keys[n] as SeatName), holder]));
  }
}
