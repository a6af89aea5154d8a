import type { Command } from 'commander';
import type { TokenView } from '../admin/api-tokens.ts';
import { type ConsoleRole, consoleRoles } from '../ports/console.ts';
import { withAccess } from './access.ts';
import { UsageError } from './failure.ts';
import { type CommonOptions, common, settingsFrom, withExamples } from './options.ts';
import { print, printJson, spellTime, table } from './output.ts';

interface TokenOptions extends CommonOptions {
  readonly role?: string;
  readonly days?: string;
  readonly json?: boolean;
}

/** `ringback token`: tokens for programs that use the settings API. */
export function addTokenCommand(program: Command): void {
  const token = withExamples(program.command('token').description('tokens for programs that use the settings API'), [
    'ringback token make deploy --role operator --days 90',
    'curl -H "Authorization: Bearer rbt_…" https://localhost:8443/admin/apps',
  ]);
  const sub = (usage: string, description: string, examples: readonly string[]): Command =>
    common(token.command(usage).description(description).option('--json', 'print JSON'), examples);

  sub('make <label>', 'make a token and show it, once', ['ringback token make deploy --role operator --days 90'])
    .option('--role <role>', `what it may do: ${consoleRoles.join(', ')}`, 'viewer')
    .option('--days <days>', 'how many days it is good (default: until it is removed)')
    .action(async (label: string, { role: word, days, json }: TokenOptions, command: Command) => {
      const role = consoleRoles.find((one) => one === word);
      if (role === undefined) throw new UsageError(`A role is ${consoleRoles.join(', ')}.`);
      if (days !== undefined && !/^[0-9]{1,4}$/.test(days)) throw new UsageError('--days takes a number, such as 90.');
      const input = { label, role: role as ConsoleRole, ...(days !== undefined && { days: Number(days) }) };
      await withAccess(settingsFrom(command).settings, {}, async (access) => {
        const made = await access.ask('tokens.make', input);
        if (json === true) printJson(made);
        else {
          print(`Token ${made.id} (${made.role}) is made. It is shown once:`);
          print(`  ${made.text}`);
          print('Send it as `Authorization: Bearer …`; /admin/openapi.json says what there is.');
        }
      });
    });

  sub('list', 'list the tokens', ['ringback token list']).action(async ({ json }: TokenOptions, command: Command) => {
    await withAccess(settingsFrom(command).settings, {}, async (access) => {
      const all = await access.ask('tokens.list', {});
      if (json === true) printJson(all);
      else if (all.length === 0) print('There is no token. Make one with `ringback token make <label>`.');
      else print(table(['TOKEN', 'LABEL', 'ROLE', 'MADE (UTC)', 'GOOD UNTIL', 'LAST USED'], all.map(row)));
    });
  });

  sub('remove <id>', 'remove a token; what uses it is refused at once', ['ringback token remove 0a1b2c3d4e5f']).action(
    async (id: string, _: TokenOptions, command: Command) => {
      await withAccess(settingsFrom(command).settings, {}, (access) => access.ask('tokens.remove', { id }));
      print(`Token ${id} is removed.`);
    },
  );
}

const row = ({ id, label, role, createdAt, expiresAt, usedAt }: TokenView): string[] => [
  id,
  label,
  role,
  spellTime(createdAt),
  expiresAt === 0 ? 'removed' : spellTime(expiresAt),
  usedAt === 0 ? 'never' : spellTime(usedAt),
];
