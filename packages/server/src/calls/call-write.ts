import { type Call, type CallEventType, type CallWebhookEvent, type Effect, nextDeadline } from 'ringback-engine';
import type { UserId } from 'ringback-protocol';
import type { Outbox } from '../ports/outbox.ts';
import type { CallWrite } from '../ports/store.ts';
import type { Cause } from './requests.ts';

/** Everything that a step changes, as the store takes it. `at` in ms. */
export function writeOf(step: {
  readonly before: Call | undefined;
  readonly call: Call;
  readonly effects: readonly Effect[];
  readonly type: CallEventType;
  readonly cause: Cause;
  readonly outbox: Outbox;
  readonly at: number;
}): CallWrite {
  const { before, call, effects, type, cause, at } = step;
  const seats: { userId: UserId; status: 'Waiting' | 'Calling' }[] = [];
  const unseats: UserId[] = [];
  const events: CallWebhookEvent[] = [];
  let record: CallWrite['record'];
  // Timers and leases have no origin of their own: webhooks then report the one that started the call.
  const origin = cause.cause === 'timer' || cause.cause === 'lease' ? call.origin : cause.origin;
  for (const effect of effects) {
    if (effect.type === 'seat') seats.push({ userId: effect.userId, status: effect.status });
    else if (effect.type === 'unseat') unseats.push(effect.userId);
    else if (effect.type === 'record') record = effect.record;
    else if (effect.type === 'event') events.push(effect.event);
  }
  return {
    app: call.app,
    callId: call.callId,
    expects: before?.version ?? 0,
    call,
    nextDeadline: nextDeadline(call),
    seats,
    unseats,
    record,
    history: {
      seq: call.version,
      eventSeq: call.eventSeq,
      at,
      type,
      cause: cause.cause,
      actor: cause.actor,
      device: cause.device,
      requestId: cause.requestId,
      events,
    },
    origin,
    outbox: events.length === 0 ? [] : step.outbox.outgoing({ before, call, type, events, origin }),
  };
}
