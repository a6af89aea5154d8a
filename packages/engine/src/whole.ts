import type { DeviceId } from 'ringback-protocol';
import type { Call, Member, MemberOutcome } from './call.ts';

/*
 * Calls and members are made here, with every field that one may have, in the order in which `start` makes calls. Never by
 * spreading: V8 makes a hidden class for each object that is spread and then gets a field more, which is read slowly and
 * stays in memory for long. A field that this version does not know is not kept.
 */

/** With every field, though it be undefined. */
type Whole<T> = { -readonly [Key in keyof T]-?: T[Key] };

/** A call that may still be written to. */
export type Own = Whole<Call>;

/** A copy of a call. */
export function copyOf(call: Call): Own {
  return {
    app: call.app,
    callId: call.callId,
    version: call.version,
    callType: call.callType,
    mediaType: call.mediaType,
    chatGroupId: call.chatGroupId,
    groupKnown: call.groupKnown,
    roomId: call.roomId,
    roomIdType: call.roomIdType,
    caller: call.caller,
    userData: call.userData,
    push: call.push,
    maxMembers: call.maxMembers,
    startedAt: call.startedAt,
    acceptedAt: call.acceptedAt,
    endedAt: call.endedAt,
    members: call.members,
    eventSeq: call.eventSeq,
    eventTime: call.eventTime,
    origin: call.origin,
    ending: call.ending,
  };
}

/** Who becomes a member, and as what. */
export function newMember(
  person: Pick<Member, 'userId' | 'nick' | 'avatar'>,
  as: Omit<Whole<Member>, 'userId' | 'nick' | 'avatar'>,
): Whole<Member> {
  return {
    userId: person.userId,
    nick: person.nick,
    avatar: person.avatar,
    status: as.status,
    invitedBy: as.invitedBy,
    deadline: as.deadline,
    device: as.device,
    userData: as.userData,
    push: as.push,
    robot: as.robot,
    outcome: as.outcome,
  };
}

/** A member who answers, with a device. */
export const answered = (member: Member, device: DeviceId): Member =>
  newMember(member, {
    status: 'Calling',
    invitedBy: member.invitedBy,
    deadline: 0,
    device,
    userData: member.userData,
    push: member.push,
    robot: member.robot,
    outcome: member.outcome,
  });

/** A member who is gone. What the push said is kept: one that takes it back says the same. */
export const gone = (member: Member, outcome: MemberOutcome): Member =>
  newMember(member, {
    status: 'Gone',
    invitedBy: member.invitedBy,
    deadline: 0,
    device: '',
    userData: '',
    push: member.push,
    robot: member.robot,
    outcome,
  });
