import { type CallResult, callResults } from 'ringback-protocol';
import { Type } from 'typebox';
import type { CountWindow } from '../ports/record-search.ts';
import { callStats } from './answers/stats.ts';
import { appOf } from './app-view.ts';
import { sdkAppIdField, timeField } from './fields.ts';
import { operation } from './operation.ts';
import { refuse } from './refusals.ts';

const day = 86_400_000;

/** s; lengths of a bucket that are chosen from, and how many buckets of it are the most that one reads at a glance. */
const lengths = [60, 300, 900, 3600, 10_800, 21_600, 86_400, 604_800] as const;
const atAGlance = 100;
const most = 1000;

type Results = Record<CallResult, number>;

const noResults = (): Results => Object.fromEntries(callResults.map((one) => [one, 0])) as Results;

export const callStatistics = operation({
  name: 'stats.calls',
  doc: 'How many calls started in a time, how they ended, and how long they rang and talked.',
  role: 'viewer',
  http: ['GET', '/apps/:app/stats'],
  input: Type.Object(
    {
      app: sdkAppIdField,
      from: Type.Optional(timeField),
      to: Type.Optional(timeField),
      bucket: Type.Optional(Type.Enum([...lengths], { description: `one of ${lengths.join(', ')}` })),
      offset: Type.Optional(
        Type.Integer({ minimum: -840, maximum: 840, description: 'minutes east of UTC, -840 to 840' }),
      ),
    },
    { additionalProperties: false },
  ),
  answer: callStats,
  async handle({ apps, search, clock }, { app, to = clock.now() + 1, from = to - day, bucket, offset = 0 }) {
    const { sdkAppId } = appOf(apps, app);
    if (from > to) throw refuse('stats_order', {}, 'from');
    const length = bucket ?? lengths.find((one) => (to - from) / 1000 / one <= atAGlance) ?? 604_800;
    const n = Math.ceil((to - from) / 1000 / length) + 1;
    if (n > most) throw refuse('stats_too_many_buckets', { n, most }, 'bucket');
    // Of hours where they are fine enough: there are fewer of them.
    const span: CountWindow['span'] = length < 3600 ? 60 : 3600;
    const spanMs = span * 1000;
    // Half-hour zones: an hour belongs to the bucket in which it begins.
    const shift = offset * 60;
    const bucketOf = (second: number): number => Math.floor((second + shift) / length);
    const first = Math.floor(from / spanMs);
    // What begins at `to` is not in it any more, but what begins now is, if none is named. There is a bucket at least.
    const last = Math.max(first, Math.floor((to - 1) / spanMs));
    const buckets = [];
    for (let at = bucketOf(first * span); at <= bucketOf(last * span); at += 1) {
      buckets.push({ at: (at * length - shift) * 1000, n: 0, answered: 0, results: noResults() });
    }
    const results = noResults();
    const types = { SingleCall: 0, MultiCall: 0 };
    let [total, answered] = [0, 0];
    for (const row of await search.counts(sdkAppId, { span, first, last, bucket: { length, shift } })) {
      const own = buckets[row.at - bucketOf(first * span)];
      if (own === undefined) continue;
      own.n += row.n;
      own.answered += row.answered;
      own.results[row.result] += row.n;
      results[row.result] += row.n;
      types[row.callType] += row.n;
      total += row.n;
      answered += row.answered;
    }
    const times = await search.times(sdkAppId, first * span, (last + 1) * span - 1);
    return {
      from: first * spanMs,
      to: (last + 1) * spanMs,
      bucket: length,
      total,
      answered,
      results,
      types,
      ...times,
      buckets,
    };
  },
});
