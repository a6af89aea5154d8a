import type { Call, CallRecord } from 'ringback-engine';
import type { CallId } from 'ringback-protocol';

/** Hears of committed changes, for metrics and the log. Must not throw and must be quick. */
export interface CallObserver {
  started(call: Call): void;
  accepted(call: Call): void;
  ended(record: CallRecord): void;
  /** A timer or lease could not do its work, of a call or, with an empty id, of several. */
  failed(callId: CallId | '', error: unknown): void;
}
