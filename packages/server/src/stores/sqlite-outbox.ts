import type { Database, Statement } from 'better-sqlite3';
import type { CallId, SdkAppId } from 'ringback-protocol';
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
import { longestCall, ReplayTally, replayBatch } from './replay-tally.ts';
import { AttemptReader } from './sqlite-attempts.ts';
import { boundsOf, EventChunks, inChunk } from './sqlite-event-chunks.ts';
import { OldWebhooks } from './sqlite-old-webhooks.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';

const columns = `o.app, o.endpoint, o.started_at, o.call_id, o.event_seq, o.format, o.part, o.first_at, o.attempts, ${eventColumns}`;
const from = `FROM outbox o JOIN events e ON ${joinsEvent('o')}`;
const inOrder = 'ORDER BY o.app, o.endpoint, o.started_at, o.call_id, o.event_seq, o.format, o.part';
const afterKey = '(o.started_at, o.call_id, o.event_seq, o.part) > (?, ?, ?, ?)';

/** The events that wait for their delivery, and the log of attempts. */
export class SqliteOutbox implements PendingEvents {
  readonly #writer: SqliteWriter;
  readonly #log: AttemptReader;
  readonly #old: OldWebhooks;
  readonly #chunks: EventChunks;
  readonly #counts: Statement;
  readonly #parkedCounts: Statement;
  readonly #page: Statement;
  readonly #ofCall: Statement;
  readonly #parked: Statement;
  readonly #parkedBefore: Statement;
  readonly #waits: Statement;
  readonly #eventOfCall: Statement;
  readonly #eventsOfTime: Statement;
  readonly #anyOfCall: Statement;

  constructor(options: { readonly writer: SqliteWriter; readonly reader: Database }) {
    const { writer, reader } = options;
    this.#writer = writer;
    this.#log = new AttemptReader(reader);
    this.#old = new OldWebhooks(options);
    this.#chunks = new EventChunks(reader);
    this.#counts = reader.prepare(
      'SELECT app, endpoint, sum(parked = 0) AS waiting, sum(parked = 1) AS parked FROM outbox GROUP BY app, endpoint',
    );
    this.#parkedCounts = reader.prepare(
      `SELECT o.endpoint, count(*) FROM outbox o INDEXED BY outbox_parked WHERE o.app = ? AND o.parked = 1
       GROUP BY o.endpoint`,
    );
    const page = (parked: 0 | 1): Statement =>
      reader.prepare(
        `SELECT ${columns} ${from} WHERE o.app = ? AND o.endpoint = ? AND o.parked = ${parked} AND ${afterKey} ${inOrder} LIMIT ?`,
      );
    this.#ofCall = reader.prepare(
      `SELECT ${columns} ${from} WHERE o.app = ? AND o.endpoint = ? AND o.started_at = ? AND o.call_id = ?
       AND o.parked = 0 ${inOrder} LIMIT ?`,
    );
    this.#page = page(0);
    this.#parked = page(1);
    this.#parkedBefore = reader.prepare(
      `SELECT 1 ${from} WHERE o.app = ? AND o.endpoint = ? AND o.started_at = ? AND o.call_id = ? AND o.parked = 1
       AND (o.event_seq, o.part) < (?, ?) AND CASE o.first_at WHEN 0 THEN e.event_time ELSE o.first_at END <= ? LIMIT 1`,
    );
    this.#waits = reader.prepare(
      `SELECT 1 FROM outbox WHERE app = ? AND endpoint = ? AND started_at = ? AND call_id = ? AND event_seq = ? AND format = ?
       AND part = ? AND parked = 0`,
    );
    const event = `e.app, ? AS endpoint, e.started_at, e.call_id, e.event_seq, e.format, e.part, 0 AS first_at, 0 AS attempts, ${eventColumns}`;
    this.#eventOfCall = reader.prepare(
      `SELECT ${event} FROM events e WHERE e.app = ? AND e.started_at = ? AND e.call_id = ? AND e.event_seq = ? AND e.format = ?
       AND e.part = ?`,
    );
    this.#eventsOfTime = reader.prepare(
      `SELECT ${event} FROM events e WHERE e.app = ? AND ${inChunk}
       AND e.format = ? AND e.event_time BETWEEN ? AND ? AND e.event_seq > 0
       ORDER BY e.app, e.started_at, e.call_id, e.event_seq, e.format, e.part`,
    );
    this.#anyOfCall = reader
      .prepare(`SELECT e.started_at FROM events e WHERE e.app = ? AND ${inChunk} AND e.call_id = ? LIMIT 1`)
      .pluck();
  }

  async counts(only?: SdkAppId) {
    const all = this.#counts.all() as { app: SdkAppId; endpoint: string; waiting: number; parked: number }[];
    return only === undefined ? all : all.filter(({ app }) => app === only);
  }

  parkedCounts(app: SdkAppId): ReadonlyMap<string, number> {
    return new Map(this.#parkedCounts.raw().all(app) as [string, number][]);
  }

  page(app: SdkAppId, endpoint: string, after: EventKey | undefined, limit: number): readonly PendingEvent[] {
    return (this.#page.all(app, endpoint, ...placeOf(after), limit) as EventRow[]).map(eventOf);
  }

  ofCall(app: SdkAppId, endpoint: string, { startedAt, callId }: CallPlace, limit: number): readonly PendingEvent[] {
    return (this.#ofCall.all(app, endpoint, startedAt, callId, limit) as EventRow[]).map(eventOf);
  }

  parked(app: SdkAppId, endpoint: string, after: EventKey | undefined, limit: number): readonly PendingEvent[] {
    return (this.#parked.all(app, endpoint, ...placeOf(after), limit) as EventRow[]).map(eventOf);
  }

  parkedBefore({ app, endpoint, startedAt, callId, eventSeq, part }: PendingEvent, since: number): boolean {
    return this.#parkedBefore.get(app, endpoint, startedAt, callId, eventSeq, part, since) !== undefined;
  }

  settle(event: PendingEvent, settlement: Settlement, facts: AttemptFacts): Promise<void> {
    const job = new WriteJob();
    let nextAt = 0;
    let attempt = event.attempts + 1;
    if (settlement.outcome === 'delivered') job.add('outboxDelete', ...keyOf(event));
    else {
      const parked = settlement.outcome === 'parked';
      attempt = settlement.attempts;
      job.add('outboxTried', settlement.firstAt, attempt, parked ? 1 : 0, ...keyOf(event));
      if (settlement.outcome === 'failed') nextAt = settlement.nextAt;
      else if (settlement.later) {
        const { app, endpoint, startedAt, callId, eventSeq, part } = event;
        job.add('outboxParkLater', 1, app, endpoint, startedAt, callId, eventSeq, part);
      }
    }
    addAttempt(job, event, facts, { attempt, outcome: settlement.outcome, nextAt });
    // Should it be lost in a crash, the event is sent again, as it may be.
    return this.#writer.writtenLater(job);
  }

  park(event: PendingEvent): Promise<void> {
    const job = new WriteJob();
    job.add('outboxTried', event.firstAt, event.attempts, 1, ...keyOf(event));
    return this.#writer.written(job);
  }

  async flush(): Promise<void> {
    this.#writer.hurry();
    await this.#writer.written(new WriteJob());
  }

  logTest(event: PendingEvent, facts: AttemptFacts): Promise<void> {
    const job = new WriteJob();
    addEvent(job, event);
    addAttempt(job, event, facts, { attempt: 1, outcome: 'test', nextAt: 0 });
    return this.#writer.written(job);
  }

  add(events: readonly PendingEvent[]): Promise<void> {
    const job = new WriteJob();
    for (const event of events) {
      addEvent(job, event);
      job.add('outboxAgain', ...keyOf(event), 0, 0, 0, 0, 0, 0);
    }
    return this.#writer.written(job);
  }

  async startOf(app: SdkAppId, callId: CallId, since: number, until: number): Promise<number | undefined> {
    for await (const chunk of this.#chunks.of(app, since, until)) {
      const found = this.#anyOfCall.get(app, ...boundsOf(chunk), callId) as number | undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  }

  attempts(
    app: SdkAppId,
    filter: AttemptFilter,
    before: AttemptCursor | undefined,
    limit: number,
  ): Promise<readonly LoggedAttempt[]> {
    return this.#log.page(app, filter, before, limit);
  }

  async replay(endpoint: Endpoint, choice: ReplayChoice, each?: (step: Replayed) => boolean): Promise<Replayed> {
    const all = new ReplayTally(each);
    const { app, id, format, commands } = endpoint;
    if (choice.what === 'event') {
      const { startedAt, callId } = choice.call;
      const { eventSeq, part } = choice.event;
      if (choice.event.format !== format) return all;
      const rows = this.#eventOfCall.all(id, app, startedAt, callId, eventSeq, format, part) as EventRow[];
      const wanted = rows.filter(({ command }) => choice.unwanted === true || commands.includes(command));
      all.add(await this.#again(wanted.map(eventOf)));
      return all;
    }
    return choice.what === 'parked' ? this.#parkedAgain(app, id, all) : this.#timeAgain(endpoint, choice, all);
  }

  pruneLog(before: number, limit: number, parkedBefore = before): Promise<number> {
    return this.#old.prune(before, limit, parkedBefore);
  }

  async #parkedAgain(app: SdkAppId, endpoint: string, all: ReplayTally): Promise<Replayed> {
    for (let after: EventKey | undefined; ; ) {
      const page = this.parked(app, endpoint, after, replayBatch);
      const goesOn = all.add(await this.#again(page));
      if (!goesOn || page.length < replayBatch) return all;
      after = page.at(-1);
    }
  }

  /** Only those that the endpoint wants. */
  async #timeAgain(
    { app, id, format, commands }: Endpoint,
    { from, to }: TimeRange,
    all: ReplayTally,
  ): Promise<Replayed> {
    for await (const chunk of this.#chunks.of(app, Math.max(0, from - longestCall), to)) {
      const rows = this.#eventsOfTime.all(id, app, ...boundsOf(chunk), format, from, to) as EventRow[];
      const wanted = rows.filter(({ command }) => commands.includes(command)).map(eventOf);
      for (let n = 0; n < wanted.length; n += replayBatch) {
        if (!all.add(await this.#again(wanted.slice(n, n + replayBatch)))) return all;
      }
    }
    return all;
  }

  async #again(events: readonly PendingEvent[]): Promise<Replayed> {
    // What was delivered a moment ago is to be found delivered now, and not after this.
    await this.flush();
    const fresh = events.filter((event) => this.#waits.get(...keyOf(event)) === undefined).length;
    if (events.length > 0) await this.add(events);
    return { count: events.length, fresh };
  }
}

type TimeRange = Extract<ReplayChoice, { readonly what: 'range' }>;

const placeOf = (key: EventKey | undefined) =>
  key === undefined ? ([0, '', 0, 0] as const) : ([key.startedAt, key.callId, key.eventSeq, key.part] as const);

const keyOf = ({ app, endpoint, startedAt, callId, eventSeq, format, part }: PendingEvent) =>
  [app, endpoint, startedAt, callId, eventSeq, format, part] as const;

function addEvent(job: WriteJob, event: PendingEvent): void {
  const { app, startedAt, callId, eventSeq, format, part, command, eventTime, body, clientIp, platform } = event;
  const place = [app, startedAt, callId, eventSeq, format, part] as const;
  job.add('eventInsert', ...place, command, eventTime, body, clientIp, platform);
}

function addAttempt(
  job: WriteJob,
  { app, endpoint, startedAt, callId, eventSeq, format, part }: PendingEvent,
  { at, url, status, took, error, answer }: AttemptFacts,
  { attempt, outcome, nextAt }: Pick<LoggedAttempt, 'attempt' | 'outcome' | 'nextAt'>,
): void {
  const place = [app, at, endpoint, startedAt, callId, eventSeq, format, part] as const;
  job.add('attemptInsert', ...place, url, attempt, outcome, status, took, error, answer, nextAt);
}
