import { bounds, callResults, recordSchema, recordView } from 'ringback-protocol';
import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { exampleCallId, exampleStart } from '../examples.ts';
import { lastPage, recordWindow } from '../record-window.ts';

const request = Type.Object({
  StartTime: Type.Optional(
    Type.Integer({
      description:
        'Start of the window over `StartTime` of the calls, in s; at the earliest, and by default, 7 days ago.',
    }),
  ),
  EndTime: Type.Optional(Type.Integer({ description: 'End of the window, in s; now by default.' })),
  CallResult: Type.Optional(Type.Enum([...callResults], { description: 'Only calls that ended so.' })),
  CallType: Type.Optional(Type.Enum(['SingleCall', 'MultiCall'], { description: 'Only calls of this kind.' })),
  NumberPerPage: Type.Optional(
    Type.Integer({ minimum: 1, maximum: bounds.recordsPerPage, description: 'Records on a page; 10 by default.' }),
  ),
  Page: Type.Optional(Type.Integer({ minimum: 1, description: 'From 1, which is the default.' })),
});

const response = Type.Object({
  TotalNum: Type.Integer({ description: 'All records that match, not only those of this page.' }),
  Page: Type.Integer({ description: 'The page of the request while it holds records, else 0.' }),
  CallRecordList: Type.Array(recordSchema(), { description: 'Ascending by `StartTime`, then `CallId`.' }),
});

/** The records of a window of time, in pages. */
export const getRecordByFilter = defineCommand({
  service: 'call_record_http_srv',
  command: 'get_record_by_filter',
  summary: 'The records of the last days, in pages.',
  description: 'Ask page after page until `Page` is 0. `{}` gives the first 10 records of the last 7 days.',
  request,
  response,
  errors: ['bad_params'],
  examples: [
    {
      title: 'The answered calls of the last days',
      scene: 'ended',
      request: { CallResult: 'NormalEnd', NumberPerPage: 20, Page: 1 },
      response: {
        TotalNum: 1,
        Page: 1,
        CallRecordList: [
          {
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
        ],
      },
    },
    {
      title: 'Nothing found',
      scene: 'idle',
      request: {},
      response: { TotalNum: 0, Page: 0, CallRecordList: [] },
    },
  ],
  async handle(context, body) {
    const wanted = { from: body.StartTime, to: body.EndTime };
    const window = recordWindow(context, wanted, { from: 'StartTime', to: 'EndTime' });
    if (window === undefined) return { TotalNum: 0, Page: 0, CallRecordList: [] };
    const page = Math.min(body.Page ?? 1, lastPage);
    const { total, records } = await context.store.records(context.app.sdkAppId, {
      ...window,
      ...(body.CallResult === undefined ? {} : { result: body.CallResult }),
      ...(body.CallType === undefined ? {} : { callType: body.CallType }),
      perPage: body.NumberPerPage ?? 10,
      page,
    });
    return { TotalNum: total, Page: records.length > 0 ? page : 0, CallRecordList: records.map(recordView) };
  },
});
