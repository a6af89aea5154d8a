import type { CallId } from 'ringback-protocol';
import type { Call, Member } from './call.ts';
import { type Draft, emit, notify, seal, setCall, tellChanged } from './draft.ts';
import type { Change, Outcome } from './effect.ts';
import type { Person, StartEvent } from './event.ts';
import { endCall, isOver } from './rules/end.ts';

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
    const members = draft.call.members.map(
      (member): Member =>
        busy.includes(member) ? { ...member, status: 'Gone', deadline: 0, userData: '', outcome: 'Busy' } : member,
    );
    setCall(draft, { members });
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
  const alone = event.callees.length === 1 && event.chatGroupId === '';
  const same = mine?.status === 'Waiting' && theirs?.status === 'Calling' && mine.callId === theirs.callId;
  return event.glare === 'merge' && alone && same ? mine.callId : undefined;
}

/** A draft that starts from nothing: before it, nobody is present. */
function open(event: StartEvent, now: number): Draft {
  const member = (person: Person): Member => ({
    userId: person.userId,
    nick: person.nick,
    avatar: person.avatar,
    status: 'Waiting',
    invitedBy: event.caller.userId,
    deadline: now + event.timeout,
    device: '',
    userData: event.userData,
    robot: false,
  });
  const caller: Member = {
    ...member(event.caller),
    status: 'Calling',
    deadline: 0,
    device: event.device,
    robot: event.robot,
  };
  const call: Call = {
    app: event.app,
    callId: event.callId,
    version: 0,
    callType: event.callees.length === 1 && event.chatGroupId === '' ? 'SingleCall' : 'MultiCall',
    mediaType: event.mediaType,
    chatGroupId: event.chatGroupId,
    groupKnown: event.groupKnown,
    roomId: event.roomId === '' ? event.callId : event.roomId,
    roomIdType: event.roomId === '' ? 2 : event.roomIdType === 0 ? 2 : event.roomIdType,
    caller: event.caller.userId,
    userData: event.userData,
    ...(event.push === undefined ? {} : { push: event.push }),
    maxMembers: event.maxMembers,
    startedAt: now,
    acceptedAt: 0,
    endedAt: 0,
    members: [caller, ...event.callees.map(member)],
    eventSeq: 0,
    eventTime: 0,
    origin: event.origin,
  };
  return { before: { ...call, members: [] }, call, effects: [], now };
}
