import { type CallWebhookEvent, type Change, memberOf, recordOf } from 'ringback-engine';
import { type LegacyAction, type LegacyEvent, type LegacyResult, legacyResult, type UserId } from 'ringback-protocol';
import type { EventfulStep } from '../../ports/outbox.ts';

/** One callback of the legacy API: what happened, to whom. */
export interface Happening {
  readonly action: LegacyAction;
  readonly userId: UserId;
  /** The event of the API that it tells. */
  readonly event: CallWebhookEvent;
}

/**
 * The events of a step in the words of the legacy API, which tells each side of a call for itself: the caller's words
 * begin with `caller_`, those of everybody else with `callee_`.
 */
export function happenings(step: EventfulStep): readonly Happening[] {
  const told: Happening[] = [];
  for (const event of step.events) {
    const tell = (action: LegacyAction, userId: UserId): void => {
      told.push({ action, userId, event });
    };
    if (event.kind === 'StartCall') started(step, event, tell);
    else if (event.kind === 'MemberChanged') {
      for (const change of event.changed) {
        changed(step, change, tell);
        if (isFirst(step, change)) tell('caller_call_accepted', step.call.caller);
      }
    } else ended(step, tell);
  }
  return told;
}

type Tell = (action: LegacyAction, userId: UserId) => void;

function started({ call, events }: EventfulStep, event: CallWebhookEvent, tell: Tell): void {
  tell('caller_start_call', call.caller);
  // Who is busy at that very moment is never rung.
  const busy = new Set(events.flatMap((one) => one.changed.filter(isBusy).map(({ userId }) => userId)));
  for (const { userId, status } of event.users) {
    if (status === 'Waiting' && !busy.has(userId)) tell('callee_receive_call', userId);
  }
}

/** Whether the call is answered with this change: then it is the caller's news, too. */
const isFirst = ({ before, call }: EventfulStep, { action }: Change): boolean =>
  (action === 'Answer' || action === 'Join') && before?.acceptedAt === 0 && call.acceptedAt !== 0;

const isBusy = ({ action }: Change): boolean => action === 'Busy';

/** What a member's change is called, where it has one name whoever the member is. */
const names: Readonly<Partial<Record<Change['action'], LegacyEvent>>> = {
  Answer: 'callee_accept_call',
  Reject: 'callee_reject_call',
  NotAnswer: 'callee_not_answer_call',
  Cancel_Invite: 'callee_call_canceled',
  Join: 'join_in_group_call',
};

function changed({ call, type }: EventfulStep, { userId, action }: Change, tell: Tell): void {
  const isCaller = userId === call.caller;
  const name = names[action];
  if (name !== undefined) tell(name, userId);
  else if (action === 'Invite') {
    tell('invite_user', memberOf(call, userId)?.invitedBy ?? call.caller);
    tell('callee_receive_call', userId);
  } else if (action === 'Busy' && type === 'ignore') tell('callee_ignore_call', userId);
  else if (isCaller && call.acceptedAt === 0) {
    // The caller left before anybody answered: the end tells how it went.
  } else if (action === 'Hangup') tell(isCaller ? 'caller_call_end' : 'callee_call_end', userId);
  else if (action === 'Offline') tell(isCaller ? 'caller_call_interrupted' : 'callee_call_interrupted', userId);
}

/** How an unanswered call went for its caller, by its result. */
const unanswered: Readonly<Record<LegacyResult, LegacyEvent>> = {
  cancel: 'caller_cancel_call',
  reject: 'caller_call_rejected',
  not_answer: 'caller_call_missed',
  call_busy: 'caller_call_busy',
  normal_end: 'caller_call_missed',
  interrupt: 'caller_call_failed',
};

function ended({ before, call, events }: EventfulStep, tell: Tell): void {
  const { result, callType } = recordOf(call);
  if (call.acceptedAt === 0) tell(unanswered[legacyResult(result, 'SingleCall')], call.caller);
  else {
    // Those around whom the call ended; who left by themselves have been told of.
    const left = new Set(events.flatMap((one) => one.changed.map(({ userId }) => userId)));
    const word = legacyResult(result, 'SingleCall') === 'interrupt' ? 'interrupted' : 'end';
    for (const { userId, status } of before?.members ?? []) {
      if (status !== 'Calling' || left.has(userId)) continue;
      tell(userId === call.caller ? `caller_call_${word}` : `callee_call_${word}`, userId);
    }
  }
  tell(legacyResult(result, callType), call.caller);
}
