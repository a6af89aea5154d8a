import { type Call, isLive, memberOf, wasIn } from './call.ts';
import { type Draft, draftOf, seal } from './draft.ts';
import type { EngineRefusal, Outcome } from './effect.ts';
import type { CallEvent } from './event.ts';
import { endCall } from './rules/end.ts';
import { accept, join, notRinging } from './rules/enter.ts';
import { invite } from './rules/invite.ts';
import { holder, leave, overdue } from './rules/leave.ts';
import { switchMedia } from './rules/media.ts';

/**
 * The next state of a call, and what must be done about it; or a refusal by name, which changes nothing.
 *
 * Pure: no clock, no I/O, no randomness. `now` is in ms. An event that is already true (the same device accepts twice)
 * gives back the very call it was given, without effects.
 */
export function step(call: Call, event: CallEvent, now: number): Outcome {
  if (!isLive(call)) return { refusal: 'call_ended' };
  const draft = draftOf(call, now);
  const refusal = apply(draft, event);
  return refusal === undefined ? seal(draft) : { refusal };
}

function apply(draft: Draft, event: CallEvent): EngineRefusal | undefined {
  switch (event.type) {
    case 'accept':
      return accept(draft, event);
    case 'reject':
    case 'ignore':
      return decline(draft, event);
    case 'hangUp':
      return hangUp(draft, event);
    case 'invite':
      return invite(draft, event);
    case 'join':
      return join(draft, event);
    case 'switchMedia':
      return switchMedia(draft, event);
    case 'end':
      endCall(draft, { by: 'server' }, []);
      return undefined;
    case 'timeout':
      leave(draft, overdue(draft), 'notAnswer', '');
      return undefined;
    case 'leaseLost':
      return depart(draft, event, event.nodeDied ? 'nodeDied' : 'leaseLost');
    case 'signOut':
      return depart(draft, event, 'hangUp');
    case 'mediaFailed':
      return depart(draft, event, 'mediaFailed');
    case 'removed': {
      const member = memberOf(draft.call, event.userId);
      if (member === undefined) return 'not_in_call';
      leave(draft, [member], 'removed', '');
      return undefined;
    }
  }
}

/** `reject` and `ignore` answer an invitation; they can never end a call that another device has answered. */
function decline(draft: Draft, event: CallEvent & { type: 'reject' | 'ignore' }): EngineRefusal | undefined {
  const member = memberOf(draft.call, event.userId);
  if (member?.status !== 'Waiting') {
    return notRinging(member, wasIn(draft.call, event.userId), event.device) ?? 'not_waiting';
  }
  leave(draft, [member], event.type, event.device);
  return undefined;
}

/** A ringing callee who hangs up declines. */
function hangUp(draft: Draft, event: CallEvent & { type: 'hangUp' }): EngineRefusal | undefined {
  const member = memberOf(draft.call, event.userId);
  if (member === undefined) return 'not_in_call';
  if (member.status === 'Waiting') {
    leave(draft, [member], 'reject', event.device);
    return undefined;
  }
  if (member.device !== event.device) return 'answered_elsewhere';
  leave(draft, [member], 'hangUp', event.device);
  return undefined;
}

/** Only the device that holds the call can be lost with it. */
function depart(
  draft: Draft,
  event: CallEvent & { type: 'leaseLost' | 'signOut' | 'mediaFailed' },
  how: 'nodeDied' | 'leaseLost' | 'hangUp' | 'mediaFailed',
): EngineRefusal | undefined {
  const member = holder(draft, event.userId, event.device);
  if (member === undefined) return 'not_in_call';
  leave(draft, [member], how, event.device);
  return undefined;
}
