import { Command, CommanderError } from 'commander';
import { Refusal } from 'ringback-protocol';
import { version } from '../admin/version.ts';
import { SettingsError } from '../config/load.ts';
import { addCommands } from './commands.ts';
import { exitCodes, sentenceOf, UsageError } from './failure.ts';
import { withExamples } from './options.ts';
import { tell } from './output.ts';

/** Runs the program; resolves with its exit code: 0 done, 1 not done, 2 the command line is wrong. */
export async function main(args: readonly string[]): Promise<number> {
  try {
    const root = await program(args[0]);
    await root.parseAsync(args, { from: 'user' });
    return Number(process.exitCode ?? exitCodes.ok);
  } catch (error) {
    return fail(error);
  }
}

async function program(name: string | undefined): Promise<Command> {
  // What `exitOverride` and `showHelpAfterError` set, the sub-commands inherit from the moment of their making.
  const root = new Command('ringback')
    .description('Ringback, a self-hosted call backend')
    .version(version, '--version', 'print the version')
    .exitOverride()
    // What stands after a sub-command belongs to it.
    .enablePositionalOptions()
    .showHelpAfterError('(--help shows what there is)')
    .helpOption('-h, --help', 'show this help');
  withExamples(root, [
    'ringback serve --dev',
    'ringback app create --name "My app"',
    'ringback usersig make --user alice',
    "ringback call call_record_http_srv/get_record_by_filter '{}'",
    'ringback calls',
    'ringback webhooks log --failed',
    'ringback console link',
    'ringback listen --forward-to http://127.0.0.1:3000/calls',
    'ringback bench calls --rate 50',
    'ringback emulate --preset result-not-answer --check',
    'ringback doctor',
  ]);
  await addCommands(root, name);
  return root;
}

function fail(error: unknown): number {
  // The parser has said it already.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage;
  tell(`error: ${sentenceOf(error)}`);
  // Without a server there is no log to say it.
  if (error instanceof Refusal && error.cause !== undefined) tell(sentenceOf(error.cause));
  if (error instanceof UsageError || error instanceof SettingsError) return exitCodes.usage;
  // Of a defect of this program, only the stack tells where it is.
  if (error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError) {
    tell(error.stack ?? '');
  }
  return exitCodes.failure;
}
