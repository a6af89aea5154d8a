import {
  chmodSync,
  closeSync,
  constants,
  copyFileSync,
  existsSync,
  fsyncSync,
  linkSync,
  openSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { giveToFolderOwner } from './folder-owner.ts';
import { unfitMigrations } from './migrate.ts';
import type { CopyEnd } from './sqlite-backup-thread.ts';
import { openReading, openWriting } from './sqlite-connection.ts';

/** ms between two looks at how far a copy is. */
const lookEvery = 200;

const mebibyte = 1024 * 1024;

/** Bytes that a copy leaves on the disk of the database: the server goes on writing there, and stops where it cannot. */
const leftFree = 100 * mebibyte;

/** A database that cannot be copied, because it is damaged or none of this program. */
export class UnusableDatabase extends Error {
  override readonly name = 'UnusableDatabase';
}

/**
 * Copies a database, whole and as of one moment, also while a server writes to it. The copy has the name `to` only when
 * it is complete, checked and on disk. `progress` hears a share, 0 to 1. `beside`: bytes that will be written to the same folder
 * right after. `free` tells the bytes that a folder has room for.
 *
 * Rejects with the reason, `UnusableDatabase` where that is the database; what there was at `to` is then still there.
 */
export async function copyDatabase(
  from: string,
  to: string,
  progress: (share: number) => void,
  { beside = 0, free = freeBytes }: { readonly beside?: number; readonly free?: (folder: string) => number } = {},
): Promise<void> {
  // Not even opened: SQLite removes the log of an empty file, which may be all that there is.
  if (statSync(from).size === 0) throw new UnusableDatabase(`${from} is empty`);
  const partial = `${to}.partial`;
  // What was broken off is in the way of the next.
  rmSync(partial, { force: true });
  checkRoom(from, to, beside, free);
  // Made first, for its owner only: it holds keys.
  closeSync(openSync(partial, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600));
  const whole = statSync(from).size;
  const timer = setInterval(() => {
    const size = statSync(partial, { throwIfNoEntry: false })?.size ?? 0;
    progress(Math.min(0.99, size / Math.max(1, whole)));
  }, lookEvery);
  try {
    await writeCopy(from, partial);
    const problem = databaseProblem(partial);
    if (problem !== undefined) throw new UnusableDatabase(`The copy is not good: ${problem}.`);
    sync(partial);
    settle(partial, to);
  } finally {
    clearInterval(timer);
    rmSync(partial, { force: true });
  }
  progress(1);
}

function writeCopy(from: string, to: string): Promise<void> {
  // Threads cannot load TypeScript on all supported versions of Node, so tests that run from sources use the build.
  const here = import.meta.url;
  const script = new URL('./sqlite-backup-thread.js', here.endsWith('.ts') ? here.replace('/src/', '/dist/') : here);
  const worker = new Worker(script, { workerData: { from, to } });
  return new Promise((resolve, reject) => {
    worker.once('message', ({ failure }: CopyEnd) => {
      if (failure === undefined) resolve();
      else if (isDamage(failure)) reject(new UnusableDatabase(failure.message));
      else reject(Object.assign(new Error(failure.message), failure));
    });
    worker.once('error', reject);
    worker.once('exit', () => reject(new Error('The copy was broken off.')));
  });
}

/** Whether SQLite could not read what there is; a disk that cannot be read counts as well. */
const isDamage = (error: unknown): boolean =>
  /^SQLITE_(CORRUPT|NOTADB|IOERR)/.test(String((error as { readonly code?: unknown }).code));

/** Throws where a copy, and what comes beside it, would fill the disk. */
function checkRoom(from: string, to: string, beside: number, free: (folder: string) => number): void {
  const folder = dirname(to);
  const sizes = ['', '-wal'].map((tail) => statSync(`${from}${tail}`, { throwIfNoEntry: false })?.size ?? 0);
  const left = statSync(folder).dev === statSync(from).dev ? leftFree : 0;
  const needed = sizes.reduce((sum, size) => sum + size, beside + left);
  const room = free(folder);
  if (room >= needed) return;
  const spell = (bytes: number): string => `${(bytes / mebibyte).toFixed(1)} MiB`;
  const why = left === 0 ? '' : `, of which ${spell(left)} stay free for the server`;
  const what = beside === 0 ? 'the copy needs' : 'the copy and what comes beside it need';
  throw new Error(`${folder} has ${spell(room)} free, and ${what} ${spell(needed)}${why}`);
}

/** Of a file system that does not say how large it is, nothing can be told. */
function freeBytes(folder: string): number {
  const { bavail, bsize, blocks } = statfsSync(folder);
  return blocks === 0 ? Number.POSITIVE_INFINITY : bavail * bsize;
}

/** What the files of a database end with, its log first: where they are moved, one that stays behind would be played into the next database. */
const parts = ['-wal', '-shm', ''];

/**
 * Puts a copy of `from` in the place of the database `path`, for the owner of its folder, on disk when it returns. No process may
 * use `path`. What is damaged goes by the name `aside`, where that is given, with its log, as it is; else there has to be a copy of it.
 *
 * When this throws, `path` is what it was, with what its log holds; only where the folder cannot be brought to disk in the end, and
 * there is no `aside`, is it the new one already. When the power goes, `path` is the old one or the new one: without any, a server
 * would begin an empty one. What is damaged may then have its log by the name `aside` alone, and on file systems without second
 * names be there alone itself.
 */
export function replaceDatabase(from: string, path: string, aside?: string): void {
  const partial = `${path}.partial`;
  const moved: string[] = [];
  rmSync(partial, { force: true });
  try {
    closeSync(openSync(partial, constants.O_CREAT | constants.O_EXCL | constants.O_WRONLY, 0o600));
    copyFileSync(from, partial);
    // It came with the rights of what was copied.
    chmodSync(partial, 0o600);
    giveToFolderOwner(partial);
    sync(partial);
    if (existsSync(path)) {
      refuseWhereOpen(path);
      if (aside === undefined) foldWhatIsWhole(path);
    }
    if (aside !== undefined) {
      for (const part of parts.filter((one) => existsSync(`${path}${one}`))) {
        nameAlso(`${path}${part}`, `${aside}${part}`);
        moved.push(part);
      }
      sync(dirname(path));
    }
    // A log of the database that was here before would be played into the new one.
    for (const tail of ['-wal', '-shm']) rmSync(`${path}${tail}`, { force: true });
    settle(partial, path);
  } catch (error) {
    for (const part of moved.reverse()) {
      renameSync(`${aside}${part}`, `${path}${part}`);
      // Of two names of one file, a renaming leaves both.
      rmSync(`${aside}${part}`, { force: true });
    }
    throw error;
  } finally {
    rmSync(partial, { force: true });
  }
}

/** Gives a file a second name; on file systems that know none, instead of the first. */
function nameAlso(path: string, name: string): void {
  try {
    linkSync(path, name);
  } catch {
    renameSync(path, name);
  }
}

/** Throws where another program has the database open, be it idle: at its end it would remove the log of the next one. */
export function refuseWhereOpen(path: string): void {
  // By another name of the same file, so that SQLite does not touch the log.
  const name = `${path}.probe`;
  rmSync(name, { force: true });
  try {
    linkSync(path, name);
  } catch {
    // There are file systems without second names; there nobody can tell.
    return;
  }
  let db: Database.Database | undefined;
  try {
    db = new Database(name, { timeout: 0 });
    db.pragma('locking_mode = EXCLUSIVE');
    db.exec('BEGIN EXCLUSIVE; ROLLBACK');
  } catch (error) {
    if (isDamage(error)) return;
    const busy = String((error as { readonly code?: unknown }).code).startsWith('SQLITE_BUSY');
    throw busy ? new Error(`${path} is open in another program`) : error;
  } finally {
    db?.close();
    rmSync(name, { force: true });
  }
}

/** Folds the log, but of what SQLite cannot read: of that there is a copy. */
function foldWhatIsWhole(path: string): void {
  try {
    foldLog(path);
  } catch (error) {
    if (!isDamage(error)) throw error;
  }
}

/** Writes what the log of a database holds into its file, on disk when it returns: the file is then whole without the log. */
function foldLog(path: string): void {
  const db = openWriting(path);
  try {
    // There is nobody to wait for.
    db.pragma('busy_timeout = 0');
    const [done] = db.pragma('wal_checkpoint(TRUNCATE)') as { readonly busy: number }[];
    if (done?.busy !== 0) throw new Error(`${path} is open in another program`);
  } finally {
    db.close();
  }
}

/** Gives a complete file, which is on disk, its name, so that a crash leaves either the old file or the new one. */
function settle(partial: string, path: string): void {
  renameSync(partial, path);
  sync(dirname(path));
}

function sync(path: string): void {
  const file = openSync(path, 'r');
  try {
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
}

/** Why a file is no database that this program can use, in words that follow "The file"; undefined when it is one. */
export function databaseProblem(path: string): string | undefined {
  try {
    const db = openReading(path);
    try {
      const [found] = db.pragma('quick_check(1)') as { quick_check: string }[];
      if (found?.quick_check !== 'ok') return `it is damaged (${found?.quick_check})`;
      const tables = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'ringback_migrations'`).get();
      if (tables === undefined) return 'it is no database of Ringback';
      const names = (db.prepare('SELECT name FROM ringback_migrations').all() as { name: string }[]).map(
        ({ name }) => name,
      );
      const unfit = unfitMigrations(names);
      return unfit.length === 0 ? undefined : `it was changed by a newer Ringback (${unfit.join(', ')})`;
    } finally {
      db.close();
    }
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
