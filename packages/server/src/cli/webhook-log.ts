import type { Command } from 'commander';
import type { AttemptView } from '../admin/webhooks.ts';
import { pickApp, withAccess } from './access.ts';
import { exitCodes, UsageError } from './failure.ts';
import { parseCount, settingsFrom } from './options.ts';
import { print, printJson, spellTime, table, tell } from './output.ts';
import { parseTime } from './times.ts';
import { type MakeSub, runFor, type WebhookOptions } from './webhook-sub.ts';

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
          if (next !== undefined) tell(`There is more: add --after ${next}`);
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

  sub('parked <endpoint>', 'the events that an endpoint has given up', ['ringback webhooks parked callback']).action(
    async (endpoint: string, _: LogOptions, command: Command) =>
      runFor(
        command,
        'webhooks.parked',
        (app) => ({ app, endpoint }),
        ({ parked }) => {
          if (parked.length === 0) print('Nothing was given up.');
          else {
            const rows = parked.map((one) => [
              spellTime(one.eventTime),
              one.command,
              String(one.attempts),
              one.webhookId,
            ]);
            print(table(['HAPPENED', 'EVENT', 'ATTEMPTS', 'WEBHOOK-ID'], rows));
          }
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
      let total = 0;
      await runFor(
        command,
        'webhooks.replay',
        (app) => ({ app, ...given }),
        (counts) => {
          for (const [id, count] of Object.entries(counts)) {
            total += count;
            if (count > 0) print(`${count} ${count === 1 ? 'event waits' : 'events wait'} again at ${id}.`);
          }
          if (total === 0) print('There is nothing of the kind to replay.');
        },
      );
      if (wait === true && total > 0) await watch(command);
    });

  sub('test <endpoint>', 'send a sample event, once, and show what the receiver answers', [
    'ringback webhooks test callback',
  ]).action(async (endpoint: string, _: LogOptions, command: Command) =>
    runFor(
      command,
      'webhooks.test',
      (app) => ({ app, endpoint }),
      (result) => {
        print(`sent      ${result.url}`);
        print(`id        ${result.webhookId}`);
        if (result.status === 0) print(`no answer ${result.error}`);
        else print(`answered  HTTP ${result.status} in ${result.took} ms`);
        if (result.answer !== '') print(`\n${oneScreen(result.answer)}\n`);
        if (result.error === '') print('Taken: this endpoint works.');
        else {
          print(`Not taken: ${result.error}`);
          process.exitCode = exitCodes.failure;
        }
      },
    ),
  );
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

/** Shows how many events still wait, until none does. */
async function watch(command: Command): Promise<void> {
  const { settings } = settingsFrom(command);
  const { app } = command.opts() as LogOptions;
  await withAccess(settings, {}, async (access) => {
    if (!access.running) return;
    const id = await pickApp(access, app);
    let most = 0;
    for (;;) {
      const endpoints = await access.ask('endpoints.list', { app: id });
      const waiting = endpoints.reduce((sum, one) => sum + one.waiting, 0);
      most = Math.max(most, waiting);
      const share = most === 0 ? 1 : 1 - waiting / most;
      const bar = '#'.repeat(Math.round(share * 30)).padEnd(30, '.');
      if (process.stderr.isTTY) process.stderr.write(`\r[${bar}] ${waiting} wait `);
      if (waiting === 0) break;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
    tell(process.stderr.isTTY ? '' : 'All of them are delivered.');
  });
}
