import { existsSync, rmSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Command } from 'commander';
import { fileReason } from '../config/file-reason.ts';
import type { Settings } from '../config/settings.ts';
import { DataLock } from '../stores/data-lock.ts';
import { databasePath } from '../stores/database-path.ts';
import { giveToFolderOwner } from '../stores/folder-owner.ts';
import {
  copyDatabase,
  databaseProblem,
  refuseWhereOpen,
  replaceDatabase,
  UnusableDatabase,
} from '../stores/sqlite-backup.ts';
import { Failure } from './failure.ts';
import { type CommonOptions, common, settingsFrom } from './options.ts';
import { print, tell } from './output.ts';
import { progressLine } from './progress.ts';

/** `ringback backup`: a copy of everything. */
export function addBackupCommand(program: Command): void {
  common(
    program
      .command('backup')
      .argument('<file>')
      .description('copy the database into a file, also while the server runs'),
    [
      'ringback backup /backup/ringback-$(date +%F).db',
      'ringback backup --data /var/lib/ringback /backup/today.db --force',
    ],
  )
    .option('--force', 'replace the file if it exists')
    .addHelpText(
      'after',
      '\nThe copy is the database at one moment, checked, for its owner only: it holds the keys of applications.',
    )
    .action(async (file: string, { force }: CommonOptions & { readonly force?: boolean }, command: Command) => {
      const { data } = embedded(settingsFrom(command).settings);
      await backup(databasePath(resolve(data)), resolve(file), force === true);
    });
}

/** `ringback restore`: the way back. */
export function addRestoreCommand(program: Command): void {
  common(
    program
      .command('restore')
      .argument('<file>')
      .description('put the database of a backup into the data directory; no server may run on it'),
    [
      'ringback restore /backup/ringback-2026-11-23.db',
      'ringback restore --data /var/lib/ringback backup.db --replace',
    ],
  )
    .option('--replace', 'also when there is a database, which is kept beside it')
    .action(async (file: string, { replace }: CommonOptions & { readonly replace?: boolean }, command: Command) => {
      const { data } = embedded(settingsFrom(command).settings);
      await restore(resolve(file), resolve(data), replace === true);
    });
}

/** Refuses where everything is in PostgreSQL: a copy of what the data directory holds would be none of it. */
function embedded(settings: Settings): Settings {
  if (settings.database === '') return settings;
  throw new Failure('This installation is in PostgreSQL: use pg_dump and pg_restore, or the backups of your database.');
}

async function backup(from: string, to: string, force: boolean): Promise<void> {
  if (!existsSync(from)) {
    throw new Failure(`There is no database at ${from}. Name the data directory of the server with --data.`);
  }
  if (to === from) throw new Failure('A copy cannot take the place of the database itself. Name another file.');
  if (existsSync(to)) {
    if (!statSync(to).isFile()) throw new Failure(`${to} is no file. Name the file that the copy is to be.`);
    if (!force) throw new Failure(`${to} exists. Name another file, or replace it with --force.`);
  }
  try {
    await copyDatabase(from, to, progressLine());
  } catch (error) {
    throw new Failure(`The backup was not made: ${reasonOf(error, dirname(to))}.`);
  }
  print(`${to}, ${spellSize(statSync(to).size)}, complete and checked.`);
}

async function restore(from: string, data: string, replace: boolean): Promise<void> {
  if (!existsSync(from)) throw new Failure(`There is no file ${from}.`);
  const problem = databaseProblem(from);
  if (problem !== undefined) throw new Failure(`${from} cannot be restored: ${problem}.`);
  const path = databasePath(data);
  if (from === path) throw new Failure(`${from} is the database itself.`);
  const lock = await DataLock.take(data, 'command');
  try {
    let kept = '';
    let unread = '';
    if (existsSync(path)) {
      if (!replace) throw new Failure(`There is a database at ${path}. Add --replace; it will be kept beside it.`);
      refuseWhereOpen(path);
      kept = `${path}.before-${new Date().toISOString().replace(/[:.]/g, '-')}`;
      // Copied, not moved: whatever happens now, one of the two has the name.
      try {
        await copyDatabase(path, kept, progressLine(), { beside: statSync(from).size });
        giveToFolderOwner(kept);
      } catch (error) {
        if (!(error instanceof UnusableDatabase)) throw error;
        unread = error.message.replace(/\.$/, '');
      }
    }
    const found = fileNumber(path);
    try {
      replaceDatabase(from, path, unread === '' ? undefined : kept);
    } catch (error) {
      // A copy of what is still there; unless the new one has its name already, and is only not known to be on disk.
      if (kept !== '' && unread === '' && fileNumber(path) === found) rmSync(kept, { force: true });
      throw error;
    }
    print(`${path} is what it was in ${from}.${kept === '' ? '' : ` What was there before is ${kept}.`}`);
    if (unread !== '') tell(`What was there before could not be copied and was moved as it is: ${unread}.`);
    tell(
      'Start the server. Calls that were live in the backup end by their deadlines; webhooks that waited are sent again.',
    );
  } catch (error) {
    if (error instanceof Failure) throw error;
    throw new Failure(`Nothing was restored: ${reasonOf(error, data)}.`);
  } finally {
    lock.release();
  }
}

/** Tells a file from another one that takes its name; undefined where there is none. */
const fileNumber = (path: string): bigint | undefined => statSync(path, { bigint: true, throwIfNoEntry: false })?.ino;

const reasonOf = (error: unknown, path: string): string =>
  (error as { readonly code?: unknown }).code === undefined && error instanceof Error
    ? error.message.replace(/\.$/, '')
    : fileReason(error, path);

const spellSize = (bytes: number): string =>
  bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} KiB` : `${(bytes / 1024 / 1024).toFixed(1)} MiB`;
