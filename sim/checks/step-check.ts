import { type Call, type Member, memberOf, present } from 'ringback-engine';
import type { DeviceId, NodeId, UserId } from 'ringback-protocol';
import type { CallWrite } from '../../packages/server/src/ports/store.ts';
import { callKey, type Database, seatKey } from '../store/database.ts';
import type { Scheduler } from '../world/scheduler.ts';
import type { PromiseName } from './broken.ts';
import type { Journal } from './journal.ts';

/** ms by which the clocks of nodes may differ from the database's. */
export const clocks = 300;

/** ms that a device must have been here, and quite recently, for its lease to be alive beyond doubt. */
const [settled, recent, calm] = [2000, 12_000, 40_000];

export type Fail = (promise: PromiseName, seen: string, callId: string) => void;

/** Looks at each step when it is written. */
export class StepCheck {
  readonly #database: Database;
  readonly #journal: Journal;
  readonly #scheduler: Scheduler;
  readonly #fail: Fail;
  /** Who is in which call, by what the calls say. */
  readonly #in = new Map<UserId, string>();
  readonly #ended = new Set<string>();
  started = 0;

  constructor(options: { database: Database; journal: Journal; scheduler: Scheduler; fail: Fail }) {
    this.#database = options.database;
    this.#journal = options.journal;
    this.#scheduler = options.scheduler;
    this.#fail = options.fail;
  }

  /** Calls that were started and have not ended. */
  get live(): number {
    return this.started - this.#ended.size;
  }

  written(before: Call | undefined, write: CallWrite, by: NodeId): void {
    const { call, callId } = write;
    if (before === undefined) this.started += 1;
    this.#checkVersions(before, write);
    this.#checkEvents(before, write);
    this.#checkMembers(before, call);
    this.#checkRecord(write);
    this.#checkEnd(call);
    this.#checkCause(before, write, by);
    if (call.endedAt !== 0) this.#ended.add(callId);
  }

  #checkVersions(before: Call | undefined, { call, callId, history, expects }: CallWrite): void {
    const now = before?.version ?? 0;
    if (this.#ended.has(callId)) this.#fail('versions', `a step of type ${history.type} after the end`, callId);
    if (expects !== now || call.version !== now + 1 || history.seq !== call.version) {
      this.#fail('versions', `version ${call.version}, made from ${expects}, was written over ${now}`, callId);
    }
  }

  #checkEvents(before: Call | undefined, { call, callId, history }: CallWrite): void {
    let { eventSeq, eventTime } = before ?? { eventSeq: 0, eventTime: 0 };
    for (const event of history.events) {
      if (event.eventSeq !== eventSeq + 1 || event.eventTime <= eventTime) {
        this.#fail('events', `event ${event.eventSeq} follows ${eventSeq}`, callId);
      }
      ({ eventSeq, eventTime } = event);
    }
    if (call.eventSeq !== eventSeq) this.#fail('events', `the call says ${call.eventSeq}, not ${eventSeq}`, callId);
  }

  #checkMembers(before: Call | undefined, call: Call): void {
    const { app, callId } = call;
    for (const { userId, robot } of before === undefined ? [] : present(before)) {
      if (robot || memberOf(call, userId) !== undefined) continue;
      if (this.#in.get(userId) === callId) this.#in.delete(userId);
      if (this.#database.seats.get(seatKey(app, userId))?.callId === callId) {
        this.#fail('seats', `${userId} has left and keeps the seat`, callId);
      }
    }
    for (const { userId, robot, status } of present(call)) {
      if (robot) continue;
      const other = this.#in.get(userId);
      if (other !== undefined && other !== callId) this.#fail('oneCall', `${userId} is in ${other}, too`, callId);
      this.#in.set(userId, callId);
      const seat = this.#database.seats.get(seatKey(app, userId));
      if (seat?.callId !== callId || seat.status !== status) {
        this.#fail('seats', `${userId} is ${status} and has ${seat === undefined ? 'no' : 'another'} seat`, callId);
      }
    }
  }

  #checkRecord({ app, call, callId }: CallWrite): void {
    const has = this.#database.records.has(callKey(app, callId));
    if (has !== (call.endedAt !== 0)) {
      this.#fail('record', has ? 'a live call has one' : 'an ended call has none', callId);
    }
  }

  /** Says again, apart from the engine, when a call is over: it ends in the very step after which it is. */
  #checkEnd(call: Call): void {
    if (call.endedAt !== 0) return;
    const { acceptedAt, caller, callId } = call;
    const left = present(call);
    const isIn = left.some(({ status }) => status === 'Calling');
    const isGivenUp = acceptedAt === 0 && memberOf(call, caller) === undefined;
    if (left.length >= 2 && isIn && !isGivenUp) return;
    const those = left.map(({ userId, status }) => `${userId} ${status}`).join(', ') || 'nobody';
    this.#fail('ends', `it goes on with ${those}`, callId);
  }

  #checkCause(before: Call | undefined, { call, callId, app, history }: CallWrite, by: NodeId): void {
    if (before === undefined) return;
    const { type, actor, device } = history;
    const member = actor === '' ? undefined : memberOf(before, actor);
    if (type === 'reject' || type === 'ignore' || type === 'hangUp') {
      if (member?.status !== 'Calling') return;
      if (type !== 'hangUp' || device !== member.device || !this.#journal.hasDone(callId, device, 'hangUp')) {
        this.#fail(
          'decline',
          `${actor} was in the call on ${member.device} when ${device || 'nobody'} declined`,
          callId,
        );
      }
    } else if (type === 'timeout') {
      const now = this.#scheduler.now + clocks;
      const isOver = before.members.some((one) => one.status === 'Waiting' && one.deadline <= now);
      if (!isOver) this.#fail('cause', 'an invitation ran out before its deadline', callId);
    } else if (type === 'leaseLost') {
      if (actor !== '' && member !== undefined) this.#checkLease(before, actor, app, by);
    } else if (type === 'end') {
      if (!this.#journal.hasDone(callId, '', type)) this.#fail('cause', 'end, which nobody asked for', callId);
    } else if (type === 'removed') {
      const gone = present(before).filter(({ userId }) => !present(call).some((one) => one.userId === userId));
      const isAsked = ({ userId }: Member): boolean =>
        this.#journal.isKicking(by, userId) || (userId === actor && this.#isKicked(userId, device));
      if (!gone.some(isAsked))
        this.#fail('cause', `${gone.map(({ userId }) => userId).join()} was removed, which nobody asked for`, callId);
    } else if (type === 'signOut' || type === 'mediaFailed') {
      if (!this.#journal.hasDone(type === 'signOut' ? '' : callId, device, type))
        this.#fail('cause', `${type}, which did not happen`, callId);
    }
  }

  /** Whether a device may leave for a kick: unless it could be seen that it has come back since. */
  #isKicked(userId: UserId, device: DeviceId | ''): boolean {
    if (device === '') return false;
    const sign = this.#journal.signOf(userId, device);
    return this.#journal
      .kicksOf(userId, device)
      .some(
        ({ at, since, lookedAt = Number.POSITIVE_INFINITY }) =>
          sign === undefined || sign.signedInAt <= at || sign.since <= since || sign.signedInAt > lookedAt,
      );
  }

  #checkLease(before: Call, userId: UserId, app: Call['app'], by: NodeId): void {
    const { elapsed } = this.#scheduler;
    const device = memberOf(before, userId)?.device ?? '';
    const sign = device === '' ? undefined : this.#journal.signOf(userId, device);
    if (sign === undefined || this.#database.calls.size === 0) return;
    const { aloneSince = Number.NEGATIVE_INFINITY } = this.#journal;
    const isAlive = sign.signedInAt <= elapsed - settled && sign.heardAt >= elapsed - recent;
    const isCalm = this.#journal.troubleSince(elapsed - calm) === undefined && elapsed - aloneSince >= calm;
    if (!isAlive || !isCalm) return;
    const ago = Math.round(elapsed - sign.heardAt);
    this.#fail('lease', `${by} says that ${userId} of ${app} is lost, who was heard of ${ago} ms ago`, before.callId);
  }
}
