import { Type } from 'typebox';
import { callStats } from './answers/stats.ts';
import { appOf } from './app-view.ts';
import { countBuckets, noResults } from './call-buckets.ts';
import { sdkAppIdField, timeField } from './fields.ts';
import { isZone, stretchesOf } from './local-time.ts';
import { operation } from './operation.ts';
import { refuse } from './refusals.ts';

const day = 86_400_000;

/** s; lengths of a bucket that are chosen from, and how many buckets of it are the most that one reads at a glance. */
const lengths = [60, 300, 900, 3600, 10_800, 21_600, 86_400, 604_800] as const;
const atAGlance = 100;
const most = 1000;

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
        Type.Integer({
          minimum: -840,
          maximum: 840,
          description:
            'minutes east of UTC, -840 to 840; in half-hour zones, an hour is of the bucket in which it begins where there are more than 101',
        }),
      ),
      zone: Type.Optional(
        Type.String({
          maxLength: 64,
          description:
            'the name of a time zone, such as Asia/Seoul, instead of offset; days and weeks then begin as they do there, also when clocks change',
        }),
      ),
    },
    { additionalProperties: false },
  ),
  answer: callStats,
  async handle({ apps, search, clock }, { app, to = clock.now() + 1, from = to - day, bucket, offset = 0, zone }) {
    const { sdkAppId } = appOf(apps, app);
    if (from > to) throw refuse('stats_order', {}, 'from');
    const length = bucket ?? lengths.find((one) => (to - from) / 1000 / one <= atAGlance) ?? 604_800;
    const n = Math.ceil((to - from) / 1000 / length) + 1;
    if (n > most) throw refuse('stats_too_many_buckets', { n, most }, 'bucket');
    if (zone !== undefined && !isZone(zone)) {
      throw refuse('field_form', { field: 'zone', form: 'the name of a time zone, such as Asia/Seoul' }, 'zone');
    }
    // Of hours where they are fine enough: there are fewer of them.
    const span = length < 3600 ? 60 : 3600;
    const spanMs = span * 1000;
    const first = Math.floor(from / spanMs);
    // What begins at `to` is not in it any more, but what begins now is, if none is named. There is a bucket at least.
    const last = Math.max(first, Math.floor((to - 1) / spanMs));
    const [begin, end] = [first * span, (last + 1) * span];
    const all = zone === undefined ? [{ from: begin, to: end, shift: offset * 60 }] : stretchesOf(zone, begin, end);
    // Hours go on when clocks change; days and weeks begin an hour earlier or later.
    const stretches = length < 86_400 ? all.slice(-1).map((one) => ({ ...one, from: begin })) : all;
    const results = noResults();
    const types = { SingleCall: 0, MultiCall: 0 };
    let [total, answered] = [0, 0];
    const asked = { app: sdkAppId, span, first, last, length, stretches } as const;
    const buckets = await countBuckets(search, asked, (row) => {
      results[row.result] += row.n;
      types[row.callType] += row.n;
      total += row.n;
      answered += row.answered;
    });
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
