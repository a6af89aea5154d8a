import type { EndReason, UserId } from 'ringback-protocol';
import type { Call, Member, MemberOutcome } from './call.ts';
import type { Audience, Change, Effect, Notice, Outcome } from './effect.ts';
import { copyOf, gone, type Own } from './whole.ts';

/**
 * A step under construction. Rules change the draft, `seal` turns it into an outcome.
 * It lives within one call of `step` only; nothing outside the engine ever sees it.
 */
export interface Draft {
  /** As the step found the call; where it makes one, there was nobody in it. */
  readonly before: Pick<Call, 'version' | 'members'>;
  /** The call as it stands now. To change it, ask for `own`. */
  call: Call;
  /** `call` as long as it is a copy that no notice has shown; undefined before and after. */
  own: Own | undefined;
  readonly effects: Effect[];
  readonly now: number;
}

/** Opens a draft on a call. */
export const draftOf = (call: Call, now: number): Draft => ({ before: call, call, own: undefined, effects: [], now });

/** The call of the draft, to be changed in place: copied first where others have seen it. */
export function own(draft: Draft): Own {
  if (draft.own === undefined) {
    draft.own = copyOf(draft.call);
    draft.own.version = draft.before.version + 1;
    draft.call = draft.own;
  }
  return draft.own;
}

/** Replaces the member of that user, or appends it. */
export function setMember(draft: Draft, member: Member): void {
  const members = draft.call.members;
  const index = members.findIndex((one) => one.userId === member.userId);
  own(draft).members = index < 0 ? [...members, member] : members.with(index, member);
}

/** Ends a membership, remembering how. */
export function dismiss(draft: Draft, member: Member, outcome: MemberOutcome): void {
  setMember(draft, gone(member, outcome));
}

/** Numbers and times one webhook event; its members are those present at this point of the draft. */
export function emit(draft: Draft, kind: 'StartCall' | 'MemberChanged' | 'EndCall', changed: readonly Change[]): void {
  const call = own(draft);
  const eventSeq = call.eventSeq + 1;
  const eventTime = Math.max(draft.now, call.eventTime + 1);
  call.eventSeq = eventSeq;
  call.eventTime = eventTime;
  const users = [];
  for (const member of call.members) {
    if (member.status !== 'Gone') users.push({ userId: member.userId, status: member.status });
  }
  draft.effects.push({ type: 'event', event: { kind, eventSeq, eventTime, changed, users } });
}

/** Addresses a notice. */
export function notify(draft: Draft, to: readonly Audience[], notice: Notice): void {
  if (to.length === 0) return;
  draft.effects.push({ type: 'notify', to, notice });
  if (notice.method !== 'callEnded') draft.own = undefined;
}

/** The devices that follow the call for a member: the one that holds it, or all while it rings. */
export function audienceOf(member: Member): Audience | undefined {
  if (member.robot || member.status === 'Gone') return undefined;
  return member.status === 'Calling' && member.device !== ''
    ? { userId: member.userId, device: member.device }
    : { userId: member.userId };
}

/** Tells the given members what changed, as of this point of the draft. */
export function tellChanged(draft: Draft, members: readonly Member[], changed: readonly Change[]): void {
  const to: Audience[] = [];
  for (const member of members) {
    const audience = audienceOf(member);
    if (audience !== undefined) to.push(audience);
  }
  notify(draft, to, { method: 'callChanged', call: draft.call, eventSeq: draft.call.eventSeq, changed });
}

/** Tells devices that the call is over for them. */
export function tellEnded(draft: Draft, to: readonly Audience[], reason: EndReason, userId: UserId): void {
  const { callId, eventSeq, ending, acceptedAt, endedAt } = draft.call;
  const end = endedAt === 0 ? draft.now : endedAt;
  notify(draft, to, {
    method: 'callEnded',
    callId,
    eventSeq,
    reason,
    userId,
    result: ending?.result ?? '',
    totalTime: acceptedAt === 0 ? 0 : Math.max(0, Math.floor((end - acceptedAt) / 1000)),
  });
}

/** Closes the draft: the seats that changed come first, then what the rules have noted. */
export function seal(draft: Draft): Outcome {
  const { before, call } = draft;
  if (call.version === before.version) return { call, effects: draft.effects };
  const effects = seatChanges(before.members, call.members);
  for (const effect of draft.effects) effects.push(effect);
  return { call, effects };
}

/** Seats follow from who is present before and after; robots hold none. */
function seatChanges(before: readonly Member[], after: readonly Member[]): Effect[] {
  const effects: Effect[] = [];
  for (const [place, member] of after.entries()) {
    if (member.robot) continue;
    const was = before[place]?.status ?? 'Gone';
    if (member.status === 'Gone') {
      if (was !== 'Gone') effects.push({ type: 'unseat', userId: member.userId });
    } else if (was !== member.status) {
      effects.push({ type: 'seat', userId: member.userId, status: member.status });
    }
  }
  return effects;
}
