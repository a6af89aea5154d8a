import type { Call, CallEventType, CallRecord, CallWebhookEvent, Origin, Seat } from 'ringback-engine';
import type {
  CallId,
  CallResult,
  CallType,
  DeviceId,
  RequestId,
  RoomIdType,
  SdkAppId,
  UserId,
} from 'ringback-protocol';
import type { CallMark } from './bus.ts';
import type { Outgoing } from './outbox.ts';

/** One accepted event of a call, kept for its timeline. */
export interface HistoryEntry {
  /** From 1, without a gap: the call's version after the event. */
  readonly seq: number;
  /** The call's `EventSeq` after the event. */
  readonly eventSeq: number;
  /** ms. */
  readonly at: number;
  /** The engine's word for the event. */
  readonly type: CallEventType;
  /** What set it off. */
  readonly cause: 'device' | 'rest' | 'operator' | 'timer' | 'lease';
  /** Who did it; empty for timers and operators. */
  readonly actor: UserId | '';
  readonly device: DeviceId | '';
  readonly requestId: RequestId | '';
  /** The webhook events that the step emitted; `resume` rebuilds notices from them. */
  readonly events: readonly CallWebhookEvent[];
}

/** Everything that one step changes; stands or falls as one. */
export interface CallWrite {
  readonly app: SdkAppId;
  readonly callId: CallId;
  /** The version that the step was made from; 0 for a new call. */
  readonly expects: number;
  /** The call after the step. When it has ended, its row goes and the record stays. */
  readonly call: Call;
  /** ms; 0 when the call waits for nothing. */
  readonly nextDeadline: number;
  readonly seats: readonly { readonly userId: UserId; readonly status: Seat['status'] }[];
  readonly unseats: readonly UserId[];
  readonly record?: CallRecord | undefined;
  readonly history: HistoryEntry;
  /** Of the cause, as webhooks report it. */
  readonly origin: Origin;
  readonly outbox: readonly Outgoing[];
}

/** `version`: somebody else was first. `seat`: a user has taken a seat in another call meanwhile. */
export type CommitResult = 'ok' | 'version' | 'seat';

/** A page of records. */
export interface RecordPage {
  /** All that match, not only this page. */
  readonly total: number;
  readonly records: readonly CallRecord[];
}

/** What `get_record_by_filter` asks for. Times in s, both ends included. */
export interface RecordFilter {
  readonly from: number;
  readonly to: number;
  readonly result?: CallResult;
  readonly callType?: CallType;
  readonly perPage: number;
  /** From 1. */
  readonly page: number;
}

/** A room, a group, or both; what is empty does not count, and one of the two is not. */
export interface CallPlace {
  readonly roomId: string;
  readonly roomIdType: RoomIdType;
  readonly chatGroupId: string;
}

/**
 * The calls, their seats, records, history and outgoing events, in one durable store.
 *
 * What `commit` has answered with `ok` is on disk. In embedded mode the live calls are in memory twice: pending (what
 * the next step sees) and committed (what everybody else sees).
 */
export interface CallStore {
  /** The call that the next step must start from: pending changes included. Undefined when there is no such live call. */
  load(app: SdkAppId, callId: CallId): Promise<Call | undefined> | Call | undefined;
  /**
   * Whether another node has changed the call since `load` gave this version of it; if so, `load` gives the new one. Asked
   * where a step of it comes to nothing, since only a write would find out otherwise.
   */
  isBehind(call: Call): Promise<boolean> | boolean;
  /**
   * Another node says with a notice how far a call is, and perhaps what it is: `load` need not ask then. What an older version
   * leads to would only lose.
   */
  hear(app: SdkAppId, mark: CallMark): void;
  /** The committed live call at this version, or at a later one, where no question is needed for it. */
  known(app: SdkAppId, callId: CallId, version: number): Call | undefined;
  /** The seats that these users hold, pending ones included. */
  seats(app: SdkAppId, userIds: readonly UserId[]): Promise<ReadonlyMap<UserId, Seat>> | ReadonlyMap<UserId, Seat>;
  /**
   * Writes one step. Resolves when it is durable, in the order of calls to `commit`; a conflict changes nothing.
   * Writes that arrive together share one disk flush. Rejects with `Refusal('internal')` when the store is out of reach.
   */
  commit(write: CallWrite): Promise<CommitResult>;
  /** The committed live call. */
  read(app: SdkAppId, callId: CallId): Promise<Call | undefined> | Call | undefined;
  /** The committed seat of a user. */
  seatOf(app: SdkAppId, userId: UserId): Promise<Seat | undefined> | Seat | undefined;
  /** All committed live calls, of one application or of all. For start-up, consoles and the CLI. */
  live(app?: SdkAppId): Promise<readonly Call[]>;
  /** The committed live calls of a room, of a group, or of both. */
  placed(app: SdkAppId, place: CallPlace): Promise<readonly Call[]>;
  /** The committed record of an ended call. */
  record(app: SdkAppId, callId: CallId): Promise<CallRecord | undefined>;
  /** Ascending by start second, then call id. */
  records(app: SdkAppId, filter: RecordFilter): Promise<RecordPage>;
  /** Entries whose `eventSeq` exceeds `sinceEventSeq`, ascending by `seq`; with `limit`, those among the newest `limit` entries. */
  history(app: SdkAppId, callId: CallId, sinceEventSeq: number, limit?: number): Promise<readonly HistoryEntry[]>;
  /** Deletes at most `limit` records, and history entries, of calls started before these times (ms); says how many. */
  prune(recordsBefore: number, historyBefore: number, limit: number): Promise<number>;
}
