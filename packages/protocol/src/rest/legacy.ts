import { type CallResult, type CallType, callResults, type MediaType } from '../vocabulary.ts';

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

/** How a call ended, as legacy records have it. */
export const legacyRecordResults = [...legacyResults, 'offline'] as const;
export type LegacyRecordResult = (typeof legacyRecordResults)[number];

const words: Readonly<Record<CallResult, LegacyRecordResult>> = {
  Cancel: 'cancel',
  Reject: 'reject',
  NotAnswer: 'not_answer',
  NormalEnd: 'normal_end',
  CallBusy: 'call_busy',
  Interrupt: 'interrupt',
  Offline: 'offline',
};

/** A result as legacy records have it. */
export const legacyRecordResult = (result: CallResult): LegacyRecordResult => words[result];

/** The result that a word of a legacy record means. */
export const resultOfLegacy = (word: LegacyRecordResult): CallResult =>
  callResults.find((result) => words[result] === word) ?? 'NormalEnd';

/** A result as callbacks tell it: of a group call they know one only, and `offline` has no word of its own. */
export function legacyResult(result: CallResult, callType: CallType): LegacyResult {
  if (callType === 'MultiCall') return 'normal_end';
  const word = words[result];
  return word === 'offline' ? 'interrupt' : word;
}

export const legacyMediaType = (mediaType: MediaType) => (mediaType === 'Video' ? 'video' : 'audio');

export const legacyCallType = (callType: CallType) => (callType === 'SingleCall' ? 'single' : 'group');
