import { commands } from 'virtual:commands';
import { useEffect, useState } from 'preact/hooks';
import { type ApiError, may } from '../lib/api.ts';
import { problemText } from '../lib/problem-text.ts';
import { type RestAnswer, sendRaw, signedUrl } from '../lib/rest.ts';
import { go, href, route } from '../lib/router.ts';
import { say } from '../lib/say.ts';
import { type Readers, useTranslated } from '../lib/translated.ts';
import { NeedApp } from '../parts/need-app.tsx';
import { Card, Page } from '../parts/page.tsx';
import { Pill } from '../parts/pill.tsx';
import { copy } from '../parts/secret.tsx';
import { Ticked } from '../parts/ticked.tsx';
import { useBusy } from '../parts/use-busy.ts';
import type { CommandTexts } from '../texts/texts.ts';

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

const readers: Readers<CommandTexts> = {
  ko: async () => (await import('../texts/ko-commands.ts')).koCommands,
  zh: async () => (await import('../texts/zh-commands.ts')).zhCommands,
};

const familyOf = ({ path }: { readonly path: string }): string => path.slice(1, path.lastIndexOf('/'));

/** The commands by their version and service, in the order of the list. */
const families = [...new Set(commands.map(familyOf))].map(
  (family) => [family, commands.filter((one) => familyOf(one) === family)] as const,
);

const pretty = (value: object): string => JSON.stringify(value, null, 2);

/** A word as a shell takes it. */
const quote = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

interface Got {
  /** The application and the command that it is an answer of. */
  readonly of: string;
  readonly status: number;
  readonly text: string;
  readonly took: number;
}

function Command({ app }: { readonly app: number }) {
  const chosen = route.value.query.get('command') ?? commands[0]?.path ?? '';
  const command = commands.find(({ path }) => path === chosen) ?? commands[0];
  const texts = useTranslated(readers);
  const [body, setBody] = useState('');
  const [got, setGot] = useState<Got>();
  const [problem, setProblem] = useState<{ readonly of: string; readonly text: string }>();
  const { busy, act } = useBusy();
  useEffect(() => {
    setBody(pretty(command?.examples[0]?.body ?? {}));
    setGot(undefined);
    setProblem(undefined);
  }, [command]);
  if (command === undefined || texts === 'loading') return null;
  const said = texts && Object.hasOwn(texts, command.path) ? texts[command.path as keyof CommandTexts] : undefined;
  const names: readonly string[] = said?.examples ?? [];
  // An answer may come when another command, or another application, is chosen: each is shown with its own alone.
  const of = `${app} ${command.path}`;
  const wrong = problem?.of === of ? problem.text : '';
  const send = async () => {
    setProblem(undefined);
    try {
      JSON.parse(body);
    } catch (error) {
      setProblem({ of, text: say('notJson', { why: (error as Error).message }) });
      return;
    }
    try {
      const from = performance.now();
      const { status, text } = await sendRaw(await signedUrl(app, command.path), body);
      setGot({ of, status, text, took: performance.now() - from });
    } catch (refused) {
      setProblem({ of, text: problemText(refused as ApiError) });
    }
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
              {families.map(([family, own]) => (
                <optgroup key={family} label={family.startsWith('v1/') ? `${family} (${say('legacy')})` : family}>
                  {own.map(({ path }) => (
                    <option key={path} value={path}>
                      {path}
                    </option>
                  ))}
                </optgroup>
              ))}
            </select>
            <span class="hint">{said?.summary ?? command.summary}</span>
          </div>
          <p class="muted">
            <Ticked text={said?.description ?? command.description} />
          </p>
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
                  {names[place] ?? name}
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
              aria-invalid={wrong !== ''}
              onInput={(event) => setBody(event.currentTarget.value)}
            />
            {wrong !== '' && (
              <span class="problem" role="alert">
                {wrong}
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
            <button type="button" class="button main" onClick={() => act(send)} disabled={busy || !may('owner')}>
              {say('send')}
            </button>
          </div>
        </div>
      </Card>
      <Card title={say('answer')}>
        {got?.of === of ? <Answer got={got} /> : <p class="muted">{say('noAnswer')}</p>}
      </Card>
    </div>
  );
}

/** The number in an answer: the legacy API writes its name small, and gives numbers another meaning. */
function codeOf(text: string): { readonly answer?: object; readonly code?: number; readonly explained: boolean } {
  try {
    const answer = JSON.parse(text) as Partial<RestAnswer> & { readonly errorCode?: number };
    const { ErrorCode, errorCode } = answer;
    return {
      answer,
      ...(ErrorCode !== undefined ? { code: ErrorCode } : errorCode !== undefined && { code: errorCode }),
      explained: ErrorCode !== undefined && ErrorCode !== 0,
    };
  } catch {
    return { explained: false };
  }
}

function Answer({ got: { status, text, took } }: { readonly got: Got }) {
  const { answer, code, explained } = codeOf(text);
  return (
    <div class="stack">
      <div class="row wrap" aria-live="polite">
        <Pill tone={code === 0 ? 'good' : 'bad'}>ErrorCode {code ?? '—'}</Pill>
        <span class="muted number">
          HTTP {status} · {took.toFixed(1)} ms
        </span>
        {explained && <a href={href('errors', { find: code })}>{say('whatIsThis')}</a>}
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard. */}
      <pre class="code" tabIndex={0}>
        {answer === undefined ? text : pretty(answer)}
      </pre>
    </div>
  );
}
