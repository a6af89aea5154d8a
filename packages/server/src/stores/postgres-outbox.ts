import { setTimeout as sleep } from 'node:timers/promises';
import type { CallId, NodeId, SdkAppId } from 'ringback-protocol';
import type { Endpoint } from '../ports/endpoints.ts';
import type {
  AttemptCursor,
  AttemptFacts,
  AttemptFilter,
  CallPlace,
  EventKey,
  LoggedAttempt,
  PendingEvent,
  PendingEvents,
  ReplayChoice,
  Replayed,
  Settlement,
} from '../ports/outbox.ts';
import { type EventRow, eventColumns, eventOf, joinsEvent } from './event-row.ts';
import { sameLane } from './lane-rows.ts';
import { attemptPage } from './postgres-attempts.ts';
import { PostgresOldWebhooks } from './postgres-old-webhooks.ts';
import { PostgresSettler } from './postgres-settler.ts';
import { longestCall, ReplayTally, replayBatch } from './replay-tally.ts';
import { retried } from './retried.ts';
import type { SqlDatabase, SqlSession } from './sql-database.ts';

const columns = `o.app, o.endpoint, o.started_at, o.call_id, o.event_seq, o.format, o.part, o.first_at, o.attempts, ${eventColumns}`;
const from = `FROM outbox o JOIN events e ON ${joinsEvent('o')}`;
const inOrder = 'ORDER BY o.app, o.endpoint, o.started_at, o.call_id, o.event_seq, o.format, o.part';
/** No other node has an earlier event of the lane, as it may when this one was taken for dead for a while. */
const nothingBefore = `NOT EXISTS (SELECT 1 FROM outbox x WHERE ${sameLane('x', 'o')} AND x.parked = 0
  AND (x.event_seq, x.part) < (o.event_seq, o.part) AND x.owner <> o.owner)`;
const eventPlace = 'e.started_at, e.call_id, e.event_seq, e.format, e.part';

/** ms for which a replay waits until what was delivered before it is on disk. */
const flushPatience = 3000;

/** The events that wait for their delivery, and the log of attempts, in PostgreSQL. */
export class PostgresOutbox implements PendingEvents {
  readonly #db: SqlDatabase;
  readonly #self: NodeId | '';
  readonly #settler: PostgresSettler;
  readonly #old: PostgresOldWebhooks;

  /** `self`: the owner of the lanes that this process delivers; empty where it delivers none. */
  constructor(db: SqlDatabase, self: NodeId | '') {
    this.#db = db;
    this.#self = self;
    this.#settler = new PostgresSettler(db);
    this.#old = new PostgresOldWebhooks(db);
  }

  async counts(only?: SdkAppId) {
    const { rows } = await this.#db.query<{ app: SdkAppId; endpoint: string; waiting: number; parked: number }>(
      `SELECT app, endpoint, count(*) FILTER (WHERE parked = 0) AS waiting, count(*) FILTER (WHERE parked = 1) AS parked
       FROM outbox ${only === undefined ? '' : 'WHERE app = $1'} GROUP BY app, endpoint`,
      only === undefined ? [] : [only],
    );
    return rows;
  }

  async parkedCounts(app: SdkAppId): Promise<ReadonlyMap<string, number>> {
    const { rows } = await this.#db.query<{ endpoint: string; n: number }>(
      'SELECT endpoint, count(*) AS n FROM outbox WHERE app = $1 AND parked = 1 GROUP BY endpoint',
      [app],
    );
    return new Map(rows.map(({ endpoint, n }) => [endpoint, n]));
  }

  page(app: SdkAppId, endpoint: string, after: EventKey | undefined, limit: number): Promise<readonly PendingEvent[]> {
    return this.#page({ parked: 0, owner: this.#self }, app, endpoint, after, limit);
  }

  parked(
    app: SdkAppId,
    endpoint: string,
    after: EventKey | undefined,
    limit: number,
  ): Promise<readonly PendingEvent[]> {
    return this.#page({ parked: 1 }, app, endpoint, after, limit);
  }

  async ofCall(
    app: SdkAppId,
    endpoint: string,
    { startedAt, callId }: CallPlace,
    limit: number,
  ): Promise<readonly PendingEvent[]> {
    const { rows } = await this.#db.query<EventRow>(
      `SELECT ${columns} ${from} WHERE o.app = $1 AND o.endpoint = $2 AND o.started_at = $3 AND o.call_id = $4
       AND o.owner = $6 AND o.parked = 0 AND ${nothingBefore} ${inOrder} LIMIT $5`,
      [app, endpoint, startedAt, callId, limit, this.#self],
    );
    return rows.map(eventOf);
  }

  async parkedBefore(event: PendingEvent, since: number): Promise<boolean> {
    const { app, endpoint, startedAt, callId, eventSeq, part } = event;
    const { rows } = await this.#db.query(
      `SELECT 1 ${from} WHERE o.app = $1 AND o.endpoint = $2 AND o.started_at = $3 AND o.call_id = $4 AND o.parked = 1
       AND (o.event_seq, o.part) < ($5, $6) AND CASE o.first_at WHEN 0 THEN e.event_time ELSE o.first_at END <= $7 LIMIT 1`,
      [app, endpoint, startedAt, callId, eventSeq, part, since],
    );
    return rows.length > 0;
  }

  settle(event: PendingEvent, settlement: Settlement, facts: AttemptFacts): Promise<void> {
    return this.#settler.settle(event, settlement, facts);
  }

  async park({ firstAt, attempts, ...event }: PendingEvent): Promise<void> {
    await this.#db.query(
      `UPDATE outbox SET first_at = $8, attempts = $9, parked = 1 WHERE app = $1 AND endpoint = $2 AND started_at = $3
       AND call_id = $4 AND event_seq = $5 AND format = $6 AND part = $7`,
      [
        event.app,
        event.endpoint,
        event.startedAt,
        event.callId,
        event.eventSeq,
        event.format,
        event.part,
        firstAt,
        attempts,
      ],
    );
  }

  async logTest(event: PendingEvent, facts: AttemptFacts): Promise<void> {
    const { app, endpoint, startedAt, callId, eventSeq, format, part } = event;
    const { at, url, status, took, error, answer } = facts;
    await this.#db.transaction(async (session) => {
      await addEvents(session, [event]);
      await session.query(
        `INSERT INTO attempts (app, at, endpoint, started_at, call_id, event_seq, format, part, url, attempt, outcome,
           status, took, error, answer, next_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1, 'test', $10, $11, $12, $13, 0) ON CONFLICT DO NOTHING`,
        [app, at, endpoint, startedAt, callId, eventSeq, format, part, url, status, took, error, answer],
      );
    });
  }

  async add(events: readonly PendingEvent[]): Promise<void> {
    if (events.length === 0) return;
    const work = async (session: SqlSession): Promise<void> => {
      await addEvents(session, events);
      // As if they had never been tried, whatever has become of them; in the lane of what waits of their call, if anything.
      await session.query(
        `INSERT INTO outbox (app, endpoint, started_at, call_id, event_seq, format, part, first_at, attempts, parked, owner,
           handed)
         SELECT k.*, 0, 0, 0, l.owner, CASE l.owner WHEN $8::text THEN 0 ELSE 1 END
         FROM unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::bigint[])
           AS k(app, endpoint, started_at, call_id, event_seq, format, part)
         CROSS JOIN LATERAL (SELECT coalesce((
             SELECT x.owner FROM outbox x WHERE ${sameLane('x', 'k')} AND x.parked = 0 ORDER BY x.event_seq, x.part LIMIT 1
           ), $8::text) AS owner) l
         ORDER BY k.app, k.endpoint, k.started_at, k.call_id, k.event_seq, k.format, k.part
         ON CONFLICT (app, endpoint, started_at, call_id, event_seq, format, part)
         DO UPDATE SET first_at = 0, attempts = 0, parked = 0, owner = excluded.owner, handed = excluded.handed`,
        [...keyArrays(events), this.#self],
      );
    };
    // Settlements lock the same rows in the order in which attempts ended.
    await retried(() => this.#db.transaction(work));
  }

  async startOf(app: SdkAppId, callId: CallId, since: number, until: number): Promise<number | undefined> {
    const { rows } = await this.#db.query<{ started_at: number }>(
      'SELECT started_at FROM events WHERE app = $1 AND started_at BETWEEN $2 AND $3 AND call_id = $4 LIMIT 1',
      [app, since, until, callId],
    );
    return rows[0]?.started_at;
  }

  attempts(
    app: SdkAppId,
    filter: AttemptFilter,
    before: AttemptCursor | undefined,
    limit: number,
  ): Promise<readonly LoggedAttempt[]> {
    return attemptPage(this.#db, app, filter, before, limit);
  }

  async replay(endpoint: Endpoint, choice: ReplayChoice, each?: (step: Replayed) => boolean): Promise<Replayed> {
    const all = new ReplayTally(each);
    const { app, id, format, commands } = endpoint;
    if (choice.what === 'event') {
      const { startedAt, callId } = choice.call;
      const { eventSeq, part } = choice.event;
      if (choice.event.format !== format) return all;
      const where = 'e.started_at = $3 AND e.call_id = $4 AND e.event_seq = $5 AND e.format = $6 AND e.part = $7';
      const events = await this.#events(app, id, where, [startedAt, callId, eventSeq, format, part]);
      all.add(
        await this.#again(events.filter(({ command }) => choice.unwanted === true || commands.includes(command))),
      );
      return all;
    }
    return choice.what === 'parked' ? this.#parkedAgain(app, id, all) : this.#timeAgain(endpoint, choice, all);
  }

  pruneLog(before: number, limit: number, parkedBefore = before): Promise<number> {
    return this.#old.prune(before, limit, parkedBefore);
  }

  /** Resolves when what became of attempts so far is on disk. */
  flush(): Promise<void> {
    return this.#settler.flush();
  }

  /** Writes what waits. */
  close(): Promise<void> {
    return this.#settler.close();
  }

  async #page(
    which: { readonly parked: 1 } | { readonly parked: 0; readonly owner: string },
    app: SdkAppId,
    endpoint: string,
    after: EventKey | undefined,
    limit: number,
  ): Promise<readonly PendingEvent[]> {
    const place = after === undefined ? [0, '', 0, 0] : [after.startedAt, after.callId, after.eventSeq, after.part];
    const { rows } = await this.#db.query<EventRow>(
      `SELECT ${columns} ${from} WHERE o.app = $1 AND o.endpoint = $2 AND o.parked = ${which.parked}
       ${which.parked === 0 ? `AND o.owner = $8 AND ${nothingBefore}` : ''}
       AND (o.started_at, o.call_id, o.event_seq, o.part) > ($3, $4, $5, $6) ${inOrder} LIMIT $7`,
      [app, endpoint, ...place, limit, ...(which.parked === 0 ? [which.owner] : [])],
    );
    return rows.map(eventOf);
  }

  async #events(
    app: SdkAppId,
    endpoint: string,
    where: string,
    bound: readonly (string | number | readonly string[])[],
  ): Promise<readonly PendingEvent[]> {
    const { rows } = await this.#db.query<EventRow>(
      `SELECT e.app, $2::text AS endpoint, ${eventPlace}, 0 AS first_at, 0 AS attempts, ${eventColumns} FROM events e
       WHERE e.app = $1 AND ${where}`,
      [app, endpoint, ...bound],
    );
    return rows.map(eventOf);
  }

  async #parkedAgain(app: SdkAppId, endpoint: string, all: ReplayTally): Promise<Replayed> {
    for (let after: EventKey | undefined; ; ) {
      const page = await this.parked(app, endpoint, after, replayBatch);
      const goesOn = all.add(await this.#again(page));
      if (!goesOn || page.length < replayBatch) return all;
      after = page.at(-1);
    }
  }

  /** Only those that the endpoint wants. */
  async #timeAgain(
    { app, id, format, commands }: Endpoint,
    range: { readonly from: number; readonly to: number },
    all: ReplayTally,
  ): Promise<Replayed> {
    let after: readonly (string | number)[] = [Math.max(0, range.from - longestCall), '', 0, '', 0];
    for (;;) {
      const page = await this.#events(
        app,
        id,
        `(${eventPlace}) > ($3, $4, $5, $6, $7) AND e.started_at <= $8 AND e.format = $9
         AND e.event_time BETWEEN $10 AND $8 AND e.event_seq > 0 AND e.command = ANY ($11::text[])
         ORDER BY e.app, ${eventPlace} LIMIT ${replayBatch}`,
        [...after, range.to, format, range.from, commands],
      );
      const goesOn = all.add(await this.#again(page));
      const last = page.at(-1);
      if (!goesOn || last === undefined || page.length < replayBatch) return all;
      after = [last.startedAt, last.callId, last.eventSeq, last.format, last.part];
    }
  }

  async #again(events: readonly PendingEvent[]): Promise<Replayed> {
    if (events.length === 0) return { count: 0, fresh: 0 };
    // What was delivered a moment ago is to be found delivered now, and not after this. A database that is away says so below.
    const stop = new AbortController();
    await Promise.race([this.flush(), sleep(flushPatience, undefined, { signal: stop.signal }).catch(() => {})]);
    stop.abort();
    const { rows } = await this.#db.query<{ n: number }>(
      `SELECT count(*) AS n FROM outbox o
       JOIN unnest($1::bigint[], $2::text[], $3::bigint[], $4::text[], $5::bigint[], $6::text[], $7::bigint[])
         AS k(app, endpoint, started_at, call_id, event_seq, format, part)
       USING (app, endpoint, started_at, call_id, event_seq, format, part) WHERE o.parked = 0`,
      keyArrays(events),
    );
    await this.add(events);
    return { count: events.length, fresh: events.length - (rows[0]?.n ?? 0) };
  }
}

const keyArrays = (events: readonly PendingEvent[]): (readonly (string | number)[])[] => [
  events.map(({ app }) => app),
  events.map(({ endpoint }) => endpoint),
  events.map(({ startedAt }) => startedAt),
  events.map(({ callId }) => callId),
  events.map(({ eventSeq }) => eventSeq),
  events.map(({ format }) => format),
  events.map(({ part }) => part),
];

async function addEvents(session: SqlSession, events: readonly PendingEvent[]): Promise<void> {
  await session.query(
    `INSERT INTO events (app, started_at, call_id, event_seq, format, part, command, event_time, body, client_ip, platform)
     SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::bigint[], $7::text[],
       $8::bigint[], $9::text[], $10::text[], $11::text[])
     ON CONFLICT DO NOTHING`,
    [
      events.map(({ app }) => app),
      events.map(({ startedAt }) => startedAt),
      events.map(({ callId }) => callId),
      events.map(({ eventSeq }) => eventSeq),
      events.map(({ format }) => format),
      events.map(({ part }) => part),
      events.map(({ command }) => command),
      events.map(({ eventTime }) => eventTime),
      events.map(({ body }) => body),
      events.map(({ clientIp }) => clientIp),
      events.map(({ platform }) => platform),
    ],
  );
}
