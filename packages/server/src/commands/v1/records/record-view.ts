import type { CallRecord } from 'ringback-engine';
import { legacyCallType, legacyMediaType, legacyRecordResult, legacyRecordResults } from 'ringback-protocol';
import { Type } from 'typebox';
import { exampleCallId, exampleStart } from '../../examples.ts';

const seconds = (what: string) => Type.Integer({ description: `${what}, in s since 1970.` });

/** A record of the legacy API. */
export const legacyRecordSchema = () =>
  Type.Object({
    callId: Type.String({ description: 'The call.' }),
    sdkAppId: Type.Integer({ description: 'The application.' }),
    mediaType: Type.Enum(['video', 'audio']),
    roomId: Type.String({ description: 'The media room; always a string.' }),
    startCallTs: seconds('When the invitation was sent'),
    acceptTs: Type.Integer({ description: 'When somebody first answered, in s since 1970; 0 when nobody did.' }),
    endTs: seconds('When the call ended'),
    caller: Type.String({ description: 'Who called.' }),
    totalUserNumber: Type.Integer({ description: 'Everybody who was ever invited or in the call, and the caller.' }),
    callType: Type.Enum(['single', 'group']),
    callResult: Type.Enum([...legacyRecordResults], { description: 'How it ended.' }),
    callees: Type.Array(Type.String(), {
      description: 'The caller first, then everybody who was ever invited or in the call, in order of invitation.',
    }),
  });

/** A record as the legacy API writes it. */
export function legacyRecordView(record: CallRecord) {
  return {
    callId: record.callId,
    sdkAppId: record.app,
    mediaType: legacyMediaType(record.mediaType) as 'video' | 'audio',
    roomId: record.roomId,
    startCallTs: Math.floor(record.startedAt / 1000),
    acceptTs: Math.floor(record.acceptedAt / 1000),
    endTs: Math.floor(record.endedAt / 1000),
    caller: record.caller,
    totalUserNumber: record.members.length,
    callType: legacyCallType(record.callType) as 'single' | 'group',
    callResult: legacyRecordResult(record.result),
    callees: [...record.members],
  };
}

/** The record of the examples. */
export const exampleLegacyRecord = (sdkAppId: number) => ({
  callId: exampleCallId,
  sdkAppId,
  mediaType: 'video',
  roomId: exampleCallId,
  startCallTs: exampleStart,
  acceptTs: exampleStart + 5,
  endTs: exampleStart + 65,
  caller: 'alice',
  totalUserNumber: 2,
  callType: 'single',
  callResult: 'normal_end',
  callees: ['alice', 'bob'],
});
