import { type NodeId, nodeId } from 'ringback-protocol';
import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest';
import { openPostgres, openStore } from '../../../src/stores/postgres.ts';
import { PostgresPool } from '../../../src/stores/postgres-pool.ts';
import type { Secrets } from '../../../src/stores/secrets.ts';
import type { SqlDatabase } from '../../../src/stores/sql-database.ts';
import type { Store } from '../../../src/stores/store.ts';
import { ManualClock } from '../../support/manual-clock.ts';
import { PgliteDatabase } from './pglite.ts';
import { PostgresServer, postgresPrograms } from './postgres-server.ts';
import { SqliteFile } from './sqlite-file.ts';

type Row = Record<string, string | number>;

/** A store that is empty at the beginning of each test, opened as often as a test wants, and looked into behind its back. */
export interface StoreScene {
  readonly store: Store;
  readonly clock: ManualClock;
  /** Accounts of an application at most in what is opened from now on, until the end of the test. */
  maxAccounts: number | undefined;
  /** Closes it in good order and opens it again on the same data, with a master key if there is one. */
  reopen(secrets?: Secrets): Promise<void>;
  /** All rows of a query that all databases understand; values as `?`. */
  rows(sql: string, ...bound: readonly (string | number)[]): Promise<Row[]>;
  /** Makes all records what an older version has written: without index and sums. */
  forget(): Promise<void>;
}

/** A store that several nodes share; the one of `StoreScene` is that of the first. */
export interface SharedScene extends StoreScene {
  /** Another node on the same data, until the end of the test. */
  beside(name: string): Promise<Store>;
}

/** A kind of database that a store can be made of. */
interface Kind {
  readonly name: string;
  readonly here: boolean;
  start(): Promise<void>;
  /** With nothing in it. */
  open(): Promise<void>;
  close(): Promise<void>;
  stop(): Promise<void>;
  readonly scene: StoreScene;
}

/** ms; PGlite compiles a whole database at its start, which takes its time on a busy machine. */
const starting = 180_000;

const node = nodeId('n1');

const forgetting = [
  'UPDATE records SET summed = 0',
  'UPDATE record_counts SET answered = 0',
  'DELETE FROM record_members',
  'DELETE FROM record_sums',
  'DELETE FROM record_times',
];

/** One for all tests of this process, each with a schema of its own: making one takes seconds. */
let pglite: PgliteDatabase | undefined;

class SqliteKind implements Kind {
  readonly name = 'SQLite';
  readonly here = true;
  #file!: SqliteFile;
  store!: Store;
  maxAccounts: number | undefined;
  readonly scene: StoreScene = this as unknown as StoreScene;

  get clock(): ManualClock {
    return this.#file.clock;
  }

  async start(): Promise<void> {}

  async open(): Promise<void> {
    this.#file = new SqliteFile();
    this.maxAccounts = undefined;
    this.store = await this.#file.open();
  }

  async reopen(secrets?: Secrets): Promise<void> {
    this.store = await this.#file.reopen(this.store as Parameters<SqliteFile['reopen']>[0], secrets, this.maxAccounts);
  }

  async rows(sql: string, ...bound: readonly (string | number)[]): Promise<Row[]> {
    return this.#file.rows(sql, ...bound);
  }

  async forget(): Promise<void> {
    for (const sql of forgetting) this.#file.side.exec(sql);
  }

  close(): Promise<void> {
    return this.#file.dispose();
  }

  async stop(): Promise<void> {}
}

/** What is common to databases that speak PostgreSQL. */
abstract class PostgresKind implements Kind {
  abstract readonly name: string;
  abstract readonly here: boolean;
  clock = new ManualClock();
  store!: Store;
  maxAccounts: number | undefined;
  readonly scene: SharedScene = this as unknown as SharedScene;
  protected side!: SqlDatabase;
  readonly #others: Store[] = [];
  /** The store could not be opened again. */
  #closed = false;

  abstract start(): Promise<void>;
  abstract stop(): Promise<void>;
  protected abstract openStore(name?: NodeId, secrets?: Secrets): Promise<Store>;

  protected optionsOf(name: NodeId, secrets?: Secrets) {
    const { clock, maxAccounts } = this;
    return { node: name, clock, ...(secrets && { secrets }), ...(maxAccounts !== undefined && { maxAccounts }) };
  }

  async beside(name: string): Promise<Store> {
    const other = await this.openStore(nodeId(name));
    this.#others.push(other);
    return other;
  }

  async open(): Promise<void> {
    this.clock = new ManualClock();
    this.maxAccounts = undefined;
    const { rows } = await this.side.query<{ name: string }>(
      "SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'ringback_migrations'",
    );
    // TRUNCATE would make the files of each table anew, which takes longer than to delete a few rows.
    const empty = rows.map(({ name }) => `DELETE FROM ${name};`).join(' ');
    await this.side.query(`DO $$ BEGIN ${empty} END $$`);
    this.store = await this.openStore();
  }

  async reopen(secrets?: Secrets): Promise<void> {
    if (!this.#closed) await this.store.close();
    this.#closed = true;
    this.store = await this.openStore(undefined, secrets);
    this.#closed = false;
  }

  async rows(sql: string, ...bound: readonly (string | number)[]): Promise<Row[]> {
    let n = 0;
    const numbered = sql.replace(/\?/g, () => {
      n += 1;
      return `$${n}`;
    });
    return [...(await this.side.query<Row>(numbered, bound)).rows];
  }

  async forget(): Promise<void> {
    for (const sql of forgetting) await this.side.query(sql);
  }

  async close(): Promise<void> {
    for (const other of this.#others.splice(0)) await other.close();
    await this.store.close();
  }
}

class ServerKind extends PostgresKind {
  readonly name = 'PostgreSQL';
  readonly here = postgresPrograms() !== undefined;
  #url = '';
  #drop = async () => {};

  async start(): Promise<void> {
    const server = await PostgresServer.shared();
    this.#url = await server.database();
    this.#drop = () => server.drop(this.#url);
    this.side = new PostgresPool(this.#url, { connections: 1 });
  }

  async stop(): Promise<void> {
    await this.side.close();
    await this.#drop();
  }

  protected openStore(name = node, secrets?: Secrets): Promise<Store> {
    return openPostgres({ url: this.#url, ...this.optionsOf(name, secrets) });
  }
}

class PgliteKind extends PostgresKind {
  readonly name = 'PGlite';
  readonly here = true;

  async start(): Promise<void> {
    pglite ??= new PgliteDatabase();
    this.side = pglite;
    // It is made ready by the first question.
    for (const sql of ['DROP SCHEMA public CASCADE', 'CREATE SCHEMA public']) await pglite.query(sql);
  }

  async stop(): Promise<void> {}

  protected openStore(name = node, secrets?: Secrets): Promise<Store> {
    const { side } = this;
    // The database is in memory: it outlives the store that is opened on it.
    const kept: SqlDatabase = {
      query: (sql, values) => side.query(sql, values),
      transaction: (work, mode) => side.transaction(work, mode),
      apart: (work) => side.apart(work),
      close: async () => {},
    };
    return openStore(kept, this.optionsOf(name, secrets));
  }
}

/** THE LIST of stores. */
const kinds = (): readonly Kind[] => [new SqliteKind(), new PgliteKind(), new ServerKind()];

/** Runs the same tests over every kind of store. Where PostgreSQL is not installed, its turn is skipped. */
export function eachStore(about: string, tests: (scene: StoreScene) => void): void {
  over(kinds(), about, tests);
}

/** As `eachStore`, over those that several nodes can share. */
export function eachSharedStore(about: string, tests: (scene: SharedScene) => void): void {
  over([new PgliteKind(), new ServerKind()], about, tests);
}

function over<S>(
  some: readonly (Omit<Kind, 'scene'> & { readonly scene: S })[],
  about: string,
  tests: (scene: S) => void,
): void {
  for (const kind of some) {
    describe.skipIf(!kind.here)(`${kind.name}: ${about}`, () => {
      beforeAll(() => kind.start(), starting);
      beforeEach(() => kind.open());
      afterEach(() => kind.close());
      afterAll(() => kind.stop());
      tests(kind.scene);
    });
  }
}

/** As `eachStore`, with one store for all tests. */
export function eachStoreOnce(about: string, tests: (scene: StoreScene) => void): void {
  for (const kind of kinds()) {
    describe.skipIf(!kind.here)(`${kind.name}: ${about}`, () => {
      beforeAll(async () => {
        await kind.start();
        await kind.open();
      }, starting);
      afterAll(async () => {
        await kind.close();
        await kind.stop();
      });
      tests(kind.scene);
    });
  }
}
