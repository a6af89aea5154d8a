import { useEffect } from 'preact/hooks';
import { api } from '../lib/api.ts';
import { duration, moment } from '../lib/format.ts';
import { go, href, route } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import type { RequestView } from '../lib/types.ts';
import { useResource } from '../lib/use-resource.ts';
import { Empty } from '../parts/empty.tsx';
import { NeedApp } from '../parts/need-app.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Pill } from '../parts/pill.tsx';
import { Problem } from '../parts/problem.tsx';
import { Search } from '../parts/search.tsx';
import { Segments } from '../parts/segments.tsx';
import { Table } from '../parts/table.tsx';

const isRequestId = (text: string): boolean => /^(Id-)?[0-9a-f]{32}(-O-Seq-\d+)?$/.test(text);

/** Where a call id, or a RequestId, leads. */
export const placeOf = (text: string): string =>
  isRequestId(text) ? href('request', { id: text }) : href('call', { id: text });

/** What became of one REST request: the timeline of the call that it changed, else what is known of it. */
export function RequestPage() {
  const id = route.value.query.get('id') ?? '';
  const { data, error } = useResource(`request ${id}`, () =>
    api.get<RequestView>(`/requests/${encodeURIComponent(id)}`),
  );
  useEffect(() => {
    if (data?.callId) go(href('call', { app: data.app, id: data.callId, request: data.requestId }), true);
  }, [data]);
  return (
    <Page title={say('request')} lead={<span class="mono">{id}</span>}>
      {error?.status === 404 || error?.code === 'field_form' ? (
        <Card flush>
          <Empty icon="explorer" title={say('noRequest')} text={say('noRequestText')} />
        </Card>
      ) : (
        error && <Problem error={error} />
      )}
      {data && !data.callId && (
        <Card title={say('details')}>
          <dl class="facts">
            <dt>{say('command')}</dt>
            <dd class="mono">{data.command ?? '—'}</dd>
            <dt>{say('time')}</dt>
            <dd class="number">{moment(data.at)}</dd>
            <dt>{say('answer')}</dt>
            <dd>
              <Code code={data.code} />
            </dd>
            <dt>{say('took')}</dt>
            <dd class="number">{duration(data.took ?? 0)}</dd>
            <dt>{say('address')}</dt>
            <dd class="mono">{data.clientIp ?? '—'}</dd>
            <dt>{say('call')}</dt>
            <dd>{say('changedNoCall')}</dd>
          </dl>
        </Card>
      )}
    </Page>
  );
}

/** What a request was answered. */
export const Code = ({ code }: { readonly code: number | undefined }) =>
  code === undefined ? (
    <>—</>
  ) : code === 0 ? (
    <Pill tone="good">{say('codeOk')}</Pill>
  ) : code < 0 ? (
    <Pill tone="warn">{say('codeGone')}</Pill>
  ) : (
    <a href={href('errors', { find: code })}>
      <Pill tone="bad">{code}</Pill>
    </a>
  );

/** The last requests of the REST API that this node remembers. */
export const Requests = () => <NeedApp title={say('requests')}>{(app) => <Last app={app} />}</NeedApp>;

function Last({ app }: { readonly app: number }) {
  const failed = route.value.query.get('failed') === '1';
  const { data, error, reload } = useResource(
    `requests ${app} ${failed}`,
    () =>
      api.get<{ readonly requests: readonly RequestView[] }>('/requests', {
        app,
        limit: 200,
        ...(failed && { failed }),
      }),
    5000,
  );
  return (
    <Page title={say('requests')} lead={say('requestsLead')}>
      <div class="filters">
        <Search label="RequestId" value="" find={(text) => text !== '' && go(placeOf(text))} />
        <Segments
          label={say('outcome')}
          value={failed ? 'failed' : 'all'}
          choices={{ all: say('all'), failed: say('refused') }}
          set={(value) => go(href('requests', { failed: value === 'failed' ? '1' : '' }), true)}
        />
      </div>
      {error && <Problem error={error} retry={reload} />}
      <Card flush>
        <Table
          label={say('requests')}
          rows={data?.requests}
          id={(one) => one.requestId}
          bones={8}
          empty={<Empty icon="explorer" title={say('noRequests')} text={say('noRequestsText')} />}
          columns={[
            { name: say('time'), show: ({ at }: RequestView) => <span class="number">{moment(at)}</span> },
            { name: say('command'), show: ({ command }) => <span class="mono">{command}</span> },
            { name: say('answer'), show: ({ code }) => <Code code={code} /> },
            { name: say('took'), kind: 'number', show: ({ took = 0 }) => duration(took) },
            { name: say('address'), show: ({ clientIp }) => <span class="mono">{clientIp}</span> },
            {
              name: 'RequestId',
              show: ({ requestId }) => (
                <a class="mono" href={href('request', { id: requestId })}>
                  {requestId.replace(/^Id-/, '').slice(0, 12)}…
                </a>
              ),
            },
          ]}
        />
      </Card>
    </Page>
  );
}
