import { useState } from 'preact/hooks';
import { api, may } from '../lib/api.ts';
import { count } from '../lib/format.ts';
import { href, route } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import type { EndpointView } from '../lib/types.ts';
import { useResource } from '../lib/use-resource.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Empty } from '../parts/empty.tsx';
import { Field, Form } from '../parts/form.tsx';
import { Icon } from '../parts/icon.tsx';
import { NeedApp } from '../parts/need-app.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Pill } from '../parts/pill.tsx';
import { Problem } from '../parts/problem.tsx';
import { Secret } from '../parts/secret.tsx';
import { Table } from '../parts/table.tsx';
import { Attempts } from './attempts.tsx';
import { Replay } from './replay.tsx';

/** Where events are sent, and how that goes. */
export const Webhooks = () => <NeedApp title={say('webhooks')}>{(app) => <Endpoints app={app} />}</NeedApp>;

/** Whether an endpoint is delivered to. */
export const EndpointState = ({ endpoint }: { readonly endpoint: EndpointView }) =>
  endpoint.url === '' ? (
    <Pill>{say('notSet')}</Pill>
  ) : endpoint.state === 'active' ? (
    endpoint.failing ? (
      <Pill tone="bad">{say('failing')}</Pill>
    ) : (
      <Pill tone="good">{say('active')}</Pill>
    )
  ) : endpoint.state === 'gone' ? (
    <Pill tone="bad">{say('gone')}</Pill>
  ) : (
    <Pill tone="warn">{say('paused')}</Pill>
  );

function Endpoints({ app }: { readonly app: number }) {
  const { data, error, reload } = useResource(
    `endpoints ${app}`,
    () => api.get<readonly EndpointView[]>(`/apps/${app}/endpoints`),
    5000,
  );
  const [adding, setAdding] = useState(false);
  const [replaying, setReplaying] = useState(false);
  const add = (
    <>
      {may('operator') && data !== undefined && data.length > 0 && (
        <button type="button" class="button" onClick={() => setReplaying(true)}>
          {say('replayAll')}
        </button>
      )}
      {may('owner') && (
        <button type="button" class="button main" onClick={() => setAdding(true)}>
          <Icon name="plus" size={15} />
          {say('newEndpoint')}
        </button>
      )}
    </>
  );
  const tab = route.value.query.get('tab') ?? 'endpoints';
  return (
    <Page title={say('webhooks')} lead={say('webhooksLead')} actions={add}>
      <nav class="tabs" aria-label={say('webhooks')}>
        <a href={href('webhooks')} aria-current={tab === 'endpoints' ? 'page' : undefined}>
          {say('endpoints')}
        </a>
        <a href={href('webhooks', { tab: 'attempts' })} aria-current={tab === 'attempts' ? 'page' : undefined}>
          {say('attempts')}
        </a>
      </nav>
      {error && <Problem error={error} retry={reload} />}
      {tab === 'attempts' ? (
        <Attempts app={app} />
      ) : (
        <Card flush>
          <Table
            label={say('endpoints')}
            rows={data}
            id={(one) => one.id}
            empty={<Empty icon="webhooks" title={say('noEndpoints')} text={say('noEndpointsText')} />}
            columns={[
              { name: say('name'), show: ({ id }: EndpointView) => <a href={href('endpoint', { app, id })}>{id}</a> },
              { name: 'URL', show: ({ url }) => <div class="clip mono">{url}</div> },
              { name: say('events'), kind: 'number', show: ({ commands }) => commands.length },
              { name: say('waiting'), kind: 'number', show: ({ waiting }) => count(waiting) },
              {
                name: say('givenUp'),
                kind: 'number',
                show: ({ parked }) => (parked === 0 ? 0 : <Pill tone="bad">{count(parked)}</Pill>),
              },
              { name: say('state'), show: (endpoint) => <EndpointState endpoint={endpoint} /> },
            ]}
          />
        </Card>
      )}
      {replaying && (
        <Replay
          app={app}
          parked={data?.reduce((sum, { parked }) => sum + parked, 0) ?? 0}
          close={() => setReplaying(false)}
          changed={reload}
        />
      )}
      {adding && (
        <AddEndpoint
          app={app}
          close={() => {
            setAdding(false);
            reload();
          }}
        />
      )}
    </Page>
  );
}

/** The short words of the events that an endpoint may want. */
export const eventWords = ['start-call', 'member-changed', 'end-call'] as const;

/** Which events an endpoint wants. */
export function EventChoice({
  chosen,
  set,
}: {
  readonly chosen: readonly string[];
  readonly set: (to: string[]) => void;
}) {
  return (
    <fieldset class="field" style={{ border: 0, padding: 0, margin: 0 }}>
      <legend style={{ fontWeight: 520, fontSize: '13px', padding: 0 }}>{say('events')}</legend>
      {eventWords.map((word) => (
        <label class="check" key={word}>
          <input
            type="checkbox"
            checked={chosen.includes(word)}
            onChange={(event) =>
              set(event.currentTarget.checked ? [...chosen, word] : chosen.filter((one) => one !== word))
            }
          />
          <span>
            <code>{word}</code> <span class="muted">{say(`event_${word}`)}</span>
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function AddEndpoint({ app, close }: { readonly app: number; readonly close: () => void }) {
  const [id, setId] = useState('');
  const [url, setUrl] = useState('');
  const [token, setToken] = useState('');
  const [events, setEvents] = useState<readonly string[]>([...eventWords]);
  const [made, setMade] = useState<EndpointView>();
  if (made !== undefined) {
    return (
      <Dialog title={say('endpointMade', { name: made.id })} close={close}>
        <p>{say('secretOnce')}</p>
        <Secret text={made.secrets[0] ?? ''} label={say('secret')} />
      </Dialog>
    );
  }
  return (
    <Dialog title={say('newEndpoint')} close={close}>
      <Form
        submit={say('create')}
        cancel={close}
        fields={['id', 'url', 'token']}
        send={async () =>
          setMade(
            await api.post<EndpointView>(`/apps/${app}/endpoints`, { id, url, events, ...(token !== '' && { token }) }),
          )
        }
      >
        {(problem) => (
          <>
            <Field
              name="id"
              label={say('name')}
              hint={say('endpointNameHint')}
              value={id}
              set={setId}
              problem={problem('id')}
            />
            <Field
              name="url"
              label="URL"
              type="url"
              hint={say('urlHint')}
              value={url}
              set={setUrl}
              problem={problem('url')}
            />
            <EventChoice chosen={events} set={setEvents} />
            <Field
              name="token"
              label={say('urlToken')}
              hint={say('urlTokenHint')}
              value={token}
              set={setToken}
              problem={problem('token')}
            />
          </>
        )}
      </Form>
    </Dialog>
  );
}
