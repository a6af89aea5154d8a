import { useEffect, useState } from 'preact/hooks';
import { api, may } from '../lib/api.ts';
import { clock, span } from '../lib/format.ts';
import { go, href } from '../lib/router.ts';
import { say, sayOr } from '../lib/say.ts';
import type { LiveCall } from '../lib/types.ts';
import { useResource } from '../lib/use-resource.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Empty } from '../parts/empty.tsx';
import { NeedApp } from '../parts/need-app.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Pill } from '../parts/pill.tsx';
import { Problem } from '../parts/problem.tsx';
import { Search } from '../parts/search.tsx';
import { Table } from '../parts/table.tsx';
import { Records } from './records.tsx';

/** Calls that ring or run, and records of those that are over. */
export const Calls = () => <NeedApp title={say('calls')}>{(app) => <All app={app} />}</NeedApp>;

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
  <Page title={say('calls')} lead={say('callsLead')}>
    <div class="filters">
      <Search label={say('searchCall')} value="" find={(text) => text !== '' && go(href('call', { id: text }))} />
    </div>
    <Live app={app} />
    {may('owner') && <Records app={app} />}
  </Page>
);

/** The live calls of an application, which update by themselves. */
export function Live({ app }: { readonly app: number }) {
  const { data, error, reload } = useResource(
    `live ${app}`,
    async () => (await api.get<{ readonly calls: readonly LiveCall[] }>('/calls', { app, limit: 1000 })).calls,
    1000,
  );
  const now = useNow();
  const [ending, setEnding] = useState<LiveCall>();
  return (
    <>
      {error && <Problem error={error} retry={reload} />}
      <Card flush title={`${say('liveCalls')}${data && data.length > 0 ? ` · ${data.length}` : ''}`}>
        <Table
          label={say('liveCalls')}
          rows={data}
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
              show: (call: LiveCall) => <a href={href('call', { id: call.callId })}>{people(call)}</a>,
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
      </Card>
      {ending && (
        <Confirm
          title={say('endCall')}
          text={say('endCallText', { who: people(ending) })}
          action={say('endCall')}
          close={() => setEnding(undefined)}
          send={async () => {
            await api.post(`/calls/${encodeURIComponent(ending.callId)}/end`);
            reload();
          }}
        />
      )}
    </>
  );
}

/** Who is in a call: the caller, and the others. */
export function people({ members }: Pick<LiveCall, 'members'>): string {
  const [caller = '', ...others] = members.map(({ userId }) => userId);
  const shown = others.slice(0, 3).join(', ');
  return others.length === 0 ? caller : `${caller} → ${shown}${others.length > 3 ? ` +${others.length - 3}` : ''}`;
}

/** Whether a call rings or runs. */
export const CallState = ({ call }: { readonly call: Pick<LiveCall, 'acceptedAt'> }) =>
  call.acceptedAt === 0 ? <Pill tone="warn">{say('ringing')}</Pill> : <Pill tone="good">{say('talking')}</Pill>;
