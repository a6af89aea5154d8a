import { useMemo } from 'preact/hooks';
import { api } from '../lib/api.ts';
import { count, duration, percent } from '../lib/format.ts';
import { href } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import type { RequestRates } from '../lib/types.ts';
import { useResource } from '../lib/use-resource.ts';
import { Chart } from '../parts/chart.tsx';
import { Empty } from '../parts/empty.tsx';
import { Card } from '../parts/page.tsx';
import { Problem } from '../parts/problem.tsx';

const minute = 60_000;

/** What a node remembers at most; at least an hour of it is shown, so that bars have room. */
const [least, most] = [60 * minute, 360 * minute];

/** Bars of one or of five minutes, zeros too. */
function barsOf({ minutes }: RequestRates, from: number, now: number) {
  const length = Math.min(most, Math.max(least, now - from));
  const step = length > 2 * least ? 5 * minute : minute;
  const first = Math.floor((now - length) / step) * step;
  const n = Math.floor((now - first) / step) + 1;
  const [all, refused] = [new Array<number>(n).fill(0), new Array<number>(n).fill(0)];
  for (const one of minutes) {
    const place = Math.floor((one.at - first) / step);
    if (place < 0 || place >= n) continue;
    all[place] = (all[place] ?? 0) + one.n;
    refused[place] = (refused[place] ?? 0) + one.n - (one.codes['0'] ?? 0);
  }
  return { times: all.map((_, place) => (first + place * step) / 1000), all, refused };
}

/** The REST requests of this node over time, and what they were answered. */
export function RequestCards({ from, to }: { readonly from: number; readonly to: number | undefined }) {
  const asked = Math.floor(from / (10 * minute)) * 10 * minute;
  const { data, error, reload } = useResource(
    `rates ${asked} ${to}`,
    async () => ({
      rates: await api.get<RequestRates>('/requests/rates', { from: asked, to }),
      // A time that was chosen ends where it was said to.
      now: Math.min(to ?? Number.POSITIVE_INFINITY, Date.now()),
    }),
    15_000,
  );
  const plot = useMemo(() => data && barsOf(data.rates, asked, data.now), [data]);
  const series = useMemo(
    () =>
      plot && [
        { name: say('requests'), color: 'bar-back', values: plot.all },
        { name: say('refused'), color: 'bad-fill', values: plot.refused },
      ],
    [plot],
  );
  const codes = new Map<string, number>();
  for (const one of data?.rates.minutes ?? []) {
    for (const [code, n] of Object.entries(one.codes)) codes.set(code, (codes.get(code) ?? 0) + n);
  }
  const total = [...codes.values()].reduce((sum, n) => sum + n, 0);
  const slowest = Math.max(0, ...(data?.rates.minutes ?? []).map((one) => one.slowest));
  const sorted = [...codes].sort(([, one], [, other]) => other - one).slice(0, 7);
  return (
    <div class="columns overview">
      <Card
        title={say('requestRate')}
        actions={
          <a class="button small plain" href={href('requests')}>
            {say('lastRequests')}
          </a>
        }
      >
        {error && <Problem error={error} retry={reload} />}
        {plot && series ? (
          <Chart label={say('requestRate')} times={plot.times} series={series} height={170} />
        ) : (
          <div class="chart-room">
            <span class="bone" />
          </div>
        )}
      </Card>
      <Card title={say('answerCodes')}>
        {data && total === 0 ? (
          <Empty icon="explorer" title={say('noRequests')} text={say('noRequestsText')} />
        ) : (
          <div class="stack">
            <ul class="bars">
              {sorted.map(([code, n]) => (
                <li key={code}>
                  <div class="row apart">
                    {code === '0' ? (
                      <span>{say('codeOk')}</span>
                    ) : Number(code) < 0 ? (
                      <span>{say('codeGone')}</span>
                    ) : (
                      <a class="number" href={href('errors', { find: code })}>
                        {code}
                      </a>
                    )}
                    <span class="number">
                      {count(n)} <span class="muted">{percent(n / total)}</span>
                    </span>
                  </div>
                  <div class={`bar ${code === '0' ? '' : 'bad'}`}>
                    <div style={{ width: `${(n / total) * 100}%` }} />
                  </div>
                </li>
              ))}
            </ul>
            {data && <p class="muted">{say('requestsNote', { n: count(total), slowest: duration(slowest) })}</p>}
          </div>
        )}
        {data && data.rates.nodes > 1 && <p class="muted">{say('requestsOfOne', { n: data.rates.nodes })}</p>}
      </Card>
    </div>
  );
}
