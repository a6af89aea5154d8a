import { useEffect, useState } from 'preact/hooks';
import { api, may } from '../lib/api.ts';
import { clock, count, span } from '../lib/format.ts';
import { people } from '../lib/people.ts';
import { go, href } from '../lib/router.ts';
import { say, sayOr } from '../lib/say.ts';
import type { LiveCall } from '../lib/types.ts';
import { type Live, useLive } from '../lib/use-live.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Empty } from '../parts/empty.tsx';
import { NeedApp } from '../parts/need-app.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Pill } from '../parts/pill.tsx';
import { Problem } from '../parts/problem.tsx';
import { Search } from '../parts/search.tsx';
import { Table } from '../parts/table.tsx';
import { Carriers } from './carriers.tsx';
import { Records } from './records.tsx';
import { placeOf } from './request.tsx';

/** Calls that ring or run, and records of those that are over. */
export const Calls = () => <NeedApp title={say('calls')}>{(app) => <All app={app} key={app} />}</NeedApp>;

/** ms; ticks, so that what shows a duration goes on. */
export function useNow(every = 1000): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), every);
    return () => clearInterval(timer);
  }, [every]);
  return now;
}

const All = ({ app }: { readonly app: number }) => (
  <Page
    title={say('calls')}
    lead={say('callsLead')}
    actions={
      <a class="button" href={href('requests')}>
        {say('lastRequests')}
      </a>
    }
  >
    <div class="filters">
      <Search label={say('searchCall')} value="" find={(text) => text !== '' && go(placeOf(text))} />
    </div>
    <LiveTable app={app} live={useLive(app)} />
    <Records app={app} />
  </Page>
);

interface LiveTableProps {
  readonly app: number;
  readonly live: Live;
}

/** The live calls of an application, which update by themselves. */
export function LiveTable({ app, live: { data, error } }: LiveTableProps) {
  const now = useNow();
  const [ending, setEnding] = useState<LiveCall>();
  const hidden = data === undefined ? 0 : data.total - data.calls.length;
  return (
    <>
      {error && <Problem error={error} />}
      <Card flush title={`${say('liveCalls')}${data && data.total > 0 ? ` · ${count(data.total)}` : ''}`}>
        <Table
          label={say('liveCalls')}
          rows={data?.calls}
          id={(call) => call.callId}
          empty={
            <Empty icon="calls" title={say('noLive')} text={say('noLiveText')}>
              <a class="button" href={href('try')}>
                {say('tryCall')}
              </a>
            </Empty>
          }
          columns={[
            {
              name: say('members'),
              show: (call: LiveCall) => <a href={href('call', { app, id: call.callId })}>{people(call)}</a>,
            },
            { name: say('state'), show: (call) => <CallState call={call} /> },
            { name: say('media'), show: ({ mediaType }) => sayOr(`media_${mediaType}`, mediaType) },
            { name: say('started'), show: ({ startedAt }) => <span class="number">{clock(startedAt)}</span> },
            {
              name: say('lasts'),
              kind: 'number',
              show: ({ startedAt, acceptedAt }) => span(now - (acceptedAt || startedAt)),
            },
            {
              name: say('actions'),
              kind: 'actions',
              show: (call) =>
                may('operator') && (
                  <button type="button" class="button small plain danger" onClick={() => setEnding(call)}>
                    {say('endCall')}
                  </button>
                ),
            },
          ]}
        />
        {hidden > 0 && <p class="muted below">{say('moreLive', { n: count(hidden) })}</p>}
      </Card>
      <Carriers />
      {ending && (
        <Confirm
          title={say('endCall')}
          text={say('endCallText', { who: people(ending) })}
          action={say('endCall')}
          close={() => setEnding(undefined)}
          send={() => api.post(`/calls/${encodeURIComponent(ending.callId)}/end`)}
        />
      )}
    </>
  );
}

/** Whether a call rings or runs. */
export const CallState = ({ call }: { readonly call: Pick<LiveCall, 'acceptedAt'> }) =>
  call.acceptedAt === 0 ? <Pill tone="warn">{say('ringing')}</Pill> : <Pill tone="good">{say('talking')}</Pill>;
