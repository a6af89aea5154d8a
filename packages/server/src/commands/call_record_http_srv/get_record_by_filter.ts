import { bounds, callResults, Refusal, recordSchema, recordView } from 'ringback-protocol';
import Type from 'typebox';
import { defineCommand } from '../command.ts';
import { exampleCallId, exampleStart } from '../examples.ts';

const daySeconds = 86_400;
/** Beyond any number of pages that there can be, and small enough to be multiplied. */
const lastPage = 1_000_000_000;

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
  async handle({ app, store, clock, windowDays }, body) {
    const now = Math.floor(clock.now() / 1000);
    const floor = now - windowDays * daySeconds;
    const to = body.EndTime ?? now;
    if (body.StartTime !== undefined && body.StartTime > to) {
      throw new Refusal('bad_params', 'StartTime must not be after EndTime', 'StartTime');
    }
    const from = Math.max(body.StartTime ?? floor, floor);
    // No call starts in the future, so a later end asks for nothing more; and numbers stay small enough for the store.
    const until = Math.min(to, now + daySeconds);
    if (from > until) return { TotalNum: 0, Page: 0, CallRecordList: [] };
    const page = Math.min(body.Page ?? 1, lastPage);
    const { total, records } = await store.records(app.sdkAppId, {
      from,
      to: until,
      ...(body.CallResult === undefined ? {} : { result: body.CallResult }),
      ...(body.CallType === undefined ? {} : { callType: body.CallType }),
      perPage: body.NumberPerPage ?? 10,
      page,
    });
    return { TotalNum: total, Page: records.length > 0 ? page : 0, CallRecordList: records.map(recordView) };
  },
});
