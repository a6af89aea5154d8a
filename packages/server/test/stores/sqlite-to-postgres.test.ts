import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { nodeId, userId } from 'ringback-protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { copyMark } from '../../src/stores/migrate.ts';
import { openStore } from '../../src/stores/postgres.ts';
import { migratePostgres } from '../../src/stores/postgres-migrate.ts';
import { PostgresNodes } from '../../src/stores/postgres-nodes.ts';
import { PostgresPool } from '../../src/stores/postgres-pool.ts';
import type { SqlDatabase, SqlSession, SqlValue } from '../../src/stores/sql-database.ts';
import { copyToPostgres } from '../../src/stores/sqlite-to-postgres.ts';
import { acceptWrite, appA, bob, endWrite, idOf, noon, startWrite } from './support/fake-calls.ts';
import { PgliteDatabase } from './support/pglite.ts';
import { PostgresServer, postgresPrograms } from './support/postgres-server.ts';
import { SqliteFile } from './support/sqlite-file.ts';

type Row = Record<string, string | number>;

/** Texts that one database or the other, or what is between them, could take for something else. */
const texts = [
  '',
  '\0',
  '\u0001',
  '\u00010 \u0001\0',
  "'; DROP TABLE apps; --",
  '{"a":[1,null]}',
  '😀 \u2028 NULL',
  '{x,"y"}',
];

/** Fills every table that there is with rows of its own, so that none can be forgotten. */
function fill(file: SqliteFile, rows: number): readonly string[] {
  const names = file
    .rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'")
    .map(({ name }) => String(name))
    // Of processes, not of what is kept.
    .filter((name) => !['ringback_migrations', 'nodes', 'node_secrets'].includes(name));
  for (const name of names) {
    const columns = file.rows(`SELECT name, type FROM pragma_table_info('${name}')`);
    const insert = file.side.prepare(`INSERT INTO ${name} VALUES (${columns.map(() => '?').join(', ')})`);
    file.side.transaction(() => {
      for (let row = 0; row < rows; row += 1) {
        insert.run(
          columns.map(({ type }, at) => {
            if (type === 'TEXT') return `${texts[(row + at) % texts.length]}${name} ${row}`;
            return type === 'BIGINT' ? Number.MAX_SAFE_INTEGER - row : row;
          }),
        );
      }
    })();
  }
  return names;
}

const everything = (rows: readonly Row[]): string => JSON.stringify(rows.map((row) => JSON.stringify(row)).sort());

const allOf = async (db: SqlSession, table: string): Promise<string> =>
  everything((await db.query<Row>(`SELECT * FROM ${table}`)).rows);

/** A database whose nth statement inside the transaction breaks, as a connection does. */
function breaking(db: SqlDatabase, after: number): SqlDatabase {
  let left = after;
  return {
    query: (sql, values) => db.query(sql, values),
    transaction: (work, mode) =>
      db.transaction(
        (session) =>
          work({
            query: (sql: string, values?: readonly SqlValue[]) => {
              left -= 1;
              return left < 0 ? Promise.reject(new Error('the line is cut')) : session.query(sql, values);
            },
          }),
        mode,
      ),
    apart: (work) => db.apart(work),
    close: () => db.close(),
  };
}

/** THE LIST of targets. */
const targets: readonly { readonly name: string; readonly here: boolean; readonly open: () => Promise<Target> }[] = [
  {
    name: 'PGlite',
    here: true,
    open: async () => {
      const db = new PgliteDatabase();
      return {
        // To make another takes seconds.
        database: async () => {
          await db.query('DROP SCHEMA public CASCADE');
          await db.query('CREATE SCHEMA public');
          return db;
        },
        stop: () => db.close(),
      };
    },
  },
  {
    name: 'PostgreSQL',
    here: postgresPrograms() !== undefined,
    open: async () => {
      const server = await PostgresServer.start();
      const opened: PostgresPool[] = [];
      return {
        database: async () => {
          const db = new PostgresPool(await server.database(), { connections: 1 });
          opened.push(db);
          return db;
        },
        stop: async () => {
          for (const db of opened) await db.close();
          await server.dispose();
        },
      };
    },
  },
];

interface Target {
  /** A new one, empty. */
  database(): Promise<SqlDatabase>;
  stop(): Promise<void>;
}

for (const { name, here, open } of targets) {
  describe.skipIf(!here)(`from SQLite to ${name}`, { timeout: 120_000 }, () => {
    let target: Target;
    let file: SqliteFile;
    let db: SqlDatabase;
    beforeAll(async () => {
      target = await open();
    }, 120_000);
    afterAll(() => target.stop());
    beforeEach(async () => {
      file = new SqliteFile();
      await file.close(await file.open());
      db = await target.database();
    }, 120_000);
    afterEach(() => file.dispose());

    const copy = (to = db, progress: (done: number, all: number) => void = () => {}) =>
      copyToPostgres({ path: file.path, db: to, progress });

    it('every row of every table arrives as it was, and the source is not touched', async () => {
      // More than one portion, except in the slow one.
      const count = name === 'PGlite' ? 40 : 620;
      const tables = fill(file, count);
      file.side.pragma('wal_checkpoint(TRUNCATE)');
      const hash = () => createHash('sha256').update(readFileSync(file.path)).digest('hex');
      const before = hash();
      const shares: number[] = [];
      const copied = await copy(db, (done, all) => shares.push(done / all));
      expect(copied.map(({ table, rows }) => [table, rows])).toEqual([...tables].sort().map((one) => [one, count]));
      expect(new Set(copied.map(({ checksum }) => checksum)).size).toBe(tables.length);
      for (const table of tables) {
        expect([table, (await allOf(db, table)) === everything(file.rows(`SELECT * FROM ${table}`))]).toEqual([
          table,
          true,
        ]);
      }
      expect(shares.at(-1)).toBe(1);
      expect([...shares].sort((a, b) => a - b)).toEqual(shares);
      expect(hash()).toBe(before);
    });

    it('a time with a fraction of a millisecond, which SQLite keeps, arrives without it', async () => {
      fill(file, 3);
      file.side.exec('UPDATE attempts SET next_at = 1700000000000.75');
      await copy();
      const { rows } = await db.query<{ at: number }>('SELECT next_at AS at FROM attempts');
      expect(rows.map(({ at }) => at)).toEqual(Array(3).fill(1_700_000_000_001));
    });

    it('what is broken off leaves nothing but a mark that keeps servers out, and is done anew', async () => {
      const tables = fill(file, 3);
      await migratePostgres(db);
      // Before the first row, in the middle of a table, while it is read back, and before the last word.
      for (const after of [0, 2, tables.length + 4, tables.length + 30, tables.length * 5 + 4]) {
        await expect(copy(breaking(db, after))).rejects.toThrow('the line is cut');
        for (const table of tables) expect([table, await allOf(db, table)]).toEqual([table, '[]']);
        await expect(migratePostgres(db)).rejects.toThrow(
          /is being copied into it, or that was broken off.*once more/s,
        );
      }
      expect((await copy()).every(({ rows }) => rows === 3)).toBe(true);
      expect((await db.query('SELECT 1 FROM ringback_migrations WHERE name = $1', [copyMark])).rows).toEqual([]);
      expect(await migratePostgres(db)).toEqual([]);
    });

    it('a target that changes what it is given is found out, and nothing stays there', async () => {
      fill(file, 3);
      await migratePostgres(db);
      await db.query(
        `CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.caller = 'x'; RETURN NEW; END $$`,
      );
      await db.query('CREATE TRIGGER spoil BEFORE INSERT ON records FOR EACH ROW EXECUTE FUNCTION spoil()');
      await expect(copy()).rejects.toThrow(
        /The table records is not the same in the target \(3 rows.*Nothing was copied/s,
      );
      expect(await allOf(db, 'apps')).toBe('[]');
    });

    it('a target that holds anything is refused, and stays as it is', async () => {
      fill(file, 3);
      await db.query('CREATE TABLE theirs (x BIGINT)');
      await expect(copy()).rejects.toThrow(/not empty: it has the table theirs.*CREATE DATABASE/s);
      expect((await db.query("SELECT 1 FROM pg_tables WHERE tablename = 'apps'")).rows).toEqual([]);
      await db.query('DROP TABLE theirs');
      await migratePostgres(db);
      await db.query("INSERT INTO apps VALUES (1, '{}')");
      await expect(copy()).rejects.toThrow(/not empty: there are rows in the table apps.*CREATE DATABASE/s);
      expect(await allOf(db, 'apps')).toBe(everything([{ app: 1, config: '{}' }]));
      expect(await migratePostgres(db)).toEqual([]);
    });

    it('a target that a server has tried holds nothing but that it was there, and is taken', async () => {
      fill(file, 3);
      await migratePostgres(db);
      const nodes = new PostgresNodes({ db, node: nodeId('tried'), self: nodeId('tried.1') });
      await nodes.join();
      await nodes.close();
      expect((await db.query('SELECT 1 FROM node_secrets')).rows).toHaveLength(1);
      await copy();
      expect((await db.query('SELECT 1 FROM apps')).rows).toHaveLength(3);
    });

    it('a source of another version is refused with what to do', async () => {
      file.side.exec("INSERT INTO ringback_migrations VALUES ('999-later', 0)");
      await expect(copy()).rejects.toThrow(/newer Ringback \(999-later\)/);
      file.side.exec("DELETE FROM ringback_migrations WHERE name IN ('999-later', '008-revisions')");
      await expect(copy()).rejects.toThrow(/older schema.*ringback migrate run/s);
      file.side.exec('DROP TABLE ringback_migrations');
      await expect(copy()).rejects.toThrow('no database of Ringback');
    });

    it('the store that opens on it goes on where the other was', async () => {
      const before = await file.open();
      const live = startWrite({ callId: idOf(1) });
      await before.calls.commit(live);
      const over = startWrite({ callId: idOf(2), caller: userId('dave'), callees: [userId('erin')] });
      await before.calls.commit(over);
      await before.calls.commit(endWrite(over.call));
      await file.close(before);
      await copy();
      const kept: SqlDatabase = {
        query: (sql, values) => db.query(sql, values),
        transaction: (work, mode) => db.transaction(work, mode),
        apart: (work) => db.apart(work),
        close: async () => {},
      };
      const after = await openStore(kept, { node: nodeId('n2'), clock: file.clock });
      try {
        expect(await after.calls.live()).toEqual([live.call]);
        expect((await after.calls.record(appA, idOf(2)))?.result).toBe('NormalEnd');
        expect(await after.calls.seatOf(appA, bob)).toEqual({ callId: idOf(1), status: 'Waiting' });
        const accepted = acceptWrite(live.call, bob);
        expect(await after.calls.commit(accepted)).toBe('ok');
        expect(await after.calls.commit(endWrite(accepted.call))).toBe('ok');
        expect(await after.calls.record(appA, idOf(1))).toMatchObject({ result: 'NormalEnd' });
        const page = await after.calls.records(appA, {
          from: noon / 1000 - 1,
          to: noon / 1000 + 60,
          page: 1,
          perPage: 10,
        });
        expect(page.records.map(({ callId }) => callId)).toEqual([idOf(1), idOf(2)]);
      } finally {
        await after.close();
      }
    });
  });
}

describe.skipIf(postgresPrograms() === undefined)('to a PostgreSQL that is slow', () => {
  it('the copy waits for a statement, and for the end of its transaction, longer than others would', async () => {
    const server = await PostgresServer.shared();
    const url = await server.database();
    const file = new SqliteFile();
    const open: PostgresPool[] = [];
    const pool = (patience?: number): PostgresPool => {
      const made = new PostgresPool(url, { connections: 1, ...(patience !== undefined && { patience }) });
      open.push(made);
      return made;
    };
    try {
      await file.close(await file.open());
      fill(file, 1);
      const calm = pool();
      await migratePostgres(calm);
      await calm.query(
        'CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(2.6); RETURN NULL; END $$',
      );
      await calm.query('CREATE TRIGGER slow AFTER INSERT ON apps FOR EACH STATEMENT EXECUTE FUNCTION slow()');
      await calm.query(
        `CREATE CONSTRAINT TRIGGER late AFTER INSERT ON accounts DEFERRABLE INITIALLY DEFERRED
         FOR EACH ROW EXECUTE FUNCTION slow()`,
      );
      await calm.close();
      // The driver gives such a statement two seconds.
      const hasty = pool(1000);
      const began = performance.now();
      const copied = await copyToPostgres({ path: file.path, db: hasty, progress: () => {} });
      expect(performance.now() - began).toBeGreaterThan(5200);
      expect(copied.every(({ rows }) => rows === 1)).toBe(true);
      expect(await migratePostgres(hasty)).toEqual([]);
      expect(await allOf(hasty, 'apps')).toBe(everything(file.rows('SELECT * FROM apps')));
    } finally {
      for (const one of open) await one.close().catch(() => {});
      file.dispose();
    }
  });
});
