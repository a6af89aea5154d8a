import {
  bounds,
  type CallId,
  type CallResult,
  type CallType,
  type DeviceId,
  type EndReason,
  type MediaType,
  type MemberStatus,
  type OptPlatform,
  type PushInfo,
  type RoomIdType,
  type SdkAppId,
  type UserId,
} from 'ringback-protocol';

/** One person (or robot) of a call, from the invitation on. Members who left stay in the list as `Gone`. */
export interface Member {
  readonly userId: UserId;
  readonly nick: string;
  readonly avatar: string;
  readonly status: MemberStatus | 'Gone';
  /** Who invited; the caller and those who joined by themselves invited themselves. */
  readonly invitedBy: UserId;
  /** ms; the invitation runs out then. 0 when not `Waiting`. */
  readonly deadline: number;
  /** The device that holds the call, while `Calling`; empty for a robot and while ringing. */
  readonly device: DeviceId | '';
  /** What the invitation carried: text for the callee. */
  readonly userData: string;
  /** What a push for this invitation says, where it was not the start of the call that invited. */
  readonly push?: PushInfo | undefined;
  /** A robot has no device, no seat and no lease. */
  readonly robot: boolean;
  /** Why the member is `Gone`; undefined before. */
  readonly outcome?: MemberOutcome | undefined;
}

/** How a membership ended. `Removed` = the call ended around the member. */
export type MemberOutcome = 'Reject' | 'NotAnswer' | 'Busy' | 'Hangup' | 'Offline' | 'Removed';

/** Where a request came from, as webhooks report it. */
export interface Origin {
  /** Dotted quad or IPv6; empty when unknown. */
  readonly clientIp: string;
  readonly platform: OptPlatform;
}

/** A call as a value. The engine makes the next one; nothing ever changes this one. */
export interface Call {
  readonly app: SdkAppId;
  readonly callId: CallId;
  /** Counts the steps, from 1; also the `seq` of the history. */
  readonly version: number;
  readonly callType: CallType;
  readonly mediaType: MediaType;
  /** Empty when none was given. */
  readonly chatGroupId: string;
  /** The group is one that this server knows, so its membership rules who may join. */
  readonly groupKnown: boolean;
  readonly roomId: string;
  readonly roomIdType: RoomIdType;
  readonly caller: UserId;
  readonly userData: string;
  /** What the pushes for those who were called at the start say. */
  readonly push?: PushInfo | undefined;
  /** How many members may be `Waiting` or `Calling` at once. */
  readonly maxMembers: number;
  /** ms. */
  readonly startedAt: number;
  /** ms; 0 until somebody has accepted. */
  readonly acceptedAt: number;
  /** ms; 0 while live. */
  readonly endedAt: number;
  /** In order of invitation, the caller first. Whoever was in it once keeps the place, come what may. */
  readonly members: readonly Member[];
  /** Number of the last webhook event of this call; StartCall is 1. */
  readonly eventSeq: number;
  /** ms; the `EventTime` of the last event, which the next one exceeds. */
  readonly eventTime: number;
  /** Of the start: what webhooks of timers and leases report. */
  readonly origin: Origin;
  /** How it ended; undefined while live. */
  readonly ending?: Ending | undefined;
}

/** The end of a call. */
export interface Ending {
  readonly result: CallResult;
  readonly reason: EndReason;
  /** Whose action, or silence, ended it; the caller when the server did. */
  readonly userId: UserId;
}

/** What is kept of a call for good. Times in ms. */
export interface CallRecord {
  readonly app: SdkAppId;
  readonly callId: CallId;
  readonly caller: UserId;
  readonly mediaType: MediaType;
  readonly callType: CallType;
  readonly startedAt: number;
  readonly acceptedAt: number;
  readonly endedAt: number;
  readonly result: CallResult;
  /** The caller first, then everybody who was ever invited or in the call, in order of invitation. */
  readonly members: readonly UserId[];
  readonly roomId: string;
  readonly roomIdType: RoomIdType;
  readonly chatGroupId: string;
}

/** A membership of a live call that makes its user busy. */
export interface Seat {
  readonly callId: CallId;
  readonly status: MemberStatus;
}

/** Members who are ringing or in the call. */
export const present = (call: Call): readonly Member[] => call.members.filter((member) => member.status !== 'Gone');

/** The present membership of a user, if there is one. */
export const memberOf = (call: Call, userId: UserId): Member | undefined =>
  call.members.find((member) => member.userId === userId && member.status !== 'Gone');

/** Whether a user is in the call, or was. */
export const wasIn = (call: Call, userId: UserId): boolean => call.members.some((member) => member.userId === userId);

/** True while the call can still change. */
export const isLive = (call: Call): boolean => call.endedAt === 0;

/** ms: when the next invitation runs out; 0 when none is open. */
export function nextDeadline(call: Call): number {
  let next = 0;
  for (const member of call.members) {
    if (member.status === 'Waiting' && (next === 0 || member.deadline < next)) next = member.deadline;
  }
  return next;
}

/**
 * How many people may be invited into a call over time: those who left stay in the list, for the record. Ten times as many
 * may join.
 */
export const mostPeople = (call: Call): number => Math.max(bounds.peoplePerCall, 10 * call.maxMembers);

/** What a push for the invitation of a member says. */
export const pushOf = (call: Call, member: Member): PushInfo => member.push ?? call.push ?? noPush;

const noPush: PushInfo = {};
