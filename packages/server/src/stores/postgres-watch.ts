import { type RevisedKind, readRevisions } from './revisions.ts';
import type { SqlSession } from './sql-database.ts';

/** ms between two looks. */
const pace = 1000;

/** What is to be read again when others have changed it; `always` at each look. */
type Readers = Readonly<Record<RevisedKind | 'always', () => Promise<void>>>;

/** Looks once a second whether other nodes have changed what this one keeps in memory. */
export class PostgresWatch {
  readonly #db: SqlSession;
  readonly #readers: Readers;
  #known: ReadonlyMap<string, number>;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(db: SqlSession, readers: Readers, known: ReadonlyMap<string, number>) {
    this.#db = db;
    this.#readers = readers;
    this.#known = known;
    this.#arm();
  }

  static async open(db: SqlSession, readers: Readers): Promise<PostgresWatch> {
    const watch = new PostgresWatch(db, readers, new Map());
    await watch.#look();
    return watch;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #arm(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      // A database that is away is looked at again.
      this.#looking = this.#look()
        .catch(() => {})
        .then(() => this.#arm());
    }, pace).unref();
  }

  async #look(): Promise<void> {
    const now = await readRevisions(this.#db);
    const known = new Map(this.#known);
    const failures: unknown[] = [];
    const attempt = async (kind: keyof Readers): Promise<boolean> => {
      try {
        await this.#readers[kind]();
        return true;
      } catch (error) {
        failures.push(error);
        return false;
      }
    };
    for (const kind of ['apps', 'endpoints', 'console', 'push'] as const) {
      const revision = now.get(kind);
      if (revision === this.#known.get(kind)) continue;
      // What could not be read is read at the next look, and keeps nobody from the rest.
      if ((await attempt(kind)) && revision !== undefined) known.set(kind, revision);
    }
    await attempt('always');
    this.#known = known;
    if (failures.length > 0) throw failures[0];
  }
}
