import { useState } from 'preact/hooks';
import { api, may } from '../lib/api.ts';
import { attemptProblem } from '../lib/attempt-problem.ts';
import { duration, moment } from '../lib/format.ts';
import { go, href, route } from '../lib/router.ts';
import { say, sayOr } from '../lib/say.ts';
import type { AttemptView } from '../lib/types.ts';
import { Dialog, useOwnClose } from '../parts/dialog.tsx';
import { Empty } from '../parts/empty.tsx';
import { More } from '../parts/more.tsx';
import { Card } from '../parts/page.tsx';
import { Pill, type Tone } from '../parts/pill.tsx';
import { Problem } from '../parts/problem.tsx';
import { Search } from '../parts/search.tsx';
import { Segments } from '../parts/segments.tsx';
import { Table } from '../parts/table.tsx';
import { TimeSpan } from '../parts/time-span.tsx';
import { toast } from '../parts/toast.tsx';
import { useBusy } from '../parts/use-busy.ts';
import { usePages } from '../parts/use-pages.ts';

interface AttemptsPage {
  readonly attempts: readonly AttemptView[];
  readonly next?: string;
}

const tones: Readonly<Record<string, Tone>> = { delivered: 'good', failed: 'warn', parked: 'bad', test: 'accent' };

/** How an attempt ended. */
export const Outcome = ({ attempt }: { readonly attempt: AttemptView }) => (
  <Pill tone={attempt.error === '' && attempt.outcome === 'test' ? 'good' : (tones[attempt.outcome] ?? 'quiet')}>
    {sayOr(`outcome_${attempt.outcome}`, attempt.outcome)}
  </Pill>
);

interface AttemptsProps {
  readonly app: number;
  readonly endpoint?: string;
}

/** The attempts to deliver, the newest first; each opens with its request and its answer. */
export function Attempts({ app, endpoint }: AttemptsProps) {
  const { page, query } = route.value;
  const find = query.get('find') ?? '';
  const failed = query.get('failed') === '1';
  const [from, to] = [Number(query.get('from') ?? 0) || undefined, Number(query.get('to') ?? 0) || undefined];
  const isEvent = /^[0-9a-f-]{36}-\d+/.test(find);
  const filter = {
    limit: 50,
    endpoint,
    from,
    to,
    ...(failed && { failed: true }),
    ...(find !== '' && (isEvent ? { event: find } : { callId: find })),
  };
  const list = usePages(
    `attempts ${app} ${JSON.stringify(filter)}`,
    async (after) => {
      const got = await api.get<AttemptsPage>(`/apps/${app}/webhooks/attempts`, { ...filter, after });
      return { rows: got.attempts, next: got.next };
    },
    5000,
  );
  const [shown, setShown] = useState<AttemptView>();
  const change = (changed: Readonly<Record<string, string | number | undefined>>) => {
    const kept = { id: endpoint, tab: query.get('tab') ?? undefined, find, failed: failed ? '1' : '', from, to };
    go(href(page, { ...kept, ...changed }), true);
  };
  return (
    <>
      <div class="filters">
        <Search label={say('searchAttempts')} value={find} find={(text) => change({ find: text })} />
        <Segments
          label={say('outcome')}
          value={failed ? 'failed' : 'all'}
          choices={{ all: say('all'), failed: say('failed') }}
          set={(value) => change({ failed: value === 'failed' ? '1' : '' })}
        />
        <TimeSpan from={from} to={to} set={(begin, end) => change({ from: begin, to: end })} />
      </div>
      {list.error && <Problem error={list.error} retry={list.reload} />}
      <Card flush>
        <Table
          label={say('attempts')}
          rows={list.rows}
          id={(one) => `${one.webhookId} ${one.endpoint} ${one.attempt} ${one.at}`}
          bones={8}
          empty={<Empty icon="webhooks" title={say('noAttempts')} text={say('noAttemptsText')} />}
          columns={[
            { name: say('time'), show: ({ at }: AttemptView) => <span class="number">{moment(at)}</span> },
            {
              name: say('event'),
              show: (one) => (
                <button type="button" class="button plain small" onClick={() => setShown(one)}>
                  {one.command.split('.').at(-1)}
                </button>
              ),
            },
            ...(endpoint === undefined ? [{ name: say('endpoint'), show: (one: AttemptView) => one.endpoint }] : []),
            { name: say('attempt'), kind: 'number' as const, show: (one) => one.attempt },
            { name: say('answer'), kind: 'number' as const, show: ({ status }) => (status === 0 ? '—' : status) },
            { name: say('took'), kind: 'number' as const, show: ({ took }) => duration(took) },
            { name: say('outcome'), show: (one) => <Outcome attempt={one} /> },
            { name: say('call'), show: (one) => <CallLink attempt={one} /> },
          ]}
        />
      </Card>
      <More list={list} />
      {shown && <AttemptDialog app={app} attempt={shown} close={() => setShown(undefined)} replayed={list.reload} />}
    </>
  );
}

const CallLink = ({ attempt }: { readonly attempt: AttemptView }) =>
  attempt.outcome === 'test' ? (
    <span class="muted">—</span>
  ) : (
    <a class="mono" href={href('call', { id: attempt.callId, event: attempt.webhookId })}>
      {attempt.callId.slice(0, 8)}
    </a>
  );

const pretty = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};

interface AttemptDialogProps {
  readonly app: number;
  readonly attempt: AttemptView;
  readonly close: () => void;
  readonly replayed: () => void;
}

/** One attempt: what was sent, what was answered, and sending it again. */
export function AttemptDialog({ app, attempt, close, replayed }: AttemptDialogProps) {
  const { busy, act } = useBusy();
  const closeOwn = useOwnClose(close);
  const replay = async () => {
    await api.post(`/apps/${app}/webhooks/replay`, { endpoint: attempt.endpoint, event: attempt.webhookId });
    toast(say('replaying'));
    replayed();
    closeOwn();
  };
  return (
    <Dialog title={attempt.command} close={close} wide>
      <dl class="facts">
        <dt>{say('time')}</dt>
        <dd class="number">{moment(attempt.at)}</dd>
        <dt>URL</dt>
        <dd class="mono">{attempt.url}</dd>
        <dt>webhook-id</dt>
        <dd class="mono">{attempt.webhookId}</dd>
        <dt>{say('outcome')}</dt>
        <dd>
          <Outcome attempt={attempt} /> <span title={attempt.error}>{attemptProblem(attempt.error)}</span>
        </dd>
        {attempt.nextAt > 0 && <dt>{say('nextAttempt')}</dt>}
        {attempt.nextAt > 0 && <dd class="number">{moment(attempt.nextAt)}</dd>}
      </dl>
      <h3>{say('request')}</h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard. */}
      <pre class="code" tabIndex={0}>
        {pretty(attempt.body)}
      </pre>
      <h3>
        {say('answer')} {attempt.status > 0 && attempt.status} · {duration(attempt.took)}
      </h3>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard. */}
      <pre class="code" tabIndex={0}>
        {attempt.answer === '' ? say('nothing') : pretty(attempt.answer)}
      </pre>
      {attempt.outcome !== 'test' && (
        <div class="actions">
          <a class="button" href={href('call', { app, id: attempt.callId, event: attempt.webhookId })} onClick={close}>
            {say('openTimeline')}
          </a>
          {may('operator') && (
            <button type="button" class="button" aria-disabled={busy} onClick={() => act(replay)}>
              {say('replay')}
            </button>
          )}
        </div>
      )}
    </Dialog>
  );
}
