import { callId, isCallId, Refusal } from 'ringback-protocol';
import Type from 'typebox';
import { defineCommand } from '../../command.ts';
import { exampleApp, exampleCallId } from '../../examples.ts';
import { exampleLegacyRecord, legacyRecordSchema, legacyRecordView } from './record-view.ts';

/** The record of one ended call, as the legacy API has it. */
export const legacyRecordByCallId = defineCommand({
  version: 'v1',
  service: 'records',
  command: 'get_record_by_callId',
  summary: 'The record of one ended call.',
  description:
    'The same record that `call_record_http_srv/get_record_by_callid` answers, in the words of the legacy API.',
  rate: 20,
  request: Type.Object({ callId: Type.String({ description: 'The call.' }) }),
  response: legacyRecordSchema(),
  errors: ['bad_params', 'no_such_record'],
  examples: [
    {
      title: 'A call that was answered',
      scene: 'ended',
      request: { callId: exampleCallId },
      response: exampleLegacyRecord(exampleApp),
    },
  ],
  async handle({ app, store }, body) {
    const record = isCallId(body.callId) ? await store.record(app.sdkAppId, callId(body.callId)) : undefined;
    if (record === undefined) throw new Refusal('no_such_record');
    return legacyRecordView(record);
  },
});
