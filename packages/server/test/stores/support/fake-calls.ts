import type { Call, CallEventType, CallRecord, CallWebhookEvent, Member, Seat } from 'ringback-engine';
import {
  type CallId,
  type CallResult,
  type CallType,
  callId,
  deviceId,
  endReasons,
  requestId,
  type SdkAppId,
  sdkAppId,
  type UserId,
  userId,
} from 'ringback-protocol';
import type { CallWrite } from '../../../src/ports/store.ts';

/** Writes as the engine's steps would make them, put together by hand: a store must not care where they come from. */

export const appA: SdkAppId = sdkAppId(1400000001);
export const appB: SdkAppId = sdkAppId(1400000002);

/** The `n`th call id; they sort by number. */
export const idOf = (n: number): CallId => callId(`${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`);

export const alice = userId('alice');
export const bob = userId('bob');
export const carol = userId('carol');

/** ms; when calls of the tests start unless they say otherwise. */
export const noon = 1_700_000_000_000;

const device = deviceId('phone');

const member = (one: UserId, status: Member['status'], caller: UserId, deadline: number): Member => ({
  userId: one,
  nick: '',
  avatar: '',
  status,
  invitedBy: caller,
  deadline,
  device: status === 'Calling' ? device : '',
  userData: '',
  robot: false,
});

export interface NewCall {
  readonly app?: SdkAppId;
  readonly callId: CallId;
  readonly caller?: UserId;
  readonly callees?: readonly UserId[];
  /** ms. */
  readonly at?: number;
  readonly callType?: CallType;
  readonly chatGroupId?: string;
  readonly userData?: string;
}

/** What a step does to a call, in the words that all of them share. */
interface Change {
  readonly type: CallEventType;
  readonly actor: UserId;
  readonly at: number;
  readonly kind: CallWebhookEvent['kind'];
  readonly members: readonly Member[];
  readonly seats?: readonly { readonly userId: UserId; readonly status: Seat['status'] }[];
  readonly unseats?: readonly UserId[];
  readonly acceptedAt?: number;
}

/** The first write of a call: the caller is in, the callees ring, all hold seats. */
export function startWrite(options: NewCall): CallWrite {
  const { app = appA, callId: id, caller = alice, callees = [bob], at = noon } = options;
  const before: Call = {
    app,
    callId: id,
    version: 0,
    callType: options.callType ?? (callees.length > 1 ? 'MultiCall' : 'SingleCall'),
    mediaType: 'Audio',
    chatGroupId: options.chatGroupId ?? '',
    groupKnown: false,
    roomId: id,
    roomIdType: 2,
    caller,
    userData: options.userData ?? '',
    maxMembers: 9,
    startedAt: at,
    acceptedAt: 0,
    endedAt: 0,
    members: [],
    eventSeq: 0,
    eventTime: at,
    origin: { clientIp: '192.0.2.7', platform: 'Web' },
  };
  const members = [
    member(caller, 'Calling', caller, 0),
    ...callees.map((one) => member(one, 'Waiting', caller, at + 30_000)),
  ];
  const seats = members.map(({ userId: one, status }) => ({ userId: one, status: status as Seat['status'] }));
  return stepWrite(before, { type: 'start', actor: caller, at, kind: 'StartCall', members, seats });
}

/** A ringing member answers. */
export function acceptWrite(call: Call, who: UserId, at = call.eventTime + 1000): CallWrite {
  const members = call.members.map((one) => (isPresent(one, who) ? member(who, 'Calling', call.caller, 0) : one));
  const acceptedAt = call.acceptedAt === 0 ? at : call.acceptedAt;
  const seats = [{ userId: who, status: 'Calling' as const }];
  return stepWrite(call, { type: 'accept', actor: who, at, kind: 'MemberChanged', members, seats, acceptedAt });
}

/** A member asks somebody else in, who rings from now on. */
export function inviteWrite(call: Call, who: UserId, at = call.eventTime + 1000): CallWrite {
  const members = [...call.members, member(who, 'Waiting', call.caller, at + 30_000)];
  const seats = [{ userId: who, status: 'Waiting' as const }];
  return stepWrite(call, { type: 'invite', actor: call.caller, at, kind: 'MemberChanged', members, seats });
}

/** A member hangs up; the call goes on. */
export function leaveWrite(call: Call, who: UserId, at = call.eventTime + 1000): CallWrite {
  const members = call.members.map(
    (one): Member => (isPresent(one, who) ? { ...one, status: 'Gone', deadline: 0, outcome: 'Hangup' } : one),
  );
  return stepWrite(call, { type: 'hangUp', actor: who, at, kind: 'MemberChanged', members, unseats: [who] });
}

/** The call ends for all; the record is written. */
export function endWrite(call: Call, result: CallResult = 'NormalEnd', at = call.eventTime + 1000): CallWrite {
  const unseats = seated(call);
  const members = call.members.map((one): Member => ({ ...one, status: 'Gone', deadline: 0, outcome: 'Removed' }));
  const write = stepWrite(call, { type: 'end', actor: call.caller, at, kind: 'EndCall', members, unseats });
  const ending = { result, reason: endReasons.hangup, userId: call.caller };
  const ended: Call = { ...write.call, endedAt: at, ending };
  return { ...write, call: ended, nextDeadline: 0, record: recordOf(ended, result) };
}

/** A call whose only step both starts and ends it, as when everybody is busy. */
export function briefWrite(options: NewCall & { readonly result?: CallResult }): CallWrite {
  const { result = 'CallBusy' } = options;
  const start = startWrite(options);
  const endedAt = start.call.startedAt + 1;
  const call: Call = { ...start.call, endedAt, ending: { result, reason: endReasons.lineBusy, userId: bob } };
  return { ...start, call, nextDeadline: 0, seats: [], record: recordOf(call, result) };
}

/** Somebody who left and was invited again stands in the list twice. */
const isPresent = (one: Member, who: UserId): boolean => one.userId === who && one.status !== 'Gone';

/** Who holds a seat in the call. */
export const seated = (call: Call): readonly UserId[] =>
  call.members.filter(({ status }) => status !== 'Gone').map((one) => one.userId);

function stepWrite(before: Call, change: Change): CallWrite {
  const { at, members, kind, actor } = change;
  const event: CallWebhookEvent = {
    kind,
    eventSeq: before.eventSeq + 1,
    eventTime: at,
    changed: [],
    users: members.flatMap(({ userId: one, status }) => (status === 'Gone' ? [] : [{ userId: one, status }])),
  };
  const call: Call = {
    ...before,
    version: before.version + 1,
    members,
    acceptedAt: change.acceptedAt ?? before.acceptedAt,
    eventSeq: event.eventSeq,
    eventTime: at,
  };
  const deadlines = members.filter((one) => one.status === 'Waiting').map((one) => one.deadline);
  return {
    app: call.app,
    callId: call.callId,
    expects: before.version,
    call,
    nextDeadline: deadlines.length === 0 ? 0 : Math.min(...deadlines),
    seats: change.seats ?? [],
    unseats: change.unseats ?? [],
    history: {
      seq: call.version,
      eventSeq: call.eventSeq,
      at,
      type: change.type,
      cause: 'device',
      actor,
      device,
      requestId: requestId(`Id-${call.callId}-${call.version}`),
      events: [event],
    },
    origin: before.origin,
    outbox: [],
  };
}

const recordOf = (call: Call, result: CallResult): CallRecord => ({
  app: call.app,
  callId: call.callId,
  caller: call.caller,
  mediaType: call.mediaType,
  callType: call.callType,
  startedAt: call.startedAt,
  acceptedAt: call.acceptedAt,
  endedAt: call.endedAt,
  result,
  members: call.members.map((one) => one.userId),
  roomId: call.roomId,
  roomIdType: call.roomIdType,
  chatGroupId: call.chatGroupId,
});
