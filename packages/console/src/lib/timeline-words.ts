import { attemptProblem } from './attempt-problem.ts';
import { duration, moment } from './format.ts';
import { pushSaid } from './push-said.ts';
import { say, sayOr } from './say.ts';
import type { Entry, MediaEntry, NoticeEntry, PushEntry, RequestEntry, Step, WebhookEntry } from './timeline-types.ts';

const joined = (value: unknown): string => (Array.isArray(value) ? value.join(', ') : String(value ?? ''));

/** Those of a step whose part in the call was changed, but not who did it. */
const others = (step: Step): string =>
  [...new Set(step.changed.map(({ userId }) => userId).filter((user) => user !== step.actor))].join(', ');

function stepWords(step: Step, called: string): string {
  const data: Record<string, string> = {};
  for (const [name, value] of Object.entries(step.data ?? {})) data[name] = joined(value);
  const who = step.actor || joined(step.changed.map(({ userId }) => userId));
  const users = data.users || (step.type === 'start' ? called : others(step));
  return sayOr(`reason_${step.reason}`, step.reason, { ...data, who, users });
}

const requestWords = ({ command, requestId, code, took, remembered }: RequestEntry): string =>
  say(remembered ? (code === 0 ? 'tl_request' : 'tl_requestRefused') : 'tl_requestPast', {
    command: command || requestId,
    code,
    took: duration(took),
  });

function noticeWords({ method, to, reason, userId }: NoticeEntry): string {
  const users = to.join(', ');
  if (method !== 'callEnded') return sayOr(`tl_${method}`, method, { users, who: userId ?? '' });
  // Told to the other devices of the one who acted, for whom the call goes on.
  if (reason === 7 || reason === 8) return say('tl_elsewhere', { users });
  const why = reason === undefined ? '' : sayOr(`endReason_${reason}`, String(reason));
  return say(why === '' ? 'tl_callEnded' : 'tl_callEndedWhy', { users, why });
}

function webhookWords(one: WebhookEntry): string {
  const parts = {
    event: one.command.split('.').at(-1) ?? one.command,
    endpoint: one.endpoint,
    took: duration(one.took),
    status: one.status,
    error: attemptProblem(one.error),
    attempt: one.attempt,
    next: one.nextAt > 0 ? moment(one.nextAt) : '',
  };
  return sayOr(`tl_webhook_${one.outcome}`, `${parts.event} → ${one.endpoint}: ${one.outcome}`, parts);
}

function mediaWords(one: MediaEntry): string {
  const { what, from = '', to = '', provider = '', text = '', userId = '' } = one;
  const name = what === 'moved' && from === '' ? 'opened' : what;
  return sayOr(`tl_media_${name}`, `${what} ${text}`, { from, to, provider, text, who: userId });
}

function pushWords(one: PushEntry): string {
  const { what, userId, why = '', device = '', provider = '', attempt = 1, outcome = '' } = one;
  const said = pushSaid(one);
  const parts = {
    ...{ who: userId, device, provider, attempt, said, took: duration(one.took ?? 0) },
    ...{ tokens: one.tokens ?? 0, targets: one.targets ?? 0, action: one.action ?? '', refusal: one.refusal ?? '' },
    devices: (one.devices ?? []).join(', '),
  };
  const name = { push: outcome, cancel: outcome, answered: one.refusal === '' ? 'done' : 'refused' }[what] ?? why;
  return sayOr(name === '' ? `tl_push_${what}` : `tl_push_${what}_${name}`, `${what} ${userId} ${name} ${said}`, parts);
}

/** What happened, in a sentence; `called`: whom the call was for at its start. */
export function entryWords(entry: Entry, called: string): string {
  switch (entry.kind) {
    case 'step':
      return stepWords(entry, called);
    case 'request':
      return requestWords(entry);
    case 'notice':
      return noticeWords(entry);
    case 'webhook':
      return webhookWords(entry);
    case 'push':
      return pushWords(entry);
    default:
      return mediaWords(entry);
  }
}
