import { setTimeout as sleep } from 'node:timers/promises';
import type { AttemptFacts, LoggedAttempt, PendingEvent, Settlement } from '../ports/outbox.ts';
import type { SqlDatabase } from './sql-database.ts';
import { isRefused } from './sql-errors.ts';

/** ms that attempts gather: nobody waits for them. */
const pace = 20;

/** Attempts of one statement at most. */
const batchSize = 500;

/** ms before a database that is away is asked again. */
const retryAfter = 500;

interface Waiting {
  readonly event: PendingEvent;
  readonly settlement: Settlement;
  readonly facts: AttemptFacts;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const key = ['app', 'endpoint', 'started_at', 'call_id', 'event_seq', 'format', 'part'];
const same = (a: string, b: string): string => key.map((name) => `${a}.${name} = ${b}.${name}`).join(' AND ');

/** What became of attempts, each of another event: events that are done with go, the others remember, the log grows. */
const statement = `WITH t AS MATERIALIZED (
  SELECT * FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::bigint[],
    $8::text[], $9::bigint[], $10::bigint[], $11::int[], $12::bigint[], $13::text[], $14::bigint[], $15::bigint[],
    $16::text[], $17::text[], $18::bigint[])
  AS t(${key.join(', ')}, outcome, first_at, attempt, later, at, url, status, took, error, answer, next_at)),
done AS (DELETE FROM outbox o USING t WHERE ${same('o', 't')} AND t.outcome = 'delivered'),
tried AS (
  UPDATE outbox o SET first_at = t.first_at, attempts = t.attempt, parked = CASE t.outcome WHEN 'parked' THEN 1 ELSE 0 END
  FROM t WHERE ${same('o', 't')} AND t.outcome IN ('failed', 'parked')),
after AS (
  UPDATE outbox o SET parked = 1 FROM t
  WHERE o.app = t.app AND o.endpoint = t.endpoint AND o.started_at = t.started_at AND o.call_id = t.call_id
    AND (o.event_seq, o.part) > (t.event_seq, t.part) AND t.later = 1)
INSERT INTO attempts (app, at, endpoint, started_at, call_id, event_seq, format, part, url, attempt, outcome, status, took,
  error, answer, next_at)
SELECT app, at, endpoint, started_at, call_id, event_seq, format, part, url, attempt, outcome, status, took, error, answer,
  next_at FROM t
ON CONFLICT DO NOTHING`;

/** Writes what became of attempts to deliver, many at once; a database that is away is waited for. */
export class PostgresSettler {
  readonly #db: SqlDatabase;
  #queue: Waiting[] = [];
  #running: Promise<void> | undefined;
  /** Of what was given last; what was given before is on disk before it. */
  #newest: Promise<void> | undefined;
  #closed = false;

  constructor(db: SqlDatabase) {
    this.#db = db;
  }

  /** Resolves when it is on disk. */
  settle(event: PendingEvent, settlement: Settlement, facts: AttemptFacts): Promise<void> {
    if (this.#closed) return Promise.reject(new Error('The store is closed.'));
    const done = new Promise<void>((resolve, reject) => {
      this.#queue.push({ event, settlement, facts, resolve, reject });
    });
    this.#newest = done;
    this.#running ??= this.#run();
    return done;
  }

  /** Resolves when everything that was given so far is on disk, or refused; what comes meanwhile is not waited for. */
  async flush(): Promise<void> {
    await this.#newest?.catch(() => {});
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#running;
  }

  async #run(): Promise<void> {
    await sleep(pace);
    while (this.#queue.length > 0) {
      const batch = this.#take();
      try {
        await this.#write(batch);
        for (const { resolve } of batch) resolve();
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#running = undefined;
    this.#newest = undefined;
  }

  /** The first of the queue, up to one of a call of which there is one already: statements do not see what they do. */
  #take(): Waiting[] {
    const calls = new Set<string>();
    let length = 0;
    for (const { event } of this.#queue) {
      const call = `${event.app}/${event.endpoint}/${event.callId}`;
      if (length === batchSize || calls.has(call)) break;
      calls.add(call);
      length += 1;
    }
    return this.#queue.splice(0, length);
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    const rows = batch.map(rowOf);
    const columns = (rows[0] as readonly unknown[]).map((_, column) =>
      rows.map((row) => row[column] as string | number),
    );
    for (;;) {
      try {
        await this.#db.query(statement, columns);
        return;
      } catch (error) {
        // Nothing is lost by an end: what is not noted is sent again.
        if (isRefused(error) || this.#closed) throw error;
        await sleep(retryAfter);
      }
    }
  }
}

function rowOf({ event, settlement, facts }: Waiting): readonly (string | number)[] {
  const { app, endpoint, startedAt, callId, eventSeq, format, part } = event;
  const { at, url, status, took, error, answer } = facts;
  const place = [app, endpoint, startedAt, callId, eventSeq, format, part];
  const { outcome } = settlement;
  const tried: Pick<LoggedAttempt, 'firstAt' | 'attempt' | 'nextAt'> & { later: 0 | 1 } =
    settlement.outcome === 'delivered'
      ? { firstAt: event.firstAt, attempt: event.attempts + 1, nextAt: 0, later: 0 }
      : {
          firstAt: settlement.firstAt,
          attempt: settlement.attempts,
          nextAt: settlement.outcome === 'failed' ? settlement.nextAt : 0,
          later: settlement.outcome === 'parked' && settlement.later ? 1 : 0,
        };
  const { firstAt, attempt, nextAt, later } = tried;
  return [...place, outcome, firstAt, attempt, later, at, url, status, took, error, answer, nextAt];
}
