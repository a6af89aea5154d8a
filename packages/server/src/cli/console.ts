import type { Command } from 'commander';
import type { Settings } from '../config/settings.ts';
import { type ConsoleRole, consoleRoles } from '../ports/console.ts';
import { type Access, withAccess } from './access.ts';
import { UsageError } from './failure.ts';
import { type CommonOptions, common, settingsFrom, withExamples } from './options.ts';
import { print, printJson, spellTime, table } from './output.ts';
import { reachable } from './server-url.ts';

interface ConsoleOptions extends CommonOptions {
  readonly role?: string;
  readonly json?: boolean;
}

function readRole(text: string | undefined): ConsoleRole | undefined {
  if (text === undefined) return undefined;
  const role = consoleRoles.find((one) => one === text);
  if (role === undefined) throw new UsageError(`A role is ${consoleRoles.join(', ')}.`);
  return role;
}

/** Where a browser finds the server; `advice` where that is so on this machine only. */
async function baseUrl(
  access: Access,
  settings: Settings,
): Promise<{ readonly base: string; readonly advice?: string }> {
  const known = settings['push.publicUrl'].replace(/\/+$/, '');
  if (known !== '') return { base: known };
  const { server } = await access.ask('status', {});
  const address = server?.addresses.https ?? server?.addresses.http;
  if (address === undefined) return { base: 'https://<your server>' };
  const base = reachable(address);
  if (base === address) return { base };
  const host = new URL(base).hostname;
  return {
    base,
    advice: `On another machine, put the name of the server for ${host}; push.publicUrl sets it for good.`,
  };
}

/** `ringback console`: who may use the console. */
export function addConsoleCommand(program: Command): void {
  const console = withExamples(program.command('console').description('the console, and who may use it'), [
    'ringback console link',
    'ringback console link bob --role operator',
    'ringback console operators',
  ]);
  const sub = (usage: string, description: string, examples: readonly string[]): Command =>
    common(console.command(usage).description(description).option('--json', 'print JSON'), examples);

  sub('link [name]', 'print a link with which one person sets a password and signs in, once', [
    'ringback console link                       # the first owner, or a forgotten password',
    'ringback console link bob --role operator   # somebody new',
  ])
    .option(
      '--role <role>',
      `of somebody new: ${consoleRoles.join(', ')} (default: viewer; of the first of all: owner)`,
    )
    .action(async (name = 'admin', { role, json }: ConsoleOptions, command: Command) => {
      const wanted = readRole(role);
      const { settings } = settingsFrom(command);
      await withAccess(settings, {}, async (access) => {
        const made = await access.ask('operators.link', { name, ...(wanted !== undefined && { role: wanted }) });
        const { base, advice } = await baseUrl(access, settings);
        const url = `${base}/console/#link=${made.link}`;
        if (json === true) printJson({ ...made, url });
        else {
          print(`${made.name} (${made.role}) sets a password and signs in with this link, once, within 15 minutes:`);
          print(`  ${url}`);
          if (advice !== undefined) print(advice);
        }
      });
    });

  sub('operators', 'list who may use the console', ['ringback console operators']).action(
    async ({ json }: ConsoleOptions, command: Command) => {
      await withAccess(settingsFrom(command).settings, {}, async (access) => {
        const all = await access.ask('operators.list', {});
        if (json === true) printJson(all);
        else if (all.length === 0) print('Nobody yet. Make a link for the first owner with `ringback console link`.');
        else {
          const rows = all.map(({ name, role, createdAt, sessions, seenAt }) => [
            name,
            role,
            spellTime(createdAt),
            sessions === 0 ? '-' : `${sessions}, last seen ${spellTime(seenAt)}`,
          ]);
          print(table(['NAME', 'ROLE', 'SINCE (UTC)', 'SIGNED IN'], rows));
        }
      });
    },
  );

  sub('role <name> <role>', 'give an operator another role', ['ringback console role bob viewer']).action(
    async (name: string, text: string, _: ConsoleOptions, command: Command) => {
      const role = readRole(text) as ConsoleRole;
      await withAccess(settingsFrom(command).settings, {}, (access) => access.ask('operators.setRole', { name, role }));
      print(`${name} is ${role} now.`);
    },
  );

  sub('remove <name>', 'remove an operator, with sessions and tokens', ['ringback console remove bob']).action(
    async (name: string, _: ConsoleOptions, command: Command) => {
      await withAccess(settingsFrom(command).settings, {}, (access) => access.ask('operators.remove', { name }));
      print(`${name} is removed.`);
    },
  );

  sub('audit', 'who changed what, the newest first', [
    'ringback console audit',
    'ringback console audit --json',
  ]).action(async ({ json }: ConsoleOptions, command: Command) => {
    await withAccess(settingsFrom(command).settings, {}, async (access) => {
      const { entries } = await access.ask('audit.list', { limit: 100 });
      if (json === true) printJson(entries);
      else if (entries.length === 0) print('Nobody has changed anything yet.');
      else {
        const rows = entries.map(({ at, who, operation, outcome, input }) => [
          spellTime(at),
          who,
          operation,
          outcome,
          input.length <= 60 ? input : `${input.slice(0, 59)}…`,
        ]);
        print(table(['WHEN (UTC)', 'WHO', 'WHAT', 'OUTCOME', 'INPUT'], rows));
      }
    });
  });
}
