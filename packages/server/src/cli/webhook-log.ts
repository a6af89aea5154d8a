import type { Command } from 'commander';
import type { AnswerOf } from '../admin/index.ts';
import type { AttemptView, ParkedView, TestResult } from '../admin/webhooks.ts';
import { exitCodes, UsageError } from './failure.ts';
import { parseCount } from './options.ts';
import { print, printJson, spellTime, table, tell } from './output.ts';
import { parseTime } from './times.ts';
import { answerOf, type MakeSub, runFor, type WebhookOptions } from './webhook-sub.ts';
import { watchDeliveries } from './webhook-watch.ts';

interface LogOptions extends WebhookOptions {
  readonly endpoint?: string;
  readonly call?: string;
  readonly event?: string;
  readonly failed?: boolean;
  readonly from?: number;
  readonly to?: number;
  readonly limit?: number;
  readonly after?: string;
  readonly wait?: boolean;
}

/** What became of events, and how to send them again. */
export function addWebhookLogCommands(sub: MakeSub): void {
  sub('log', 'the attempts to deliver, the newest first', [
    'ringback webhooks log --failed --from 2h',
    'ringback webhooks log --call 0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31 --json',
  ])
    .option('--endpoint <endpoint>', 'to this endpoint only')
    .option('--call <callId>', 'of this call only')
    .option('--failed', 'only those that did not deliver')
    .option('--from <time>', 'not before: a time, or how long ago (2h)', parseTime)
    .option('--to <time>', 'not after', parseTime)
    .option('--limit <n>', 'at most so many (default: 50, at most 1000)', parseCount)
    .option('--after <place>', 'go on where a page ended')
    .action(async (options: LogOptions, command: Command) => {
      const { endpoint, call, failed, from, to, limit, after } = options;
      const given = defined({ endpoint, callId: call, failed, from, to, limit, after });
      await runFor(
        command,
        'webhooks.log',
        (app) => ({ app, ...given }),
        ({ attempts, next }) => {
          showLog(attempts);
          if (next !== undefined) tellMore(next);
        },
      );
    });

  sub('show <webhook-id>', 'one event: what was sent, and what each attempt came to', [
    'ringback webhooks show 0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31-1',
  ]).action(async (event: string, _: LogOptions, command: Command) =>
    runFor(
      command,
      'webhooks.log',
      (app) => ({ app, event, limit: 1000 }),
      ({ attempts }) => showEvent(event, attempts),
    ),
  );

  sub('parked <endpoint>', 'the events that an endpoint has given up', ['ringback webhooks parked callback'])
    .option('--limit <n>', 'at most so many (default, and at most: 1000)', parseCount)
    .option('--after <place>', 'go on where a page ended')
    .action(async (endpoint: string, { limit, after }: LogOptions, command: Command) =>
      runFor(
        command,
        'webhooks.parked',
        (app) => ({ app, endpoint, ...defined({ limit, after }) }),
        ({ parked, next }) => {
          showParked(parked);
          if (next !== undefined) tellMore(next);
        },
      ),
    );

  sub('replay [webhook-id]', 'deliver events again: one, those of a time, or all that were given up', [
    'ringback webhooks replay 0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31-1',
    'ringback webhooks replay --from 2026-05-28T10:00 --to 2026-05-28T11:00 --endpoint crm',
    'ringback webhooks replay --failed --wait',
  ])
    .option('--endpoint <endpoint>', 'at this endpoint only')
    .option('--from <time>', 'events from this time on: a time (UTC), or how long ago (2h)', parseTime)
    .option('--to <time>', 'events up to this time (default: now)', parseTime)
    .option('--failed', 'all events that were given up')
    .option('--wait', 'wait until they are delivered, and show how far it is')
    .action(async (event: string | undefined, options: LogOptions, command: Command) => {
      const { endpoint, from, to, failed, wait } = options;
      if (event === undefined && from === undefined && failed !== true) {
        throw new UsageError('Say what to replay: a webhook-id, --from (and --to), or --failed.');
      }
      const given = defined({ endpoint, event, from, to, parked: failed });
      const counts = await answerOf(command, 'webhooks.replay', (app) => ({ app, ...given }), showReplayed);
      if (wait === true) await watchDeliveries(command, idsOf(counts));
    });

  sub('test <endpoint>', 'send a sample event, once, and show what the receiver answers', [
    'ringback webhooks test callback',
  ]).action(async (endpoint: string, _: LogOptions, command: Command) => {
    const { error } = await answerOf(command, 'webhooks.test', (app) => ({ app, endpoint }), showTest);
    if (error !== '') process.exitCode = exitCodes.failure;
  });
}

function showTest({ url, webhookId, status, took, error, answer }: TestResult): void {
  print(`sent      ${url}`);
  print(`id        ${webhookId}`);
  print(status === 0 ? `no answer ${error}` : `answered  HTTP ${status} in ${took} ms`);
  if (answer !== '') print(`\n${oneScreen(answer)}\n`);
  print(error === '' ? 'Taken: this endpoint works.' : `Not taken: ${error}`);
}

/** The endpoints where events wait again. */
const idsOf = (counts: AnswerOf<'webhooks.replay'>): readonly string[] =>
  Object.keys(counts).filter((id) => (counts[id] ?? 0) > 0);

function showReplayed(counts: AnswerOf<'webhooks.replay'>): void {
  const ids = idsOf(counts);
  for (const id of ids) print(`${counts[id]} ${counts[id] === 1 ? 'event waits' : 'events wait'} again at ${id}.`);
  if (ids.length === 0) print('There is nothing of the kind to replay.');
}

/** Leaves out what was not given. */
function defined<T extends object>(fields: T): { [Key in keyof T]?: Exclude<T[Key], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}

/** Control characters of a receiver must not reach the terminal. */
const oneScreen = (text: string): string => text.replace(/[^\P{Cc}\n\t]/gu, '?').slice(0, 4096);

const resultOf = ({ outcome, status, error }: AttemptView): string =>
  outcome === 'delivered' || (outcome === 'test' && error === '')
    ? `HTTP ${status}`
    : status === 0
      ? error
      : `HTTP ${status}`;

function showLog(attempts: readonly AttemptView[]): void {
  if (attempts.length === 0) {
    print('No attempt of the kind is in the log.');
    return;
  }
  const rows = attempts.map((one) => [
    spellTime(one.at),
    one.endpoint,
    one.command.replace(/^Call\.CallbackAfter/, ''),
    one.outcome,
    `${one.took} ms`,
    one.nextAt === 0 ? '' : spellTime(one.nextAt).slice(11),
    one.webhookId,
    resultOf(one).slice(0, 60),
  ]);
  print(table(['SENT', 'ENDPOINT', 'EVENT', 'OUTCOME', 'TOOK', 'NEXT', 'WEBHOOK-ID', 'ANSWER'], rows));
}

function showParked(parked: readonly ParkedView[]): void {
  if (parked.length === 0) {
    print('Nothing was given up.');
    return;
  }
  const rows = parked.map((one) => [spellTime(one.eventTime), one.command, String(one.attempts), one.webhookId]);
  print(table(['HAPPENED', 'EVENT', 'ATTEMPTS', 'WEBHOOK-ID'], rows));
}

const tellMore = (next: string): void => tell(`There is more: add --after ${next}`);

function showEvent(id: string, attempts: readonly AttemptView[]): void {
  const [first] = attempts;
  if (first === undefined) {
    print(`No attempt to deliver ${id} is in the log.`);
    return;
  }
  print(`${first.command}, which happened ${spellTime(first.eventTime)}\n`);
  printJson(JSON.parse(first.body));
  for (const one of [...attempts].reverse()) {
    const next = one.nextAt === 0 ? '' : `, next ${spellTime(one.nextAt)}`;
    print(`\n${spellTime(one.at)}  attempt ${one.attempt} to ${one.endpoint}: ${one.outcome} in ${one.took} ms${next}`);
    print(`  ${one.url}`);
    print(`  ${one.status === 0 ? one.error : `HTTP ${one.status}`}`);
    if (one.answer !== '') print(oneScreen(one.answer).replace(/^/gm, '  | '));
  }
}
