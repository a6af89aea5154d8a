import type { Call, CallEventType, CallWebhookEvent, Origin } from 'ringback-engine';
import type { CallId, SdkAppId } from 'ringback-protocol';
import type { Endpoint } from './endpoints.ts';
import type { WebhookFormat } from './webhook-format.ts';

/** What a step of a call gives webhooks to tell. */
export interface EventfulStep {
  /** Undefined for the start. */
  readonly before: Call | undefined;
  /** After the step. */
  readonly call: Call;
  readonly type: CallEventType;
  readonly events: readonly CallWebhookEvent[];
  /** Of the cause; webhooks report it. */
  readonly origin: Origin;
}

/** What there is to tell of one event in one format. */
export interface Told {
  readonly eventSeq: number;
  readonly format: WebhookFormat;
  /** Counts what one event comes to, from 0; the legacy API tells one event in several words. */
  readonly part: number;
  /** ms. */
  readonly eventTime: number;
  /** The word that endpoints ask for and that the URL carries. */
  readonly command: string;
  /** The payload as JSON text: what was true at the event stays so, however late it is delivered. */
  readonly body: string;
}

/** What is told, and to whom. */
export interface Outgoing extends Told {
  readonly endpoints: readonly string[];
}

/** Where the steps of calls leave their events. Asked at each step, so it answers from memory. */
export interface Outbox {
  /** Who is to be told, and what; to be written with the step. */
  outgoing(step: EventfulStep): readonly Outgoing[];
  /** The step, and what was outgoing, are on disk. */
  committed(step: EventfulStep, outgoing: readonly Outgoing[]): void;
}

/** Where an event stands among those of its endpoint: by call, the older calls first, within a call by its number. */
export interface EventKey {
  /** ms; of the call. */
  readonly startedAt: number;
  readonly callId: CallId;
  readonly eventSeq: number;
  readonly part: number;
}

/** Which event of a call, as told in which format: what a `webhook-id` names beside the call. */
export type NamedTold = Pick<Told, 'eventSeq' | 'format' | 'part'>;

/** An event on its way to one endpoint. */
export interface PendingEvent extends EventKey, Told {
  readonly app: SdkAppId;
  readonly endpoint: string;
  readonly clientIp: string;
  readonly platform: string;
  /** ms; of the first attempt, 0 before. */
  readonly firstAt: number;
  /** Attempts that failed. */
  readonly attempts: number;
}

/** What became of an attempt. */
export type Settlement =
  | { readonly outcome: 'delivered' }
  | { readonly outcome: 'failed'; readonly firstAt: number; readonly attempts: number; readonly nextAt: number }
  /** Given up; `later`: and the later events of the same call with it. */
  | { readonly outcome: 'parked'; readonly firstAt: number; readonly attempts: number; readonly later: boolean };

/** What an attempt sent, and what came back. */
export interface AttemptFacts {
  /** ms; when it was sent. */
  readonly at: number;
  /** As configured; what follows it comes from the event. */
  readonly url: string;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  /** ms. */
  readonly took: number;
  /** Why there was no answer, or why it was not good enough; empty when it was. */
  readonly error: string;
  /** The beginning of the answer. */
  readonly answer: string;
}

/** An attempt as the log keeps it, with the event that it was about. */
export interface LoggedAttempt extends AttemptFacts, PendingEvent {
  /** From 1. */
  readonly attempt: number;
  /** `test`: it belonged to no call. */
  readonly outcome: Settlement['outcome'] | 'test';
  /** ms; when the next attempt was due; 0 when there was to be none. */
  readonly nextAt: number;
}

/** A call where webhooks are concerned. `startedAt`, ms, is how it is found. */
export interface CallPlace {
  readonly callId: CallId;
  readonly startedAt: number;
}

/** Which attempts somebody wants to see. Times in ms, both ends included. */
export interface AttemptFilter {
  readonly endpoint?: string;
  readonly call?: CallPlace;
  readonly event?: NamedTold;
  /** Only those that did not deliver. */
  readonly failed?: boolean;
  readonly from?: number;
  readonly to?: number;
}

/** Where a page of the log ended. */
export interface AttemptCursor {
  readonly at: number;
  readonly endpoint: string;
  readonly startedAt: number;
  readonly callId: string;
  readonly eventSeq: number;
  readonly format: string;
  readonly part: number;
}

/** What to deliver again. */
export type ReplayChoice =
  /** One event, at endpoints of its format, if they want it; with `unwanted` even if they do not. */
  | { readonly what: 'event'; readonly call: CallPlace; readonly event: NamedTold; readonly unwanted?: boolean }
  /** Events that the endpoint wants and that happened from `from` to `to`, ms, both included. */
  | { readonly what: 'range'; readonly from: number; readonly to: number }
  | { readonly what: 'parked' };

/** How many events wait again, and how many of them did not wait before. */
export interface Replayed {
  readonly count: number;
  readonly fresh: number;
}

/** The events that wait, and the log of attempts, on disk. */
export interface PendingEvents {
  /** How many wait at each endpoint that has any, whoever delivers them, and how many are parked; of one application if given. */
  counts(app?: SdkAppId): Promise<
    readonly {
      readonly app: SdkAppId;
      readonly endpoint: string;
      readonly waiting: number;
      readonly parked: number;
    }[]
  >;
  /** How many are parked at each endpoint of an application that has any. */
  parkedCounts(app: SdkAppId): Promise<ReadonlyMap<string, number>> | ReadonlyMap<string, number>;
  /** At most `limit` events that are not parked, in lanes of this node, in the order of their keys, after `after` if given. */
  page(
    app: SdkAppId,
    endpoint: string,
    after: EventKey | undefined,
    limit: number,
  ): Promise<readonly PendingEvent[]> | readonly PendingEvent[];
  /** The first of those of one call, at most `limit`. */
  ofCall(
    app: SdkAppId,
    endpoint: string,
    call: CallPlace,
    limit: number,
  ): Promise<readonly PendingEvent[]> | readonly PendingEvent[];
  /** At most `limit` parked events, in the order of their keys, after `after` if given. */
  parked(
    app: SdkAppId,
    endpoint: string,
    after: EventKey | undefined,
    limit: number,
  ): Promise<readonly PendingEvent[]> | readonly PendingEvent[];
  /** Whether an earlier event of the same call is parked at this endpoint that was first tried, or if never, happened, by `since` (ms). */
  parkedBefore(event: PendingEvent, since: number): Promise<boolean> | boolean;
  /** Writes what became of an attempt, and the attempt; resolves when it is on disk. A delivered event is gone. */
  settle(event: PendingEvent, settlement: Settlement, attempt: AttemptFacts): Promise<void>;
  /** Parks an event that was not tried, because an earlier one of its call is parked. */
  park(event: PendingEvent): Promise<void>;
  /** Resolves when what was settled so far is on disk. */
  flush(): Promise<void>;
  /** Writes an attempt that belongs to no call. */
  logTest(event: PendingEvent, attempt: AttemptFacts): Promise<void>;
  /** Adds events that no step of a call has written, each to the lane of its call. */
  add(events: readonly PendingEvent[]): Promise<void>;
  /** When the call of events began that this store holds, ms; undefined when it holds none of a call from `since` to `until`. */
  startOf(app: SdkAppId, callId: CallId, since: number, until: number): Promise<number | undefined>;
  /** The newest attempts first, before `before` if given. */
  attempts(
    app: SdkAppId,
    filter: AttemptFilter,
    before: AttemptCursor | undefined,
    limit: number,
  ): Promise<readonly LoggedAttempt[]>;
  /**
   * Makes events of an endpoint wait again as if never tried, many in several steps: `each` hears of a step that is on disk, and
   * says whether to go on. Rejects when the database fails; what `each` heard of waits all the same.
   */
  replay(endpoint: Endpoint, choice: ReplayChoice, each?: (step: Replayed) => boolean): Promise<Replayed>;
  /**
   * Deletes at most `limit` attempts, and as many events, from before this time (ms), parked ones if they were first
   * tried before `parkedBefore`. Says how many; at least `limit` when there may be more.
   */
  pruneLog(before: number, limit: number, parkedBefore?: number): Promise<number>;
}
