import { type Call, type CallRecord, memberOf, type Seat } from 'ringback-engine';
import type { CallId, NodeId, SdkAppId, UserId } from 'ringback-protocol';
import type { PendingEvent } from '../../packages/server/src/ports/outbox.ts';
import type { CallChange, DeviceInCall } from '../../packages/server/src/ports/shared-calls.ts';
import type { CallWrite, CommitResult, HistoryEntry } from '../../packages/server/src/ports/store.ts';
import { pendingOf } from '../../packages/server/src/webhooks/dispatcher.ts';
import { LanesTable } from './lanes-table.ts';

interface SeatRow extends Seat {
  readonly app: SdkAppId;
  readonly userId: UserId;
  /** The process that keeps the lease; empty while the member rings. */
  readonly holder: NodeId | '';
}

interface KeyedChange extends CallChange {
  readonly key: string;
}

/** What became of a write, and whose the lanes are that its events went to, where that is not the writer's as usual. */
export interface Written {
  readonly result: CommitResult;
  readonly placed: ReadonlyMap<string, NodeId | ''> | undefined;
}

export const callKey = (app: SdkAppId, callId: CallId): string => `${app}/${callId}`;
export const seatKey = (app: SdkAppId, userId: UserId): string => `${app}/${userId}`;

/** ms for which changes can be asked for. */
const rememberedChanges = 60_000;

/**
 * The shared database in memory: what a write does is done at once and as a whole, or not at all. What a planted bug changes
 * is in methods of its own.
 */
export class Database {
  readonly calls = new Map<string, { readonly call: Call; readonly deadline: number }>();
  readonly seats = new Map<string, SeatRow>();
  readonly records = new Map<string, CallRecord>();
  readonly history = new Map<string, HistoryEntry[]>();
  readonly nodes = new Map<NodeId, { aliveAt: number; bus: number }>();
  readonly lanes = new LanesTable();
  readonly #changes: KeyedChange[] = [];
  /** Is told of each step that was written. */
  onWritten: (before: Call | undefined, write: CallWrite, by: NodeId) => void = () => {};

  write(write: CallWrite, self: NodeId): Written {
    const key = callKey(write.app, write.callId);
    const before = this.calls.get(key)?.call;
    if (this.isStale(before, write)) return { result: 'version', placed: undefined };
    if (this.isTaken(write)) return { result: 'seat', placed: undefined };
    const { call, app, callId } = write;
    if (this.stays(write)) this.calls.set(key, { call, deadline: write.nextDeadline });
    else this.calls.delete(key);
    for (const { userId, status } of write.seats) {
      const holder = status === 'Calling' ? self : '';
      this.seats.set(seatKey(app, userId), { app, userId, callId, status, holder });
    }
    this.free(write);
    this.record(write);
    const entries = this.history.get(key);
    if (entries === undefined) this.history.set(key, [write.history]);
    else entries.push(write.history);
    this.#changes.push({ key, app, callId, version: call.version, at: write.history.at });
    const placed = this.queue(write, self);
    this.onWritten(before, write, self);
    return { result: 'ok', placed };
  }

  /** Whether a call has come to this version, or further. */
  has({ app, callId, version }: Pick<Call, 'app' | 'callId' | 'version'>): boolean {
    const key = callKey(app, callId);
    const kept = this.calls.get(key)?.call;
    return kept === undefined ? this.records.has(key) : kept.version >= version;
  }

  /** Whether the call has a row after the step. */
  stays({ call }: CallWrite): boolean {
    return call.endedAt === 0;
  }

  /** Whether somebody else was first. */
  isStale(before: Call | undefined, { expects }: CallWrite): boolean {
    return (before?.version ?? 0) !== expects;
  }

  /** Whether a user has taken a seat in another call. */
  isTaken({ app, callId, seats }: CallWrite): boolean {
    return seats.some(({ userId }) => {
      const seat = this.seats.get(seatKey(app, userId));
      return seat !== undefined && seat.callId !== callId;
    });
  }

  free({ app, callId, unseats }: CallWrite): void {
    for (const userId of unseats) {
      const key = seatKey(app, userId);
      if (this.seats.get(key)?.callId === callId) this.seats.delete(key);
    }
  }

  record({ app, callId, record }: CallWrite): void {
    if (record !== undefined) this.records.set(callKey(app, callId), record);
  }

  /** Puts what is to be told into its lanes. */
  queue(write: CallWrite, self: NodeId): Written['placed'] {
    if (write.outbox.length === 0) return undefined;
    const { call, history, origin } = write;
    const step = { before: undefined, call, type: history.type, events: history.events, origin };
    let placed: Map<string, NodeId | ''> | undefined;
    for (const event of pendingOf(step, write.outbox)) {
      const { owner, unheard } = this.lanes.add(event, self);
      if (owner === self && !unheard) continue;
      placed ??= new Map();
      placed.set(event.endpoint, owner);
    }
    return placed;
  }

  addEvents(events: readonly PendingEvent[], self: NodeId): void {
    for (const event of events) this.lanes.add(event, self);
  }

  keep(app: SdkAppId, userId: UserId, callId: CallId, self: NodeId): void {
    const key = seatKey(app, userId);
    const seat = this.seats.get(key);
    if (seat?.callId === callId && seat.status === 'Calling') this.seats.set(key, { ...seat, holder: self });
  }

  holder(app: SdkAppId, userId: UserId, callId: CallId): NodeId | '' | undefined {
    const seat = this.seats.get(seatKey(app, userId));
    return seat?.callId === callId && seat.status === 'Calling' ? seat.holder : undefined;
  }

  heldBy(node: NodeId | '', after: Pick<SeatRow, 'app' | 'userId'> | undefined, limit: number): DeviceInCall[] {
    const held = [...this.seats.values()].filter((seat) => seat.holder === node && seat.status === 'Calling');
    const isLater = (a: Pick<SeatRow, 'app' | 'userId'>, b: Pick<SeatRow, 'app' | 'userId'>): boolean =>
      a.app > b.app || (a.app === b.app && a.userId > b.userId);
    const found: DeviceInCall[] = [];
    for (const seat of held.sort((a, b) => (isLater(a, b) ? 1 : -1))) {
      if (after !== undefined && !isLater(seat, after)) continue;
      const { app, userId, callId } = seat;
      const call = this.calls.get(callKey(app, callId))?.call;
      const device = call === undefined ? '' : (memberOf(call, userId)?.device ?? '');
      if (device !== '') found.push({ app, userId, callId, device });
      if (found.length === limit) break;
    }
    return found;
  }

  heldCount(node: NodeId | ''): number {
    let n = 0;
    for (const { holder, status } of this.seats.values()) if (holder === node && status === 'Calling') n += 1;
    return n;
  }

  overdue(before: number, limit: number) {
    const found: { readonly app: SdkAppId; readonly callId: CallId; readonly deadline: number }[] = [];
    for (const { call, deadline } of this.calls.values()) {
      if (deadline > 0 && deadline < before) found.push({ app: call.app, callId: call.callId, deadline });
    }
    return found.sort((a, b) => a.deadline - b.deadline).slice(0, limit);
  }

  /** Each call once, in the order of its last change. */
  changedSince(at: number, limit: number): CallChange[] {
    const newest = new Map<string, CallChange>();
    for (let n = this.#changes.length - 1; n >= 0; n -= 1) {
      const change = this.#changes[n] as KeyedChange;
      // Those of other nodes may be out of order, by what their clocks differ.
      if (change.at < at - rememberedChanges / 2) break;
      const known = newest.get(change.key);
      if (change.at < at || (known !== undefined && known.version > change.version)) continue;
      newest.set(change.key, { app: change.app, callId: change.callId, version: change.version, at: change.at });
    }
    const first = this.#changes[0];
    const last = this.#changes.at(-1);
    if (first !== undefined && last !== undefined && last.at - first.at > 4 * rememberedChanges) {
      this.#changes.splice(
        0,
        this.#changes.findIndex((one) => one.at > last.at - 2 * rememberedChanges),
      );
    }
    return [...newest.values()].sort((a, b) => a.at - b.at || (a.callId < b.callId ? -1 : 1)).slice(0, limit);
  }
}
