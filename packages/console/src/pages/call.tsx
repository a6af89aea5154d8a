import { useState } from 'preact/hooks';
import { ApiError, api, may } from '../lib/api.ts';
import { clock, duration, moment, percent, span } from '../lib/format.ts';
import { type CallRecord, readRecord } from '../lib/records.ts';
import { route } from '../lib/router.ts';
import { say, sayOr } from '../lib/say.ts';
import type { AttemptView, LinkQuality, LiveCall } from '../lib/types.ts';
import { useResource } from '../lib/use-resource.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Empty } from '../parts/empty.tsx';
import { NeedApp } from '../parts/need-app.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Pill, type Tone } from '../parts/pill.tsx';
import { Problem } from '../parts/problem.tsx';
import { Table } from '../parts/table.tsx';
import { AttemptDialog, Outcome } from './attempts.tsx';
import { CallState, people, useNow } from './calls.tsx';
import { Result, who } from './records.tsx';

interface Quality {
  readonly app: number;
  readonly startedAt: number;
  readonly links: readonly LinkQuality[];
}

interface Known {
  readonly live: LiveCall | undefined;
  readonly quality: Quality | undefined;
  readonly record: CallRecord | undefined;
  readonly attempts: readonly AttemptView[];
}

/** Everything that is known of one call, live or over. */
export const CallPage = () => (
  <NeedApp title={say('call')}>{(app) => <One app={app} id={route.value.query.get('id') ?? ''} />}</NeedApp>
);

/** What a call that nobody knows answers is no failure of the page. */
const orNothing = async <T,>(asked: Promise<T>): Promise<T | undefined> => {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiError && (error.status === 404 || error.status === 400)) return undefined;
    throw error;
  }
};

async function read(app: number, id: string): Promise<Known> {
  const [live, quality] = await Promise.all([
    orNothing(api.get<LiveCall>(`/calls/${encodeURIComponent(id)}`)),
    orNothing(api.get<Quality>(`/calls/${encodeURIComponent(id)}/quality`)),
  ]);
  const of = live?.app ?? quality?.app ?? app;
  const [found, record] = await Promise.all([
    orNothing(
      api.get<{ readonly attempts: readonly AttemptView[] }>(`/apps/${of}/webhooks/attempts`, {
        callId: id,
        limit: 200,
      }),
    ),
    live === undefined && may('owner') ? readRecord(of, id) : undefined,
  ]);
  return { live, quality, record, attempts: [...(found?.attempts ?? [])].reverse() };
}

function One({ app, id }: { readonly app: number; readonly id: string }) {
  const { data, error, reload } = useResource(`call ${app} ${id}`, () => read(app, id), 2000);
  const now = useNow();
  const [ending, setEnding] = useState(false);
  const [shown, setShown] = useState<AttemptView>();
  if (data === undefined) {
    return (
      <Page title={say('call')} lead={<span class="mono">{id}</span>}>
        {error ? (
          <Problem error={error} retry={reload} />
        ) : (
          <Card>
            <span class="bone" />
          </Card>
        )}
      </Page>
    );
  }
  const { live, quality, record, attempts } = data;
  if (live === undefined && quality === undefined && record === undefined && attempts.length === 0) {
    return (
      <Page title={say('call')} lead={<span class="mono">{id}</span>}>
        <Card flush>
          <Empty icon="calls" title={say('noCall')} text={say('noCallText')} />
        </Card>
      </Page>
    );
  }
  return (
    <Page
      title={live ? people(live) : record ? who(record) : say('call')}
      lead={
        <span class="row wrap">
          {live ? <CallState call={live} /> : <Pill>{say('over')}</Pill>}{' '}
          {record && <Result result={record.CallResult} />} <span class="mono">{id}</span>
        </span>
      }
      actions={
        live &&
        may('operator') && (
          <button type="button" class="button danger" onClick={() => setEnding(true)}>
            {say('endCall')}
          </button>
        )
      }
    >
      {live && (
        <div class="columns">
          <Card title={say('members')} flush>
            <Table
              label={say('members')}
              rows={live.members}
              id={(member) => member.userId}
              empty={null}
              columns={[
                { name: say('userId'), show: (member: LiveCall['members'][number]) => member.userId },
                { name: say('state'), show: ({ status }) => <MemberState status={status} /> },
              ]}
            />
          </Card>
          <Card title={say('details')}>
            <dl class="facts">
              <dt>{say('media')}</dt>
              <dd>{sayOr(`media_${live.mediaType}`, live.mediaType)}</dd>
              <dt>{say('started')}</dt>
              <dd class="number">{moment(live.startedAt)}</dd>
              <dt>{say('lasts')}</dt>
              <dd class="number">{span(now - (live.acceptedAt || live.startedAt))}</dd>
              <dt>{say('app')}</dt>
              <dd class="mono">{live.app}</dd>
            </dl>
          </Card>
        </div>
      )}
      {record && (
        <Card title={say('record')}>
          <dl class="facts">
            <dt>{say('members')}</dt>
            <dd>{who(record)}</dd>
            <dt>{say('media')}</dt>
            <dd>{sayOr(`media_${record.MediaType}`, record.MediaType)}</dd>
            <dt>{say('started')}</dt>
            <dd class="number">{moment(record.StartTime * 1000)}</dd>
            <dt>{say('answered')}</dt>
            <dd class="number">{moment(record.AcceptTime * 1000)}</dd>
            <dt>{say('ended')}</dt>
            <dd class="number">{moment(record.EndTime * 1000)}</dd>
          </dl>
        </Card>
      )}
      <Card title={say('webhookAttempts')} flush>
        {attempts.length === 0 ? (
          <Empty icon="webhooks" title={say('noAttempts')} text={say('noCallAttempts')} />
        ) : (
          <ol class="moments">
            {attempts.map((one) => (
              <li key={`${one.webhookId} ${one.endpoint} ${one.attempt}`}>
                <span class="when">{clock(one.at)}</span>
                <span class="dot" />
                <span class="what row wrap">
                  <button type="button" class="button plain small" onClick={() => setShown(one)}>
                    {one.command.split('.').at(-1)}
                  </button>
                  <span class="muted">
                    → {one.endpoint} · {duration(one.took)}
                  </span>
                  <Outcome attempt={one} />
                </span>
              </li>
            ))}
          </ol>
        )}
      </Card>
      <QualityCard links={quality?.links ?? []} />
      {ending && live && (
        <Confirm
          title={say('endCall')}
          text={say('endCallText', { who: people(live) })}
          action={say('endCall')}
          close={() => setEnding(false)}
          send={async () => {
            await api.post(`/calls/${encodeURIComponent(id)}/end`);
            reload();
          }}
        />
      )}
      {shown && (
        <AttemptDialog
          app={live?.app ?? quality?.app ?? app}
          attempt={shown}
          close={() => setShown(undefined)}
          replayed={reload}
        />
      )}
    </Page>
  );
}

const memberTones: Readonly<Record<string, Tone>> = { Calling: 'good', Waiting: 'warn' };

/** Where a member stands. */
export const MemberState = ({ status }: { readonly status: string }) => (
  <Pill tone={memberTones[status] ?? 'quiet'}>{sayOr(`member_${status}`, status)}</Pill>
);

const gradeTone = (grade: number): Tone => (grade <= 2 ? 'good' : grade <= 4 ? 'warn' : 'bad');

/** How well each member got each other. */
const QualityCard = ({ links }: { readonly links: readonly LinkQuality[] }) => (
  <Card title={say('quality')} flush>
    <Table
      label={say('quality')}
      rows={links}
      id={({ viewer, userId }) => `${viewer} ${userId}`}
      empty={<Empty icon="overview" title={say('noQuality')} text={say('noQualityText')} />}
      columns={[
        { name: say('viewer'), show: ({ viewer }: LinkQuality) => viewer },
        { name: say('sender'), show: ({ userId }) => userId },
        { name: say('grade'), show: ({ grade }) => <Pill tone={gradeTone(grade)}>{grade.toFixed(1)}</Pill> },
        { name: say('loss'), kind: 'number', show: ({ loss }) => percent(loss) },
        { name: say('delay'), kind: 'number', show: ({ rtt }) => `${Math.round(rtt)} ms` },
        { name: say('jitter'), kind: 'number', show: ({ jitter }) => `${Math.round(jitter)} ms` },
        { name: 'fps', kind: 'number', show: ({ fps }) => Math.round(fps) },
        { name: say('freezes'), kind: 'number', show: ({ freezes }) => freezes },
      ]}
    />
  </Card>
);
