import { type CallResult, type CallType, callResults, isCallId, type UserId, userId } from 'ringback-protocol';
import { Type } from 'typebox';
import type { RecordCriteria, RecordPlace } from '../ports/record-search.ts';
import { sdkAppIdField, timeField, userIdField } from './fields.ts';

/** What records are looked for by; list and export share it. */
export const recordFilterFields = {
  app: sdkAppIdField,
  result: Type.Optional(Type.Enum([...callResults], { description: `one of ${callResults.join(', ')}` })),
  type: Type.Optional(Type.Enum(['SingleCall', 'MultiCall'] as const, { description: 'one of SingleCall, MultiCall' })),
  from: Type.Optional(timeField),
  to: Type.Optional(timeField),
  user: Type.Optional(userIdField),
  order: Type.Optional(Type.Enum(['desc', 'asc'] as const, { description: 'one of desc, asc' })),
};

interface Filter {
  readonly result?: CallResult;
  readonly type?: CallType;
  /** ms. */
  readonly from?: number;
  readonly to?: number;
  readonly user?: string;
}

/** The filter as the store takes it, to the second. `now` in ms: nothing starts later. */
export const criteriaOf = ({ result, type, from = 0, to, user }: Filter, now: number): RecordCriteria => ({
  from: Math.floor(from / 1000),
  to: Math.floor((to ?? now) / 1000),
  ...(result !== undefined && { result }),
  ...(type !== undefined && { callType: type }),
  ...(user !== undefined && { user: userId(user) as UserId }),
});

/** Where a page ended, as text. */
export const writePlace = ({ startedAt, callId }: { readonly startedAt: number; readonly callId: string }): string =>
  `${Math.floor(startedAt / 1000)}.${callId}`;

/** Undefined when it is no such text. */
export function readPlace(text: string): RecordPlace | undefined {
  const [, startedAt = '', callId = ''] = /^(\d{1,12})\.(.+)$/.exec(text) ?? [];
  return isCallId(callId) ? { startedAt: Number(startedAt), callId } : undefined;
}
