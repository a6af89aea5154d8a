import { commands } from 'virtual:commands';
import { useEffect, useState } from 'preact/hooks';
import { type ApiError, may } from '../lib/api.ts';
import { problemText } from '../lib/problem-text.ts';
import { type RestAnswer, sendRaw, signedUrl } from '../lib/rest.ts';
import { go, href, route } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import { NeedApp } from '../parts/need-app.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Pill } from '../parts/pill.tsx';
import { copy } from '../parts/secret.tsx';

/** Every command of the REST API: an example, signed and sent, with the curl line that does the same. */
export const Explorer = () => (
  <NeedApp title={say('explorer')}>
    {(app) => (
      <Page title={say('explorer')} lead={say('explorerLead')}>
        {!may('owner') && <p class="notice warn">{say('ownerOnly')}</p>}
        <Command app={app} />
      </Page>
    )}
  </NeedApp>
);

const pretty = (value: object): string => JSON.stringify(value, null, 2);

/** A word as a shell takes it. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

interface Got {
  readonly status: number;
  readonly text: string;
  readonly took: number;
}

function Command({ app }: { readonly app: number }) {
  const chosen = route.value.query.get('command') ?? commands[0]?.path ?? '';
  const command = commands.find(({ path }) => path === chosen) ?? commands[0];
  const [body, setBody] = useState('');
  const [got, setGot] = useState<Got>();
  const [problem, setProblem] = useState('');
  const [busy, setBusy] = useState(false);
  useEffect(() => {
    setBody(pretty(command?.examples[0]?.body ?? {}));
    setGot(undefined);
    setProblem('');
  }, [command]);
  if (command === undefined) return null;
  const send = async () => {
    setProblem('');
    try {
      JSON.parse(body);
    } catch (error) {
      setProblem(say('notJson', { why: (error as Error).message }));
      return;
    }
    setBusy(true);
    try {
      const from = performance.now();
      const { status, text } = await sendRaw(await signedUrl(app, command.path), body);
      setGot({ status, text, took: performance.now() - from });
    } catch (refused) {
      setProblem(problemText(refused as ApiError));
    }
    setBusy(false);
  };
  const line = (url: string): string => `curl -s ${quote(url)} -d ${quote(body)}`;
  const curl = async () => copy(line(await signedUrl(app, command.path)));
  return (
    <div class="columns">
      <Card title={say('request')}>
        <div class="form">
          <div class="field">
            <label for="command">{say('command')}</label>
            <select
              id="command"
              class="input"
              value={command.path}
              onChange={(event) => go(href('explorer', { command: event.currentTarget.value }), true)}
            >
              {commands.map(({ path }) => (
                <option key={path} value={path}>
                  {path}
                </option>
              ))}
            </select>
            <span class="hint">{command.summary}</span>
          </div>
          <p class="muted">{command.description}</p>
          <div class="field">
            <label for="example">{say('example')}</label>
            <select
              id="example"
              class="input"
              key={command.path}
              onChange={(event) => setBody(pretty(command.examples[Number(event.currentTarget.value)]?.body ?? {}))}
            >
              {command.examples.map(({ name }, place) => (
                <option key={name} value={place}>
                  {name}
                </option>
              ))}
            </select>
          </div>
          <div class="field">
            <label for="body">{say('body')}</label>
            <textarea
              id="body"
              class="input"
              rows={12}
              spellcheck={false}
              value={body}
              aria-invalid={problem !== ''}
              onInput={(event) => setBody(event.currentTarget.value)}
            />
            {problem !== '' && (
              <span class="problem" role="alert">
                {problem}
              </span>
            )}
          </div>
          <div class="field">
            <span class="label">curl</span>
            {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard. */}
            <pre class="code" tabIndex={0}>
              {line(
                `${location.origin}${command.path}?sdkappid=${app}&identifier=…&usersig=…&random=…&contenttype=json`,
              )}
            </pre>
            <span class="hint">{say('curlHint')}</span>
          </div>
          <div class="foot">
            <button type="button" class="button" onClick={curl} disabled={!may('owner')}>
              {say('copyCurl')}
            </button>
            <button type="button" class="button main" onClick={send} disabled={busy || !may('owner')}>
              {say('send')}
            </button>
          </div>
        </div>
      </Card>
      <Card title={say('answer')}>
        {got === undefined ? <p class="muted">{say('noAnswer')}</p> : <Answer got={got} />}
      </Card>
    </div>
  );
}

function Answer({ got: { status, text, took } }: { readonly got: Got }) {
  let answer: RestAnswer | undefined;
  try {
    answer = JSON.parse(text) as RestAnswer;
  } catch {
    answer = undefined;
  }
  return (
    <div class="stack">
      <div class="row wrap" aria-live="polite">
        <Pill tone={answer?.ErrorCode === 0 ? 'good' : 'bad'}>ErrorCode {answer?.ErrorCode ?? '—'}</Pill>
        <span class="muted number">
          HTTP {status} · {took.toFixed(1)} ms
        </span>
        {answer !== undefined && answer.ErrorCode !== 0 && (
          <a href={href('errors', { find: answer.ErrorCode })}>{say('whatIsThis')}</a>
        )}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard. */}
      <pre class="code" tabIndex={0}>
        {answer === undefined ? text : pretty(answer)}
      </pre>
    </div>
  );
}
