import { accessSync, constants, existsSync, type Stats, statfsSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileReason } from '../config/file-reason.ts';
import { databasePath } from '../stores/database-path.ts';
import { copyMark, newerMigrations, unfitMigrations } from '../stores/migrate.ts';
import { migrations } from '../stores/migrations/index.ts';
import { openReading } from '../stores/sqlite-connection.ts';
import { sentenceOf } from './failure.ts';
import { type Finding, fail, ok, warn } from './finding.ts';

const mebibyte = 1024 * 1024;

/** Whether a path that does not exist could never be made, because a part of it is a file. */
function isBelowFile(path: string): boolean {
  let parent = dirname(path);
  while (!existsSync(parent) && parent !== dirname(parent)) parent = dirname(parent);
  return !statSync(parent).isDirectory();
}

/** Rights of the data directory: only its owner may look inside, and the owner must be us. */
export function checkData(data: string): readonly Finding[] {
  const path = resolve(data);
  let found: Stats | undefined;
  try {
    found = statSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return [fail('data', `${path} cannot be used: ${fileReason(error, path)}.`, 'Choose another with --data.')];
  }
  if (found === undefined && isBelowFile(path)) {
    const reason = fileReason({ code: 'ENOTDIR' });
    return [fail('data', `${path} cannot be used: ${reason}.`, 'Choose another with --data.')];
  }
  if (found === undefined) return [ok('data', `${path} does not exist yet; the first start makes it.`)];
  if (!found.isDirectory()) return [fail('data', `${path} is not a directory.`, 'Choose another with --data.')];
  try {
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch {
    return [
      fail('data', `${path} cannot be read and written by this user.`, 'Run as the user of the server, or chown it.'),
    ];
  }
  const uid = process.getuid?.();
  if (uid !== undefined && uid !== 0 && found.uid !== uid) {
    return [warn('data', `${path} belongs to another user (${found.uid}).`, `chown -R ${uid} ${path}`)];
  }
  if ((found.mode & 0o077) !== 0) {
    return [warn('data', `${path} can be entered by others; it holds keys.`, `chmod 700 ${path}`)];
  }
  return [ok('data', `${path}, for its owner only.`)];
}

/** Room on the disk of the data directory. */
export function checkDisk(data: string): readonly Finding[] {
  let path = resolve(data);
  while (!existsSync(path) && dirname(path) !== path) path = dirname(path);
  try {
    const { bavail, bsize } = statfsSync(path);
    const free = (bavail * bsize) / mebibyte;
    const text = `${free >= 10_240 ? `${Math.floor(free / 1024)} GiB` : `${Math.floor(free)} MiB`} free.`;
    const fix = 'Make room: when the disk is full, nothing is acknowledged any more and the server stops.';
    if (free < 100) return [fail('disk', text, fix)];
    return [free < 1024 ? warn('disk', text, fix) : ok('disk', text)];
  } catch (error) {
    return [warn('disk', `The free space of ${path} cannot be read: ${sentenceOf(error)}.`, 'Look with `df`.')];
  }
}

/** What a path leads to; undefined when it leads nowhere. */
export function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
}

/** The database: rights, schema, and a check of its pages. */
export function checkDatabase(data: string): readonly Finding[] {
  const path = databasePath(resolve(data));
  const found = lookAt(path);
  if (found === undefined) return [ok('database', `${path} does not exist yet; the first start makes it.`)];
  const restore = 'Stop the server and restore the data directory from a backup.';
  try {
    const db = openReading(path);
    try {
      const problems = (db.pragma('quick_check(5)') as { quick_check: string }[])
        .map((row) => row.quick_check)
        .filter((text) => text !== 'ok');
      if (problems.length > 0) return [fail('database', `${path} is damaged: ${problems.join('; ')}.`, restore)];
      const schema = checkSchema(
        (db.prepare('SELECT name FROM ringback_migrations').all() as { name: string }[]).map(({ name }) => name),
      );
      if (schema !== undefined) return [schema];
    } finally {
      db.close();
    }
  } catch (error) {
    return [fail('database', `${path} cannot be read: ${sentenceOf(error)}.`, restore)];
  }
  const size = `${(found.size / mebibyte).toFixed(1)} MiB`;
  if ((found.mode & 0o077) !== 0) {
    return [warn('database', `${path} can be read by others; it holds keys.`, `chmod 600 ${path}*`)];
  }
  const folder = statSync(dirname(path));
  // A folder of root may be a volume that the server writes to by its group.
  if (folder.uid !== 0 && found.uid !== folder.uid) {
    return [
      warn(
        'database',
        `${path} belongs to another user (${found.uid}) than its directory (${folder.uid}).`,
        `chown ${folder.uid}:${folder.gid} ${path}`,
      ),
    ];
  }
  return [ok('database', `${path}, ${size}, opens and checks out.`)];
}

/** What is wrong with the schema; undefined when nothing is. */
export function checkSchema(applied: readonly string[]): Finding | undefined {
  if (applied.includes(copyMark)) {
    return fail(
      'database',
      'Another database is being copied into it, or that was broken off.',
      'Wait until it has ended, or run `ringback migrate sqlite-to-postgres` once more.',
    );
  }
  const unfit = unfitMigrations(applied);
  if (unfit.length > 0) {
    return fail(
      'database',
      `It was changed by a newer Ringback (${unfit.join(', ')}).`,
      'Start the newer version, or restore a backup made with this one.',
    );
  }
  const newer = newerMigrations(applied);
  if (newer.length > 0) {
    return warn(
      'database',
      `Its schema is newer than this program (${newer.join(', ')}), which can work with it all the same.`,
      'Start the newer version when you are done with going back.',
    );
  }
  const missing = migrations.map(({ name }) => name).filter((name) => !applied.includes(name));
  if (missing.length === 0) return undefined;
  return warn(
    'database',
    `Its schema is older than this program (${missing.join(', ')} will run).`,
    'Back it up, then start the server: it brings the schema up to date.',
  );
}
