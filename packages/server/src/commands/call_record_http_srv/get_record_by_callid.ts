import { callId, fields, isCallId, Refusal, recordSchema, recordView } from 'ringback-protocol';
import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { exampleCallId, exampleStart } from '../examples.ts';

/** The record of one ended call. */
export const getRecordByCallId = defineCommand({
  service: 'call_record_http_srv',
  command: 'get_record_by_callid',
  summary: 'The record of one ended call.',
  description:
    'A record can be read as soon as the call has ended, and for as long as the operator keeps records. A live call has none yet.',
  request: Type.Object({ CallId: fields.callId() }),
  response: Type.Object({ CallRecord: recordSchema() }),
  errors: ['bad_params', 'no_such_record'],
  examples: [
    {
      title: 'A call that was answered',
      scene: 'ended',
      request: { CallId: exampleCallId },
      response: {
        CallRecord: {
          CallId: exampleCallId,
          Caller_Account: 'alice',
          MediaType: 'Video',
          CallType: 'SingleCall',
          StartTime: exampleStart,
          AcceptTime: exampleStart + 5,
          EndTime: exampleStart + 65,
          CallResult: 'NormalEnd',
          CalleeList_Account: ['alice', 'bob'],
          RoomId: exampleCallId,
          RoomIdType: 2,
        },
      },
    },
  ],
  async handle({ app, store }, { CallId }) {
    const record = isCallId(CallId) ? await store.record(app.sdkAppId, callId(CallId)) : undefined;
    if (record === undefined) throw new Refusal('no_such_record');
    return { CallRecord: recordView(record) };
  },
});
