import {
  type Call,
  type CallEvent,
  type CallEventType,
  type Effect,
  type Notice,
  type Outcome,
  step,
} from 'ringback-engine';
import { type CallId, Refusal, type SdkAppId } from 'ringback-protocol';
import { ChurnMap } from '../base/churn-map.ts';
import type { Bus, CallMark } from '../ports/bus.ts';
import type { Clock } from '../ports/clock.ts';
import type { CallFollower } from '../ports/media.ts';
import type { Outbox } from '../ports/outbox.ts';
import type { CallStore } from '../ports/store.ts';
import { keyOf } from './call-key.ts';
import type { CallObserver } from './call-observer.ts';
import { writeOf } from './call-write.ts';
import { noticeFrame } from './notice-frame.ts';
import type { Cause } from './requests.ts';
import { pauseBefore, tries } from './tries.ts';

/** Where steps are kept, and who hears of them. */
export interface StepsOptions {
  readonly store: CallStore;
  readonly outbox: Outbox;
  readonly bus: Bus;
  readonly clock: Clock;
  readonly observer: CallObserver;
  /** Hears of each change after devices have been told. */
  readonly follower?: CallFollower;
  /** [0, 1). */
  readonly random?: () => number;
  /** A step is durable: called before anybody else hears of it. */
  readonly committed: (before: Call | undefined, call: Call) => void;
}

/** The loop of each change of a call: load, step, commit, publish; again when somebody else was first. */
export class Steps {
  readonly #options: StepsOptions;
  /** The writes of each call that are not durable yet: an answer that changes nothing must not overtake them. */
  readonly #writing = new ChurnMap<string, Promise<unknown>>();

  constructor(options: StepsOptions) {
    this.#options = options;
  }

  /** Calls of which a step is not durable and told yet. */
  get writing(): number {
    return this.#writing.size;
  }

  /** `makeEvent` is asked again on each attempt, because seats may have moved. */
  async apply(
    app: SdkAppId,
    callId: CallId,
    makeEvent: () => Promise<CallEvent> | CallEvent,
    cause: Cause,
    answer?: (call: Call) => void,
  ): Promise<Call> {
    const { store } = this.#options;
    for (let attempt = 0; attempt < tries; attempt += 1) {
      if (attempt > 0) await pauseBefore(attempt, this.#options.clock, this.#options.random);
      const made = makeEvent();
      const event = made instanceof Promise ? await made : made;
      let call = store.load(app, callId);
      if (call instanceof Promise) {
        const read = await call;
        // Others have waited for the same answer, and may have made their step of it.
        const now = read === undefined ? read : store.load(app, callId);
        call = now instanceof Promise ? read : now;
      }
      if (call === undefined) {
        if (await this.#isUndone(app, callId, call)) continue;
        throw await this.missing(app, callId);
      }
      // From here to the write nothing is awaited, so steps of one process never come before one another.
      const outcome = step(call, event, this.#options.clock.now());
      const changes = !('refusal' in outcome) && outcome.call !== call;
      if (!changes && ((await this.#isUndone(app, callId, call)) || (await store.isBehind(call)))) continue;
      if ('refusal' in outcome) throw new Refusal(outcome.refusal, outcome.detail, outcome.field);
      if (outcome.call === call) {
        answer?.(call);
        return call;
      }
      const saved = await this.save(app, call, outcome, event.type, cause, answer);
      if (saved !== undefined) return saved;
    }
    throw new Refusal('internal', 'Too many changes of the same call at this moment; retry.');
  }

  /**
   * What changes nothing, or is refused, tells of the steps that it was based on, so it waits until those are durable. True
   * when the call is not this one then (undefined: over), because one of them has not come about: it must be tried again. A
   * lease that is lost while the end of its call is on its way to the disk, and never gets there, is still to be looked after.
   */
  async #isUndone(app: SdkAppId, callId: CallId, call: Call | undefined): Promise<boolean> {
    const writing = this.#writing.get(keyOf(app, callId));
    if (writing === undefined) return false;
    await writing.catch(() => {});
    return (await this.#options.store.load(app, callId)) !== call;
  }

  /** Writes a step and tells the world; undefined when somebody else was first. Throws a refusal before anything is written. */
  save(
    app: SdkAppId,
    before: Call | undefined,
    outcome: Outcome,
    type: CallEventType,
    cause: Cause,
    answer: ((call: Call) => void) | undefined,
  ): Promise<Call | undefined> {
    if ('refusal' in outcome) throw new Refusal(outcome.refusal, outcome.detail, outcome.field);
    const { call } = outcome;
    const key = keyOf(app, call.callId);
    const writing = this.#commit(before, outcome, type, cause, answer);
    const earlier = this.#writing.get(key);
    const all = earlier === undefined ? writing : Promise.allSettled([earlier, writing]);
    this.#writing.set(key, all);
    const settled = () => {
      if (this.#writing.get(key) === all) this.#writing.delete(key);
    };
    all.then(settled, settled);
    return writing;
  }

  async #commit(
    before: Call | undefined,
    { call, effects }: { readonly call: Call; readonly effects: readonly Effect[] },
    type: CallEventType,
    cause: Cause,
    answer: ((call: Call) => void) | undefined,
  ): Promise<Call | undefined> {
    const { store, outbox, clock, bus, observer, follower } = this.#options;
    const write = writeOf({ before, call, effects, type, cause, outbox, at: clock.now() });
    if ((await store.commit(write)) !== 'ok') return undefined;
    answer?.(call);
    this.#options.committed(before, call);
    for (const effect of effects) {
      if (effect.type === 'notify')
        bus.publish(call.app, effect.to, noticeFrame(effect.notice), markOf(call, effect.notice));
      else if (effect.type === 'record') observer.ended(effect.record);
    }
    follower?.changed(call, before, cause);
    const { history, origin } = write;
    const { events } = history;
    if (events.length > 0) outbox.committed({ before, call, type, events, origin }, write.outbox);
    return call;
  }

  /** Why a call cannot be found: it is over, or never was. */
  async missing(app: SdkAppId, callId: CallId): Promise<Refusal> {
    const record = await this.#options.store.record(app, callId);
    return new Refusal(record === undefined ? 'no_such_call' : 'call_ended');
  }
}

function markOf(call: Call, { method }: Notice): CallMark {
  const { callId, version, eventSeq } = call;
  const over = method === 'callEnded';
  return { callId, version, eventSeq, over, call: over || call.endedAt !== 0 ? undefined : call };
}
