import type { CallId, SdkAppId } from 'ringback-protocol';

/** Something that happened to the media of a call. */
export type MediaEvent =
  /** The media goes another way; `from` is empty at the beginning. */
  | { readonly what: 'moved'; readonly from: string; readonly to: string }
  /** A room could not be had. */
  | { readonly what: 'openFailed'; readonly provider: string; readonly text: string }
  /** A room is no more. */
  | { readonly what: 'lost'; readonly provider: string; readonly text: string }
  /** A device said that its connection is broken. */
  | { readonly what: 'failed'; readonly provider: string; readonly text: string }
  /** The media of a member was gone for so long that the member leaves. */
  | { readonly what: 'gaveUp'; readonly userId: string };

/** A call where its media events are concerned. */
export interface MediaPlace {
  readonly app: SdkAppId;
  /** ms. */
  readonly startedAt: number;
  readonly callId: CallId;
}

/** What became of the media of calls, for their timelines. */
export interface MediaEvents {
  /** Kept when there is time; nobody waits, and some may be lost. `at` in ms. */
  add(call: MediaPlace, at: number, event: MediaEvent): void;
  /** The first `limit` of a call, in order. */
  of(call: MediaPlace, limit: number): Promise<readonly { readonly at: number; readonly event: MediaEvent }[]>;
}
