import { type DeviceId, endReasons, type MemberAction } from 'ringback-protocol';
import { type Member, type MemberOutcome, memberOf, present } from '../call.ts';
import { audienceOf, type Draft, dismiss, emit, tellChanged, tellEnded } from '../draft.ts';
import type { Audience, Change } from '../effect.ts';
import { endCall, isOver } from './end.ts';
import { type Departure, reasonOf } from './result.ts';

const actions: Readonly<Record<Departure, MemberAction & MemberOutcome>> = {
  hangUp: 'Hangup',
  reject: 'Reject',
  ignore: 'Busy',
  notAnswer: 'NotAnswer',
  leaseLost: 'Offline',
  nodeDied: 'Offline',
  mediaFailed: 'Offline',
  removed: 'Offline',
};

/**
 * Takes members out of the call for one cause, tells everybody, and ends the call when that ends it.
 * `device` is the one that acted, where one did: the others of its user hear that it was done elsewhere.
 */
export function leave(draft: Draft, leaving: readonly Member[], how: Departure, device: DeviceId | ''): void {
  const last = leaving.at(-1);
  if (last === undefined) return;
  const changed: Change[] = leaving.map((member) => ({ userId: member.userId, action: actions[how] }));
  for (const member of leaving) dismiss(draft, member, actions[how]);
  emit(draft, 'MemberChanged', changed);

  const cause = { by: 'departure', member: last, how } as const;
  const reason = reasonOf(draft.call, cause);
  // Each of those who leave is told of the own departure; `elsewhere` are the other devices that rang.
  const told: { member: Member; to: Audience[] }[] = [];
  const elsewhere: { member: Member; to: Audience }[] = [];
  for (const member of leaving) {
    const audience = audienceOf(member);
    if (audience === undefined) continue;
    if (member.status === 'Waiting' && device !== '') {
      told.push({ member, to: [{ userId: member.userId, device }] });
      elsewhere.push({ member, to: { userId: member.userId, except: device } });
    } else {
      told.push({ member, to: [audience] });
    }
  }

  if (isOver(draft.call)) {
    tellChanged(
      draft,
      present(draft.call).filter((member) => member.status === 'Calling'),
      changed,
    );
    // In a call that ends by several silences, each silent one is told of itself, the rest of the last one.
    const alone = told.length === 1 ? (told[0]?.to ?? []) : [];
    endCall(draft, cause, alone);
    if (told.length > 1) for (const { member, to } of told) tellEnded(draft, to, reason, member.userId);
  } else {
    tellChanged(draft, present(draft.call), changed);
    for (const { member, to } of told) tellEnded(draft, to, reason, member.userId);
  }
  for (const { member, to } of elsewhere) tellEnded(draft, [to], endReasons.otherDeviceReject, member.userId);
}

/** The members whose invitation has run out. */
export const overdue = (draft: Draft): readonly Member[] =>
  draft.call.members.filter((member) => member.status === 'Waiting' && member.deadline <= draft.now);

/** The member who holds the call with this very device. */
export function holder(draft: Draft, userId: Member['userId'], device: DeviceId): Member | undefined {
  const member = memberOf(draft.call, userId);
  return member?.status === 'Calling' && member.device === device ? member : undefined;
}
