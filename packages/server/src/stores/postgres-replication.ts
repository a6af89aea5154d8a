import type { Durability } from '../ports/durability.ts';
import type { SqlSession } from './sql-database.ts';

/** ms between two looks: whoever sets up a replica, or loses one, is not to wait for the health page. */
const pace = 5000;

/** How the database is copied; a server that does not know replication has no copies that it knows of. */
export async function readDurability(db: SqlSession): Promise<Durability> {
  const { rows } = await db.query<{ replicas: number; names: string }>(
    `SELECT (SELECT count(*) FROM pg_stat_replication WHERE coalesce(application_name, '') <> 'pg_basebackup') AS replicas,
       current_setting('synchronous_standby_names') AS names`,
  );
  const [{ replicas, names } = { replicas: 0, names: '' }] = rows;
  return { replicas, synchronous: names.trim() !== '' };
}

/** Looks now and then how the database is copied, for those who watch over it. */
export class PostgresReplication {
  readonly #db: SqlSession;
  #known: Durability | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looking: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(db: SqlSession) {
    this.#db = db;
  }

  static async open(db: SqlSession): Promise<PostgresReplication> {
    const replication = new PostgresReplication(db);
    await replication.#look();
    replication.#arm();
    return replication;
  }

  /** As it was at the last look; undefined when the database does not say. */
  get known(): Durability | undefined {
    return this.#known;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#looking;
  }

  #arm(): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      this.#looking = this.#look().then(() => this.#arm());
    }, pace).unref();
  }

  /** Databases that only speak PostgreSQL may lack what is asked for: then nothing is known. */
  async #look(): Promise<void> {
    this.#known = await readDurability(this.#db).catch(() => this.#known);
  }
}
