import { type CallResult, type EndReason, endReasons } from 'ringback-protocol';
import type { Call, Member } from '../call.ts';

/** The ways a member leaves a call, or a ringing invitation. */
export type Departure =
  | 'hangUp'
  | 'reject'
  | 'ignore'
  | 'notAnswer'
  | 'leaseLost'
  | 'nodeDied'
  | 'mediaFailed'
  | 'removed';

/** What ended a call: somebody's departure, the server, or callees who were all busy when it began. */
export type EndCause =
  | { readonly by: 'departure'; readonly member: Member; readonly how: Departure }
  | { readonly by: 'busy'; readonly member: Member }
  | { readonly by: 'server' };

/** True when the departed member was the caller. */
const isCaller = (call: Call, cause: EndCause): boolean =>
  cause.by === 'departure' && cause.member.userId === call.caller;

/** The record's `CallResult` (decisions, section 3). `call` has its members as they stand after the departure. */
export function resultOf(call: Call, cause: EndCause): CallResult {
  if (call.acceptedAt !== 0) {
    if (cause.by !== 'departure') return 'NormalEnd';
    if (cause.how === 'leaseLost') return 'Offline';
    return cause.how === 'nodeDied' || cause.how === 'mediaFailed' ? 'Interrupt' : 'NormalEnd';
  }
  if (cause.by === 'server') return 'Cancel';
  if (isCaller(call, cause)) return lostLease(cause) ? 'Offline' : 'Cancel';
  const outcomes = new Set<Member['outcome']>();
  for (const member of call.members) if (member.userId !== call.caller) outcomes.add(member.outcome);
  if (outcomes.has('NotAnswer')) return 'NotAnswer';
  if (outcomes.has('Reject')) return 'Reject';
  if (outcomes.has('Busy')) return 'CallBusy';
  return 'Offline';
}

const lostLease = (cause: EndCause): boolean =>
  cause.by === 'departure' && (cause.how === 'leaseLost' || cause.how === 'nodeDied');

const departureReasons: Readonly<Record<Departure, EndReason>> = {
  hangUp: endReasons.hangup,
  reject: endReasons.reject,
  ignore: endReasons.lineBusy,
  notAnswer: endReasons.noResponse,
  leaseLost: endReasons.offline,
  nodeDied: endReasons.offline,
  mediaFailed: endReasons.offline,
  removed: endReasons.offline,
};

/** The reason that those in the call, and the one who left, are told. */
export function reasonOf(call: Call, cause: EndCause): EndReason {
  if (cause.by === 'server') return endReasons.endByServer;
  if (cause.by === 'busy') return endReasons.lineBusy;
  // A caller who hangs up before the first accept withdraws the call.
  if (cause.how === 'hangUp' && call.acceptedAt === 0 && isCaller(call, cause)) return endReasons.canceled;
  return departureReasons[cause.how];
}

/** The reason that those who are still ringing at the end are told. */
export function ringingReasonOf(call: Call, cause: EndCause): EndReason {
  if (cause.by === 'server') return endReasons.endByServer;
  return isCaller(call, cause) && lostLease(cause) ? endReasons.offline : endReasons.canceled;
}
