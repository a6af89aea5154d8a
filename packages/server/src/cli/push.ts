import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import type { AnswerOf, InputOf } from '../admin/index.ts';
import type { PushProviderView } from '../admin/push.ts';
import { exitCodes, UsageError } from './failure.ts';
import { common, parseAppId, parseCount, withExamples } from './options.ts';
import { print, spellTime, table, tell } from './output.ts';
import { pushWords } from './push-words.ts';
import { parseTime } from './times.ts';
import { answerOf, runFor, type WebhookOptions } from './webhook-sub.ts';

interface SetOptions extends WebhookOptions {
  readonly kind: string;
  readonly subject?: string;
  readonly serviceAccount?: string;
  readonly team?: string;
  readonly keyId?: string;
  readonly key?: string;
  readonly topic?: string;
  readonly sandbox?: boolean;
  readonly endpoint?: string;
  readonly publicKey?: string;
  readonly privateKey?: string;
  readonly new?: boolean;
}

interface LogOptions extends WebhookOptions {
  readonly call?: string;
  readonly user?: string;
  readonly before?: number;
  readonly limit?: number;
}

/** `ringback push`: how devices are rung whose app does not run, and why one did not ring. */
export function addPushCommand(program: Command): void {
  const push = withExamples(
    program.command('push').description('how devices are rung whose app does not run, and why one did not ring'),
    [
      'ringback push set own --kind webhook --url https://push.example.com/ringback',
      'ringback push set web --kind web-push --subject mailto:ops@example.com',
      'ringback push set android --kind fcm --service-account service-account.json',
      'ringback push set ios --kind apns --team TEAM123456 --key-id KEY1234567 --key AuthKey.p8 --topic com.example.app',
      'ringback push log --user bob',
    ],
  );
  const sub = (usage: string, description: string, examples: readonly string[]): Command =>
    common(push.command(usage).description(description), examples)
      .option('--app <id>', 'the application (default: the only one)', parseAppId)
      .option('--json', 'print JSON');

  sub('list', 'list the push providers', ['ringback push list']).action(async (_: WebhookOptions, command: Command) =>
    runFor(command, 'push.list', (app) => ({ app }), showProviders),
  );

  sub('set <name>', 'set a push provider up, or change what is given', [
    'ringback push set own --kind webhook --url https://push.example.com/ringback',
  ])
    .requiredOption('--kind <kind>', 'webhook, web-push, fcm or apns')
    .option('--new', 'refuse a name that is taken, instead of changing that provider')
    .option('--url <url>', 'of webhook: where pushes are sent')
    .option('--secret <secret>', 'of webhook: whsec_…; the one before signs beside it, until the same is given again')
    .option('--subject <address>', 'of web-push: mailto: or https:, for push services that want to complain')
    .option('--public-key <key>', 'of web-push: your own VAPID key (default: one is made)')
    .option('--private-key <file>', 'of web-push: the file of its private part')
    .option('--service-account <file>', 'of fcm: the key file of a service account')
    .option('--team <id>', 'of apns: the team id')
    .option('--key-id <id>', 'of apns: the id of the key')
    .option('--key <file>', 'of apns: the .p8 file')
    .option('--topic <bundle>', 'of apns: the bundle id of the app')
    .option('--sandbox', 'of apns: for builds of developers')
    .option('--endpoint <url>', 'of fcm and apns: another address of the service, for tests')
    .action(async (name: string, options: SetOptions, command: Command) => {
      const { kind, url, secret, subject, publicKey, team, keyId, topic, sandbox, endpoint } = options;
      const given = {
        ...{ kind, url, secret, subject, publicKey, team, keyId, topic, sandbox, endpoint },
        // Keys are read from files, so that they are in no list of processes and in no history of a shell.
        privateKey: fileOf(options.privateKey)?.trim(),
        serviceAccount: fileOf(options.serviceAccount),
        key: fileOf(options.key),
        new: options.new,
      };
      const fields = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
      await runFor(
        command,
        'push.set',
        (app) => ({ app, name, ...fields }) as InputOf<'push.set'>,
        (view) => showSet(view),
      );
    });

  sub('remove <name>', 'remove a push provider', ['ringback push remove own']).action(
    async (name: string, _: WebhookOptions, command: Command) =>
      runFor(
        command,
        'push.remove',
        (app) => ({ app, name }),
        () => print(`Push provider ${name} is removed.`),
      ),
  );

  sub('tokens <user>', 'the devices of a user that pushes can ring', ['ringback push tokens bob']).action(
    async (user: string, _: WebhookOptions, command: Command) =>
      runFor(command, 'push.tokens', (app) => ({ app, user }), showTokens),
  );

  sub('forget <user>', 'drop the device tokens of a user', ['ringback push forget bob']).action(
    async (user: string, _: WebhookOptions, command: Command) =>
      runFor(
        command,
        'push.forget',
        (app) => ({ app, user }),
        ({ dropped }) => print(`${dropped} dropped.`),
      ),
  );

  sub('test <user>', 'send a test push to each device of a user, and show what its push service answers', [
    'ringback push test bob',
  ]).action(async (user: string, _: WebhookOptions, command: Command) => {
    const results = await answerOf(command, 'push.test', (app) => ({ app, user }), showTest);
    if (results.some(({ outcome }) => outcome !== 'sent')) process.exitCode = exitCodes.failure;
  });

  sub('log', 'why a device rang or did not, the newest calls first', [
    'ringback push log --call 0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31',
    'ringback push log --user bob --limit 20',
  ])
    .option('--call <callId>', 'of this call only')
    .option('--user <user>', 'of this callee only')
    .option('--before <time>', 'of calls that began before: a time, or how long ago (2h)', parseTime)
    .option('--limit <n>', 'at most so many lines (default: 200, at most 1000)', parseCount)
    .action(async (options: LogOptions, command: Command) => {
      const { call, user, before, limit } = options;
      const given = Object.entries({ callId: call, user, before, limit }).filter(([, value]) => value !== undefined);
      await runFor(command, 'push.log', (app) => ({ app, ...Object.fromEntries(given) }), showLog);
    });
}

function fileOf(path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function showSet({ name, kind, setup, secrets }: PushProviderView): void {
  print(`Push provider ${name} (${kind}) is set up.`);
  if (kind === 'web-push') print(`  public key  ${setup.publicKey}`);
  for (const [index, secret] of secrets.entries()) print(`  ${index === 0 ? 'secret' : 'before'}  ${secret}`);
}

function showProviders(providers: AnswerOf<'push.list'>): void {
  if (providers.length === 0) {
    print('There is no push provider. Set one up with `ringback push set`.');
    return;
  }
  const about = ({ setup }: PushProviderView): string =>
    [setup.url, setup.subject, setup.project, setup.topic, setup.endpoint].filter(Boolean).join('  ');
  print(
    table(
      ['PROVIDER', 'KIND', 'SET UP FOR'],
      providers.map((one) => [one.name, one.kind, about(one)]),
    ),
  );
}

function showTokens(tokens: AnswerOf<'push.tokens'>): void {
  if (tokens.length === 0) {
    print('No device of this user has registered for pushes.');
    return;
  }
  const rows = tokens.map(({ device, provider, channel, platform, tokenEnd, updatedAt }) => [
    device,
    provider,
    channel,
    platform,
    `…${tokenEnd}`,
    spellTime(updatedAt),
  ]);
  print(table(['DEVICE', 'PROVIDER', 'CHANNEL', 'PLATFORM', 'TOKEN', 'REGISTERED'], rows));
}

function showTest(results: AnswerOf<'push.test'>): void {
  for (const { device, provider, outcome, status, text } of results) {
    const said = status === 0 ? text : `HTTP ${status}${text === '' ? '' : `, ${text}`}`;
    print(`${device} by ${provider}: ${outcome} (${said})`);
  }
}

function showLog({ entries, lookedTo }: AnswerOf<'push.log'>): void {
  if (entries.length === 0 && lookedTo === undefined) {
    print('Nothing of the kind is in the log: without a push provider, nothing is pushed and nothing noted.');
    return;
  }
  let call = '';
  for (const entry of entries) {
    if (entry.callId !== call)
      print(`${call === '' ? '' : '\n'}Call ${entry.callId}, begun ${spellTime(entry.startedAt)}`);
    call = entry.callId;
    print(`  +${((entry.at - entry.startedAt) / 1000).toFixed(2).padStart(6)} s  ${pushWords(entry)}`);
  }
  if (lookedTo !== undefined) {
    const end = new Date(lookedTo).toISOString();
    tell(`Only calls that began at ${end} or later were looked through; go on with --before ${end}`);
  }
}
