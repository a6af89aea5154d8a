import type { CallId } from 'ringback-protocol';
import type { EventKey, PendingEvent } from '../ports/outbox.ts';

/** The events of one call at one endpoint, delivered one after the other. */
export interface Lane {
  /** Tells the lanes of an endpoint apart. */
  readonly number: number;
  readonly callId: CallId;
  /** The first of them is the one under way, if any is. */
  readonly events: PendingEvent[];
  /** ms; not before this. */
  notBefore: number;
  /** An attempt is under way. */
  busy: boolean;
  /** It was set aside, and has come back to be tried. */
  back: boolean;
}

/** Tells the events of one endpoint apart. */
export const keyText = ({ callId, eventSeq, part }: EventKey): string => `${callId}/${eventSeq}/${part}`;

/** Puts an event where its number belongs; never before one that is under way. */
export function addInOrder({ events, busy }: Lane, event: PendingEvent): void {
  const first = busy ? 1 : 0;
  let place = events.length;
  while (place > first && comesBefore(event, events[place - 1] as PendingEvent)) place -= 1;
  events.splice(place, 0, event);
}

const comesBefore = (a: EventKey, b: EventKey): boolean =>
  a.eventSeq < b.eventSeq || (a.eventSeq === b.eventSeq && a.part < b.part);
