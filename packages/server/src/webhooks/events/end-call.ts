import { recordOf } from 'ringback-engine';
import { callbackCommands, recordSchema, recordView } from 'ringback-protocol';
import { Type } from 'typebox';
import { commonFields, type WebhookEvent } from './webhook-event.ts';

/** A call is over. */
export const endCall: WebhookEvent = {
  kind: 'EndCall',
  command: callbackCommands.EndCall,
  summary: 'A call is over.',
  description: 'The last event of every call, with the record as `get_record_by_callid` gives it.',
  payload: Type.Object({
    CallbackCommand: Type.Literal(callbackCommands.EndCall),
    CallRecord: recordSchema(),
    ...commonFields,
  }),
  example: {
    CallbackCommand: callbackCommands.EndCall,
    CallRecord: {
      CallId: '0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31',
      Caller_Account: 'alice',
      MediaType: 'Video',
      CallType: 'SingleCall',
      StartTime: 1_780_000_000,
      AcceptTime: 1_780_000_005,
      EndTime: 1_780_000_065,
      CallResult: 'NormalEnd',
      CalleeList_Account: ['alice', 'bob'],
      RoomId: '0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31',
      RoomIdType: 2,
    },
    EventTime: 1_780_000_065_001,
    EventSeq: 4,
  },
  render: (call, event) => ({
    CallbackCommand: callbackCommands.EndCall,
    CallRecord: recordView(recordOf(call)),
    EventTime: event.eventTime,
    EventSeq: event.eventSeq,
  }),
};
