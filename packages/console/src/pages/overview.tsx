import { api, may } from '../lib/api.ts';
import { count, duration, percent } from '../lib/format.ts';
import { callResults, readRecords } from '../lib/records.ts';
import { go, href, route } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import type { EndpointView } from '../lib/types.ts';
import { useResource } from '../lib/use-resource.ts';
import { Chart } from '../parts/chart.tsx';
import { Empty } from '../parts/empty.tsx';
import { NeedApp } from '../parts/need-app.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { Segments } from '../parts/segments.tsx';
import { Live } from './calls.tsx';

/** s: the whole of a range, and each of its bars. */
const ranges = {
  hour: { length: 3600, step: 300 },
  day: { length: 86_400, step: 3600 },
  week: { length: 604_800 - 21_600, step: 21_600 },
} as const;

type Range = keyof typeof ranges;

interface Stats {
  readonly times: readonly number[];
  readonly series: readonly { readonly name: string; readonly color: string; readonly values: readonly number[] }[];
  readonly results: Readonly<Record<string, number>>;
  readonly total: number;
  /** ms, of the newest thousand; undefined without an answered call. */
  readonly ring: number | undefined;
  readonly talk: number | undefined;
}

const median = (values: readonly number[]): number | undefined => {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) / 2)];
};

async function readStats(app: number, range: Range): Promise<Stats> {
  const { length, step } = ranges[range];
  const last = Math.floor(Date.now() / 1000 / step) * step;
  const first = last - length + step;
  const times = Array.from({ length: length / step }, (_, place) => first + place * step);
  const totalOf = async (StartTime: number, EndTime: number, CallResult?: string) =>
    (await readRecords(app, { StartTime, EndTime, ...(CallResult && { CallResult }) }, 1, 1)).total;
  const [values, answered, results, sample] = await Promise.all([
    Promise.all(times.map((time) => totalOf(time, time + step - 1))),
    Promise.all(times.map((time) => totalOf(time, time + step - 1, 'NormalEnd'))),
    Promise.all(callResults.map(async (name) => [name, await totalOf(first, last + step - 1, name)] as const)),
    readRecords(app, { StartTime: first, EndTime: last + step - 1 }, 1, 1000),
  ]);
  const taken = sample.records.filter(({ AcceptTime }) => AcceptTime > 0);
  const [ring, talk] = [
    median(taken.map((one) => one.AcceptTime - one.StartTime)),
    median(taken.map((one) => one.EndTime - one.AcceptTime)),
  ];
  return {
    times,
    series: [
      { name: say('callsMade'), color: 'line-strong', values },
      { name: say('callsAnswered'), color: 'accent-fill', values: answered },
    ],
    results: Object.fromEntries(results),
    total: sample.total,
    ring: ring === undefined ? undefined : ring * 1000,
    talk: talk === undefined ? undefined : talk * 1000,
  };
}

/** How an application does: now, and over a time. */
export const Overview = () => <NeedApp title={say('overview')}>{(app) => <Numbers app={app} key={app} />}</NeedApp>;

function Numbers({ app }: { readonly app: number }) {
  const asked = route.value.query.get('range') ?? '';
  const range: Range = Object.hasOwn(ranges, asked) ? (asked as Range) : 'day';
  const live = useResource(`live ${app}`, () => api.get<{ readonly total: number }>('/calls', { app, limit: 1 }), 2000);
  const hooks = useResource(`hooks ${app}`, () => api.get<readonly EndpointView[]>(`/apps/${app}/endpoints`), 5000);
  const stats = useResource(`stats ${app} ${range}`, async () => (may('owner') ? readStats(app, range) : null), 15_000);
  const sum = (of: (one: EndpointView) => number) => hooks.data?.reduce((all, one) => all + of(one), 0);
  const data = stats.data ?? undefined;
  const answered = data && data.total > 0 ? (data.results.NormalEnd ?? 0) / data.total : undefined;
  return (
    <Page
      title={say('overview')}
      lead={say('overviewLead')}
      actions={
        may('owner') && (
          <Segments
            label={say('range')}
            value={range}
            choices={{ hour: say('rangeHour'), day: say('rangeDay'), week: say('rangeWeek') }}
            set={(value) => go(href('', { range: value }), true)}
          />
        )
      }
    >
      {stats.error && <Problem error={stats.error} retry={stats.reload} />}
      <div class="tiles">
        <Tile name={say('liveCalls')} value={live.data && count(live.data.total)} note={say('rightNow')} />
        {may('owner') && (
          <>
            <Tile name={say('callsMade')} value={data && count(data.total)} note={say(`range_${range}`)} />
            <Tile
              name={say('answerRate')}
              value={data && (answered === undefined ? '—' : percent(answered))}
              note={say(`range_${range}`)}
            />
            <Tile
              name={say('medianRing')}
              value={data && (data.ring === undefined ? '—' : duration(data.ring))}
              note={say('untilAnswered')}
            />
            <Tile
              name={say('medianTalk')}
              value={data && (data.talk === undefined ? '—' : duration(data.talk))}
              note={say('answeredOnes')}
            />
          </>
        )}
        <Tile
          name={say('webhooksWaiting')}
          value={hooks.data && count(sum((one) => one.waiting) ?? 0)}
          note={say('nGivenUp', { n: count(sum((one) => one.parked) ?? 0) })}
        />
      </div>
      {may('owner') && (
        <div class="columns overview">
          <Card title={say('callsOverTime')}>
            {data ? (
              <Chart label={say('callsOverTime')} times={data.times} series={data.series} />
            ) : (
              <div class="chart-room">
                <span class="bone" />
              </div>
            )}
          </Card>
          <Card title={say('howCallsEnd')}>
            {data && data.total === 0 ? (
              <Empty icon="calls" title={say('noCallsYet')} text={say('noCallsYetText')} />
            ) : (
              <ResultBars results={data?.results ?? {}} total={data?.total ?? 0} />
            )}
          </Card>
        </div>
      )}
      <Live app={app} />
    </Page>
  );
}

interface TileProps {
  readonly name: string;
  readonly value: string | undefined;
  readonly note: string;
}

const Tile = ({ name, value, note }: TileProps) => (
  <div class="tile">
    <div class="name">{name}</div>
    <div class="value">{value ?? <span class="bone" />}</div>
    <div class="note">{note}</div>
  </div>
);

const ResultBars = ({ results, total }: { readonly results: Stats['results']; readonly total: number }) => (
  <ul class="bars">
    {callResults.map((name) => {
      const value = results[name] ?? 0;
      return (
        <li key={name}>
          <div class="row apart">
            <span>{say(`result_${name}`)}</span>
            <span class="number">
              {count(value)} <span class="muted">{total === 0 ? '' : percent(value / total)}</span>
            </span>
          </div>
          <div class="bar">
            <div style={{ width: `${total === 0 ? 0 : (value / total) * 100}%` }} />
          </div>
        </li>
      );
    })}
  </ul>
);
