import { Looks } from './looks.ts';
import { type RevisedKind, readRevisions } from './revisions.ts';
import type { SqlSession } from './sql-database.ts';

/** ms between two looks. */
const pace = 1000;

/** ms between two looks that others ask for. */
const askedPace = 20;

/** What is to be read again when others have changed it; `always` at each look. */
type Readers = Readonly<Record<RevisedKind | 'always', () => Promise<void>>>;

/** Looks once a second, and when it is asked to, whether other nodes have changed what this one keeps in memory. */
export class PostgresWatch {
  readonly #db: SqlSession;
  readonly #readers: Readers;
  readonly #looks = new Looks({ look: () => this.#lookNow(), pace: askedPace });
  #known: ReadonlyMap<string, number> = new Map();
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(db: SqlSession, readers: Readers) {
    this.#db = db;
    this.#readers = readers;
    this.#arm();
  }

  static async open(db: SqlSession, readers: Readers): Promise<PostgresWatch> {
    const watch = new PostgresWatch(db, readers);
    await watch.look();
    return watch;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#looking.catch(() => {});
  }

  look(): Promise<void> {
    return this.#looks.ask();
  }

  #arm(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      // A database that is away is looked at again.
      this.look()
        .catch(() => {})
        .then(() => this.#arm());
    }, pace).unref();
  }

  #lookNow(): Promise<void> {
    if (!this.#closed) this.#looking = this.#read();
    return this.#looking;
  }

  async #read(): Promise<void> {
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
