import type { Refusal, SdkAppId } from 'ringback-protocol';
import { AccountCounts } from './account-counts.ts';
import type { SqlAnswer, SqlDatabase } from './sql-database.ts';

/**
 * All are counted anew when this node has made that part of what there was room for: as many nodes as that can do so at once, and
 * the nearer the bound is, the more often they count.
 */
const part = 256;

/**
 * The same where other nodes make accounts, too: each knows how many there were when it last counted, and how many it has made itself
 * since. So a few more than the bound can come about: what all nodes make while they count.
 */
export class PostgresAccountCounts {
  readonly #db: SqlDatabase;
  readonly #counts: AccountCounts;
  /** Made here since the last count. */
  readonly #made = new Map<SdkAppId, number>();
  readonly #counting = new Set<SdkAppId>();

  constructor(db: SqlDatabase, most: number) {
    this.#db = db;
    this.#counts = new AccountCounts(most);
  }

  async open(): Promise<void> {
    const { rows } = await this.#count<{ app: SdkAppId; n: number }>(
      'SELECT app, count(*) AS n FROM accounts GROUP BY app',
    );
    for (const { app, n } of rows) this.#counts.counted(app, n);
  }

  isFull(app: SdkAppId): boolean {
    return this.#counts.left(app) === 0;
  }

  refusal(app: SdkAppId): Refusal {
    return this.#counts.refusal(app);
  }

  /** This node has made one. */
  add(app: SdkAppId): void {
    this.#counts.add(app);
    const made = (this.#made.get(app) ?? 0) + 1;
    this.#made.set(app, made);
    if (made * part < this.#counts.left(app) || this.#counting.has(app)) return;
    this.#counting.add(app);
    this.#countAnew(app)
      // A database that is away is asked at the next one.
      .catch(() => {})
      .finally(() => this.#counting.delete(app));
  }

  async #countAnew(app: SdkAppId): Promise<void> {
    const before = this.#made.get(app) ?? 0;
    const { rows } = await this.#count<{ n: number }>('SELECT count(*) AS n FROM accounts WHERE app = $1', app);
    const [{ n = 0 } = {}] = rows;
    this.#counts.counted(app, n);
    // Those that were made meanwhile may be among them or not: they are not counted twice, and all are counted sooner again.
    this.#made.set(app, (this.#made.get(app) ?? 0) - before);
  }

  /** However long it takes: there may be many millions. */
  #count<Row>(sql: string, ...bound: readonly SdkAppId[]): Promise<SqlAnswer<Row>> {
    return this.#db.transaction(async (session) => {
      await session.query("SELECT set_config('statement_timeout', '0', true)");
      return session.query<Row>(sql, bound);
    }, 'unhurried');
  }
}
