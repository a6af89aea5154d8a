import type { Database, Statement } from 'better-sqlite3';
import type { CallId, SdkAppId } from 'ringback-protocol';
import type {
  AttemptCursor,
  AttemptFacts,
  AttemptFilter,
  EventKey,
  LoggedAttempt,
  ParkedEvent,
  PendingEvent,
  PendingEvents,
  ReplayChoice,
  Settlement,
} from '../ports/outbox.ts';
import { AttemptReader } from './sqlite-attempts.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';

interface Row {
  readonly app: SdkAppId;
  readonly endpoint: string;
  readonly started_at: number;
  readonly call_id: CallId;
  readonly event_seq: number;
  readonly part: number;
  readonly command: string;
  readonly event_time: number;
  readonly body: string;
  readonly client_ip: string;
  readonly platform: string;
  readonly first_at: number;
  readonly attempts: number;
}

const columns =
  'app, endpoint, started_at, call_id, event_seq, part, command, event_time, client_ip, platform, first_at, attempts';
const inOrder = 'ORDER BY app, endpoint, started_at, call_id, event_seq, part';
const afterKey = '(started_at, call_id, event_seq, part) > (?, ?, ?, ?)';

/** Events that are made to wait again in one write. */
const replayBatch = 500;

/** The events that wait for their delivery, and the log of attempts. */
export class SqliteOutbox implements PendingEvents {
  readonly #writer: SqliteWriter;
  readonly #log: AttemptReader;
  readonly #counts: Statement;
  readonly #page: Statement;
  readonly #parked: Statement;
  readonly #parkedBefore: Statement;
  readonly #ofCall: Statement;
  readonly #parkedOld: Statement;
  readonly #waitingRange: Statement;

  constructor(options: { readonly writer: SqliteWriter; readonly reader: Database }) {
    const { writer, reader } = options;
    this.#writer = writer;
    this.#log = new AttemptReader(reader);
    this.#counts = reader.prepare(
      `SELECT app, endpoint, sum(parked = 0) AS waiting, sum(parked = 1) AS parked FROM outbox GROUP BY app, endpoint`,
    );
    this.#page = reader.prepare(
      `SELECT ${columns}, body FROM outbox WHERE app = ? AND endpoint = ? AND parked = 0 AND ${afterKey} ${inOrder} LIMIT ?`,
    );
    this.#parked = reader.prepare(
      `SELECT ${columns} FROM outbox WHERE app = ? AND endpoint = ? AND parked = 1 AND ${afterKey} ${inOrder} LIMIT ?`,
    );
    this.#parkedBefore = reader.prepare(
      `SELECT 1 FROM outbox WHERE app = ? AND endpoint = ? AND started_at = ? AND call_id = ? AND parked = 1
       AND (event_seq, part) < (?, ?) LIMIT 1`,
    );
    this.#ofCall = reader.prepare(
      `SELECT ${columns}, body FROM outbox WHERE app = ? AND endpoint = ? AND call_id = ? AND event_seq = ? ${inOrder}`,
    );
    this.#waitingRange = reader.prepare(
      `SELECT ${columns}, body FROM outbox WHERE app = ? AND endpoint = ? AND parked = 1 AND event_time BETWEEN ? AND ?
       AND ${afterKey} ${inOrder} LIMIT ?`,
    );
    this.#parkedOld = reader.prepare(
      `SELECT ${columns} FROM outbox WHERE parked = 1 AND first_at < ? AND event_time < ? LIMIT ?`,
    );
  }

  async counts() {
    return this.#counts.all() as { app: SdkAppId; endpoint: string; waiting: number; parked: number }[];
  }

  page(app: SdkAppId, endpoint: string, after: EventKey | undefined, limit: number): readonly PendingEvent[] {
    return (this.#page.all(app, endpoint, ...placeOf(after), limit) as Row[]).map(eventOf);
  }

  parked(app: SdkAppId, endpoint: string, after: EventKey | undefined, limit: number): readonly ParkedEvent[] {
    return (this.#parked.all(app, endpoint, ...placeOf(after), limit) as Row[]).map(eventOf);
  }

  parkedBefore({ app, endpoint, startedAt, callId, eventSeq, part }: PendingEvent): boolean {
    return this.#parkedBefore.get(app, endpoint, startedAt, callId, eventSeq, part) !== undefined;
  }

  settle(event: PendingEvent, settlement: Settlement, facts: AttemptFacts): Promise<void> {
    const { app, endpoint, startedAt, callId, eventSeq, part } = event;
    const job = new WriteJob();
    let nextAt = 0;
    let attempt = event.attempts + 1;
    if (settlement.outcome === 'delivered') {
      job.add('outboxDelete', app, endpoint, startedAt, callId, eventSeq, part);
    } else {
      const parked = settlement.outcome === 'parked';
      attempt = settlement.attempts;
      job.add('outboxTried', settlement.firstAt, attempt, parked ? 1 : 0, ...keyOf(event));
      if (settlement.outcome === 'failed') nextAt = settlement.nextAt;
      else if (settlement.later) job.add('outboxParkLater', 1, ...keyOf(event));
    }
    addAttempt(job, { ...event, ...facts, attempt, outcome: settlement.outcome, nextAt });
    return this.#writer.written(job);
  }

  park(event: PendingEvent): Promise<void> {
    const job = new WriteJob();
    job.add('outboxTried', event.firstAt, event.attempts, 1, ...keyOf(event));
    return this.#writer.written(job);
  }

  log(attempt: LoggedAttempt): Promise<void> {
    const job = new WriteJob();
    addAttempt(job, attempt);
    return this.#writer.written(job);
  }

  add(events: readonly PendingEvent[]): Promise<void> {
    const job = new WriteJob();
    for (const event of events) addAgain(job, event);
    return this.#writer.written(job);
  }

  attempts(
    app: SdkAppId,
    filter: AttemptFilter,
    before: AttemptCursor | undefined,
    limit: number,
  ): readonly LoggedAttempt[] {
    return this.#log.page(app, filter, before, limit);
  }

  async replay(app: SdkAppId, endpoint: string, choice: ReplayChoice): Promise<number> {
    if (choice.what === 'event') return this.#replayEvent(app, endpoint, choice.callId, choice.eventSeq);
    if (choice.what === 'parked') return this.#replayParked(app, endpoint, 0, Number.MAX_SAFE_INTEGER);
    const parked = await this.#replayParked(app, endpoint, choice.from, choice.to);
    return parked + (await this.#replayDelivered(app, endpoint, choice.from, choice.to));
  }

  async pruneLog(before: number, limit: number): Promise<number> {
    const job = new WriteJob();
    const old = this.#log.oldest(before, limit);
    for (const one of old) {
      job.add('attemptDelete', one.app, one.at, one.endpoint, one.call_id, one.event_seq, one.part);
    }
    const parked = this.#parkedOld.all(before, before, limit) as Row[];
    for (const row of parked) job.add('outboxDelete', ...keyOf(eventOf(row)));
    if (job.flat.length > 0) await this.#writer.written(job);
    return Math.max(old.length, parked.length);
  }

  /** One event: parked, waiting or delivered. */
  async #replayEvent(app: SdkAppId, endpoint: string, callId: CallId, eventSeq: number): Promise<number> {
    let events = (this.#ofCall.all(app, endpoint, callId, eventSeq) as Row[]).map(eventOf);
    if (events.length === 0) events = this.#log.delivered(app, endpoint, callId, eventSeq);
    await this.#again(events);
    return events.length;
  }

  async #replayParked(app: SdkAppId, endpoint: string, from: number, to: number): Promise<number> {
    let count = 0;
    for (let after: EventKey | undefined; ; ) {
      const rows = this.#waitingRange.all(app, endpoint, from, to, ...placeOf(after), replayBatch) as Row[];
      const events = rows.map(eventOf);
      await this.#again(events);
      count += events.length;
      if (events.length < replayBatch) return count;
      after = events.at(-1);
    }
  }

  async #replayDelivered(app: SdkAppId, endpoint: string, from: number, to: number): Promise<number> {
    // An event that was delivered more than once counts once.
    const seen = new Set<string>();
    for (let after: AttemptCursor | undefined; ; ) {
      const { events, last } = this.#log.deliveredRange(app, endpoint, from, to, after, replayBatch);
      const fresh = events.filter((event) => !seen.has(keyOf(event).join('/')));
      for (const event of fresh) seen.add(keyOf(event).join('/'));
      await this.#again(fresh);
      if (last === undefined) return seen.size;
      after = last;
    }
  }

  async #again(events: readonly PendingEvent[]): Promise<void> {
    if (events.length > 0) await this.add(events);
  }
}

const placeOf = (key: EventKey | undefined) =>
  key === undefined ? ([0, '', 0, 0] as const) : ([key.startedAt, key.callId, key.eventSeq, key.part] as const);

const keyOf = ({ app, endpoint, startedAt, callId, eventSeq, part }: Omit<PendingEvent, 'body'>) =>
  [app, endpoint, startedAt, callId, eventSeq, part] as const;

function addAgain(job: WriteJob, event: PendingEvent): void {
  const { command, eventTime, body, clientIp, platform } = event;
  job.add('outboxAgain', ...keyOf(event), command, eventTime, body, clientIp, platform, 0, 0, 0, 0, 0, 0);
}

function addAttempt(job: WriteJob, one: LoggedAttempt): void {
  job.add(
    'attemptInsert',
    one.app,
    one.at,
    one.endpoint,
    one.callId,
    one.eventSeq,
    one.part,
    one.startedAt,
    one.eventTime,
    one.command,
    one.body,
    one.url,
    one.attempt,
    one.outcome,
    one.status,
    one.took,
    one.error,
    one.answer,
    one.nextAt,
  );
}

const eventOf = (row: Row): PendingEvent => ({
  app: row.app,
  endpoint: row.endpoint,
  startedAt: row.started_at,
  callId: row.call_id,
  eventSeq: row.event_seq,
  part: row.part,
  command: row.command,
  eventTime: row.event_time,
  body: row.body,
  clientIp: row.client_ip,
  platform: row.platform,
  firstAt: row.first_at,
  attempts: row.attempts,
});
