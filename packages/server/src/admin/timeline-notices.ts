import type { Call, CallRecord, CallWebhookEvent, Change } from 'ringback-engine';
import { endReasons, type MemberAction, type UserId } from 'ringback-protocol';
import type { HistoryEntry } from '../ports/store.ts';

/** A notice that a step made the server send, and the users whose devices it went to. */
export interface ToldNotice {
  readonly method: 'callReceived' | 'callChanged' | 'callEnded';
  readonly to: readonly UserId[];
  /** Of `callEnded`: the reason that devices were given, and whose action, or silence, it was. */
  readonly reason?: number;
  readonly userId?: UserId;
}

const departures: Partial<Record<MemberAction, number>> = {
  Hangup: endReasons.hangup,
  Reject: endReasons.reject,
  NotAnswer: endReasons.noResponse,
  Offline: endReasons.offline,
  Busy: endReasons.lineBusy,
};

/**
 * The notices of a step. They follow from its events, so they are not kept: what the rules of the engine tell devices is
 * told here again, from the history. Robots have no device and are told nothing; `robot` is the caller who is one.
 */
export function noticesOf(
  entry: HistoryEntry,
  call: Pick<Call | CallRecord, 'caller' | 'acceptedAt'>,
  robot: UserId | undefined,
): readonly ToldNotice[] {
  const notices: ToldNotice[] = [];
  const people = (users: readonly UserId[]): readonly UserId[] => users.filter((user) => user !== robot);
  const tell = (notice: ToldNotice): void => {
    const to = people(notice.to);
    if (to.length > 0) notices.push({ ...notice, to });
  };
  const end = entry.events.find(({ kind }) => kind === 'EndCall');
  const withdrawn = entry.events.find(isWithdrawal)?.changed.map(({ userId }) => userId) ?? [];
  const talking: UserId[] = [];
  for (const event of entry.events) {
    if (event.kind === 'StartCall' && end === undefined) {
      tell({ method: 'callReceived', to: withStatus(event, 'Waiting').filter((user) => !isBusy(entry, user)) });
    }
    if (event.kind !== 'MemberChanged' || isWithdrawal(event)) continue;
    const invited = event.changed.filter(({ action }) => action === 'Invite').map(({ userId }) => userId);
    // At the start only who dials hears of those who are busy; at the end, only those who talk hear of the last departure.
    let to = event.users.map(({ userId }) => userId).filter((user) => !invited.includes(user));
    if (entry.type === 'start') to = [call.caller];
    else if (end !== undefined) to = withStatus(event, 'Calling');
    talking.splice(0, Infinity, ...withStatus(event, 'Calling'));
    tell({ method: 'callChanged', to });
    if (invited.length > 0) tell({ method: 'callReceived', to: invited.filter((user) => !isBusy(entry, user)) });
    for (const change of event.changed) {
      const { userId, action } = change;
      if (action === 'Answer')
        tell({ method: 'callEnded', to: [userId], reason: endReasons.otherDeviceAccepted, userId });
      const reason = reasonOf(change, entry, call);
      if (reason === undefined || entry.type === 'start' || entry.type === 'invite') continue;
      tell({ method: 'callEnded', to: [userId], reason, userId });
    }
  }
  if (end === undefined) return notices;
  const departure = entry.events
    .find((event) => event.kind === 'MemberChanged' && !isWithdrawal(event))
    ?.changed.at(-1);
  const byServer = entry.type === 'end';
  const reason = byServer ? endReasons.endByServer : departure && reasonOf(departure, entry, call);
  const by = byServer ? call.caller : (departure?.userId ?? call.caller);
  const left = byServer ? people(lastUsers(entry).filter((user) => !withdrawn.includes(user))) : talking;
  tell({ method: 'callEnded', to: left, reason: reason ?? endReasons.unknown, userId: by });
  const lost = entry.type === 'leaseLost' && departure?.userId === call.caller;
  const ringing = byServer ? endReasons.endByServer : lost ? endReasons.offline : endReasons.canceled;
  tell({ method: 'callEnded', to: withdrawn, reason: ringing, userId: call.caller });
  return notices;
}

const isWithdrawal = (event: CallWebhookEvent): boolean => event.changed[0]?.action === 'Cancel_Invite';

const withStatus = (event: CallWebhookEvent, wanted: 'Waiting' | 'Calling'): UserId[] =>
  event.users.filter(({ status }) => status === wanted).map(({ userId }) => userId);

const isBusy = (entry: HistoryEntry, user: UserId): boolean =>
  entry.events.some(({ changed }) => changed.some(({ userId, action }) => userId === user && action === 'Busy'));

/** Who was in the call when the server ended it: the events before the end name them. */
const lastUsers = (entry: HistoryEntry): readonly UserId[] => {
  const before = entry.events.filter(({ kind }) => kind !== 'EndCall').at(-1) ?? entry.events[0];
  return before?.users.map(({ userId }) => userId) ?? [];
};

/** A caller who hangs up before anybody has accepted withdraws the call. */
function reasonOf(
  { userId, action }: Change,
  entry: HistoryEntry,
  call: Pick<Call | CallRecord, 'caller' | 'acceptedAt'>,
): number | undefined {
  const accepted = call.acceptedAt !== 0 && call.acceptedAt <= entry.at;
  if (action === 'Hangup' && !accepted && userId === call.caller) return endReasons.canceled;
  return departures[action];
}
