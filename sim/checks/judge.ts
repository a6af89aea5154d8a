import { Refusal } from 'ringback-protocol';
import type { Database } from '../store/database.ts';
import type { Scheduler } from '../world/scheduler.ts';
import { AnswerCheck } from './answer-check.ts';
import { BoundCheck } from './bound-check.ts';
import { type Broken, type PromiseName, promises } from './broken.ts';
import { Journal } from './journal.ts';
import { NoticeCheck } from './notice-check.ts';
import { ReceiverCheck } from './receiver-check.ts';
import { StepCheck } from './step-check.ts';

/** Knows all promises, and the first that was broken. */
export class Judge {
  readonly #scheduler: Scheduler;
  readonly #database: Database;
  readonly journal: Journal;
  readonly steps: StepCheck;
  readonly bounds: BoundCheck;
  readonly receivers: ReceiverCheck;
  readonly notices: NoticeCheck;
  readonly answers: AnswerCheck;
  /** The first promise that did not hold. */
  broken: Broken | undefined;

  constructor(options: { scheduler: Scheduler; database: Database; receivers: readonly string[] }) {
    const { scheduler, database, receivers } = options;
    this.#scheduler = scheduler;
    this.#database = database;
    const fail = (promise: PromiseName, seen: string, callId: string): void => this.fail(promise, seen, callId);
    this.journal = new Journal(scheduler);
    const shared = { database, journal: this.journal, scheduler, fail };
    this.steps = new StepCheck(shared);
    this.bounds = new BoundCheck(shared);
    this.receivers = new ReceiverCheck({ database, fail, receivers });
    this.notices = new NoticeCheck({ database, fail });
    this.answers = new AnswerCheck({ database, fail });
  }

  fail(promise: PromiseName, seen: string, callId: string): void {
    this.broken ??= { promise: promises[promise], seen, callId, at: this.#scheduler.now };
  }

  /** The program has failed at something. That the store was out of reach, or others were first, is no defect. */
  failed(error: unknown, doing: string): void {
    if (error instanceof Refusal) return;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.fail('sound', `${doing}: ${text}`, '');
  }

  /** Everybody has gone, and time enough has passed. */
  over(): void {
    const { calls, seats, lanes, records } = this.#database;
    for (const { call } of calls.values()) {
      this.fail('ends', `it is live, with ${call.members.filter((one) => one.status !== 'Gone').length}`, call.callId);
    }
    for (const { userId, callId } of seats.values()) this.fail('seats', `${userId} holds one for ever`, callId);
    this.receivers.over();
    if (lanes.size > 0) this.fail('told', `${lanes.size} events wait for ever`, '');
    if (records.size !== this.steps.started) {
      this.fail('record', `${records.size} records of ${this.steps.started} calls`, '');
    }
  }
}
