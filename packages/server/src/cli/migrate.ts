import type { Command } from 'commander';
import type { Settings } from '../config/settings.ts';
import { databasePath } from '../stores/database-path.ts';
import { migrations } from '../stores/migrations/index.ts';
import { withoutSecret } from '../stores/without-secret.ts';
import { exitCodes } from './failure.ts';
import { type CommonOptions, common, settingsFrom, withExamples } from './options.ts';
import { print, printJson, table } from './output.ts';

/** What a database has, and what it lacks for this program. */
interface SchemaView {
  /** Where it is, without secrets. */
  readonly database: string;
  readonly migrations: readonly {
    readonly name: string;
    /** `newer`: of a later program than this one. */
    readonly state: 'applied' | 'missing' | 'newer';
  }[];
}

/** `ringback migrate`: the schema of the database. */
export function addMigrateCommand(program: Command): void {
  const migrate = withExamples(program.command('migrate').description('the schema of the database'), [
    'ringback migrate status',
    'ringback migrate run --database-file /etc/ringback/database-url',
  ]);
  const sub = (usage: string, description: string, examples: readonly string[]): Command =>
    common(migrate.command(usage).description(description), examples)
      .option('--database <url>', 'a PostgreSQL database (RINGBACK_DATABASE; default: the embedded one)')
      .option('--database-file <file>', 'a file that holds the URL of the database')
      .option('--json', 'print JSON');

  sub('status', 'what the database has, and what it lacks', ['ringback migrate status --json'])
    .addHelpText('after', '\nChanges nothing. Exit code 1 when something is missing, or newer than this program.')
    .action(async ({ json }: CommonOptions & { readonly json?: boolean }, command: Command) => {
      const schema = await import('./schema.ts');
      const view = viewOf(settingsFrom(command).settings, await schema.applied(settingsFrom(command).settings));
      if (json === true) printJson(view);
      else show(view);
      if (view.migrations.some(({ state }) => state !== 'applied')) process.exitCode = exitCodes.failure;
    });

  sub('run', 'bring the schema up to date, which a server does at its start, too', ['ringback migrate run']).action(
    async ({ json }: CommonOptions & { readonly json?: boolean }, command: Command) => {
      const { settings } = settingsFrom(command);
      // What opens databases is loaded only where it is used.
      const { run } = await import('./schema.ts');
      const ran = await run(settings);
      if (json === true) printJson({ ran });
      else print(ran.length === 0 ? 'Nothing was missing.' : `Applied: ${ran.join(', ')}.`);
    },
  );
}

function viewOf({ data, database }: Settings, names: readonly string[]): SchemaView {
  const known = migrations.map(({ name }) => name);
  return {
    database: database === '' ? databasePath(data) : withoutSecret(database),
    migrations: [
      ...known.map((name) => ({ name, state: names.includes(name) ? ('applied' as const) : ('missing' as const) })),
      ...names.filter((name) => !known.includes(name)).map((name) => ({ name, state: 'newer' as const })),
    ],
  };
}

function show({ database, migrations: all }: SchemaView): void {
  print(`Database: ${database}`);
  print(
    table(
      ['MIGRATION', 'STATE'],
      all.map(({ name, state }) => [name, state]),
    ),
  );
  const missing = all.filter(({ state }) => state === 'missing').length;
  if (missing > 0) print(`${missing} missing. The next start of a server applies them, or \`ringback migrate run\`.`);
  if (all.some(({ state }) => state === 'newer')) print('It was written by a newer Ringback: start that version.');
}
