import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { fileReason } from '../config/file-reason.ts';
import { makeMasterKey } from '../stores/secrets.ts';
import { withAccess } from './access.ts';
import { exitCodes, Failure } from './failure.ts';
import { type CommonOptions, common, settingsFrom, withExamples } from './options.ts';
import { print, printJson } from './output.ts';

type Options = CommonOptions & { readonly json?: boolean };

/** `ringback secrets`: how keys and secrets are kept in the database. */
export function addSecretsCommand(program: Command): void {
  const secrets = withExamples(
    program.command('secrets').description('keys of applications and secrets of webhooks in the database'),
    ['ringback secrets make-key /etc/ringback/master-key', 'ringback secrets status', 'ringback secrets rotate'],
  );
  const sub = (usage: string, description: string, examples: readonly string[]): Command =>
    common(secrets.command(usage).description(description).option('--json', 'print JSON'), examples);

  sub('make-key [file]', 'make a master key, in a new file for its owner only', [
    'ringback secrets make-key /etc/ringback/master-key',
  ])
    .addHelpText(
      'after',
      '\nWithout a file it is printed. Keep a copy apart from the backups: without it they cannot be read.',
    )
    .action((file: string | undefined, { json }: Options) => {
      const key = makeMasterKey();
      if (file === undefined) {
        if (json === true) printJson({ key });
        else print(key);
        return;
      }
      try {
        writeFileSync(file, `${key}\n`, { mode: 0o600, flag: 'wx' });
      } catch (error) {
        const exists = (error as NodeJS.ErrnoException).code === 'EEXIST';
        throw new Failure(
          exists ? `${file} exists already; it was left as it is.` : `${file} cannot be written: ${fileReason(error)}.`,
        );
      }
      if (json === true) printJson({ file });
      else
        print(`Written: ${file}. Set secrets.masterKeyFile to it (RINGBACK_SECRETS_MASTER_KEY_FILE), and keep a copy.`);
    });

  sub('status', 'how the secrets are kept', ['ringback secrets status --json'])
    .addHelpText('after', '\nExit code 1 when some are not kept as they should be.')
    .action(async ({ json }: Options, command: Command) => {
      const view = await withAccess(settingsFrom(command).settings, {}, (access) => access.ask('secrets.status', {}));
      if (json === true) printJson(view);
      else show(view);
      if (view.other + view.plain + view.unknown > 0) process.exitCode = exitCodes.failure;
    });

  sub('rotate', 'encrypt all of them with the master key that is given', ['ringback secrets rotate'])
    .addHelpText(
      'after',
      '\nTo replace the key: give every server the new one as secrets.otherKey, then exchange the two and restart one after the\n' +
        'other, then run this, then take secrets.otherKey away. To take encryption off, give the key as secrets.otherKey only.',
    )
    .action(async ({ json }: Options, command: Command) => {
      const view = await withAccess(settingsFrom(command).settings, {}, (access) => access.ask('secrets.rotate', {}));
      if (json === true) printJson(view);
      else {
        print(view.rotated === 0 ? 'Nothing was to be done.' : `${view.rotated} were written anew.`);
        show(view);
      }
    });
}

function show(view: { keyId: string; current: number; other: number; plain: number; unknown: number }): void {
  const { keyId, current, other, plain, unknown } = view;
  if (keyId === '') print(`No master key is given. ${current} are not encrypted.`);
  else print(`Master key ${keyId}. ${current} are encrypted with it.`);
  if (other > 0) print(`${other} are encrypted with the other key: run \`ringback secrets rotate\`.`);
  if (plain > 0) print(`${plain} are not encrypted: run \`ringback secrets rotate\`.`);
  if (unknown > 0) print(`${unknown} are encrypted with a key that is not given.`);
}
