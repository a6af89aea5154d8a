import type { Database } from 'better-sqlite3';
import type { Call, CallRecord, Seat } from 'ringback-engine';
import { type CallId, type NodeId, Refusal, type SdkAppId, type UserId } from 'ringback-protocol';
import type {
  CountRow,
  CountWindow,
  RecordCriteria,
  RecordQuery,
  RecordSearch,
  RequestStep,
  Spread,
} from '../ports/record-search.ts';
import type {
  CallPlace,
  CallStore,
  CallWrite,
  CommitResult,
  HistoryEntry,
  RecordFilter,
  RecordPage,
} from '../ports/store.ts';
import { isPlaced } from './is-placed.ts';
import { LivePicture } from './live-picture.ts';
import { RecordSearcher } from './record-searcher.ts';
import { bucketsOf, spans } from './record-sums.ts';
import { sqliteAsk } from './sqlite-ask.ts';
import { type RecordKey, RecordReader } from './sqlite-records.ts';
import { type SqliteWriter, WriteJob } from './sqlite-writer.ts';

/**
 * The embedded store of calls. Memory decides conflicts at once, since no other process writes; the disk repeats the
 * check (one row must change), and a disagreement is fatal.
 */
export class SqliteCalls implements CallStore, RecordSearch {
  readonly #writer: SqliteWriter;
  readonly #records: RecordReader;
  readonly #search: RecordSearcher;
  readonly #node: NodeId;
  /** What the next step sees. */
  readonly #pending = new LivePicture();
  /** What everybody else sees. */
  readonly #committed = new LivePicture();
  /** One deletion at a time, since each starts from what the last has left. */
  #pruning: Promise<unknown> = Promise.resolve();

  constructor(options: { readonly writer: SqliteWriter; readonly reader: Database; readonly node: NodeId }) {
    this.#writer = options.writer;
    this.#records = new RecordReader(options.reader);
    this.#search = new RecordSearcher(sqliteAsk(options.reader), 'INDEXED BY records_kind');
    this.#node = options.node;
    this.#restore(options.reader);
  }

  load(app: SdkAppId, callId: CallId): Call | undefined {
    return this.#pending.call(app, callId);
  }

  /** Nobody else writes. */
  isBehind(): boolean {
    return false;
  }

  hear(): void {}

  known(app: SdkAppId, callId: CallId, version: number): Call | undefined {
    const call = this.read(app, callId);
    return call !== undefined && call.version >= version ? call : undefined;
  }

  seats(app: SdkAppId, userIds: readonly UserId[]): ReadonlyMap<UserId, Seat> {
    const found = new Map<UserId, Seat>();
    for (const userId of userIds) {
      const seat = this.#pending.seat(app, userId);
      if (seat !== undefined) found.set(userId, seat);
    }
    return found;
  }

  commit(write: CallWrite): Promise<CommitResult> {
    const { app, callId, call } = write;
    if ((this.#pending.call(app, callId)?.version ?? 0) !== write.expects) return Promise.resolve('version');
    for (const { userId } of write.seats) {
      const seat = this.#pending.seat(app, userId);
      if (seat !== undefined && seat.callId !== callId) return Promise.resolve('seat');
    }
    const job = this.#jobOf(write);
    this.#pending.take(write);
    return new Promise((resolve, reject) => {
      this.#writer.write(
        job,
        () => {
          this.#committed.take(write);
          resolve('ok');
        },
        () => reject(new Refusal('internal', `The change of call ${call.callId} could not be written.`)),
      );
    });
  }

  read(app: SdkAppId, callId: CallId): Call | undefined {
    return this.#committed.call(app, callId);
  }

  seatOf(app: SdkAppId, userId: UserId): Seat | undefined {
    return this.#committed.seat(app, userId);
  }

  async live(app?: SdkAppId): Promise<readonly Call[]> {
    return this.#committed.calls(app);
  }

  async placed(app: SdkAppId, place: CallPlace): Promise<readonly Call[]> {
    return (await this.live(app)).filter((call) => isPlaced(call, place));
  }

  async record(app: SdkAppId, callId: CallId): Promise<CallRecord | undefined> {
    return this.#records.record(app, callId);
  }

  async records(app: SdkAppId, filter: RecordFilter): Promise<RecordPage> {
    return this.#records.page(app, filter);
  }

  async history(
    app: SdkAppId,
    callId: CallId,
    sinceEventSeq: number,
    limit?: number,
  ): Promise<readonly HistoryEntry[]> {
    const startedAt = this.read(app, callId)?.startedAt ?? this.#records.record(app, callId)?.startedAt;
    return startedAt === undefined ? [] : this.#records.history(app, startedAt, callId, sinceEventSeq, limit);
  }

  prune(recordsBefore: number, historyBefore: number, limit: number): Promise<number> {
    const pruned = this.#pruning.then(() => this.#prune(recordsBefore, historyBefore, limit));
    this.#pruning = pruned.catch(() => {});
    return pruned;
  }

  async #prune(recordsBefore: number, historyBefore: number, limit: number): Promise<number> {
    const job = new WriteJob();
    const before = Math.floor(recordsBefore / 1000);
    const records = this.#records.oldest(before, limit);
    for (const one of records) {
      job.add('recordDelete', one.app, one.started_at_s, one.call_id);
      for (const user of JSON.parse(one.members) as readonly string[]) {
        job.add('recordMemberDelete', one.app, user, one.started_at_s, one.call_id);
      }
    }
    this.#uncount(job, records, records.length < limit ? Math.floor(before / 60) : undefined);
    const entries = this.#records.oldestHistory(historyBefore, limit);
    for (const one of entries) job.add('historyDelete', one.app, one.started_at, one.call_id, one.seq);
    for (const one of this.#records.oldestMedia(historyBefore, limit)) {
      job.add('mediaEventDelete', one.app, one.started_at, one.call_id);
    }
    if (!job.isEmpty) await this.#writer.written(job);
    return Math.max(records.length, entries.length);
  }

  takeUp(limit: number): Promise<number> {
    const taken = this.#pruning.then(async () => {
      const records = this.#records.unsummed(limit);
      const job = new WriteJob();
      for (const { record, startedAtS } of records) {
        job.add('recordSummed', 1, record.app, startedAtS, record.callId);
        // Minutes have counted it when it was written.
        addSums(job, record, this.#node, 0);
      }
      if (records.length > 0) await this.#writer.writtenLater(job);
      return records.length;
    });
    this.#pruning = taken.catch(() => {});
    return taken;
  }

  stepOf(app: SdkAppId, request: string): Promise<RequestStep | undefined> {
    return this.#search.stepOf(app, request);
  }

  search(app: SdkAppId, asked: RecordQuery): Promise<readonly CallRecord[]> {
    return this.#search.records(app, asked);
  }

  count(app: SdkAppId, asked: RecordCriteria, atMost?: number): Promise<number> {
    return this.#search.count(app, asked, atMost);
  }

  counts(app: SdkAppId, window: CountWindow): Promise<readonly CountRow[]> {
    return this.#search.counts(app, window);
  }

  times(app: SdkAppId, from: number, to: number): Promise<{ readonly ring: Spread; readonly talk: Spread }> {
    return this.#search.times(app, from, to);
  }

  async liveVersions(): Promise<undefined> {
    return undefined;
  }

  /**
   * Takes deleted records off the counts: the rows of minutes that are wholly gone are deleted, the others lowered.
   * `upTo`: the minute before which no records are left; undefined when there are more, then it follows from the oldest.
   */
  #uncount(job: WriteJob, deleted: readonly RecordKey[], upTo: number | undefined): void {
    const minuteOf = (one: RecordKey) => Math.floor(one.started_at_s / 60);
    const firstKept = new Map<number, number>();
    for (const one of deleted) firstKept.set(one.app, upTo ?? minuteOf(one));
    if (upTo !== undefined) for (const app of this.#records.countedApps(upTo)) firstKept.set(app, upTo);
    for (const [app, minute] of firstKept) {
      job.add('countsDelete', app, minute);
      for (const span of spans) {
        job.add('sumsDelete', app, span, Math.floor((minute * 60) / span));
        job.add('timesDelete', app, span, Math.floor((minute * 60) / span));
      }
    }
    for (const one of deleted) {
      const minute = minuteOf(one);
      if (minute < (firstKept.get(one.app) ?? 0)) continue;
      const key = [one.app, minute, one.call_type, one.result, this.#node] as const;
      job.sum('countAdd', key, -1, one.accepted_at === 0 ? 0 : -1);
    }
  }

  #restore(reader: Database): void {
    const calls = reader.prepare('SELECT state FROM calls').all() as { state: string }[];
    for (const { state } of calls) {
      const call = JSON.parse(state) as Call;
      for (const live of [this.#pending, this.#committed]) live.setCall(call);
    }
    const seats = reader.prepare('SELECT app, user_id, call_id, status FROM seats').all() as {
      app: SdkAppId;
      user_id: UserId;
      call_id: CallId;
      status: Seat['status'];
    }[];
    for (const { app, user_id, call_id, status } of seats) {
      const seat: Seat = { callId: call_id, status };
      for (const live of [this.#pending, this.#committed]) live.setSeat(app, user_id, seat);
    }
  }

  #jobOf(write: CallWrite): WriteJob {
    const { app, callId, call, history } = write;
    const job = new WriteJob();
    const over = call.endedAt !== 0;
    if (!over && write.expects === 0) {
      job.add('callInsert', app, callId, call.version, write.nextDeadline, JSON.stringify(call));
    } else if (!over) {
      job.add('callUpdate', call.version, write.nextDeadline, JSON.stringify(call), app, callId, write.expects);
    } else if (write.expects !== 0) {
      job.add('callDelete', app, callId, write.expects);
    }
    // In the order of user ids, as every store does it, so that nothing can deadlock.
    const seats =
      write.seats.length > 1 ? [...write.seats].sort((a, b) => (a.userId < b.userId ? -1 : 1)) : write.seats;
    for (const { userId, status } of seats) {
      if (this.#pending.seat(app, userId) !== undefined) job.add('seatUpdate', status, app, userId, callId);
      else job.add('seatInsert', app, userId, callId, status);
    }
    for (const userId of write.unseats) job.add('seatDelete', app, userId, callId);
    if (write.record !== undefined) this.#addRecord(job, write.record);
    job.add(
      'historyInsert',
      app,
      call.startedAt,
      callId,
      history.seq,
      history.eventSeq,
      history.at,
      history.type,
      history.cause,
      history.actor,
      history.device,
      history.requestId,
      JSON.stringify(history.events),
    );
    const { clientIp, platform } = write.origin;
    for (const { eventSeq, format, part, command, eventTime, body, endpoints } of write.outbox) {
      const place = [call.startedAt, callId, eventSeq, format, part] as const;
      job.add('eventInsert', app, ...place, command, eventTime, body, clientIp, platform);
      for (const endpoint of endpoints) job.add('outboxInsert', app, endpoint, ...place, 0, 0, 0);
    }
    return job;
  }

  #addRecord(job: WriteJob, record: CallRecord): void {
    const startedAtS = Math.floor(record.startedAt / 1000);
    job.add(
      'recordInsert',
      record.app,
      startedAtS,
      record.callId,
      record.startedAt,
      record.acceptedAt,
      record.endedAt,
      record.caller,
      record.mediaType,
      record.callType,
      record.result,
      JSON.stringify(record.members),
      record.roomId,
      record.roomIdType,
      record.chatGroupId,
      1,
    );
    addSums(job, record, this.#node, 1);
  }
}

/** Who was in it, and what it adds to the sums; `counted` is 0 when minutes have it already. */
function addSums(job: WriteJob, record: CallRecord, node: NodeId, counted: 0 | 1): void {
  const { app, callId, callType, result, acceptedAt } = record;
  const startedAtS = Math.floor(record.startedAt / 1000);
  const answered = acceptedAt === 0 ? 0 : 1;
  for (const user of record.members) job.add('recordMemberInsert', app, user, startedAtS, callId, callType, result);
  job.sum('countAdd', [app, Math.floor(startedAtS / 60), callType, result, node], counted, answered);
  const { ring, talk } = bucketsOf(record);
  for (const span of spans) {
    const at = Math.floor(startedAtS / span);
    job.sum('sumAdd', [app, span, at, callType, result, node], 1, answered);
    if (answered === 0) continue;
    job.sum('timeAdd', [app, span, at, 'ring', ring, node], 1);
    job.sum('timeAdd', [app, span, at, 'talk', talk, node], 1);
  }
}
