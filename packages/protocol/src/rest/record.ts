import { Type } from 'typebox';
import { type CallResult, type CallType, callResults, type MediaType, type RoomIdType } from '../vocabulary.ts';
import { fields } from './fields.ts';

const seconds = (what: string) => Type.Integer({ description: `${what}, in s since 1970.` });

/** A call record on the wire of the REST API and of its webhooks. */
export const recordSchema = () =>
  Type.Object({
    CallId: fields.callId(),
    Caller_Account: fields.account('Who called.'),
    MediaType: fields.mediaType(),
    CallType: Type.Enum(['SingleCall', 'MultiCall']),
    StartTime: seconds('When the invitation was sent'),
    AcceptTime: Type.Integer({ description: 'When somebody first answered, in s since 1970; 0 when nobody did.' }),
    EndTime: seconds('When the call ended'),
    CallResult: Type.Enum([...callResults], { description: 'How it ended.' }),
    CalleeList_Account: Type.Array(Type.String(), {
      description: 'The caller first, then everybody who was ever invited or in the call, in order of invitation.',
    }),
    RoomId: fields.roomId(),
    RoomIdType: fields.roomIdType(),
  });

/** What is known of an ended call; times in ms. */
interface RecordFacts {
  readonly callId: string;
  readonly caller: string;
  readonly mediaType: MediaType;
  readonly callType: CallType;
  readonly startedAt: number;
  readonly acceptedAt: number;
  readonly endedAt: number;
  readonly result: CallResult;
  readonly members: readonly string[];
  readonly roomId: string;
  readonly roomIdType: RoomIdType;
}

/** A record as the wire writes it. */
export function recordView(record: RecordFacts) {
  return {
    CallId: record.callId,
    Caller_Account: record.caller,
    MediaType: record.mediaType,
    CallType: record.callType,
    StartTime: Math.floor(record.startedAt / 1000),
    AcceptTime: Math.floor(record.acceptedAt / 1000),
    EndTime: Math.floor(record.endedAt / 1000),
    CallResult: record.result,
    CalleeList_Account: [...record.members],
    RoomId: record.roomId,
    RoomIdType: record.roomIdType,
  };
}
