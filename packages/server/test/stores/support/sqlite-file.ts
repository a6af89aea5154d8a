import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { nodeId } from 'ringback-protocol';
import type { Secrets } from '../../../src/stores/secrets.ts';
import { openSqlite, type SqliteStore } from '../../../src/stores/sqlite.ts';
import { ManualClock } from '../../support/manual-clock.ts';

/** A database file in a folder of its own, opened as often as a test wants, and looked into behind the store's back. */
export class SqliteFile {
  readonly folder = mkdtempSync(join(tmpdir(), 'ringback-store-'));
  readonly path = join(this.folder, 'data', 'ringback.db');
  readonly clock = new ManualClock();
  /** What `onFatal` heard. */
  readonly fatal: Error[] = [];
  readonly #open = new Set<SqliteStore>();
  #side: Database.Database | undefined;

  async open(secrets?: Secrets, maxAccounts?: number): Promise<SqliteStore> {
    const onFatal = (error: Error) => void this.fatal.push(error);
    const store = await openSqlite({
      path: this.path,
      node: nodeId('n1'),
      clock: this.clock,
      onFatal,
      ...(secrets && { secrets }),
      ...(maxAccounts !== undefined && { maxAccounts }),
    });
    this.#open.add(store);
    return store;
  }

  async close(store: SqliteStore): Promise<void> {
    this.#open.delete(store);
    await store.close();
  }

  /** As a process that stops in good order and starts again. */
  async reopen(store: SqliteStore, secrets?: Secrets, maxAccounts?: number): Promise<SqliteStore> {
    await this.close(store);
    return this.open(secrets, maxAccounts);
  }

  /** A connection of the test's own. */
  get side(): Database.Database {
    this.#side ??= new Database(this.path, { timeout: 5000 });
    return this.#side;
  }

  /** All rows of a query on the test's own connection. */
  rows(sql: string, ...bound: readonly (string | number)[]): Record<string, string | number>[] {
    return this.side.prepare(sql).all(...bound) as Record<string, string | number>[];
  }

  async dispose(): Promise<void> {
    this.#side?.close();
    for (const store of this.#open) await store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
