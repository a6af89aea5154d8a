import type { Call, CallRecord, Seat } from 'ringback-engine';
import type { CallId, SdkAppId, UserId } from 'ringback-protocol';
import type { CallMark } from '../../packages/server/src/ports/bus.ts';
import type {
  CallPlace,
  CallStore,
  CallWrite,
  CommitResult,
  HistoryEntry,
  RecordFilter,
  RecordPage,
} from '../../packages/server/src/ports/store.ts';
import { isPlaced } from '../../packages/server/src/stores/is-placed.ts';
import { SeenCalls } from '../../packages/server/src/stores/seen-calls.ts';
import { CallWriter, type StoreOptions } from './call-writer.ts';
import { callKey, seatKey } from './database.ts';

/** What a write that is under way will leave; undefined when nothing. */
interface Pending<Kept> {
  readonly kept: Kept | undefined;
  readonly by: CallWrite;
}

/**
 * The store of calls as one node sees it: a step starts from the call as this node saw it last, which may be old, and the
 * write finds out. What others are told is asked of the database each time.
 */
export class SimCalls implements CallStore {
  readonly #options: StoreOptions;
  readonly #writer: CallWriter;
  readonly #seen = new SeenCalls(500);
  readonly #pendingCalls = new Map<string, Pending<Call>>();
  readonly #pendingSeats = new Map<string, Pending<Seat>>();

  constructor(options: StoreOptions, writer = new CallWriter(options)) {
    this.#options = options;
    this.#writer = writer;
  }

  load(app: SdkAppId, callId: CallId): Promise<Call | undefined> | Call | undefined {
    const key = callKey(app, callId);
    const pending = this.#pendingCalls.get(key);
    if (pending !== undefined) return pending.kept;
    if (this.#seen.isEnded(app, callId)) return undefined;
    return this.#seen.get(app, callId) ?? this.#lookUp(key);
  }

  async isBehind({ app, callId, version }: Call): Promise<boolean> {
    const key = callKey(app, callId);
    if (this.#pendingCalls.has(key)) return false;
    const now = await this.#asked(key);
    const is = now?.version === version;
    if (!is) this.#seen.doubt(app, callId, version);
    if (now !== undefined) this.#seen.see(now);
    return !is;
  }

  hear(app: SdkAppId, mark: CallMark): void {
    this.#seen.hear(app, mark);
  }

  known(app: SdkAppId, callId: CallId, version: number): Call | undefined {
    return this.#seen.known(app, callId, version);
  }

  async seats(app: SdkAppId, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, Seat>> {
    const { line, database } = this.#options;
    const rows = await line.ask(() => userIds.map((userId) => database.seats.get(seatKey(app, userId))));
    const found = new Map<UserId, Seat>();
    userIds.forEach((userId, n) => {
      const pending = this.#pendingSeats.get(seatKey(app, userId));
      const seat = pending === undefined ? rows[n] : pending.kept;
      if (seat !== undefined) found.set(userId, { callId: seat.callId, status: seat.status });
    });
    return found;
  }

  async commit(write: CallWrite): Promise<CommitResult> {
    const { app, callId, expects, call, seats, unseats } = write;
    const key = callKey(app, callId);
    const pending = this.#pendingCalls.get(key);
    if (pending !== undefined && (pending.kept?.version ?? 0) !== expects) return 'version';
    if (pending === undefined && this.#seen.isPast(app, callId, expects)) return 'version';
    for (const { userId } of seats) {
      const seat = this.#pendingSeats.get(seatKey(app, userId))?.kept;
      if (seat !== undefined && seat.callId !== callId) return 'seat';
    }
    this.#pendingCalls.set(key, { kept: call.endedAt === 0 ? call : undefined, by: write });
    for (const { userId, status } of seats) {
      this.#pendingSeats.set(seatKey(app, userId), { kept: { callId, status }, by: write });
    }
    for (const userId of unseats) this.#pendingSeats.set(seatKey(app, userId), { kept: undefined, by: write });
    return this.#writer.write(write, (result) => {
      if (result !== 'ok') this.#seen.doubt(app, callId, expects);
      else if (call.endedAt === 0) this.#seen.see(call);
      else this.#seen.end(app, callId);
      const drop = (map: Map<string, Pending<unknown>>, one: string): void => {
        if (map.get(one)?.by === write) map.delete(one);
      };
      drop(this.#pendingCalls, key);
      for (const { userId } of seats) drop(this.#pendingSeats, seatKey(app, userId));
      for (const userId of unseats) drop(this.#pendingSeats, seatKey(app, userId));
    });
  }

  read(app: SdkAppId, callId: CallId): Promise<Call | undefined> {
    return this.#asked(callKey(app, callId));
  }

  async seatOf(app: SdkAppId, userId: UserId): Promise<Seat | undefined> {
    const { line, database } = this.#options;
    const seat = await line.ask(() => database.seats.get(seatKey(app, userId)));
    return seat === undefined ? undefined : { callId: seat.callId, status: seat.status };
  }

  live(app?: SdkAppId): Promise<readonly Call[]> {
    const { line, database } = this.#options;
    return line.ask(() => {
      const all = [...database.calls.values()].map(({ call }) => call);
      return app === undefined ? all : all.filter((call) => call.app === app);
    });
  }

  async placed(app: SdkAppId, place: CallPlace): Promise<readonly Call[]> {
    return (await this.live(app)).filter((call) => isPlaced(call, place));
  }

  record(app: SdkAppId, callId: CallId): Promise<CallRecord | undefined> {
    const { line, database } = this.#options;
    return line.ask(() => database.records.get(callKey(app, callId)));
  }

  async records(app: SdkAppId, filter: RecordFilter): Promise<RecordPage> {
    const { line, database } = this.#options;
    const all = await line.ask(() => [...database.records.values()]);
    const second = (ms: number): number => Math.floor(ms / 1000);
    const found = all
      .filter((one) => one.app === app && second(one.startedAt) >= filter.from && second(one.startedAt) <= filter.to)
      .filter((one) => filter.result === undefined || one.result === filter.result)
      .filter((one) => filter.callType === undefined || one.callType === filter.callType)
      .sort((a, b) => second(a.startedAt) - second(b.startedAt) || (a.callId < b.callId ? -1 : 1));
    const first = (filter.page - 1) * filter.perPage;
    return { total: found.length, records: found.slice(first, first + filter.perPage) };
  }

  async history(app: SdkAppId, callId: CallId, since: number, limit?: number): Promise<readonly HistoryEntry[]> {
    const { line, database } = this.#options;
    const all = await line.ask(() => [...(database.history.get(callKey(app, callId)) ?? [])]);
    return (limit === undefined ? all : all.slice(-limit)).filter((entry) => entry.eventSeq > since);
  }

  /** Nothing is old in a simulation. */
  async prune(): Promise<number> {
    return 0;
  }

  #asked(key: string): Promise<Call | undefined> {
    const { line, database } = this.#options;
    return line.ask(() => database.calls.get(key)?.call);
  }

  async #lookUp(key: string): Promise<Call | undefined> {
    const found = await this.#asked(key);
    const pending = this.#pendingCalls.get(key);
    if (pending !== undefined) return pending.kept;
    if (found !== undefined) this.#seen.see(found);
    return found;
  }
}
