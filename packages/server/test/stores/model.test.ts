import fc from 'fast-check';
import type { Call, CallRecord, Seat } from 'ringback-engine';
import { type CallId, callResults, type SdkAppId, sdkAppId, type UserId, userId } from 'ringback-protocol';
import { expect, test } from 'vitest';
import type { CallStore, CallWrite, CommitResult, HistoryEntry } from '../../src/ports/store.ts';
import { eachStoreOnce } from './support/each-store.ts';
import {
  acceptWrite,
  briefWrite,
  endWrite,
  idOf,
  inviteWrite,
  leaveWrite,
  noon,
  seated,
  startWrite,
} from './support/fake-calls.ts';

const users = ['ann', 'ben', 'cid', 'dan', 'eve', 'fay', 'gus', 'hal', 'ida', 'jon'].map(userId);

/** What a store must come to, in a few maps. */
class Model {
  readonly app: SdkAppId;
  readonly live = new Map<CallId, Call>();
  readonly seats = new Map<UserId, Seat>();
  readonly records = new Map<CallId, CallRecord>();
  readonly history = new Map<CallId, HistoryEntry[]>();
  /** Every state that a call has ever been in: what a slow writer may still believe. */
  readonly seen: Call[] = [];

  constructor(app: SdkAppId) {
    this.app = app;
  }

  commit(write: CallWrite): CommitResult {
    const { call, callId } = write;
    if ((this.live.get(callId)?.version ?? 0) !== write.expects) return 'version';
    if (write.seats.some((one) => (this.seats.get(one.userId)?.callId ?? callId) !== callId)) return 'seat';
    for (const one of write.seats) this.seats.set(one.userId, { callId, status: one.status });
    for (const one of write.unseats) this.seats.delete(one);
    if (call.endedAt === 0) this.live.set(callId, call);
    else this.live.delete(callId);
    if (write.record !== undefined) this.records.set(callId, write.record);
    this.history.set(callId, [...(this.history.get(callId) ?? []), write.history]);
    if (call.endedAt === 0) this.seen.push(call);
    return 'ok';
  }

  async expectIn(calls: CallStore): Promise<void> {
    expect(new Map((await calls.live(this.app)).map((call) => [call.callId, call]))).toEqual(this.live);
    expect(await calls.seats(this.app, users)).toEqual(this.seats);
    for (const one of users) expect(await calls.seatOf(this.app, one)).toEqual(this.seats.get(one));
    for (const [callId, entries] of this.history) {
      expect(await calls.history(this.app, callId, 0)).toEqual(entries);
      expect(await calls.load(this.app, callId)).toEqual(this.live.get(callId));
      expect(await calls.read(this.app, callId)).toEqual(this.live.get(callId));
      expect(await calls.record(this.app, callId)).toEqual(this.records.get(callId));
    }
    const all = { from: noon / 1000, to: noon / 1000 + 86_400, perPage: 1000, page: 1 };
    const { total, records } = await calls.records(this.app, all);
    expect(total).toBe(this.records.size);
    expect(new Map(records.map((one) => [one.callId, one]))).toEqual(this.records);
  }
}

const anyUser = fc.constantFrom(...users);
const anyAction = fc.record({
  kind: fc.constantFrom('start', 'start', 'brief', 'accept', 'accept', 'invite', 'leave', 'end'),
  user: anyUser,
  others: fc.uniqueArray(anyUser, { minLength: 1, maxLength: 3 }),
  /** Which of the live calls it is about. */
  which: fc.nat({ max: 5 }),
  /** 0: it knows the newest state of that call; otherwise it goes by something that was so once. */
  stale: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 12 })),
  /** How long the next action waits for this one. */
  wait: fc.constantFrom('at once', 'at once', 'a turn', 'the answer'),
});
type Action = typeof anyAction extends fc.Arbitrary<infer One> ? One : never;

/** The write of an action; undefined when it makes no sense in the state that it starts from. */
function writeOf(model: Model, action: Action, next: number): CallWrite | undefined {
  const { kind, user } = action;
  const callees = action.others.filter((one) => one !== user);
  const fresh = { app: model.app, callId: idOf(next), caller: user, callees, at: noon + next * 1000 };
  if (kind === 'start') return startWrite(fresh);
  if (kind === 'brief') return briefWrite(fresh);
  const live = [...model.live.values()];
  const call = action.stale === 0 ? live[action.which % Math.max(1, live.length)] : model.seen.at(-action.stale);
  if (call === undefined) return undefined;
  const member = call.members.find((one) => one.userId === user && one.status !== 'Gone');
  if (kind === 'end') return endWrite(call, callResults[action.which % callResults.length]);
  if (kind === 'invite') return member === undefined ? inviteWrite(call, user) : undefined;
  if (kind === 'accept') return member?.status === 'Waiting' ? acceptWrite(call, user) : undefined;
  return member !== undefined && seated(call).length > 1 ? leaveWrite(call, user) : undefined;
}

eachStoreOnce('a model of calls', (scene) => {
  test('whatever is committed in whatever order, answers and contents are those of a simple model, also after a restart', async () => {
    const { calls } = scene.store;
    const models: Model[] = [];
    const results = new Map<CommitResult, number>();
    await fc.assert(
      fc.asyncProperty(fc.array(anyAction, { minLength: 5, maxLength: 80, size: 'max' }), async (actions) => {
        const model = new Model(sdkAppId(1_600_000_000 + models.length));
        models.push(model);
        const answers: Promise<CommitResult>[] = [];
        const expected: CommitResult[] = [];
        for (const [next, action] of actions.entries()) {
          const write = writeOf(model, action, next);
          if (write === undefined) continue;
          const answer = calls.commit(write);
          answers.push(answer);
          expected.push(model.commit(write));
          // Where other nodes may write, too, the database decides, and what it has not decided yet is no basis for more.
          const alone = !(calls.seats(model.app, users) instanceof Promise);
          if (action.wait === 'the answer' || !alone) await answer.catch(() => {});
          expect(await calls.load(model.app, write.callId)).toEqual(model.live.get(write.callId));
          expect(await calls.seats(model.app, users)).toEqual(model.seats);
          if (action.wait === 'a turn') await new Promise((resolve) => setImmediate(resolve));
        }
        const settled = await Promise.allSettled(answers);
        expect(settled).toEqual(expected.map((value) => ({ status: 'fulfilled', value })));
        for (const result of expected) results.set(result, (results.get(result) ?? 0) + 1);
        await model.expectIn(calls);
      }),
      // After a failed write the store is of no more use, so there is nothing to shrink with.
      { numRuns: 80, endOnFailure: true },
    );
    // The actions are such that every answer comes about.
    for (const result of ['ok', 'version', 'seat'] as const) expect(results.get(result)).toBeGreaterThan(20);

    await scene.reopen();
    for (const model of models) await model.expectIn(scene.store.calls);
  }, 120_000);
});
