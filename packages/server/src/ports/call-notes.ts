import type { CallId, SdkAppId } from 'ringback-protocol';

/** A call where what is noted of it is concerned. */
export interface NotedCall {
  readonly app: SdkAppId;
  /** ms. */
  readonly startedAt: number;
  readonly callId: CallId;
}

/** What is noted of calls, for their timelines. */
export interface CallNotes<Event> {
  /** Kept when there is time; nobody waits, and some may be lost. `at` in ms. */
  add(call: NotedCall, at: number, event: Event): void;
  /** The first `limit` of a call, in order. */
  of(call: NotedCall, limit: number): Promise<readonly { readonly at: number; readonly event: Event }[]>;
}
