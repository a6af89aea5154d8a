import type { Call, CallRecord, Seat } from 'ringback-engine';
import type { CallId, NodeId, SdkAppId, UserId } from 'ringback-protocol';
import { ChurnMap } from '../base/churn-map.ts';
import type { CallMark } from '../ports/bus.ts';
import type {
  CountRow,
  CountWindow,
  LiveVersion,
  RecordCriteria,
  RecordQuery,
  RecordSearch,
  RequestStep,
  Spread,
} from '../ports/record-search.ts';
import type {
  CallPlace,
  CallStore,
  CallWrite,
  CommitResult,
  HistoryEntry,
  RecordFilter,
  RecordPage,
} from '../ports/store.ts';
import { callsOf, readCall } from './call-state.ts';
import { Gathered, type Unreadable } from './gathered.ts';
import { isPlaced } from './is-placed.ts';
import type { LanePlacements } from './lane-placements.ts';
import { PostgresCallWriter } from './postgres-call-writer.ts';
import { PostgresRecords } from './postgres-records.ts';
import { RecordSearcher } from './record-searcher.ts';
import { SeenCalls } from './seen-calls.ts';
import type { SqlDatabase } from './sql-database.ts';

interface CallKey {
  readonly app: SdkAppId;
  readonly callId: CallId;
}

interface SeatKey {
  readonly app: SdkAppId;
  readonly userId: UserId;
}

/** What a write that is under way will leave; undefined when nothing. */
interface Pending<Kept> {
  readonly kept: Kept | undefined;
  readonly by: CallWrite;
}

const callKey = (app: SdkAppId, callId: CallId): string => `${app}/${callId}`;
const seatKey = (app: SdkAppId, userId: UserId): string => `${app}/${userId}`;

/**
 * The calls in PostgreSQL, which several nodes write. A step starts from the call as this node last saw it, so that most
 * steps need no question before the write; the write finds out when another node was first. What others are told is read
 * from the database each time.
 */
export class PostgresCalls implements CallStore, RecordSearch {
  readonly #db: SqlDatabase;
  readonly #writer: PostgresCallWriter;
  readonly #records: PostgresRecords;
  readonly #search: RecordSearcher;
  readonly #pendingCalls = new ChurnMap<string, Pending<Call>>();
  readonly #pendingSeats = new ChurnMap<string, Pending<Seat>>();
  readonly #seen = new SeenCalls();
  readonly #calls: Gathered<CallKey, Call>;
  readonly #seats: Gathered<SeatKey, Seat>;

  constructor(options: {
    readonly db: SqlDatabase;
    readonly node: NodeId;
    readonly self: NodeId;
    readonly placements: LanePlacements;
  }) {
    const { db, node, self, placements } = options;
    this.#db = db;
    this.#writer = new PostgresCallWriter({ db, node, self, placements });
    this.#records = new PostgresRecords(db, node);
    this.#search = new RecordSearcher(async (sql, values) => (await db.query<never>(sql, values)).rows);
    this.#calls = new Gathered(
      ({ app, callId }) => callKey(app, callId),
      (keys) => this.#readCalls(keys),
    );
    this.#seats = new Gathered(
      ({ app, userId }) => seatKey(app, userId),
      (keys) => this.#readSeats(keys),
    );
  }

  load(app: SdkAppId, callId: CallId): Promise<Call | undefined> | Call | undefined {
    const key = callKey(app, callId);
    const pending = this.#pendingCalls.get(key);
    if (pending !== undefined) return pending.kept;
    if (this.#seen.isEnded(app, callId)) return undefined;
    return this.#seen.get(app, callId) ?? this.#lookUp(app, callId);
  }

  async isBehind(call: Call): Promise<boolean> {
    const { app, callId, version } = call;
    // What is based on a write of our own is as new as can be.
    if (this.#pendingCalls.has(callKey(app, callId))) return false;
    const now = await this.#calls.get(call);
    if (now?.version === version) return false;
    this.#seen.doubt(app, callId, version);
    if (now !== undefined) this.#seen.see(now);
    return true;
  }

  hear(app: SdkAppId, mark: CallMark): void {
    this.#seen.hear(app, mark);
  }

  known(app: SdkAppId, callId: CallId, version: number): Call | undefined {
    return this.#seen.known(app, callId, version);
  }

  async #lookUp(app: SdkAppId, callId: CallId): Promise<Call | undefined> {
    const found = await this.#calls.get({ app, callId });
    const pending = this.#pendingCalls.get(callKey(app, callId));
    if (pending !== undefined) return pending.kept;
    if (found !== undefined) this.#seen.see(found);
    return found;
  }

  async seats(app: SdkAppId, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, Seat>> {
    const found = new Map<UserId, Seat>();
    const seats = await Promise.all(userIds.map((userId) => this.#seats.get({ app, userId })));
    userIds.forEach((userId, n) => {
      const pending = this.#pendingSeats.get(seatKey(app, userId));
      const seat = pending === undefined ? seats[n] : pending.kept;
      if (seat !== undefined) found.set(userId, seat);
    });
    return found;
  }

  async commit(write: CallWrite): Promise<CommitResult> {
    const { app, callId, expects, call } = write;
    const key = callKey(app, callId);
    const pending = this.#pendingCalls.get(key);
    if (pending !== undefined && (pending.kept?.version ?? 0) !== expects) return 'version';
    // Behind a step of our own that is under way, the database decides.
    if (pending === undefined && this.#seen.isPast(app, callId, expects)) return 'version';
    for (const { userId } of write.seats) {
      const seat = this.#pendingSeats.get(seatKey(app, userId))?.kept;
      if (seat !== undefined && seat.callId !== callId) return 'seat';
    }
    this.#pendingCalls.set(key, { kept: call.endedAt === 0 ? call : undefined, by: write });
    for (const { userId, status } of write.seats) {
      this.#pendingSeats.set(seatKey(app, userId), { kept: { callId, status }, by: write });
    }
    for (const userId of write.unseats) this.#pendingSeats.set(seatKey(app, userId), { kept: undefined, by: write });
    return this.#writer.write(write, (result) => {
      this.#settled(write);
      if (result !== 'ok') this.#seen.doubt(app, callId, expects);
      else if (call.endedAt === 0) this.#seen.see(call);
      else this.#seen.end(app, callId);
    });
  }

  async read(app: SdkAppId, callId: CallId): Promise<Call | undefined> {
    return this.#calls.get({ app, callId });
  }

  async seatOf(app: SdkAppId, userId: UserId): Promise<Seat | undefined> {
    return this.#seats.get({ app, userId });
  }

  async live(app?: SdkAppId): Promise<readonly Call[]> {
    const { rows } =
      app === undefined
        ? await this.#db.query<{ state: string }>('SELECT state FROM calls')
        : await this.#db.query<{ state: string }>('SELECT state FROM calls WHERE app = $1', [app]);
    return callsOf(rows);
  }

  async placed(app: SdkAppId, place: CallPlace): Promise<readonly Call[]> {
    // Narrowed down by the text of the row, in which quotes inside of values are escaped; what it lets through is looked at.
    const { roomId, chatGroupId } = place;
    const wanted = Object.entries({ roomId, chatGroupId }).filter(([, value]) => value !== '');
    const members = wanted.map(([name, value]) => JSON.stringify({ [name]: value }).slice(1, -1));
    const { rows } = await this.#db.query<{ state: string }>(
      `SELECT state FROM calls WHERE app = $1${members.map((_, n) => ` AND position($${n + 2} IN state) > 0`).join('')}`,
      [app, ...members],
    );
    return callsOf(rows).filter((call) => isPlaced(call, place));
  }

  async record(app: SdkAppId, callId: CallId): Promise<CallRecord | undefined> {
    return this.#records.record(app, callId);
  }

  records(app: SdkAppId, filter: RecordFilter): Promise<RecordPage> {
    return this.#records.page(app, filter);
  }

  async history(
    app: SdkAppId,
    callId: CallId,
    sinceEventSeq: number,
    limit?: number,
  ): Promise<readonly HistoryEntry[]> {
    // When a call began never changes.
    const startedAt =
      this.#seen.get(app, callId)?.startedAt ??
      (await this.read(app, callId))?.startedAt ??
      (await this.record(app, callId))?.startedAt;
    return startedAt === undefined ? [] : this.#records.history(app, startedAt, callId, sinceEventSeq, limit);
  }

  prune(recordsBefore: number, historyBefore: number, limit: number): Promise<number> {
    return this.#records.prune(recordsBefore, historyBefore, limit);
  }

  takeUp(limit: number): Promise<number> {
    return this.#records.takeUp(limit);
  }

  stepOf(app: SdkAppId, request: string): Promise<RequestStep | undefined> {
    return this.#search.stepOf(app, request);
  }

  search(app: SdkAppId, asked: RecordQuery): Promise<readonly CallRecord[]> {
    return this.#search.records(app, asked);
  }

  count(app: SdkAppId, asked: RecordCriteria, atMost?: number): Promise<number> {
    return this.#search.count(app, asked, atMost);
  }

  counts(app: SdkAppId, window: CountWindow): Promise<readonly CountRow[]> {
    return this.#search.counts(app, window);
  }

  times(app: SdkAppId, from: number, to: number): Promise<{ readonly ring: Spread; readonly talk: Spread }> {
    return this.#search.times(app, from, to);
  }

  async liveVersions(): Promise<readonly LiveVersion[]> {
    const { rows } = await this.#db.query<{ app: SdkAppId; call_id: CallId; version: number }>(
      'SELECT app, call_id, version FROM calls',
    );
    return rows.map(({ app, call_id: callId, version }) => ({ app, callId, version }));
  }

  /** The database was away, and may have lost what it had when it failed over: nothing that was seen before counts. */
  forget(): void {
    this.#seen.forget();
  }

  /** Writes what waits. */
  close(): Promise<void> {
    return this.#writer.close();
  }

  #settled(write: CallWrite): void {
    const { app, callId } = write;
    const drop = <Kept>(map: ChurnMap<string, Pending<Kept>>, key: string): void => {
      if (map.get(key)?.by === write) map.delete(key);
    };
    drop(this.#pendingCalls, callKey(app, callId));
    for (const { userId } of write.seats) drop(this.#pendingSeats, seatKey(app, userId));
    for (const userId of write.unseats) drop(this.#pendingSeats, seatKey(app, userId));
  }

  async #readCalls(keys: readonly CallKey[]): Promise<ReadonlyMap<string, Call | Unreadable>> {
    const { rows } = await this.#db.query<{
      readonly app: SdkAppId;
      readonly call_id: CallId;
      readonly state: string;
    }>(
      `SELECT c.app, c.call_id, c.state FROM unnest($1::bigint[], $2::text[]) AS k(app, call_id)
       JOIN calls c ON c.app = k.app AND c.call_id = k.call_id`,
      [keys.map(({ app }) => app), keys.map(({ callId }) => callId)],
    );
    return new Map(rows.map(({ app, call_id, state }) => [callKey(app, call_id), readCall(state)]));
  }

  async #readSeats(keys: readonly SeatKey[]): Promise<ReadonlyMap<string, Seat>> {
    const { rows } = await this.#db.query<{
      readonly app: SdkAppId;
      readonly user_id: UserId;
      readonly call_id: CallId;
      readonly status: Seat['status'];
    }>(
      `SELECT s.app, s.user_id, s.call_id, s.status FROM unnest($1::bigint[], $2::text[]) AS k(app, user_id)
       JOIN seats s ON s.app = k.app AND s.user_id = k.user_id`,
      [keys.map(({ app }) => app), keys.map(({ userId }) => userId)],
    );
    return new Map(
      rows.map(({ app, user_id, call_id, status }) => [seatKey(app, user_id), { callId: call_id, status }]),
    );
  }
}
