import type { CallRecord } from 'ringback-engine';
import { callId, isCallId } from 'ringback-protocol';
import { Type } from 'typebox';
import { recordView } from './answers/record.ts';
import { appOf } from './app-view.ts';
import { callIdField, limitField, pageField, sdkAppIdField } from './fields.ts';
import { operation } from './operation.ts';
import { criteriaOf, readPlace, recordFilterFields, writePlace } from './record-fields.ts';
import { refuse } from './refusals.ts';

const closed = { additionalProperties: false } as const;

/** Records of a user that are counted at most; a list need not look at them all to show a page. */
const countAtMost = 10_000;

export const listRecords = operation({
  name: 'records.list',
  doc: 'The records of calls that are over, the newest first, a page of them.',
  role: 'viewer',
  http: ['GET', '/apps/:app/records'],
  input: Type.Object(
    {
      ...recordFilterFields,
      callId: Type.Optional(callIdField),
      after: Type.Optional(pageField),
      limit: Type.Optional(limitField),
    },
    closed,
  ),
  answer: Type.Object({
    records: Type.Array(recordView),
    total: Type.Integer({ description: 'All that match, not only this page.' }),
    totalIsLeast: Type.Optional(
      Type.Literal(true, { description: 'There may be more: those of a user are counted up to 10 000.' }),
    ),
    next: Type.Optional(Type.String()),
  }),
  async handle({ apps, search, store, clock }, { app, callId: id, after, limit = 50, order = 'desc', ...filter }) {
    const { sdkAppId } = appOf(apps, app);
    const criteria = criteriaOf(filter, clock.now());
    if (id !== undefined) {
      const found = isCallId(id) ? await store.record(sdkAppId, callId(id)) : undefined;
      return found === undefined ? { records: [], total: 0 } : { records: [found], total: 1 };
    }
    const place = after === undefined ? undefined : readPlace(after);
    if (after !== undefined && place === undefined) throw refuse('bad_page', {}, 'after');
    const newestFirst = order === 'desc';
    const found = await search.search(sdkAppId, {
      ...criteria,
      newestFirst,
      limit: limit + 1,
      ...(place && { after: place }),
    });
    const total = await search.count(sdkAppId, criteria, countAtMost);
    const records = found.slice(0, limit);
    const last = records.at(-1);
    return {
      records,
      total,
      ...(filter.user !== undefined && total === countAtMost && { totalIsLeast: true as const }),
      ...(found.length > limit && last !== undefined && { next: writePlace(last) }),
    };
  },
});

export const getRecord = operation({
  name: 'records.get',
  doc: 'The record of a call that is over.',
  role: 'viewer',
  http: ['GET', '/apps/:app/records/:callId'],
  input: Type.Object({ app: sdkAppIdField, callId: callIdField }, closed),
  answer: recordView,
  async handle({ apps, store }, { app, callId: id }): Promise<CallRecord> {
    const { sdkAppId } = appOf(apps, app);
    const found = isCallId(id) ? await store.record(sdkAppId, callId(id)) : undefined;
    if (found === undefined) throw refuse('record_unknown', { callId: id }, 'callId');
    return found;
  },
});
