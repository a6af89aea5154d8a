import type { Clock, FollowingClock } from '../ports/clock.ts';
import type { SqlSession } from './sql-database.ts';

/** ms between two comparisons. */
const pace = 10_000;

/** Questions of one comparison; the one that was answered soonest counts. */
const questions = 3;

const follows = (clock: Clock): clock is FollowingClock => 'follow' in clock;

/** Keeps a clock at the time of the database. */
export class PostgresTime {
  readonly #db: SqlSession;
  #timer: NodeJS.Timeout | undefined;
  #asking: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(db: SqlSession) {
    this.#db = db;
  }

  /** A clock that follows nobody is left alone. Rejects when the database cannot be asked. */
  static async open(db: SqlSession, clock: Clock): Promise<PostgresTime> {
    const time = new PostgresTime(db);
    if (follows(clock)) {
      await time.#compare(clock);
      time.#arm(clock);
    }
    return time;
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#timer);
    await this.#asking;
  }

  #arm(clock: FollowingClock): void {
    if (this.#closed) return;
    this.#timer = setTimeout(() => {
      // While the database is away, the clock goes on by itself.
      this.#asking = this.#compare(clock)
        .catch(() => {})
        .then(() => this.#arm(clock));
    }, pace).unref();
  }

  async #compare(clock: FollowingClock): Promise<void> {
    let best: { time: number; sentAt: number; gotAt: number } | undefined;
    for (let n = 0; n < questions; n += 1) {
      const sentAt = clock.steady();
      const { rows } = await this.#db.query<{ now: number }>(
        'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
      );
      const gotAt = clock.steady();
      const time = rows[0]?.now;
      if (time === undefined) continue;
      if (best === undefined || gotAt - sentAt < best.gotAt - best.sentAt) best = { time, sentAt, gotAt };
    }
    if (best !== undefined) clock.follow(best.time, best.sentAt, best.gotAt);
  }
}
