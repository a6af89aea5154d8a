import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parsed, ringback, serve } from '../support/cli.ts';
import { notRoot } from '../support/not-root.ts';

const isNotRoot = notRoot();

describe('backup and restore', () => {
  let folder: string;
  let data: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ringback-backup-'));
    data = join(folder, 'data');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const apps = async (of = data): Promise<readonly number[]> => {
    const { out } = await parsed(['app', 'list', '--json', '--data', of]);
    return (JSON.parse(out) as { readonly id: number }[]).map(({ id }) => id);
  };
  const create = (id: number) => parsed(['app', 'create', '--id', String(id), '--data', data]);

  it('copies the database of a running server, which goes on, and brings it back elsewhere', async () => {
    const flags = ['--data', data, '--http', '127.0.0.1:0', '--https', 'off', '--ops', 'off'];
    const server = await serve(['--dev', ...flags], /server started/);
    try {
      await create(1_400_000_007);
      const file = join(folder, 'copy.db');
      const made = await ringback(['backup', file, '--data', data]);
      expect(made).toMatchObject({
        code: 0,
        err: '',
        out: expect.stringMatching(/copy\.db, \d+ KiB, complete and checked\./),
      });
      expect(statSync(file).mode & 0o777).toBe(0o600);
      // What came later is not in it.
      await create(1_400_000_008);

      const elsewhere = join(folder, 'elsewhere');
      const restored = await parsed(['restore', file, '--data', elsewhere]);
      expect(restored).toMatchObject({ code: 0, err: expect.stringContaining('Start the server.') });
      expect(await apps(elsewhere)).toEqual([1_400_000_001, 1_400_000_007]);
      expect(await apps()).toEqual([1_400_000_001, 1_400_000_007, 1_400_000_008]);

      const inUse = await parsed(['restore', file, '--data', data, '--replace']);
      expect(inUse).toMatchObject({ code: 1, err: expect.stringContaining('is in use by a Ringback server') });
    } finally {
      server.child.kill();
      await server.ended;
    }
  });

  it('keeps what it replaces', async () => {
    await create(1_400_000_007);
    const file = join(folder, 'copy.db');
    expect((await parsed(['backup', file, '--data', data])).code).toBe(0);
    await create(1_400_000_008);
    const refused = await parsed(['restore', file, '--data', data]);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('Add --replace') });
    expect(await apps()).toHaveLength(2);
    const restored = await parsed(['restore', file, '--data', data, '--replace']);
    expect(restored.code).toBe(0);
    expect(await apps()).toEqual([1_400_000_007]);
    const kept = /before is (\S+)\.\n/.exec(restored.out)?.[1] ?? '';
    const back = await parsed(['restore', kept, '--data', join(folder, 'back')]);
    expect(back.code).toBe(0);
    expect(await apps(join(folder, 'back'))).toHaveLength(2);
  });

  it.each<[name: string, spoil: (whole: Buffer) => Buffer]>([
    ['spoiled in its pages', (whole) => Buffer.concat([whole.subarray(0, 4096), randomBytes(whole.length - 4096)])],
    ['cut off', (whole) => whole.subarray(0, Math.floor(whole.length / 8192) * 4096 + 100)],
    ['garbage', () => Buffer.from('no database at all, '.repeat(1000))],
    ['empty', () => Buffer.alloc(0)],
  ])('comes back where the database is %s, which is kept as it is with its log', async (_name, spoil) => {
    await create(1_400_000_007);
    const [file, path] = [join(folder, 'copy.db'), join(data, 'ringback.db')];
    expect((await parsed(['backup', file, '--data', data])).code).toBe(0);
    const spoilt = spoil(readFileSync(path));
    writeFileSync(path, spoilt);
    writeFileSync(`${path}-wal`, 'what was written last');
    const restored = await parsed(['restore', file, '--data', data, '--replace']);
    expect(restored).toMatchObject({
      code: 0,
      err: expect.stringMatching(/could not be copied and was moved as it is: /),
    });
    const kept = /before is (\S+)\.\n/.exec(restored.out)?.[1] ?? '';
    expect(readFileSync(kept).equals(spoilt)).toBe(true);
    expect(readFileSync(`${kept}-wal`, 'utf8')).toBe('what was written last');
    expect(existsSync(`${path}-wal`)).toBe(false);
    expect(await apps()).toEqual([1_400_000_007]);
    expect((await ringback(['doctor', '--dev', '--data', data])).out).toMatch(/^ok {4}database /m);
  });

  it('gives a backup that may only be read to the server, for its owner only', async () => {
    await create(1_400_000_007);
    const [file, path] = [join(folder, 'copy.db'), join(data, 'ringback.db')];
    await parsed(['backup', file, '--data', data]);
    chmodSync(file, 0o400);
    expect((await parsed(['restore', file, '--data', data, '--replace'])).code).toBe(0);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    chmodSync(file, 0o644);
    expect((await parsed(['restore', file, '--data', join(folder, 'new')])).code).toBe(0);
    expect(statSync(join(folder, 'new', 'ringback.db')).mode & 0o777).toBe(0o600);
  });

  it.skipIf(isNotRoot)('restored by root, belongs to whoever has the data directory', async () => {
    await create(1_400_000_007);
    const file = join(folder, 'copy.db');
    await parsed(['backup', file, '--data', data]);
    const theirs = join(folder, 'theirs');
    mkdirSync(theirs, { mode: 0o700 });
    chownSync(theirs, 1000, 1001);
    const owners = () =>
      readdirSync(theirs).map((name) => {
        const { uid, gid } = statSync(join(theirs, name));
        return [name.replace(/before-.*/, 'before'), uid, gid];
      });
    expect((await parsed(['restore', file, '--data', theirs])).code).toBe(0);
    expect(owners().sort()).toEqual([
      ['ringback.db', 1000, 1001],
      ['ringback.lock', 1000, 1001],
    ]);
    expect((await parsed(['restore', file, '--data', theirs, '--replace'])).code).toBe(0);
    expect(owners().sort()).toEqual([
      ['ringback.db', 1000, 1001],
      ['ringback.db.before', 1000, 1001],
      ['ringback.lock', 1000, 1001],
    ]);
    chownSync(join(theirs, 'ringback.db'), 0, 0);
    const doctor = await ringback(['doctor', '--dev', '--data', theirs]);
    expect(doctor.out).toContain(
      `${join(theirs, 'ringback.db')} belongs to another user (0) than its directory (1000).`,
    );
    expect(doctor.out).toContain(`chown 1000:1001 ${join(theirs, 'ringback.db')}`);
  });

  it.skipIf(isNotRoot)('leaves to the server what is its own in a directory of root', async () => {
    await create(1_400_000_007);
    const [path, lock] = [join(data, 'ringback.db'), join(data, 'ringback.lock')];
    // As Kubernetes hands out a volume: root's own, and its group may write.
    chownSync(data, 0, 1000);
    chmodSync(data, 0o2770);
    for (const one of [path, lock]) chownSync(one, 1000, 1000);
    expect(await apps()).toEqual([1_400_000_007]);
    expect([statSync(lock).uid, statSync(path).uid]).toEqual([1000, 1000]);
    const doctor = await ringback(['doctor', '--dev', '--data', data]);
    expect(doctor.out).toMatch(/^ok {4}database /m);
    // Nor is what belongs to somebody else given away where the directory is not root's.
    chownSync(data, 1001, 1001);
    expect(await apps()).toEqual([1_400_000_007]);
    expect(statSync(lock).uid).toBe(1000);
  });

  it('leaves no copy of what was there where nothing was restored', async () => {
    await create(1_400_000_007);
    const [file, path] = [join(folder, 'copy.db'), join(data, 'ringback.db')];
    await parsed(['backup', file, '--data', data]);
    const kept = () => readdirSync(data).filter((name) => name.includes('.before-'));
    const reader = new Database(path);
    reader.prepare('SELECT name FROM ringback_migrations').all();
    for (let tries = 0; tries < 2; tries += 1) {
      const refused = await parsed(['restore', file, '--data', data, '--replace']);
      expect([refused.code, refused.err, kept()]).toEqual([
        1,
        expect.stringContaining('is open in another program'),
        [],
      ]);
    }
    reader.close();
    // In the way of what is to take the place.
    mkdirSync(`${path}.partial`);
    const failed = await parsed(['restore', file, '--data', data, '--replace']);
    expect([failed.code, failed.err, kept()]).toEqual([1, expect.stringContaining('Nothing was restored: '), []]);
    expect(await apps()).toEqual([1_400_000_007]);
  });

  it('leaves no half of a copy, and no copy of something else in its place', async () => {
    await create(1_400_000_007);
    const file = join(folder, 'copy.db');
    writeFileSync(file, 'mine');
    expect(await parsed(['backup', file, '--data', data])).toMatchObject({
      code: 1,
      err: expect.stringContaining('--force'),
    });
    expect(readFileSync(file, 'utf8')).toBe('mine');
    expect((await parsed(['backup', file, '--data', data, '--force'])).code).toBe(0);
    expect(existsSync(`${file}.partial`)).toBe(false);

    for (const [args, words] of [
      [['backup', join(folder, 'none', 'copy.db')], /The backup was not made: .*(not exist|no such)/i],
      [['backup', folder], /is no file/],
      [['backup', join(data, 'ringback.db'), '--force'], /the database itself/],
      [['backup', file, '--data', join(folder, 'nothing')], /There is no database at/],
    ] as const) {
      const given = args.includes('--data') ? args : [...args, '--data', data];
      const ran = await parsed(given);
      expect([ran.code, ran.err]).toEqual([1, expect.stringMatching(words)]);
    }
  });

  it('restores nothing that is no whole database of this program', async () => {
    await create(1_400_000_007);
    const file = join(folder, 'copy.db');
    await parsed(['backup', file, '--data', data]);
    const whole = readFileSync(file);

    const bad: [string, () => void, RegExp][] = [
      ['text', () => writeFileSync(file, 'no database at all, but long enough to look'), /not a database/],
      ['half', () => writeFileSync(file, whole.subarray(0, whole.length / 2)), /damaged|malformed/],
      [
        'another',
        () => {
          rmSync(file);
          new Database(file).exec('CREATE TABLE t (x)').close();
        },
        /no database of Ringback/,
      ],
      [
        'newer',
        () => {
          writeFileSync(file, whole);
          const db = new Database(file);
          db.prepare('INSERT INTO ringback_migrations (name, at) VALUES (?, 1)').run('999-later!');
          db.close();
        },
        /newer Ringback \(999-later!\)/,
      ],
    ];
    for (const [name, spoil, words] of bad) {
      spoil();
      const ran = await parsed(['restore', file, '--data', data, '--replace']);
      expect([name, ran.code, ran.err]).toEqual([name, 1, expect.stringMatching(words)]);
      expect(await apps()).toEqual([1_400_000_007]);
    }
    expect(await parsed(['restore', join(folder, 'none'), '--data', data])).toMatchObject({ code: 1 });
  });
});
