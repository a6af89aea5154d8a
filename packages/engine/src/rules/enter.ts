import { type DeviceId, endReasons, type UserId } from 'ringback-protocol';
import { type Call, type Member, memberOf, mostPeople, present, wasIn } from '../call.ts';
import { type Draft, emit, own, setMember, tellChanged, tellEnded } from '../draft.ts';
import type { Change, EngineRefusal } from '../effect.ts';
import type { CallEvent } from '../event.ts';
import { answered, newMember } from '../whole.ts';

/** Why a user who is not ringing may not answer; undefined when this device has answered already. */
export function notRinging(
  member: Member | undefined,
  known: boolean,
  device: DeviceId | '',
): EngineRefusal | undefined {
  if (member === undefined) return known ? 'not_waiting' : 'not_in_call';
  return member.device === device ? undefined : 'answered_elsewhere';
}

/** `accept`: the first device of a callee that answers holds the call; the others stop ringing. */
export function accept(draft: Draft, event: CallEvent & { type: 'accept' }): EngineRefusal | undefined {
  const { call } = draft;
  const member = memberOf(call, event.userId);
  if (event.merged === true) {
    // Dialling the caller of one's own ringing single call answers it; anything else is a second call.
    const glare = call.callType === 'SingleCall' && member?.status === 'Waiting' && call.caller !== event.userId;
    if (!glare) return 'already_in_call';
  }
  if (member?.status !== 'Waiting') {
    return notRinging(member, wasIn(call, event.userId), event.device);
  }
  answer(draft, member, event.device);
  return undefined;
}

/** Puts a ringing member into the call. */
export function answer(draft: Draft, member: Member, device: DeviceId): void {
  enter(draft, answered(member, device), [{ userId: member.userId, action: 'Answer' }]);
  tellEnded(draft, [{ userId: member.userId, except: device }], endReasons.otherDeviceAccepted, member.userId);
}

/** `join`: into a running call by its id. */
export function join(draft: Draft, event: CallEvent & { type: 'join' }): EngineRefusal | undefined {
  const { call } = draft;
  const { person, device } = event;
  const member = memberOf(call, person.userId);
  if (member?.status === 'Waiting') {
    answer(draft, member, device);
    return undefined;
  }
  if (member !== undefined) return member.device === device ? undefined : 'answered_elsewhere';
  if (person.seat !== undefined && person.seat.callId !== call.callId) return 'already_in_call';
  if (!mayJoin(call, person.userId, event.groupMember)) return 'not_allowed';
  if (present(call).length >= call.maxMembers) return 'call_full';
  // Far above what invitations may fill, so that nobody can lock others out with those.
  if (!wasIn(call, person.userId) && call.members.length >= 10 * mostPeople(call)) return 'call_full';
  enter(
    draft,
    newMember(person, {
      status: 'Calling',
      invitedBy: person.userId,
      deadline: 0,
      device,
      userData: '',
      push: undefined,
      robot: false,
      outcome: undefined,
    }),
    [{ userId: person.userId, action: 'Join' }],
  );
  return undefined;
}

/** Whether a user may enter a call without being invited; `groupMember`: is in the known group that the call is of. */
export function mayJoin(call: Call, userId: UserId, groupMember: boolean): boolean {
  const invited = wasIn(call, userId);
  if (call.callType === 'SingleCall') return invited;
  return !call.groupKnown || groupMember || invited;
}

/** Somebody is in the call now; the first to come accepts it. */
function enter(draft: Draft, member: Member, changed: readonly Change[]): void {
  setMember(draft, member);
  const call = own(draft);
  if (call.acceptedAt === 0) call.acceptedAt = Math.max(draft.now, call.startedAt);
  emit(draft, 'MemberChanged', changed);
  tellChanged(draft, present(draft.call), changed);
}
