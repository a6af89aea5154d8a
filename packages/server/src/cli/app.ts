import type { Command } from 'commander';
import type { AppView, KeyView } from '../admin/app-view.ts';
import type { AnswerOf, InputOf, OperationName } from '../admin/index.ts';
import { withAccess } from './access.ts';
import { appChange } from './app-set.ts';
import { UsageError } from './failure.ts';
import { type CommonOptions, common, oneId, parseAppId, settingsFrom, withExamples } from './options.ts';
import { print, printJson, spellTime, table } from './output.ts';

interface AppOptions extends CommonOptions {
  readonly id?: number;
  readonly key?: string;
  readonly name?: string;
  readonly reveal?: boolean;
  readonly json?: boolean;
}

/** Runs one operation, and shows its answer as JSON or for people. */
async function run<Name extends OperationName>(
  command: Command,
  name: Name,
  input: InputOf<Name>,
  show: (answer: AnswerOf<Name>) => void,
): Promise<void> {
  const { settings } = settingsFrom(command);
  const answer = await withAccess(settings, { create: name === 'app.create' }, (access) => access.ask(name, input));
  if ((command.opts() as AppOptions).json === true) printJson(answer);
  else show(answer);
}

/** `ringback app`: applications and their keys. */
export function addAppCommand(program: Command): void {
  const app = withExamples(program.command('app').description('applications and their keys'), [
    'ringback app create --name "My app"',
    'ringback app list',
    'ringback app add-key 1400000002',
  ]);
  const sub = (usage: string, description: string, examples: readonly string[]): Command =>
    common(app.command(usage).description(description).option('--json', 'print JSON'), examples);
  const idOption = ['--id <id>', 'the application', parseAppId] as const;

  sub('create', 'make an application and show its key', [
    'ringback app create --name "My app"',
    'ringback app create --id 1400000002 --key <64 hexadecimal digits>   # an id and key that clients have already',
  ])
    .option('--id <id>', 'its id (default: the next free one from 1400000001 up)', parseAppId)
    .option('--key <secret>', 'its first key (default: a random one)')
    .option('--name <name>', 'a name for people')
    .action(async ({ id, key, name }: AppOptions, command: Command) => {
      const input = { ...(id && { id }), ...(key !== undefined && { key }), ...(name !== undefined && { name }) };
      await run(command, 'app.create', input, showCreated);
    });

  sub('list', 'list the applications', ['ringback app list', 'ringback app list --json']).action(
    async (_: AppOptions, command: Command) => run(command, 'app.list', {}, showList),
  );

  sub('show [id]', 'show an application', ['ringback app show 1400000001', 'ringback app show 1400000001 --reveal'])
    .option(...idOption)
    .option('--reveal', 'show its keys in full')
    .action(async (word: string | undefined, { id, reveal = false }: AppOptions, command: Command) =>
      run(command, 'app.show', { id: oneId(word, id), reveal }, showApp),
    );

  sub('set <id> <key> <value>', 'change the name, the allow-list or a setting of an application', [
    'ringback app set 1400000001 name "My app"',
    'ringback app set 1400000001 allowIps 203.0.113.0/24,2001:db8::/32',
    'ringback app set 1400000001 maxMembers 20        # `default` gives it back to the server',
  ]).action(async (id: string, key: string, value: string, _: AppOptions, command: Command) =>
    run(command, 'app.update', { id: oneId(id, undefined), ...appChange(key, value) }, (app) =>
      print(`Application ${app.id} is changed. \`ringback app show ${app.id}\` shows it.`),
    ),
  );

  sub('add-key [id]', 'add a key, valid beside the others, and show it', [
    'ringback app add-key 1400000001     # then let the signers use it, then remove the old one',
  ])
    .option(...idOption)
    .option('--key <secret>', 'the key (default: a random one)')
    .action(async (word: string | undefined, { id, key }: AppOptions, command: Command) => {
      const app = oneId(word, id);
      await run(command, 'app.addKey', { id: app, ...(key !== undefined && { key }) }, (added) =>
        showAdded(app, added),
      );
    });

  sub('remove-key [id] [keyId]', 'remove a key; what was signed with it is refused at once', [
    'ringback app remove-key 1400000001 k1',
  ])
    .option(...idOption)
    .action(async (first: string | undefined, second: string | undefined, { id }: AppOptions, command: Command) => {
      // With --id, the only word is the key.
      const [word, keyId] = id !== undefined && second === undefined ? [undefined, first] : [first, second];
      if (keyId === undefined) throw new UsageError('Name the key, such as k1; `ringback app show <id>` lists them.');
      const app = oneId(word, id);
      await run(command, 'app.removeKey', { id: app, keyId }, ({ keys }) =>
        print(`Key ${keyId} of application ${app} is removed. Left: ${keys.map((key) => key.id).join(', ')}.`),
      );
    });

  for (const [word, name, description, done] of [
    ['add-admin', 'app.addAdmin', 'let an account call the REST API; at most 10 can', 'is an administrator'],
    ['remove-admin', 'app.removeAdmin', 'take that right away, at once', 'is no administrator any more'],
  ] as const) {
    sub(`${word} [id] [user]`, description, [`ringback app ${word} 1400000001 alice`])
      .option(...idOption)
      .action(async (first: string | undefined, second: string | undefined, { id }: AppOptions, command: Command) => {
        // With --id, the only word is the user.
        const [given, user] = id !== undefined && second === undefined ? [undefined, first] : [first, second];
        if (user === undefined) throw new UsageError('Name the account, such as alice.');
        const app = oneId(given, id);
        await run(command, name, { id: app, user }, ({ admins }) =>
          print(`${user} ${done} of application ${app}. Administrators: ${admins.join(', ')}.`),
        );
      });
  }

  for (const [word, name, description] of [
    ['allow-origin', 'app.allowOrigin', 'let pages of an origin sign devices in; while none is listed, all may'],
    ['remove-origin', 'app.removeOrigin', 'take an origin off that list'],
  ] as const) {
    sub(`${word} [id] [origin]`, description, [`ringback app ${word} 1400000001 https://app.example.com`])
      .option(...idOption)
      .action(async (first: string | undefined, second: string | undefined, { id }: AppOptions, command: Command) => {
        const [given, origin] = id !== undefined && second === undefined ? [undefined, first] : [first, second];
        if (origin === undefined) throw new UsageError('Name the origin, such as https://app.example.com.');
        const app = oneId(given, id);
        await run(command, name, { id: app, origin }, ({ allowOrigins }) =>
          print(
            allowOrigins.length === 0
              ? `Pages of any origin may sign devices in to application ${app}.`
              : `Pages of these origins may sign devices in to application ${app}: ${allowOrigins.join(', ')}.`,
          ),
        );
      });
  }

  for (const [word, name, text] of [
    ['disable', 'app.disable', 'disabled: its requests are refused with 60016'],
    ['enable', 'app.enable', 'enabled'],
  ] as const) {
    sub(`${word} [id]`, `${word} an application`, [`ringback app ${word} 1400000001`])
      .option(...idOption)
      .action(async (given: string | undefined, { id }: AppOptions, command: Command) =>
        run(command, name, { id: oneId(given, id) }, (app) => print(`Application ${app.id} is ${text}.`)),
      );
  }
}

function showCreated(app: AppView): void {
  print(`Application ${app.id} is made.`);
  print(`  id   ${app.id}`);
  for (const key of app.keys) print(`  key  ${key.secret}`);
  print('Keep the key secret: whoever has it can sign for every user. Try it:');
  print(`  ringback usersig make --app ${app.id} --user alice`);
}

function showAdded(app: number, key: KeyView): void {
  print(`Application ${app} has a new key ${key.id}, valid beside the others.`);
  print(`  key  ${key.secret}`);
}

function showList(apps: readonly AppView[]): void {
  if (apps.length === 0) {
    print('There is no application yet. Make one with `ringback app create`.');
    return;
  }
  const rows = apps.map(({ id, name, disabled, keys }) => [
    String(id),
    disabled ? 'disabled' : 'enabled',
    keys.map((key) => key.id).join(','),
    name,
  ]);
  print(table(['ID', 'STATE', 'KEYS', 'NAME'], rows));
}

function showApp(app: AppView): void {
  const { id, name, disabled, packageExpiresAt, allowIps, allowOrigins, disabledCommands, admins, settings, keys } =
    app;
  const facts: [string, string][] = [
    ['id', String(id)],
    ['name', name === '' ? '-' : name],
    ['state', disabled ? 'disabled' : 'enabled'],
    ['package', packageExpiresAt === 0 ? 'never expires' : `expires ${spellTime(packageExpiresAt)} UTC`],
    ['addresses', allowIps.length === 0 ? 'all' : allowIps.join(', ')],
    ['origins', allowOrigins.length === 0 ? 'all' : allowOrigins.join(', ')],
    ['switched off', disabledCommands.length === 0 ? 'no command' : disabledCommands.join(', ')],
    ['administrators', admins.join(', ')],
    ...Object.entries(settings).map(([key, value]): [string, string] => [
      key,
      typeof value === 'object' ? JSON.stringify(value) : String(value),
    ]),
  ];
  print(facts.map(([fact, value]) => `${fact.padEnd(16)}${value}`).join('\n'));
  print();
  print(
    table(
      ['KEY', 'MADE (UTC)', 'SECRET'],
      keys.map((key) => [key.id, spellTime(key.createdAt), key.secret ?? key.masked]),
    ),
  );
}
