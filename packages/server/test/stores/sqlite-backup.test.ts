import fs, {
  copyFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { copyDatabase, refuseWhereOpen, replaceDatabase } from '../../src/stores/sqlite-backup.ts';
import { openReading, openWriting } from '../../src/stores/sqlite-connection.ts';

let folder: string;
let path: string;
let backup: string;

/** A database as a server that was killed leaves it: what was written last is in its log alone. */
function leave(at: string, rows: readonly string[]): void {
  const writer = openWriting(`${at}.writer`);
  writer.exec('CREATE TABLE steps (id TEXT)');
  writer.pragma('wal_checkpoint(TRUNCATE)');
  for (const row of rows) writer.prepare('INSERT INTO steps VALUES (?)').run(row);
  for (const tail of ['', '-wal']) copyFileSync(`${at}.writer${tail}`, `${at}${tail}`);
  writer.close();
}

const stepsAt = (at: string): readonly unknown[] => {
  const db = new Database(at);
  try {
    return db.prepare('SELECT id FROM steps ORDER BY id').pluck().all();
  } finally {
    db.close();
  }
};

const failing = (name: 'fsyncSync' | 'renameSync'): void => {
  vi.spyOn(fs, name).mockImplementation(() => {
    throw Object.assign(new Error(`EIO: ${name}`), { code: 'EIO' });
  });
  syncBuiltinESMExports();
};

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-replace-'));
  path = join(folder, 'ringback.db');
  backup = join(folder, 'backup.db');
  leave(path, ['acknowledged 1', 'acknowledged 2']);
  leave(backup, []);
  rmSync(`${backup}-wal`);
});
afterEach(() => {
  vi.restoreAllMocks();
  syncBuiltinESMExports();
  rmSync(folder, { recursive: true, force: true });
});

describe('a backup that takes the place of a database', () => {
  it('is there without anything of the log of that one', () => {
    replaceDatabase(backup, path);
    expect(existsSync(`${path}-wal`)).toBe(false);
    expect(stepsAt(path)).toEqual([]);
  });

  it.each(['fsyncSync', 'renameSync'] as const)('leaves it whole, with what its log holds, where %s fails', (name) => {
    failing(name);
    expect(() => replaceDatabase(backup, path)).toThrow('EIO');
    vi.restoreAllMocks();
    expect(stepsAt(path)).toEqual(['acknowledged 1', 'acknowledged 2']);
    expect(existsSync(`${path}.partial`)).toBe(false);
  });

  it('is refused while another program still reads the old one', () => {
    const reader = new Database(path);
    reader.exec('BEGIN');
    reader.prepare('SELECT id FROM steps').all();
    expect(() => replaceDatabase(backup, path)).toThrow(/is open in another program/);
    reader.close();
    expect(stepsAt(path)).toEqual(['acknowledged 1', 'acknowledged 2']);
  });

  it('may come to where there is none, but for the log of one that is gone', () => {
    rmSync(path);
    replaceDatabase(backup, path);
    expect(stepsAt(path)).toEqual([]);
  });

  it.each([
    ['cut off', 1],
    ['empty', 0],
  ])('moves one that is %s aside as it is, with its log, and back where that fails', (_name, size) => {
    const log = readFileSync(`${path}-wal`);
    truncateSync(path, size);
    const aside = `${path}.before`;
    failing('fsyncSync');
    expect(() => replaceDatabase(backup, path, aside)).toThrow('EIO');
    vi.restoreAllMocks();
    syncBuiltinESMExports();
    const { renameSync } = fs;
    vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      if (String(from).endsWith('.partial')) throw Object.assign(new Error('EIO: rename'), { code: 'EIO' });
      renameSync(from, to);
    });
    syncBuiltinESMExports();
    expect(() => replaceDatabase(backup, path, aside)).toThrow('EIO');
    vi.restoreAllMocks();
    syncBuiltinESMExports();
    expect([statSync(path).size, readFileSync(`${path}-wal`).equals(log)]).toEqual([size, true]);

    replaceDatabase(backup, path, aside);
    expect(stepsAt(path)).toEqual([]);
    expect([statSync(aside).size, readFileSync(`${aside}-wal`).equals(log)]).toEqual([size, true]);
  });

  it('finds a file by its name up to the end, for the power may go: a server that found none would begin anew', () => {
    truncateSync(path, 1);
    const log = readFileSync(`${path}-wal`);
    const { renameSync } = fs;
    let found: unknown;
    vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      if (to === path) found = [statSync(path).size, readFileSync(`${path}.before-wal`).equals(log)];
      renameSync(from, to);
    });
    syncBuiltinESMExports();
    replaceDatabase(backup, path, `${path}.before`);
    expect(found).toEqual([1, true]);
    expect(stepsAt(path)).toEqual([]);
    expect(statSync(`${path}.before`).size).toBe(1);
  });

  it('moves what is damaged also where files have no second names, and back', () => {
    truncateSync(path, 1);
    vi.spyOn(fs, 'linkSync').mockImplementation(() => {
      throw Object.assign(new Error('EPERM: link'), { code: 'EPERM' });
    });
    const { renameSync } = fs;
    const rename = vi.spyOn(fs, 'renameSync').mockImplementation((from, to) => {
      if (String(from).endsWith('.partial')) throw Object.assign(new Error('EIO: rename'), { code: 'EIO' });
      renameSync(from, to);
    });
    syncBuiltinESMExports();
    expect(() => replaceDatabase(backup, path, `${path}.before`)).toThrow('EIO');
    expect([statSync(path).size, existsSync(`${path}-wal`), existsSync(`${path}.before`)]).toEqual([1, true, false]);
    rename.mockRestore();
    syncBuiltinESMExports();
    replaceDatabase(backup, path, `${path}.before`);
    expect([stepsAt(path), statSync(`${path}.before`).size]).toEqual([[], 1]);
  });

  it.each([
    ['moved aside', true],
    ['replaced', false],
  ])('is not %s while another program has the old one open, though it does nothing with it', (_name, isAside) => {
    const reader = new Database(path);
    reader.prepare('SELECT id FROM steps').all();
    expect(() => replaceDatabase(backup, path, isAside ? `${path}.before` : undefined)).toThrow(
      /is open in another program/,
    );
    reader.close();
    expect(stepsAt(path)).toEqual(['acknowledged 1', 'acknowledged 2']);
  });
});

it('a damaged database is not held open by who could not open it', () => {
  const whole = readFileSync(path);
  writeFileSync(path, Buffer.concat([whole.subarray(0, 100), Buffer.alloc(whole.length - 100, 0xff)]));
  rmSync(`${path}-wal`);
  for (const open of [openReading, openWriting]) {
    expect(() => open(path)).toThrow(/malformed/);
    expect(() => refuseWhereOpen(path)).not.toThrow();
  }
});

describe('a copy', () => {
  it('is not begun where it would fill the disk: the server needs some of its own', async () => {
    const mebibyte = 1024 * 1024;
    const size = statSync(path).size + statSync(`${path}-wal`).size;
    const to = join(folder, 'copy.db');
    const copy = (free: number) => copyDatabase(path, to, () => {}, { free: () => free });
    await expect(copy(size + 100 * mebibyte - 1)).rejects.toThrow(
      /has 100\.0 MiB free, and the copy needs 100\.0 MiB, of which 100\.0 MiB stay free for the server$/,
    );
    await expect(copy(3 * mebibyte)).rejects.toThrow(/has 3\.0 MiB free, and the copy needs 100\.0 MiB/);
    expect(readdirSync(folder).filter((name) => name.startsWith('copy'))).toEqual([]);
    // There is room; what is then said is of the database, which is none of this program.
    await expect(copy(size + 100 * mebibyte)).rejects.toThrow(/no database of Ringback/);
  });

  it('leaves room for what is to be written beside it', async () => {
    const mebibyte = 1024 * 1024;
    const needed = statSync(path).size + statSync(`${path}-wal`).size + 107 * mebibyte;
    const copy = (free: number) =>
      copyDatabase(path, join(folder, 'copy.db'), () => {}, { beside: 7 * mebibyte, free: () => free });
    await expect(copy(needed - 1)).rejects.toThrow(
      /has 107\.0 MiB free, and the copy and what comes beside it need 107\.0 MiB, of which 100\.0 MiB stay free for the server$/,
    );
    await expect(copy(needed)).rejects.toThrow(/no database of Ringback/);
  });

  it('counts the room that one has taken which was broken off', async () => {
    const to = join(folder, 'copy.db');
    writeFileSync(`${to}.partial`, 'half of a copy');
    const free = () => (existsSync(`${to}.partial`) ? 0 : Number.POSITIVE_INFINITY);
    // There is room; what is said is of the database, which is none of this program.
    await expect(copyDatabase(path, to, () => {}, { free })).rejects.toThrow(/no database of Ringback/);
  });
});
