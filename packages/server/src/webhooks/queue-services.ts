import type { Clock } from '../ports/clock.ts';
import type { Endpoint } from '../ports/endpoints.ts';
import type { PendingEvent, PendingEvents, Settlement } from '../ports/outbox.ts';
import type { Attempt } from './attempt.ts';

/** What a queue works with. */
export interface QueueServices {
  readonly pending: PendingEvents;
  readonly clock: Clock;
  /** Whether what is in memory is surely still this node's to deliver. */
  readonly mayAct: () => boolean;
  /** Whether events that are on disk already may still be handed to a queue. */
  readonly isWriting: () => boolean;
  /** Sends one event to its endpoint; never rejects. */
  readonly send: (endpoint: Endpoint, event: PendingEvent) => Promise<Attempt>;
  /** The endpoint has answered 410. */
  readonly gone: (endpoint: Endpoint) => void;
  /** An attempt is over; `closed`: the queue was closed meanwhile, and nothing of it is counted any more. */
  readonly attempted: (
    endpoint: Endpoint,
    event: PendingEvent,
    attempt: Attempt,
    settlement: Settlement,
    closed: boolean,
  ) => void;
  /** An event was given up without an attempt, because an earlier one of its call was. */
  readonly parked: (endpoint: Endpoint) => void;
  /** What became of an event could not be written. */
  readonly failed: (error: unknown) => void;
  /** [0, 1). */
  readonly random: () => number;
  /** Runs something in a later turn of the event loop. */
  readonly soon: (work: () => void) => void;
  /** Attempts at once. */
  readonly concurrency: number;
  /** Events held in memory; more wait on disk. */
  readonly memory: number;
}
