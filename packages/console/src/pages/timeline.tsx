import { useMemo, useState } from 'preact/hooks';
import { clock, duration, span } from '../lib/format.ts';
import { say } from '../lib/say.ts';
import { axisOf, stretchesOf, ticksOf } from '../lib/timeline-lanes.ts';
import type { Entry, Timeline, WebhookEntry } from '../lib/timeline-types.ts';
import { entryWords } from '../lib/timeline-words.ts';
import { Empty } from '../parts/empty.tsx';
import { Card } from '../parts/page.tsx';
import { Result } from './records.tsx';
import { Code } from './request.tsx';

const kinds = ['step', 'request', 'notice', 'push', 'webhook', 'media'] as const;

const isBad = (entry: Entry): boolean =>
  (entry.kind === 'webhook' && entry.outcome !== 'delivered' && entry.outcome !== 'test') ||
  (entry.kind === 'request' && entry.code !== 0) ||
  (entry.kind === 'media' && entry.what !== 'moved') ||
  (entry.kind === 'push' && (entry.what === 'skipped' || (entry.outcome !== undefined && entry.outcome !== 'sent'))) ||
  (entry.kind === 'step' && ['leaseLost', 'nodeLost', 'mediaLost'].includes(entry.reason));

/** Whom the call was for at its start: those at whom it rang, else all but the caller. */
const calledOf = (call: Timeline['call'], entries: readonly Entry[]): string => {
  const rung = entries.find((one) => one.kind === 'notice' && one.method === 'callReceived');
  const users = rung?.kind === 'notice' ? rung.to : call.members.filter((user) => user !== call.caller);
  return users.join(', ');
};

interface TimelineProps {
  readonly timeline: Timeline;
  readonly now: number;
  /** A RequestId or webhook-id that one came from, which is marked. */
  readonly marked: string;
  readonly openAttempt: (entry: WebhookEntry) => void;
}

/** All that happened to a call: lanes over one axis of time, and the same in words. */
export function TimelineCard({ timeline: { call, entries, truncated }, now, marked, openAttempt }: TimelineProps) {
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const found = (entry: Entry): boolean =>
    marked !== '' &&
    ((entry.kind === 'request' && entry.requestId === marked) ||
      (entry.kind === 'webhook' && entry.webhookId === marked));
  const called = calledOf(call, entries);
  const shown = entries.filter(({ kind }) => !hidden.has(kind));
  const turn = (kind: string) => {
    const next = new Set(hidden);
    if (!next.delete(kind)) next.add(kind);
    setHidden(next);
  };
  return (
    <Card
      flush
      title={say('timeline')}
      actions={
        <fieldset class="row wrap kinds" aria-label={say('show')}>
          {kinds.map((kind) => (
            <button
              key={kind}
              type="button"
              class={`button small kind k-${kind}`}
              aria-pressed={!hidden.has(kind)}
              onClick={() => turn(kind)}
            >
              <i />
              {say(`lane_${kind}`)} {entries.filter((one) => one.kind === kind).length}
            </button>
          ))}
        </fieldset>
      }
    >
      <Lanes call={call} entries={shown} all={entries} now={now} found={found} />
      {truncated && <p class="notice warn">{say('timelineCut')}</p>}
      {shown.length === 0 ? (
        <Empty icon="calls" title={say('noEntries')} text={say('noEntriesText')} />
      ) : (
        <ol class="moments" aria-label={say('timeline')}>
          {shown.map((entry, place) => (
            <li
              key={`${place} ${entry.kind} ${entry.at}`}
              class={`k-${entry.kind} ${isBad(entry) ? 'bad' : ''} ${found(entry) ? 'found' : ''}`}
            >
              <span class="when" title={clock(entry.at)}>
                {offset(entry.at - call.startedAt)}
              </span>
              <span class="dot" />
              <span class="what">
                <span class="muted lane-name">{say(`lane_${entry.kind}`)}</span> {entryWords(entry, called)}{' '}
                <More entry={entry} openAttempt={openAttempt} />
              </span>
            </li>
          ))}
        </ol>
      )}
    </Card>
  );
}

/** How long after the start. */
const offset = (ms: number): string => (ms < 60_000 ? `+${(Math.max(0, ms) / 1000).toFixed(2)} s` : `+${span(ms)}`);

function More({ entry, openAttempt }: { readonly entry: Entry } & Pick<TimelineProps, 'openAttempt'>) {
  if (entry.kind === 'webhook') {
    return (
      <button type="button" class="button plain small" onClick={() => openAttempt(entry)}>
        {say('details')}
      </button>
    );
  }
  if (entry.kind === 'request') {
    return (
      <span class="row wrap inline">
        {entry.remembered && <Code code={entry.code} />}
        <span class="mono muted break">{entry.requestId}</span>
        {entry.clientIp !== '' && <span class="mono muted">{entry.clientIp}</span>}
      </span>
    );
  }
  if (entry.kind !== 'step') return null;
  return (
    <span class="row wrap inline">
      {entry.device !== '' && <span class="tag quiet">{say('onDevice', { device: entry.device })}</span>}
      {entry.ends !== undefined && <Result result={entry.ends} />}
    </span>
  );
}

interface LanesProps {
  readonly call: Timeline['call'];
  readonly entries: readonly Entry[];
  readonly all: readonly Entry[];
  readonly now: number;
  readonly found: (entry: Entry) => boolean;
}

/** The picture of it; who does not see it reads the list below. */
function Lanes({ call, entries, all, now, found }: LanesProps) {
  const end = call.live ? now : Math.max(call.endedAt, ...all.map(({ at }) => at));
  const times = useMemo(
    () => [call.startedAt, ...all.map(({ at }) => at), call.endedAt || end, end],
    [all, call, call.live ? Math.floor(now / 1000) : 0],
  );
  const axis = useMemo(() => axisOf(times), [times]);
  const stretches = useMemo(() => stretchesOf(call, all, end), [call, all, end]);
  const at = (time: number): string => `${(axis(time) * 100).toFixed(2)}%`;
  const called = calledOf(call, all);
  const others = kinds.filter((kind) => kind !== 'step' && entries.some((one) => one.kind === kind));
  const marks = (of: readonly Entry[]) =>
    of.map((entry, place) => (
      <i
        key={`${place} ${entry.at}`}
        class={`mark k-${entry.kind} ${isBad(entry) ? 'bad' : ''} ${found(entry) ? 'found' : ''}`}
        style={{ left: at(entry.at) }}
        title={`${offset(entry.at - call.startedAt)} ${entryWords(entry, called)}`}
      />
    ));
  return (
    <div class="lanes" aria-hidden="true">
      {[...stretches].map(([user, parts]) => (
        <div class="lane" key={`user ${user}`}>
          <span class="name clip">{user}</span>
          <span class="track">
            {parts.map(({ from, to, what }) => (
              <b
                key={`${from} ${what}`}
                class={what}
                style={{ left: at(from), width: `${((axis(to) - axis(from)) * 100).toFixed(2)}%` }}
                title={`${say(what === 'ring' ? 'ringing' : 'talking')} ${duration(to - from)}`}
              />
            ))}
            {marks(entries.filter((one) => one.kind === 'step' && laneOf(one) === user))}
          </span>
        </div>
      ))}
      {others.map((kind) => (
        <div class="lane" key={kind}>
          <span class="name muted">{say(`lane_${kind}`)}</span>
          <span class="track">{marks(entries.filter((one) => one.kind === kind))}</span>
        </div>
      ))}
      <div class="lane axis">
        <span class="name muted">{clock(call.startedAt)}</span>
        <span class="track">
          {ticksOf(times, axis).map((time) => (
            <span key={time} class="tick" style={{ left: at(time) }}>
              {offset(time - call.startedAt)}
            </span>
          ))}
        </span>
      </div>
      <p class="muted lanes-note">
        <span class="row wrap">
          <span class="swatch ring" /> {say('ringing')} <span class="swatch talk" /> {say('talking')} ·{' '}
          {say('axisNote')}
        </span>
      </p>
    </div>
  );
}

/** The member in whose lane a step stands: who did it, else who was changed. */
const laneOf = (entry: Entry): string => (entry.kind === 'step' ? entry.actor || (entry.changed[0]?.userId ?? '') : '');
