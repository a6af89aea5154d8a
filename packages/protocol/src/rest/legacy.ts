import type { CallResult, CallType, MediaType } from '../vocabulary.ts';

/** The words of the legacy API (`/v1`). */

/** How a call ended; also the callbacks that are sent once it is over. */
export const legacyResults = ['cancel', 'reject', 'not_answer', 'normal_end', 'call_busy', 'interrupt'] as const;
export type LegacyResult = (typeof legacyResults)[number];

/** The callbacks that are sent while a call goes on. */
export const legacyEvents = [
  'caller_start_call',
  'caller_call_accepted',
  'caller_call_missed',
  'caller_call_rejected',
  'caller_call_busy',
  'caller_cancel_call',
  'caller_call_failed',
  'caller_call_end',
  'caller_call_interrupted',
  'callee_receive_call',
  'callee_accept_call',
  'callee_not_answer_call',
  'callee_reject_call',
  'callee_ignore_call',
  'callee_call_canceled',
  'callee_call_end',
  'callee_call_interrupted',
  'invite_user',
  'join_in_group_call',
] as const;
export type LegacyEvent = (typeof legacyEvents)[number];

/** Everything that `actions` may hold. */
export const legacyActions: readonly (LegacyResult | LegacyEvent)[] = [...legacyResults, ...legacyEvents];
export type LegacyAction = (typeof legacyActions)[number];

const results: Readonly<Record<CallResult, LegacyResult>> = {
  Cancel: 'cancel',
  Reject: 'reject',
  NotAnswer: 'not_answer',
  NormalEnd: 'normal_end',
  CallBusy: 'call_busy',
  Interrupt: 'interrupt',
  // It has no word of its own in most of the documentation.
  Offline: 'interrupt',
};

/** A result in the words of the legacy API; of a group call it knows one only. */
export const legacyResult = (result: CallResult, callType: CallType): LegacyResult =>
  callType === 'MultiCall' ? 'normal_end' : results[result];

export const legacyMediaType = (mediaType: MediaType) => (mediaType === 'Video' ? 'video' : 'audio');

export const legacyCallType = (callType: CallType) => (callType === 'SingleCall' ? 'single' : 'group');
