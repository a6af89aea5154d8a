import { chmodSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import Database from 'better-sqlite3';
import { fileReason } from '../config/file-reason.ts';
import { giveToFolderOwner } from './folder-owner.ts';

/** Who holds a data directory. */
export interface LockHolder {
  readonly pid: number;
  readonly role: 'server' | 'command';
}

/** A data directory is in use by another process. */
export class DataInUse extends Error {
  override readonly name = 'DataInUse';
  /** Undefined when the holder has not said who it is. */
  readonly holder: LockHolder | undefined;

  constructor(data: string, holder: LockHolder | undefined) {
    const who =
      holder === undefined
        ? 'another process'
        : holder.role === 'server'
          ? `a Ringback server, process ${holder.pid}`
          : `a ringback command, process ${holder.pid}`;
    super(`The data directory ${resolve(data)} is in use by ${who}. Stop it first, or choose another with --data.`);
    this.holder = holder;
  }
}

const lockFile = 'ringback.lock';
const holderFile = 'ringback.pid';

/**
 * The right to write into a data directory; one process at a time has it.
 *
 * The operating system holds the lock, through an empty database file, so it ends with its process however that ends:
 * nothing is left behind that a later process would have to judge.
 */
export class DataLock {
  readonly #db: Database.Database;
  /** Path of the file that names the holder. */
  readonly #holder: string;

  private constructor(db: Database.Database, holder: string) {
    this.#db = db;
    this.#holder = holder;
  }

  /**
   * Takes the lock, waiting up to `patience` ms for a command that is about to finish, and a moment for a server: the
   * doctor holds the lock for an instant when it looks.
   * Rejects with `DataInUse`, or with a sentence when the directory cannot be used.
   */
  static async take(data: string, role: LockHolder['role'], patience = 3000): Promise<DataLock> {
    const db = openFile(data);
    for (let waited = 0; ; waited += 50) {
      if (lock(db)) {
        const path = join(data, holderFile);
        // One of root, who was broken off, could not be written over; and nothing is written to where a link leads.
        rmSync(path, { force: true });
        writeFileSync(path, `${JSON.stringify({ pid: process.pid, role })}\n`, { mode: 0o600, flag: 'wx' });
        giveToFolderOwner(path);
        return new DataLock(db, path);
      }
      const holder = holderOf(data);
      if (waited >= (holder?.role === 'server' ? Math.min(patience, 300) : patience)) {
        db.close();
        throw new DataInUse(data, holder);
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  release(): void {
    rmSync(this.#holder, { force: true });
    this.#db.close();
  }
}

/** True while some process has the lock; makes nothing. */
export function isLocked(data: string): boolean {
  let db: Database.Database;
  try {
    db = new Database(join(data, lockFile), { fileMustExist: true, timeout: 0 });
  } catch {
    return false;
  }
  try {
    return !lock(db);
  } finally {
    db.close();
  }
}

/** Who took the lock last; that it still has it, only the lock itself tells. */
export function holderOf(data: string): LockHolder | undefined {
  try {
    const { pid, role } = JSON.parse(readFileSync(join(data, holderFile), 'utf8')) as Partial<LockHolder>;
    return Number.isSafeInteger(pid) && (role === 'server' || role === 'command')
      ? { pid: pid as number, role }
      : undefined;
  } catch {
    return undefined;
  }
}

function openFile(data: string): Database.Database {
  try {
    makeFolder(resolve(data));
    const path = join(data, lockFile);
    const db = new Database(path, { timeout: 0 });
    chmodSync(path, 0o600);
    giveToFolderOwner(path);
    return db;
  } catch (error) {
    throw new Error(
      `The data directory ${resolve(data)} cannot be used: ${fileReason(error, data)}. ` +
        'Choose another with --data or RINGBACK_DATA.',
    );
  }
}

/** Makes a folder and those above it. Node's own way of doing that never ends where no folder can be made, as in /proc. */
function makeFolder(path: string): void {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return;
  if (found === undefined && dirname(path) !== path) makeFolder(dirname(path));
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    // Another process may have made it in between.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}

/** True when the lock is ours now. */
function lock(db: Database.Database): boolean {
  try {
    db.exec('BEGIN EXCLUSIVE');
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === 'SQLITE_BUSY') return false;
    throw error;
  }
}
