import type { CallId } from 'ringback-protocol';
import type { Member } from './call.ts';
import { type Draft, emit, notify, own, seal, tellChanged } from './draft.ts';
import type { Change, Outcome } from './effect.ts';
import type { StartEvent } from './event.ts';
import { endCall, isOver } from './rules/end.ts';
import { gone, newMember, type Own } from './whole.ts';

/** The call that a start should answer instead, because both dialled each other at once. */
export interface Merge {
  readonly merge: CallId;
}

/** Makes a call. Busy callees are noted, the rest ring; when all are busy the call is over at once. */
export function start(event: StartEvent, now: number): Outcome | Merge {
  const { caller } = event;
  if (!event.robot && caller.seat !== undefined) {
    const merge = glare(event);
    return merge === undefined ? { refusal: 'already_in_call' } : { merge };
  }

  const draft = open(event, now);
  const busy: Member[] = [];
  for (const member of draft.call.members) {
    if (event.callees.some((person) => person.userId === member.userId && person.seat !== undefined)) busy.push(member);
  }
  emit(draft, 'StartCall', []);
  const last = busy.at(-1);
  if (last !== undefined) {
    own(draft).members = draft.call.members.map((member) => (busy.includes(member) ? gone(member, 'Busy') : member));
    emit(
      draft,
      'MemberChanged',
      busy.map((member): Change => ({ userId: member.userId, action: 'Busy' })),
    );
  }

  const over = isOver(draft.call);
  for (const member of over ? [] : draft.call.members) {
    if (member.status !== 'Waiting') continue;
    notify(draft, [{ userId: member.userId }], { method: 'callReceived', call: draft.call, userId: member.userId });
  }
  if (last !== undefined) {
    const changed = busy.map((member): Change => ({ userId: member.userId, action: 'Busy' }));
    const dialling = draft.call.members.filter((member) => member.userId === event.caller.userId);
    tellChanged(draft, dialling, changed);
    if (over) endCall(draft, { by: 'busy', member: last }, []);
  }
  return seal(draft);
}

/** B dials A alone while A's own call rings at B: B means to answer it. The accept itself checks the rest. */
function glare(event: StartEvent): CallId | undefined {
  const mine = event.caller.seat;
  const theirs = event.callees[0]?.seat;
  const alone = event.asked === 1 && event.chatGroupId === '';
  const same = mine?.status === 'Waiting' && theirs?.status === 'Calling' && mine.callId === theirs.callId;
  return event.glare === 'merge' && alone && same ? mine.callId : undefined;
}

/** What there was before a call. */
const nothing = { version: 0, members: [] } as const;

/** A draft that starts from nothing: before it, nobody is present. */
function open(event: StartEvent, now: number): Draft {
  const { caller, device, robot, userData } = event;
  const ringing = {
    status: 'Waiting',
    invitedBy: caller.userId,
    deadline: now + event.timeout,
    device: '',
    userData,
    push: undefined,
    robot: false,
    outcome: undefined,
  } as const;
  const calling = {
    status: 'Calling',
    invitedBy: caller.userId,
    deadline: 0,
    device,
    userData,
    push: undefined,
    robot,
    outcome: undefined,
  } as const;
  const call: Own = {
    app: event.app,
    callId: event.callId,
    version: 1,
    callType: event.asked === 1 && event.chatGroupId === '' ? 'SingleCall' : 'MultiCall',
    mediaType: event.mediaType,
    chatGroupId: event.chatGroupId,
    groupKnown: event.groupKnown,
    roomId: event.roomId === '' ? event.callId : event.roomId,
    roomIdType: event.roomId === '' ? 2 : event.roomIdType === 0 ? 2 : event.roomIdType,
    caller: caller.userId,
    userData,
    push: event.push,
    maxMembers: event.maxMembers,
    startedAt: now,
    acceptedAt: 0,
    endedAt: 0,
    members: [newMember(caller, calling), ...event.callees.map((callee) => newMember(callee, ringing))],
    eventSeq: 0,
    eventTime: 0,
    origin: event.origin,
    ending: undefined,
  };
  return { before: nothing, call, own: call, effects: [], now };
}
