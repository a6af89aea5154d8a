import { useState } from 'preact/hooks';
import { ApiError, api, may } from '../lib/api.ts';
import { moment, span } from '../lib/format.ts';
import { people } from '../lib/people.ts';
import { href, route } from '../lib/router.ts';
import { say, sayOr } from '../lib/say.ts';
import type { Timeline, WebhookEntry } from '../lib/timeline-types.ts';
import type { AttemptView, LiveCall } from '../lib/types.ts';
import { useResource } from '../lib/use-resource.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Empty } from '../parts/empty.tsx';
import { NeedApp } from '../parts/need-app.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Pill, type Tone } from '../parts/pill.tsx';
import { Problem } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { toast } from '../parts/toast.tsx';
import { useBusy } from '../parts/use-busy.ts';
import { AttemptDialog } from './attempts.tsx';
import { CallState, useNow } from './calls.tsx';
import { QualityCards } from './quality.tsx';
import { Result } from './records.tsx';
import { TimelineCard } from './timeline.tsx';

interface Known {
  readonly timeline: Timeline;
  readonly live: LiveCall | undefined;
}

/** Everything that is known of one call, live or over, on one axis of time. */
export const CallPage = () => (
  <NeedApp title={say('call')}>{(app) => <One app={app} id={route.value.query.get('id') ?? ''} />}</NeedApp>
);

/** What nobody knows is no failure of the page. */
const orNothing = async <T,>(asked: Promise<T>): Promise<T | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.code === 'field_form')) return undefined;
    throw error;
  }
};

async function read(app: number, id: string): Promise<Known | null> {
  const call = encodeURIComponent(id);
  const timeline = await orNothing(api.get<Timeline>(`/apps/${app}/calls/${call}/timeline`));
  if (timeline === undefined) return null;
  const live = timeline.call.live ? await orNothing(api.get<LiveCall>(`/calls/${call}`, { app })) : undefined;
  return { timeline, live };
}

/** ms; devices report as often. */
const qualityPace = 5000;

/** ms after its end in which a call still hears of webhooks that are on their way. */
const aftermath = 600_000;

function One({ app, id }: { readonly app: number; readonly id: string }) {
  const [every, setEvery] = useState(2000);
  const { data, error, reload } = useResource(`call ${app} ${id}`, () => read(app, id), every);
  const now = useNow();
  const [ending, setEnding] = useState(false);
  const [shown, setShown] = useState<AttemptView>();
  const { act } = useBusy();
  const lead = <span class="mono break">{id}</span>;
  if (!data) {
    return (
      <Page title={say('call')} lead={lead}>
        {error && <Problem error={error} retry={reload} />}
        <Card flush>
          {data === null ? (
            <Empty icon="calls" title={say('noCall')} text={say('noCallText')} />
          ) : (
            <div class="card-body">
              <span class="bone" />
            </div>
          )}
        </Card>
      </Page>
    );
  }
  const { live, timeline } = data;
  const { call } = timeline;
  const pace = call.live ? 2000 : now - call.endedAt < aftermath ? 5000 : 0;
  if (pace !== every) setEvery(pace);
  const marked = route.value.query.get('request') ?? route.value.query.get('event') ?? '';
  const openAttempt = async ({ webhookId, endpoint, at }: WebhookEntry) => {
    const { attempts } = await api.get<{ readonly attempts: readonly AttemptView[] }>(
      `/apps/${app}/webhooks/attempts`,
      { event: webhookId, endpoint, limit: 1000 },
    );
    // A replay begins to count attempts anew.
    const attempt = attempts.find((one) => one.at === at);
    // It may have been cleaned up since the page was read.
    if (attempt === undefined) toast(say('noAttempts'));
    setShown(attempt);
  };
  return (
    <Page
      title={people(call)}
      lead={
        <span class="row wrap">
          {call.live ? <CallState call={call} /> : <Pill>{say('over')}</Pill>}{' '}
          {call.result !== '' && <Result result={call.result} />} {lead}
        </span>
      }
      actions={
        call.live &&
        may('operator') && (
          <button type="button" class="button danger" onClick={() => setEnding(true)}>
            {say('endCall')}
          </button>
        )
      }
    >
      {error && <Problem error={error} retry={reload} />}
      <Card title={say('details')}>
        <dl class="facts wide">
          <div>
            <dt>{say('media')}</dt>
            <dd>{sayOr(`media_${call.mediaType}`, call.mediaType)}</dd>
          </div>
          {live && live.carrier !== '' && (
            <div>
              <dt>{say('carrier')}</dt>
              <dd>{sayOr(`carrier_${live.carrier}`, live.carrier)}</dd>
            </div>
          )}
          <div>
            <dt>{say('kind')}</dt>
            <dd>{say(call.callType === 'MultiCall' ? 'multiCall' : 'singleCall')}</dd>
          </div>
          <div>
            <dt>{say('started')}</dt>
            <dd class="number">{moment(call.startedAt)}</dd>
          </div>
          <div>
            <dt>{say('rang')}</dt>
            <dd class="number">{span((call.acceptedAt || call.endedAt || now) - call.startedAt)}</dd>
          </div>
          <div>
            <dt>{say('talked')}</dt>
            <dd class="number">{call.acceptedAt === 0 ? '—' : span((call.endedAt || now) - call.acceptedAt)}</dd>
          </div>
          <div>
            <dt>{say('ended')}</dt>
            <dd class="number">{call.endedAt === 0 ? '—' : moment(call.endedAt)}</dd>
          </div>
        </dl>
      </Card>
      {live && (
        <Card title={say('members')} flush>
          <Table
            label={say('members')}
            rows={live.members}
            id={(member) => member.userId}
            empty={null}
            columns={[
              {
                name: say('userId'),
                show: ({ userId }: LiveCall['members'][number]) => (
                  <a href={href('user', { app, id: userId })}>{userId}</a>
                ),
              },
              { name: say('state'), show: ({ status }) => <MemberState status={status} /> },
              {
                name: say('devices'),
                show: ({ device, robot }) =>
                  robot ? <span class="muted">{say('robot')}</span> : <span class="mono">{device}</span>,
              },
            ]}
          />
        </Card>
      )}
      <TimelineCard
        timeline={timeline}
        now={now}
        marked={marked}
        openAttempt={(entry) => act(() => openAttempt(entry))}
      />
      <QualityCards id={id} every={call.live ? qualityPace : 0} />
      {ending && (
        <Confirm
          title={say('endCall')}
          text={say('endCallText', { who: people(call) })}
          action={say('endCall')}
          close={() => setEnding(false)}
          send={async () => {
            await api.post(`/calls/${encodeURIComponent(id)}/end`);
            reload();
          }}
        />
      )}
      {shown && <AttemptDialog app={app} attempt={shown} close={() => setShown(undefined)} replayed={reload} />}
    </Page>
  );
}

const memberTones: Readonly<Record<string, Tone>> = { Calling: 'good', Waiting: 'warn' };

/** Where a member stands. */
export const MemberState = ({ status }: { readonly status: string }) => (
  <Pill tone={memberTones[status] ?? 'quiet'}>{sayOr(`member_${status}`, status)}</Pill>
);
