import { useState } from 'preact/hooks';
import { api, may } from '../lib/api.ts';
import { attemptProblem } from '../lib/attempt-problem.ts';
import { count, duration } from '../lib/format.ts';
import { go, href, route } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import type { EndpointView } from '../lib/types.ts';
import { useChanges } from '../lib/use-changes.ts';
import { useResource } from '../lib/use-resource.ts';
import { Confirm } from '../parts/confirm.tsx';
import { Dialog, useOwnClose } from '../parts/dialog.tsx';
import { Empty } from '../parts/empty.tsx';
import { Field, Form } from '../parts/form.tsx';
import { NeedApp } from '../parts/need-app.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Pill } from '../parts/pill.tsx';
import { Problem } from '../parts/problem.tsx';
import { Secret } from '../parts/secret.tsx';
import { Tile } from '../parts/tile.tsx';
import { toast } from '../parts/toast.tsx';
import { useBusy } from '../parts/use-busy.ts';
import { Attempts } from './attempts.tsx';
import { Parked } from './parked.tsx';
import { Replay } from './replay.tsx';
import { EndpointState, EventChoice, eventWords } from './webhooks.tsx';

interface TestResult {
  readonly url: string;
  readonly status: number;
  readonly took: number;
  readonly error: string;
  readonly answer: string;
}

/** One endpoint: its address, secrets, attempts, and sending again. */
export const Endpoint = () => (
  <NeedApp title={say('endpoint')}>{(app) => <One app={app} id={route.value.query.get('id') ?? ''} />}</NeedApp>
);

function One({ app, id }: { readonly app: number; readonly id: string }) {
  const path = `/apps/${app}/endpoints/${encodeURIComponent(id)}`;
  const { data, error, reload } = useResource(
    `endpoint ${app} ${id}`,
    async () => (await api.get<readonly EndpointView[]>(`/apps/${app}/endpoints`)).find((one) => one.id === id) ?? null,
    5000,
  );
  const [open, setOpen] = useState<'edit' | 'remove' | 'replay' | 'rotate'>();
  const [secret, setSecret] = useState<string>();
  const [result, setResult] = useState<TestResult>();
  const close = () => setOpen(undefined);
  const { busy, act } = useBusy();
  const change = (work: () => Promise<unknown>) => act(() => work().then(reload));
  const rotate = async () => {
    setSecret((await api.post<EndpointView>(`${path}/secrets`)).secrets[0] ?? '');
    reload();
  };
  if (!data) {
    return (
      <Page title={id}>
        {error && <Problem error={error} retry={reload} />}
        {data === null ? (
          <Card flush>
            <Empty icon="webhooks" title={say('noSuchEndpoint', { id })} text={say('noSuchEndpointText')}>
              <a class="button main" href={href('webhooks')}>
                {say('endpoints')}
              </a>
            </Empty>
          </Card>
        ) : (
          !error && (
            <Card>
              <span class="bone" />
            </Card>
          )
        )}
      </Page>
    );
  }
  const [owner, operator] = [may('owner'), may('operator')];
  return (
    <Page
      title={id}
      lead={
        <span class="row wrap">
          <EndpointState endpoint={data} /> <span class="mono">{data.url}</span>
        </span>
      }
      actions={
        operator && (
          <>
            <button
              type="button"
              class="button"
              aria-disabled={busy}
              onClick={() => change(async () => setResult(await api.post<TestResult>(`${path}/test`)))}
            >
              {say('sendTest')}
            </button>
            <button type="button" class="button" onClick={() => setOpen('replay')}>
              {say('replay')}
            </button>
            <button
              type="button"
              class="button"
              aria-disabled={busy}
              onClick={() => change(() => api.post(`${path}/${data.state === 'active' ? 'pause' : 'resume'}`))}
            >
              {data.state === 'active' ? say('pause') : say('resume')}
            </button>
            {owner && (
              <button type="button" class="button" onClick={() => setOpen('edit')}>
                {say('edit')}
              </button>
            )}
            {owner && (
              <button type="button" class="button danger" onClick={() => setOpen('remove')}>
                {say('remove')}
              </button>
            )}
          </>
        )
      }
    >
      <div class="tiles">
        <Tile
          name={say('waiting')}
          value={count(data.waiting)}
          note={
            data.oldestAt > 0
              ? say('oldestWaits', { age: duration(Math.max(0, Date.now() - data.oldestAt)) })
              : say('waitingText')
          }
        />
        <Tile name={say('givenUp')} value={count(data.parked)} note={say('givenUpText')} />
      </div>
      <Card
        title={say('secrets')}
        actions={
          owner && (
            <>
              {data.secrets.length > 1 && (
                <button
                  type="button"
                  class="button small"
                  aria-disabled={busy}
                  onClick={() => change(() => api.post(`${path}/retire`))}
                >
                  {say('retire')}
                </button>
              )}
              <button
                type="button"
                class="button small"
                aria-disabled={busy}
                // An endpoint signs with two secrets at most.
                onClick={() => (data.secrets.length > 1 ? setOpen('rotate') : act(rotate))}
              >
                {say('rotate')}
              </button>
            </>
          )
        }
      >
        <div class="row wrap">
          {data.secrets.map((one, place) => (
            <span class="row" key={one}>
              <code>{one}</code> {place === 0 ? <Pill tone="good">{say('newest')}</Pill> : <Pill>{say('older')}</Pill>}
            </span>
          ))}
        </div>
      </Card>
      {data.state === 'gone' && <p class="notice bad">{say('goneText')}</p>}
      {data.failing && <p class="notice warn">{say('failingText')}</p>}
      <Parked app={app} endpoint={id} n={data.parked} replayed={reload} />
      <h2>{say('attempts')}</h2>
      <Attempts app={app} endpoint={id} />
      {result && (
        <Dialog title={say('testResult')} close={() => setResult(undefined)} wide>
          <p class={`notice ${result.error === '' ? 'good' : 'bad'}`}>
            {result.error === ''
              ? say('testGood', { status: result.status, took: duration(result.took) })
              : attemptProblem(result.error)}
          </p>
          <p class="mono muted">{result.url}</p>
          <pre class="code">{result.answer === '' ? say('nothing') : result.answer}</pre>
        </Dialog>
      )}
      {open === 'rotate' && (
        <Confirm title={say('rotate')} text={say('rotateText')} action={say('rotate')} close={close} send={rotate} />
      )}
      {secret !== undefined && (
        <Dialog title={say('secretMade')} close={() => setSecret(undefined)}>
          <p>{say('secretOnce')}</p>
          <Secret text={secret} label={say('secret')} />
        </Dialog>
      )}
      {open === 'edit' && <Edit path={path} endpoint={data} close={close} changed={reload} />}
      {open === 'replay' && <Replay app={app} endpoint={data.id} parked={data.parked} close={close} changed={reload} />}
      {open === 'remove' && (
        <Confirm
          title={say('removeEndpoint', { name: id })}
          text={say('removeEndpointText')}
          action={say('remove')}
          close={close}
          send={async () => {
            await api.remove(path);
            go(href('webhooks'));
          }}
        />
      )}
    </Page>
  );
}

interface EndpointDialogProps {
  readonly endpoint: EndpointView;
  readonly close: () => void;
  readonly changed: () => void;
}

/** The short word of an event, from what it is called on the wire. */
const wordOf = (command: string): string =>
  eventWords.find((word) => command.toLowerCase().endsWith(word.replaceAll('-', ''))) ?? command;

function Edit({ path, endpoint, close, changed }: EndpointDialogProps & { readonly path: string }) {
  const [url, setUrl] = useState(endpoint.url);
  const [events, setEvents] = useState<readonly string[]>(endpoint.commands.map(wordOf));
  const [what, setWhat] = useState<'keep' | 'set' | 'none'>('keep');
  const [token, setToken] = useState('');
  const changes = useChanges({ url, events });
  const closeOwn = useOwnClose(close);
  return (
    <Dialog title={say('editNamed', { name: endpoint.id })} close={close}>
      <Form
        submit={say('save')}
        cancel={close}
        fields={['url', 'token']}
        // An empty one would take it away, for which there is a choice of its own.
        disabled={what === 'set' && token === ''}
        send={async () => {
          await api.patch(path, {
            ...changes(),
            ...(what !== 'keep' && { token: what === 'set' ? token : '' }),
          });
          toast(say('saved'));
          changed();
          closeOwn();
        }}
      >
        {(problem) => (
          <>
            <Field name="url" label="URL" type="url" value={url} set={setUrl} problem={problem('url')} />
            {endpoint.format === 'v4' && <EventChoice chosen={events} set={setEvents} />}
            <Field
              name="tokenChoice"
              label={say('urlTokenChoice')}
              value={what}
              set={(value) => setWhat(value as typeof what)}
              choices={{
                keep: say(endpoint.token ? 'tokenKeep' : 'tokenNone'),
                set: say('tokenSet'),
                ...(endpoint.token && { none: say('tokenRemove') }),
              }}
            />
            {what === 'set' && (
              <Field
                name="token"
                label={say('urlToken')}
                hint={say('urlTokenHint')}
                value={token}
                set={setToken}
                problem={problem('token')}
              />
            )}
          </>
        )}
      </Form>
    </Dialog>
  );
}
