import { nodeId } from 'ringback-protocol';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { migratePostgres } from '../../src/stores/postgres-migrate.ts';
import { PostgresNodes } from '../../src/stores/postgres-nodes.ts';
import { PostgresPool } from '../../src/stores/postgres-pool.ts';
import type { SqlDatabase } from '../../src/stores/sql-database.ts';
import { eachStore } from './support/each-store.ts';
import { PgliteDatabase } from './support/pglite.ts';
import { PostgresServer, postgresPrograms } from './support/postgres-server.ts';

const patience = 15_000;

eachStore('the processes that share it', (scene) => {
  test('are this one alone when nobody else is there, and it is sure of itself once it has joined', async () => {
    const { nodes } = scene.store;
    const died: string[] = [];
    nodes.onDead((node) => died.push(node));
    await nodes.join();
    expect(nodes.isSure).toBe(true);
    expect(nodes.outFor).toBe(0);
    expect(nodes.allTell).toBe(true);
    expect(nodes.living()).toEqual([nodes.self]);
    expect(nodes.isLiving(nodes.self)).toBe(true);
    expect(nodes.isLiving(nodeId('nobody'))).toBe(false);
    expect([nodes.dead(), died]).toEqual([[], []]);
  });
});

/** A session on a database that can be cut off. */
class Line {
  readonly #db: SqlDatabase;
  cut = false;
  /** ms that the next answer takes. */
  late = 0;

  constructor(db: SqlDatabase) {
    this.#db = db;
  }

  query: SqlDatabase['query'] = async (text, values) => {
    if (this.cut) throw new Error('cut off');
    const ms = this.late;
    this.late = 0;
    if (ms > 0) await new Promise((resolve) => setTimeout(resolve, ms));
    return this.#db.query(text, values);
  };
}

interface Opened {
  readonly nodes: PostgresNodes;
  readonly line: Line;
  readonly died: string[];
  readonly back: number[];
  /** Ends it without a good-bye. */
  kill(): Promise<void>;
}

function severalOn(name: string, here: boolean, open: () => Promise<{ db: SqlDatabase; dispose(): Promise<void> }>) {
  describe.skipIf(!here)(`${name}: several processes`, () => {
    let made: Awaited<ReturnType<typeof open>>;
    const all: Opened[] = [];
    let count = 0;
    beforeAll(async () => {
      made = await open();
      await migratePostgres(made.db);
    }, 180_000);
    afterEach(async () => {
      for (const one of all.splice(0)) await one.nodes.close();
      await made.db.query('DELETE FROM nodes');
      await made.db.query('DELETE FROM seats');
    });
    afterAll(() => made.dispose());

    const start = async (node: string): Promise<Opened> => {
      count += 1;
      const line = new Line(made.db);
      const nodes = new PostgresNodes({ db: line, node: nodeId(node), self: nodeId(`${node}.${count}`) });
      const [died, back]: [string[], number[]] = [[], []];
      nodes.onDead((one) => died.push(one));
      nodes.onBack(() => back.push(1));
      const kill = async (): Promise<void> => {
        line.cut = true;
        await nodes.close();
      };
      const one = { nodes, line, died, back, kill };
      all.push(one);
      await nodes.join();
      return one;
    };
    const know = (...some: Opened[]) =>
      vi.waitFor(() => {
        const ids = some.map(({ nodes }) => nodes.self).sort();
        for (const { nodes } of some) expect(nodes.living()).toEqual(ids);
      }, patience);

    test('know one another, and all the living hear once of one that dies, within 5 s', async () => {
      const [a, b, c] = [await start('a'), await start('b'), await start('c')];
      await know(a, b, c);
      const begun = performance.now();
      await c.kill();
      await vi.waitFor(() => expect([a.died, b.died]).toEqual([[c.nodes.self], [c.nodes.self]]), patience);
      // Not before the silence that it may take, and with room for a machine that is busy.
      expect(performance.now() - begun).toBeGreaterThan(1800);
      expect(performance.now() - begun).toBeLessThan(7000);
      expect(a.nodes.living()).toEqual([a.nodes.self, b.nodes.self]);
      expect(a.nodes.dead()).toEqual([c.nodes.self]);
      // One that comes later hears of it, too, and so does one that asks later.
      const d = await start('d');
      await vi.waitFor(() => expect(d.died).toEqual([c.nodes.self]), patience);
      const late: string[] = [];
      d.nodes.onDead((one) => late.push(one));
      expect(late).toEqual([c.nodes.self]);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(a.died).toEqual([c.nodes.self]);
    });

    test('have a key each, which the others know as long as it lives', async () => {
      const [a, b] = [await start('a'), await start('b')];
      await know(a, b);
      const keyOf = ({ nodes }: Opened, by: Opened) => by.nodes.secretOf(nodes.self)?.export().toString('hex');
      expect(keyOf(a, a)).toHaveLength(64);
      await vi.waitFor(() => {
        expect(keyOf(a, b)).toBe(keyOf(a, a));
        expect(keyOf(b, a)).toBe(keyOf(b, b));
      }, patience);
      expect(keyOf(a, b)).not.toBe(keyOf(b, b));
      expect(a.nodes.secretOf(nodeId('nobody'))).toBeUndefined();
      await b.kill();
      await vi.waitFor(() => expect(a.died).toEqual([b.nodes.self]), patience);
      expect(keyOf(b, a)).toBeUndefined();
    });

    test('do not wait for one that says good-bye, nor for one that was of the same data directory', async () => {
      const [a, b] = [await start('a'), await start('b')];
      await know(a, b);
      await b.nodes.close();
      await vi.waitFor(() => expect(a.died).toEqual([b.nodes.self]), 2500);
      await a.kill();
      const again = await start('a');
      expect(again.died).toContain(a.nodes.self);
      expect(again.nodes.isLiving(a.nodes.self)).toBe(false);
    });

    test('that are cut off know it before the others do, and are heard of again when they are back', async () => {
      const [a, b] = [await start('a'), await start('b')];
      await know(a, b);
      let sureAtDeath: boolean | undefined;
      a.nodes.onDead(() => {
        sureAtDeath = b.nodes.isSure;
      });
      b.line.cut = true;
      await vi.waitFor(() => expect(a.died).toEqual([b.nodes.self]), patience);
      expect(sureAtDeath).toBe(false);
      expect(b.nodes.outFor).toBeGreaterThan(2000);
      expect(a.nodes.isSure).toBe(true);
      b.line.cut = false;
      await vi.waitFor(() => expect(b.back).toEqual([1]), patience);
      expect(b.nodes.isSure).toBe(true);
      await know(a, b);
      expect(a.nodes.dead()).toEqual([]);
      // A database that is away for all says nothing about anybody.
      expect(b.died).toEqual([]);
    });

    test('do not take one another for dead when it was the database that was away', async () => {
      const [a, b] = [await start('a'), await start('b')];
      await know(a, b);
      for (const { line } of [a, b]) line.cut = true;
      await new Promise((resolve) => setTimeout(resolve, 4500));
      expect([a.nodes.isSure, b.nodes.isSure]).toEqual([false, false]);
      a.line.cut = false;
      await vi.waitFor(() => expect(a.back).toEqual([1]), patience);
      b.line.cut = false;
      await vi.waitFor(() => expect(b.back).toEqual([1]), patience);
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect([a.died, b.died]).toEqual([[], []]);
    });

    test('agree on since when each takes part, also while that one is cut off, and hear when one comes or goes', async () => {
      const a = await start('a');
      let changes = 0;
      a.nodes.onChange(() => {
        changes += 1;
      });
      await new Promise((resolve) => setTimeout(resolve, 20));
      const b = await start('b');
      await know(a, b);
      expect(changes).toBe(1);
      const ids = [a.nodes.self, b.nodes.self];
      const times = ({ nodes }: Opened) => ids.map((id) => nodes.since(id));
      expect(times(a)).toEqual(times(b));
      const [first = 0, second = 0] = times(a);
      expect(first).toBeGreaterThan(1_600_000_000_000);
      expect(second).toBeGreaterThan(first);
      expect(a.nodes.since(nodeId('nobody'))).toBe(0);
      b.line.cut = true;
      await vi.waitFor(() => expect(changes).toBe(2), patience);
      b.line.cut = false;
      await know(a, b);
      expect([times(a), times(b)]).toEqual([
        [first, second],
        [first, second],
      ]);
      // A version before this one says nothing of it.
      await made.db.query("INSERT INTO nodes (id, alive_at, bus) VALUES ('old.1', 1, 1)");
      await vi.waitFor(() => expect(a.nodes.living()).toContain('old.1'), patience);
      expect(a.nodes.since(nodeId('old.1'))).toBe(0);
    });

    test('are in doubt when a sign of life came late, for the others may have missed it', async () => {
      const [a, b] = [await start('a'), await start('b')];
      await know(a, b);
      // With the second before it, longer than a process may be silent; by itself, shorter.
      b.line.late = 2300;
      await vi.waitFor(() => expect(b.nodes.isSure).toBe(false), { timeout: patience, interval: 20 });
      expect(b.back).toEqual([]);
      await vi.waitFor(() => expect(b.back).toEqual([1]), patience);
      expect(b.nodes.isSure).toBe(true);
    });

    test('say whether they can tell the others, and all know it when one cannot', async () => {
      const [a, b] = [await start('a'), await start('b')];
      await know(a, b);
      expect(a.nodes.allTell).toBe(true);
      b.nodes.tells(false);
      expect(b.nodes.allTell).toBe(false);
      await vi.waitFor(() => expect(a.nodes.allTell).toBe(false), patience);
      b.nodes.tells(true);
      await vi.waitFor(() => expect(a.nodes.allTell).toBe(true), patience);
    });
  });
}

severalOn('PGlite', true, async () => {
  const db = new PgliteDatabase();
  return { db, dispose: () => db.close() };
});

severalOn('PostgreSQL', postgresPrograms() !== undefined, async () => {
  const server = await PostgresServer.start();
  const db = new PostgresPool(await server.database());
  const dispose = async (): Promise<void> => {
    await db.close();
    await server.dispose();
  };
  return { db, dispose };
});
