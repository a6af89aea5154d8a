import { type Call, type Member, present } from 'ringback-engine';
import type { CallView, MemberView, UserId } from 'ringback-protocol';

/** The present members as devices see them. */
export const membersView = (call: Call): MemberView[] => present(call).map(memberView);

/** The caller, and whoever joined, invited themselves. */
const wasInvited = ({ userId, invitedBy }: Member): boolean => invitedBy !== userId;

function memberView(member: Member): MemberView {
  const { userId, status, nick, avatar, invitedBy, deadline } = member;
  return status === 'Waiting'
    ? { userId, status, nick, avatar, invitedBy, deadline }
    : { userId, status: 'Calling', nick, avatar, invitedBy };
}

/** The *call* of the signalling protocol, as one of its users sees it: with the user data of the own invitation. */
export function callView(call: Call, forUser: UserId): CallView {
  const own = call.members.find((member) => member.userId === forUser);
  return {
    callId: call.callId,
    mediaType: call.mediaType,
    callType: call.callType,
    chatGroupId: call.chatGroupId,
    roomId: call.roomId,
    roomIdType: call.roomIdType,
    caller: call.caller,
    startedAt: call.startedAt,
    acceptedAt: call.acceptedAt,
    userData:
      own === undefined || (own.userId === call.caller && own.invitedBy === call.caller) ? call.userData : own.userData,
    eventSeq: call.eventSeq,
    members: membersView(call),
    invited: call.members.filter(wasInvited).map(({ userId }) => userId),
  };
}
