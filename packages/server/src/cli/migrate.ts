import type { Command } from 'commander';
import type { Settings } from '../config/settings.ts';
import { databasePath } from '../stores/database-path.ts';
import { copyMark, newerMigrations, unfitMigrations } from '../stores/migrate.ts';
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
    /** `newer`: of a later program, and no hindrance to this one; `unfit`: of one that this cannot work beside. */
    readonly state: 'applied' | 'missing' | 'newer' | 'unfit';
  }[];
  /** Whether an embedded database is being copied in, or that was broken off: no server can start on it. */
  readonly copying: boolean;
}

/** `ringback migrate`: the schema of the database. */
export function addMigrateCommand(program: Command): void {
  const migrate = withExamples(program.command('migrate').description('the schema of the database'), [
    'ringback migrate status',
    'ringback migrate run --database-file /etc/ringback/database-url',
    'ringback migrate sqlite-to-postgres --data /var/lib/ringback --database-file /etc/ringback/database-url',
  ]);
  const sub = (usage: string, description: string, examples: readonly string[]): Command =>
    common(migrate.command(usage).description(description), examples)
      .option('--database <url>', 'a PostgreSQL database (RINGBACK_DATABASE; default: the embedded one)')
      .option('--database-file <file>', 'a file that holds the URL of the database')
      .option('--json', 'print JSON');

  sub('status', 'what the database has, and what it lacks', ['ringback migrate status --json'])
    .addHelpText(
      'after',
      '\nChanges nothing. Exit code 1 when something is missing, when a newer program has made the schema unfit for this one, ' +
        'or when a copy into it has not ended.',
    )
    .action(async ({ json }: CommonOptions & { readonly json?: boolean }, command: Command) => {
      const schema = await import('./schema.ts');
      const view = viewOf(settingsFrom(command).settings, await schema.applied(settingsFrom(command).settings));
      if (json === true) printJson(view);
      else show(view);
      const good = view.migrations.every(({ state }) => state === 'applied' || state === 'newer') && !view.copying;
      if (!good) process.exitCode = exitCodes.failure;
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

  sub('sqlite-to-postgres', 'copy everything from the embedded database into an empty PostgreSQL database', [
    'ringback migrate sqlite-to-postgres --data /var/lib/ringback --database-file /etc/ringback/database-url',
  ])
    .addHelpText(
      'after',
      '\nNo server may run on either. All is copied and found to be the same, or nothing; the embedded database is only read.\n' +
        'When it was broken off, start it again.',
    )
    .action(async ({ json }: CommonOptions & { readonly json?: boolean }, command: Command) => {
      const { settings } = settingsFrom(command);
      const { moveToPostgres } = await import('./sqlite-to-postgres.ts');
      await moveToPostgres(settings, json === true);
    });
}

function viewOf({ data, database }: Settings, names: readonly string[]): SchemaView {
  const known = migrations.map(({ name }) => name);
  const unfit = new Set(unfitMigrations(names));
  return {
    database: database === '' ? databasePath(data) : withoutSecret(database),
    migrations: [
      ...known.map((name) => ({ name, state: names.includes(name) ? ('applied' as const) : ('missing' as const) })),
      ...newerMigrations(names)
        .filter((name) => name !== copyMark)
        .map((name) => ({ name, state: unfit.has(name) ? ('unfit' as const) : ('newer' as const) })),
    ],
    copying: names.includes(copyMark),
  };
}

function show({ database, migrations: all, copying }: SchemaView): void {
  print(`Database: ${database}`);
  print(
    table(
      ['MIGRATION', 'STATE'],
      all.map(({ name, state }) => [name, state]),
    ),
  );
  const missing = all.filter(({ state }) => state === 'missing').length;
  if (missing > 0) print(`${missing} missing. The next start of a server applies them, or \`ringback migrate run\`.`);
  if (all.some(({ state }) => state === 'newer')) print('A newer Ringback has added to it; this one can work with it.');
  if (all.some(({ state }) => state === 'unfit')) print('A newer Ringback has changed it: start that version.');
  if (copying) print('Another database is being copied into it, or that was broken off: no server can start on it.');
}
