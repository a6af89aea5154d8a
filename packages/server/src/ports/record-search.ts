import type { CallEventType, CallRecord } from 'ringback-engine';
import type { CallId, CallResult, CallType, SdkAppId, UserId } from 'ringback-protocol';

/** Which records somebody looks for. Times in s, over the start of the call, both ends included. */
export interface RecordCriteria {
  readonly from: number;
  readonly to: number;
  readonly result?: CallResult;
  readonly callType?: CallType;
  /** Who was invited or in the call. */
  readonly user?: UserId;
}

/** A place among records, in the order of start second and call id. */
export interface RecordPlace {
  /** s. */
  readonly startedAt: number;
  readonly callId: string;
}

/** A page of records. */
export interface RecordQuery extends RecordCriteria {
  readonly newestFirst: boolean;
  /** Those behind this one, in the order that is asked for. */
  readonly after?: RecordPlace;
  readonly limit: number;
}

/** s; whole spans of calls: minutes, hours or days. */
export interface CountWindow {
  readonly span: 60 | 3600 | 86_400;
  /** In spans since 1970, both included. */
  readonly first: number;
  readonly last: number;
  /** What spans are added up to, s; those that begin in a bucket are of it. Left out: each span is a bucket. */
  readonly bucket?: {
    readonly length: number;
    /** s; by how much the days of the asker begin earlier than those of UTC. */
    readonly shift: number;
  };
}

/** The calls of one bucket, kind and result. */
export interface CountRow {
  /** In buckets since 1970. */
  readonly at: number;
  readonly callType: CallType;
  readonly result: CallResult;
  readonly n: number;
  readonly answered: number;
}

/** How long something lasted, ms; null when there is nothing. */
export interface Spread {
  readonly n: number;
  readonly median: number | null;
  readonly p95: number | null;
}

/** The step of a call that a REST request caused. */
export interface RequestStep {
  readonly callId: CallId;
  readonly seq: number;
  /** ms. */
  readonly at: number;
  readonly type: CallEventType;
  readonly requestId: string;
}

/** What operators ask of ended calls. Costs the same however many there are, but for what is returned. */
export interface RecordSearch {
  search(app: SdkAppId, asked: RecordQuery): Promise<readonly CallRecord[]>;
  /** How many there are; with `atMost`, no more than that are counted where counting needs a look at each. */
  count(app: SdkAppId, asked: RecordCriteria, atMost?: number): Promise<number>;
  counts(app: SdkAppId, window: CountWindow): Promise<readonly CountRow[]>;
  /** How long the answered calls rang and talked that started in a time, s, both ends included. */
  times(app: SdkAppId, from: number, to: number): Promise<{ readonly ring: Spread; readonly talk: Spread }>;
  /** The step whose request id begins with `request`; undefined when no REST request of this id has changed a call. */
  stepOf(app: SdkAppId, request: string): Promise<RequestStep | undefined>;
  /** Takes at most `limit` records up into index and sums that were written before those existed; says how many. */
  takeUp(limit: number): Promise<number>;
  /**
   * Version of each live call, for those who look for changes of other nodes; undefined when this node makes all changes.
   */
  liveVersions(): Promise<readonly LiveVersion[] | undefined>;
}

/** A live call, as far as one must know to see that it has changed. */
export interface LiveVersion {
  readonly app: SdkAppId;
  readonly callId: CallId;
  readonly version: number;
}
