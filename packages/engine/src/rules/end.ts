import type { Call, Member } from '../call.ts';
import { present } from '../call.ts';
import { audienceOf, type Draft, dismiss, emit, own, tellEnded } from '../draft.ts';
import type { Audience, Change } from '../effect.ts';
import { recordOf } from '../record.ts';
import { type EndCause, reasonOf, resultOf, ringingReasonOf } from './result.ts';

/**
 * Whether the call is over: nobody is in it, fewer than two are left, or the caller left before the first accept.
 * A robot that is alone is fewer than two.
 */
export function isOver(call: Call): boolean {
  const members = present(call);
  if (members.length < 2 || !members.some((member) => member.status === 'Calling')) return true;
  return call.acceptedAt === 0 && !members.some((member) => member.userId === call.caller);
}

/** Ends the call around those who are left. `also` are devices of the one who left, told with the rest. */
export function endCall(draft: Draft, cause: EndCause, also: readonly Audience[]): void {
  const ringing: Member[] = [];
  const talking: Member[] = [];
  for (const member of present(draft.call)) (member.status === 'Waiting' ? ringing : talking).push(member);

  const reason = reasonOf(draft.call, cause);
  const ringingReason = ringingReasonOf(draft.call, cause);
  const userId = cause.by === 'server' ? draft.call.caller : cause.member.userId;
  const result = resultOf(draft.call, cause);

  if (ringing.length > 0) {
    for (const member of ringing) dismiss(draft, member, 'Removed');
    const changed: Change[] = ringing.map((member) => ({ userId: member.userId, action: 'Cancel_Invite' }));
    emit(draft, 'MemberChanged', changed);
  }
  for (const member of talking) dismiss(draft, member, 'Removed');
  const call = own(draft);
  // The clock may be set back, or be another node's.
  call.endedAt = Math.max(draft.now, call.startedAt, call.acceptedAt);
  call.ending = { result, reason, userId };
  emit(draft, 'EndCall', []);

  tellEnded(draft, [...also, ...talking.flatMap((member) => audienceOf(member) ?? [])], reason, userId);
  tellEnded(
    draft,
    ringing.flatMap((member) => audienceOf(member) ?? []),
    ringingReason,
    draft.call.caller,
  );
  draft.effects.push({ type: 'record', record: recordOf(draft.call) });
}
