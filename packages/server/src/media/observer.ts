/** What metrics and the log want to know of media. Must be cheap and must not throw. */
export interface MediaObserver {
  /** The media of a call goes another way; `from` is empty at its beginning. */
  moved(callId: string, from: string, to: string): void;
  /** A room could not be had. */
  openFailed(callId: string, provider: string, error: unknown): void;
  /** A room is no more, by no wish of ours. */
  lost(callId: string, provider: string, reason: string): void;
  /** A device said that its connection is broken. */
  failed(callId: string, provider: string, text: string): void;
  /** A member's media was gone for so long that the member leaves. */
  gaveUp(callId: string, userId: string): void;
}
