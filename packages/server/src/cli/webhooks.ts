import type { Command } from 'commander';
import type { EndpointView } from '../admin/endpoint-view.ts';
import { UsageError } from './failure.ts';
import { common, parseAppId, withExamples } from './options.ts';
import { print, table } from './output.ts';
import { addWebhookLogCommands } from './webhook-log.ts';
import { type MakeSub, runFor, type WebhookOptions } from './webhook-sub.ts';

/** `ringback webhooks`: where events are sent, and what became of them. */
export function addWebhooksCommand(program: Command): void {
  const webhooks = withExamples(
    program.command('webhooks').description('where the events of calls are sent, and what became of them'),
    [
      'ringback webhooks list',
      'ringback webhooks add crm https://crm.example.com/calls --events start-call,end-call',
      'ringback webhooks log --failed',
      'ringback webhooks replay --failed',
      'ringback webhooks test callback',
    ],
  );
  const sub: MakeSub = (usage, description, examples) =>
    common(webhooks.command(usage).description(description), examples)
      .option('--app <id>', 'the application (default: the only one)', parseAppId)
      .option('--json', 'print JSON');

  sub('list', 'list the endpoints, and how many events wait at each', ['ringback webhooks list']).action(
    async (_: WebhookOptions, command: Command) => runFor(command, 'endpoints.list', (app) => ({ app }), showList),
  );

  sub('add <endpoint> <url>', 'add an endpoint beside the one that set_callback sets', [
    'ringback webhooks add crm https://crm.example.com/calls --events start-call,end-call',
  ])
    .option('--events <list>', 'start-call, member-changed, end-call (default: all of them)')
    .option('--token <token>', 'add Sign and RequestTime to the URL, made with this token')
    .action(async (id: string, url: string, { events, token }: WebhookOptions, command: Command) =>
      runFor(
        command,
        'endpoints.add',
        (app) => ({ app, id, url, ...eventsOf(events), ...(token !== undefined && { token }) }),
        (endpoint) => {
          print(`Endpoint ${endpoint.id} of application ${endpoint.app} is made.`);
          showSecrets(endpoint);
        },
      ),
    );

  sub('set <endpoint>', 'change the URL, the events or the token of an endpoint', [
    'ringback webhooks set crm --url https://crm.example.com/v2/calls',
    "ringback webhooks set callback --token ''     # no Sign and RequestTime any more",
  ])
    .option('--url <url>', 'its URL; what waits goes there')
    .option('--events <list>', 'start-call, member-changed, end-call')
    .option('--token <token>', 'the token of Sign and RequestTime; empty for none')
    .action(async (id: string, { url, events, token }: WebhookOptions, command: Command) =>
      runFor(
        command,
        'endpoints.change',
        (app) => ({
          app,
          id,
          ...(url !== undefined && { url }),
          ...eventsOf(events),
          ...(token !== undefined && { token }),
        }),
        (endpoint) => showList([endpoint]),
      ),
    );

  sub('remove <endpoint>', 'remove an endpoint and the events that wait for it', [
    'ringback webhooks remove crm',
  ]).action(async (id: string, _: WebhookOptions, command: Command) =>
    runFor(
      command,
      'endpoints.remove',
      (app) => ({ app, id }),
      ({ waiting, parked }) => print(`Endpoint ${id} is removed, with ${waiting + parked} events that it had not got.`),
    ),
  );

  sub('secret <endpoint>', 'show, rotate or retire the secrets that sign', [
    'ringback webhooks secret callback',
    'ringback webhooks secret callback --rotate    # both sign; then let the receiver take the new one',
    'ringback webhooks secret callback --retire    # only the new one signs',
  ])
    .option('--rotate', 'add a secret; the one before it goes on signing beside it')
    .option('--retire', 'end a rotation: only the newest signs')
    .option('--secret <whsec>', 'with --rotate: the new secret (default: a random one)')
    .action(async (id: string, { rotate, retire, secret }: WebhookOptions, command: Command) => {
      if (rotate === true && retire === true)
        throw new UsageError('First --rotate; --retire when the receiver has it.');
      if (secret !== undefined && rotate !== true) throw new UsageError('--secret goes with --rotate.');
      if (rotate === true) {
        const given = secret === undefined ? {} : { secret };
        await runFor(command, 'endpoints.rotate', (app) => ({ app, id, ...given }), showSecrets);
      } else if (retire === true) {
        await runFor(
          command,
          'endpoints.retire',
          (app) => ({ app, id }),
          () => print(`Endpoint ${id} signs with its newest secret only.`),
        );
      } else await runFor(command, 'endpoints.secrets', (app) => ({ app, id }), showSecrets);
    });

  for (const [word, name, description, done] of [
    ['pause', 'endpoints.pause', 'send nothing to an endpoint for now; its events wait', 'is paused; its events wait'],
    [
      'resume',
      'endpoints.resume',
      'send to an endpoint again that was paused, or that had answered 410',
      'is active; what waits goes out now',
    ],
  ] as const) {
    sub(`${word} <endpoint>`, description, [`ringback webhooks ${word} callback`]).action(
      async (id: string, _: WebhookOptions, command: Command) =>
        runFor(
          command,
          name,
          (app) => ({ app, id }),
          ({ waiting }) => print(`Endpoint ${id} ${done} (${waiting}).`),
        ),
    );
  }

  addWebhookLogCommands(sub);
}

const eventsOf = (text: string | undefined): { events?: string[] } =>
  text === undefined ? {} : { events: text.split(',').map((word) => word.trim()) };

function showSecrets({ id, secrets }: EndpointView): void {
  for (const [index, secret] of secrets.entries()) print(`  ${index === 0 ? 'secret' : 'before'}  ${secret}`);
  print(`Whoever has it can sign as this server. The receiver of ${id} checks deliveries with it (Standard Webhooks).`);
}

const shown = (word: string): string => word.replace(/^Call\.CallbackAfter/, '');

function showList(endpoints: readonly EndpointView[]): void {
  if (endpoints.length === 0) {
    print('No endpoint is configured. Let a server call call_config/set_callback, or use `ringback webhooks add`.');
    return;
  }
  const rows = endpoints.map(({ id, state, commands, waiting, parked, url }) => [
    id,
    state === 'gone' ? 'gone (answered 410)' : state,
    commands.length > 3 ? `${commands.length} of the legacy API` : commands.map(shown).join(', '),
    String(waiting),
    String(parked),
    url,
  ]);
  print(table(['ENDPOINT', 'STATE', 'EVENTS', 'WAITING', 'PARKED', 'URL'], rows));
}
