import { bounds, legacyRecordResults, resultOfLegacy } from 'ringback-protocol';
import Type from 'typebox';
import { defineCommand } from '../../command.ts';
import { exampleApp, exampleStart } from '../../examples.ts';
import { lastPage, recordWindow, windowFloor } from '../../record-window.ts';
import { exampleLegacyRecord, legacyRecordSchema, legacyRecordView } from './record-view.ts';

const weekSeconds = 7 * 86_400;

/** The records of a window of time, as the legacy API has them. */
export const legacyRecordsByFilter = defineCommand({
  version: 'v1',
  service: 'records',
  command: 'get_records_by_filter',
  summary: 'The records of the last days, in pages.',
  description: 'Ask page after page until `page` is 0.',
  rate: 200,
  request: Type.Object({
    startTimestamp: Type.Integer({
      description: 'Start of the window over the start of the calls, in s; at the earliest 7 days ago.',
    }),
    endTimestamp: Type.Optional(
      Type.Integer({ description: 'End of the window, in s; 7 days after its start by default.' }),
    ),
    callResult: Type.Optional(Type.Enum([...legacyRecordResults], { description: 'Only calls that ended so.' })),
    callType: Type.Optional(Type.Enum(['single', 'group'], { description: 'Only calls of this kind.' })),
    numberPerPage: Type.Optional(
      Type.Integer({ minimum: 1, maximum: bounds.recordsPerPage, description: 'Records on a page; 100 by default.' }),
    ),
    page: Type.Optional(Type.Integer({ minimum: 1, description: 'From 1, which is the default.' })),
  }),
  response: Type.Object({
    totalNum: Type.Integer({ description: 'All records that match, not only those of this page.' }),
    page: Type.Integer({ description: 'The page of the request while it holds records, else 0.' }),
    callRecordList: Type.Array(legacyRecordSchema(), { description: 'Ascending by `startCallTs`, then `callId`.' }),
  }),
  errors: ['bad_params'],
  examples: [
    {
      title: 'The answered calls since a moment',
      scene: 'ended',
      request: { startTimestamp: exampleStart, callResult: 'normal_end', callType: 'single' },
      response: { totalNum: 1, page: 1, callRecordList: [exampleLegacyRecord(exampleApp)] },
    },
  ],
  async handle(context, body) {
    const { startTimestamp: from } = body;
    // A start from long ago, such as 0, stands for the earliest there is.
    const { endTimestamp = Math.max(from, windowFloor(context)) + weekSeconds } = body;
    const names = { from: 'startTimestamp', to: 'endTimestamp' };
    const window = recordWindow(context, { from, to: endTimestamp }, names);
    if (window === undefined) return { totalNum: 0, page: 0, callRecordList: [] };
    const page = Math.min(body.page ?? 1, lastPage);
    const { total, records } = await context.store.records(context.app.sdkAppId, {
      ...window,
      ...(body.callResult === undefined ? {} : { result: resultOfLegacy(body.callResult) }),
      ...(body.callType === undefined ? {} : { callType: body.callType === 'single' ? 'SingleCall' : 'MultiCall' }),
      perPage: body.numberPerPage ?? 100,
      page,
    });
    return { totalNum: total, page: records.length > 0 ? page : 0, callRecordList: records.map(legacyRecordView) };
  },
});
