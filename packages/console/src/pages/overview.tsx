import { ApiError, api } from '../lib/api.ts';
import { count, duration, percent } from '../lib/format.ts';
import { beginOf, type Range, rangeHere } from '../lib/ranges.ts';
import { callResults } from '../lib/records.ts';
import { go, href } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import type { CallStats, Spread, WebhookHealth } from '../lib/types.ts';
import { useLive } from '../lib/use-live.ts';
import { useResource } from '../lib/use-resource.ts';
import { Chart } from '../parts/chart.tsx';
import { Empty } from '../parts/empty.tsx';
import { NeedApp } from '../parts/need-app.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';
import { Segments } from '../parts/segments.tsx';
import { Tile } from '../parts/tile.tsx';
import { TimeSpan } from '../parts/time-span.tsx';
import { LiveTable } from './calls.tsx';
import { RequestCards } from './request-rates.tsx';

/** How an application does: now, and over a time. */
export const Overview = () => <NeedApp title={say('overview')}>{(app) => <Numbers app={app} key={app} />}</NeedApp>;

interface Plot {
  readonly stats: CallStats;
  readonly times: readonly number[];
  readonly series: readonly { readonly name: string; readonly color: string; readonly values: readonly number[] }[];
}

async function readStats(app: number, range: Range): Promise<Plot> {
  const read = (clock: { readonly zone?: string; readonly offset?: number }) =>
    api.get<CallStats>(`/apps/${app}/stats`, { from: Math.round(beginOf(range)), to: range.to, ...clock });
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  // A browser may know zones that the server does not: then as clocks are today.
  const stats = await read({ zone }).catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.field !== 'zone') throw error;
    return read({ offset: -new Date().getTimezoneOffset() });
  });
  return {
    stats,
    times: stats.buckets.map(({ at }) => at / 1000),
    series: [
      { name: say('callsMade'), color: 'bar-back', values: stats.buckets.map(({ n }) => n) },
      { name: say('callsAnswered'), color: 'accent-fill', values: stats.buckets.map(({ answered }) => answered) },
    ],
  };
}

const medianOf = (spread: Spread | undefined): string | undefined =>
  spread && (spread.median === null ? '—' : duration(spread.median));

const slowOf = (spread: Spread | undefined, otherwise: string): string =>
  typeof spread?.p95 === 'number' ? say('p95', { value: duration(spread.p95) }) : otherwise;

function Numbers({ app }: { readonly app: number }) {
  const range = rangeHere();
  const live = useLive(app);
  const health = useResource(`health ${app}`, () => api.get<WebhookHealth>('/webhooks/health', { app }), 5000);
  const plot = useResource(`stats ${app} ${range.name} ${range.from} ${range.to}`, () => readStats(app, range), 15_000);
  const stats = plot.data?.stats;
  const to = (name: string, from?: number, until?: number) =>
    go(href('', { range: name, from: from === undefined ? '' : from, to: until === undefined ? '' : until }), true);
  const sum = (of: (one: WebhookHealth['endpoints'][number]) => number): number =>
    health.data?.endpoints.reduce((all, one) => all + of(one), 0) ?? 0;
  const oldest = Math.min(
    ...(health.data?.endpoints ?? []).map(({ oldestAt }) => oldestAt || Number.POSITIVE_INFINITY),
  );
  const span = say(`range_${range.name}`);
  return (
    <Page
      title={say('overview')}
      lead={say('overviewLead')}
      actions={
        <Segments
          label={say('range')}
          value={range.name}
          choices={{
            hour: say('rangeHour'),
            day: say('rangeDay'),
            week: say('rangeWeek'),
            month: say('rangeMonth'),
            own: say('rangeOwn'),
          }}
          set={(name) => (name === 'own' ? to(name, Math.floor(beginOf(range) / 60_000) * 60_000) : to(name))}
        />
      }
    >
      {range.name === 'own' && (
        <div class="filters">
          <TimeSpan from={range.from} to={range.to} set={(from, until) => to('own', from, until)} />
        </div>
      )}
      {plot.error && <Problem error={plot.error} retry={plot.reload} />}
      {health.error && <Problem error={health.error} retry={health.reload} />}
      <div class="tiles">
        <Tile name={say('liveCalls')} value={live.data && count(live.data.total)} note={say('rightNow')} />
        <Tile name={say('callsMade')} value={stats && count(stats.total)} note={span} />
        <Tile
          name={say('answerRate')}
          value={stats && (stats.total === 0 ? '—' : percent(stats.answered / stats.total))}
          note={stats ? say('nAnswered', { n: count(stats.answered) }) : span}
        />
        <Tile name={say('medianRing')} value={medianOf(stats?.ring)} note={slowOf(stats?.ring, say('untilAnswered'))} />
        <Tile name={say('medianTalk')} value={medianOf(stats?.talk)} note={slowOf(stats?.talk, say('answeredOnes'))} />
        <Tile
          name={say('webhookLag')}
          value={medianOf(health.data?.lag)}
          note={slowOf(health.data?.lag, say('webhookLagNote'))}
        />
        <Tile
          name={say('webhooksWaiting')}
          value={health.data && count(sum(({ waiting }) => waiting))}
          note={
            Number.isFinite(oldest)
              ? say('oldestWaits', { age: duration(Math.max(0, Date.now() - oldest)) })
              : say('nGivenUp', { n: count(sum(({ parked }) => parked)) })
          }
        />
      </div>
      <div class="columns overview">
        <Card title={say('callsOverTime')}>
          {plot.data ? (
            <Chart label={say('callsOverTime')} times={plot.data.times} series={plot.data.series} />
          ) : (
            <div class="chart-room">
              <span class="bone" />
            </div>
          )}
        </Card>
        <Card title={say('howCallsEnd')}>
          {stats?.total === 0 ? (
            <Empty icon="calls" title={say('noCallsYet')} text={say('noCallsYetText')} />
          ) : (
            <ResultBars stats={stats} />
          )}
        </Card>
      </div>
      <RequestCards from={beginOf(range)} to={range.to} />
      <LiveTable app={app} live={live} />
    </Page>
  );
}

const ResultBars = ({ stats }: { readonly stats: CallStats | undefined }) => (
  <ul class="bars">
    {callResults.map((name) => {
      const value = stats?.results[name] ?? 0;
      const part = stats === undefined || stats.total === 0 ? 0 : value / stats.total;
      return (
        <li key={name}>
          <div class="row apart">
            <span>{say(`result_${name}`)}</span>
            {stats === undefined ? (
              <span class="bone" style={{ width: '40px' }} />
            ) : (
              <span class="number">
                {count(value)} <span class="muted">{percent(part)}</span>
              </span>
            )}
          </div>
          <div class="bar">
            <div style={{ width: `${part * 100}%` }} />
          </div>
        </li>
      );
    })}
  </ul>
);
