import type { Call, CallRecord, CallWebhookEvent, Change } from 'ringback-engine';
import {
  type CallId,
  type EndReason,
  endReasons,
  type MemberAction,
  type NoticeParams,
  type UserId,
} from 'ringback-protocol';
import type { HistoryEntry } from '../ports/store.ts';
import type { Identity } from './request.ts';

/** Whose eyes the history is read with, and what is known of the call besides. */
export interface MissedView {
  readonly callId: CallId;
  readonly me: Pick<Identity, 'userId' | 'device'>;
  /** While live. */
  readonly call: Call | undefined;
  /** Once ended. */
  readonly record: CallRecord | undefined;
  readonly profiles: ReadonlyMap<UserId, { readonly nick: string; readonly avatar: string }>;
  readonly sinceEventSeq: number;
}

export type MissedNotice =
  | { readonly method: 'callChanged'; readonly params: NoticeParams<'callChanged'> }
  | { readonly method: 'callEnded'; readonly params: NoticeParams<'callEnded'> };

/** How many missed notices of a call of this many people are told at most: an answer must stay small enough to be read. */
export const noticesWithin = (people: number): number => Math.max(1, Math.min(100, Math.floor(300 / people)));

const departures: Partial<Record<MemberAction, EndReason>> = {
  Hangup: endReasons.hangup,
  Reject: endReasons.reject,
  NotAnswer: endReasons.noResponse,
  Offline: endReasons.offline,
  Busy: endReasons.lineBusy,
  Cancel_Invite: endReasons.canceled,
};

/**
 * The notices that the history of a call amounts to for one device.
 *
 * What happened before the own (latest) invitation is left out, and so is all that follows the end for this device.
 */
export function missedNotices(view: MissedView, history: readonly HistoryEntry[]): MissedNotice[] {
  const { me } = view;
  let notices: MissedNotice[] = [];
  let over = false;
  for (const entry of history) {
    const events = entry.events.filter((event) => event.eventSeq > view.sinceEventSeq);
    const last = events.at(-1);
    if (last === undefined) continue;
    const own = ownChange(events, me.userId);
    const here = entry.device === me.device;
    if (own?.action === 'Invite' || (own?.action === 'Join' && here)) {
      notices = [];
      over = false;
      if (own.action === 'Invite') continue;
    }
    if (over) continue;
    if (own?.action === 'Answer' && !here) {
      over = true;
      notices.push(ended(view, entry, last.eventSeq, endReasons.otherDeviceAccepted, me.userId));
      continue;
    }
    const departed = own !== undefined && departures[own.action] !== undefined;
    if (!departed) for (const event of events) if (isChange(event)) notices.push(changed(view, event));
    if (departed || last.kind === 'EndCall') {
      over = true;
      notices.push(departed ? ownEnd(view, entry, events, own) : commonEnd(view, entry, events));
    }
  }
  return notices;
}

/** What a device is told whose call is over, when the history does not say how. */
export function unknownEnd(view: MissedView): MissedNotice {
  const { call, record, callId, me } = view;
  const own = call?.members.find((member) => member.userId === me.userId);
  const elsewhere = own !== undefined && own.status !== 'Gone';
  return {
    method: 'callEnded',
    params: {
      callId,
      eventSeq: call?.eventSeq ?? view.sinceEventSeq,
      reason: elsewhere ? endReasons.otherDeviceAccepted : endReasons.unknown,
      userId: elsewhere ? me.userId : (call?.caller ?? record?.caller ?? me.userId),
      result: record?.result ?? '',
      totalTime: record === undefined ? 0 : seconds(record.acceptedAt, record.endedAt),
    },
  };
}

function ownChange(events: readonly CallWebhookEvent[], userId: UserId): Change | undefined {
  for (const event of events) {
    const found = event.changed.find((change) => change.userId === userId);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Withdrawn invitations are told by the end that withdrew them. */
const isChange = (event: CallWebhookEvent): boolean =>
  event.kind === 'MemberChanged' && event.changed[0]?.action !== 'Cancel_Invite';

function changed({ callId, call, record, profiles }: MissedView, event: CallWebhookEvent): MissedNotice {
  const caller = call?.caller ?? record?.caller ?? '';
  const members = event.users.map(({ userId, status }) => {
    const now = call?.members.find((member) => member.userId === userId);
    const { nick, avatar } = profiles.get(userId) ?? { nick: '', avatar: '' };
    const member = { userId, status, nick, avatar, invitedBy: now?.invitedBy ?? caller };
    return status === 'Waiting' && now?.status === 'Waiting' ? { ...member, deadline: now.deadline } : member;
  });
  const mediaType = call?.mediaType ?? record?.mediaType ?? 'Audio';
  const { eventSeq } = event;
  return { method: 'callChanged', params: { callId, eventSeq, changed: [...event.changed], members, mediaType } };
}

/** The end of the own membership. */
function ownEnd(view: MissedView, entry: HistoryEntry, events: readonly CallWebhookEvent[], own: Change): MissedNotice {
  const { me } = view;
  const last = events.at(-1);
  const callEnds = last?.kind === 'EndCall';
  const eventSeq = last?.eventSeq ?? entry.eventSeq;
  if (own.action === 'Cancel_Invite') {
    return ended(view, entry, eventSeq, withdrawal(view, entry, events), callerOf(view), callEnds);
  }
  const declined = own.action === 'Reject' || own.action === 'Busy';
  const elsewhere = declined && entry.actor === me.userId && entry.device !== me.device;
  const reason = elsewhere ? endReasons.otherDeviceReject : reasonOf(view, own);
  return ended(view, entry, eventSeq, reason, me.userId, callEnds);
}

/** The end of the whole call, for those who were in it until then. */
function commonEnd(view: MissedView, entry: HistoryEntry, events: readonly CallWebhookEvent[]): MissedNotice {
  const eventSeq = events.at(-1)?.eventSeq ?? entry.eventSeq;
  if (entry.type === 'end') return ended(view, entry, eventSeq, endReasons.endByServer, callerOf(view), true);
  const departure = departureOf(entry.events);
  const reason = departure === undefined ? endReasons.unknown : reasonOf(view, departure);
  return ended(view, entry, eventSeq, reason, departure?.userId ?? callerOf(view), true);
}

/** The last of those whose leaving ended the call. */
const departureOf = (events: readonly CallWebhookEvent[]): Change | undefined => events.find(isChange)?.changed.at(-1);

/** Why an invitation was withdrawn: the server's end, the caller's silence, or else it was cancelled. */
function withdrawal(view: MissedView, entry: HistoryEntry, events: readonly CallWebhookEvent[]): EndReason {
  if (entry.type === 'end') return endReasons.endByServer;
  const lost = entry.type === 'leaseLost' && departureOf(events)?.userId === callerOf(view);
  return lost ? endReasons.offline : endReasons.canceled;
}

/** A caller who hangs up before anybody has accepted withdraws the call. */
function reasonOf(view: MissedView, { userId, action }: Change): EndReason {
  const accepted = (view.call?.acceptedAt ?? view.record?.acceptedAt ?? 0) !== 0;
  if (action === 'Hangup' && !accepted && userId === callerOf(view)) return endReasons.canceled;
  return departures[action] ?? endReasons.unknown;
}

const callerOf = ({ call, record, me }: MissedView): UserId => call?.caller ?? record?.caller ?? me.userId;

function ended(
  view: MissedView,
  entry: HistoryEntry,
  eventSeq: number,
  reason: EndReason,
  userId: UserId,
  callEnds = false,
): MissedNotice {
  const { call, record, callId } = view;
  const result = callEnds ? (record?.result ?? '') : '';
  const acceptedAt = call?.acceptedAt ?? record?.acceptedAt ?? 0;
  const totalTime = seconds(acceptedAt, callEnds ? (record?.endedAt ?? entry.at) : entry.at);
  return { method: 'callEnded', params: { callId, eventSeq, reason, userId, result, totalTime } };
}

const seconds = (from: number, to: number): number => (from === 0 ? 0 : Math.max(0, Math.floor((to - from) / 1000)));
