import { type CallRecord, memberOf, step } from 'ringback-engine';
import type { NodeId } from 'ringback-protocol';
import type { Outgoing } from '../../packages/server/src/ports/outbox.ts';
import type { CallWrite, CommitResult } from '../../packages/server/src/ports/store.ts';
import type { PromiseName } from '../checks/broken.ts';
import { type Pieces, soundPieces } from '../node/pieces.ts';
import { CallWriter, type StoreOptions } from '../store/call-writer.ts';
import { callKey, Database, type Written } from '../store/database.ts';

/** A bug that is put in to see whether it is found: a piece of the simulation, or of its ports, swapped for a faulty one. */
export interface Plant {
  readonly name: string;
  readonly about: string;
  /** The promises of which one is seen broken first, as chance has it. */
  readonly breaks: readonly PromiseName[];
  readonly pieces: Partial<Pieces>;
}

class NoVersionCheck extends Database {
  override isStale(): boolean {
    return false;
  }
}

class NoSeatKey extends Database {
  override isTaken(): boolean {
    return false;
  }
}

class SeatsStay extends Database {
  override free(write: CallWrite): void {
    if (write.call.endedAt !== 0) super.free(write);
  }
}

class NoRecordOfTheLost extends Database {
  override record(write: CallWrite): void {
    if (write.history.type !== 'leaseLost') super.record(write);
  }
}

class AnotherRecord extends Database {
  readonly #change: (record: CallRecord) => CallRecord;

  constructor(change: (record: CallRecord) => CallRecord) {
    super();
    this.#change = change;
  }

  override record(write: CallWrite): void {
    super.record(write.record === undefined ? write : { ...write, record: this.#change(write.record) });
  }
}

class RowsStay extends Database {
  override stays(): boolean {
    return true;
  }
}

/** Whoever is left alone in a call that somebody has answered stays in it. */
class LastStays extends Database {
  override write(write: CallWrite, self: NodeId): Written {
    return super.write(this.#goingOn(write) ?? write, self);
  }

  /** Undefined where the end does not leave one alone. */
  #goingOn(write: CallWrite): CallWrite | undefined {
    const { app, callId, call, unseats, history } = write;
    const before = this.calls.get(callKey(app, callId))?.call;
    const [last, another] = call.members.filter(({ outcome }) => outcome === 'Removed');
    if (before === undefined || last === undefined || another !== undefined) return undefined;
    const stays = memberOf(before, last.userId);
    if (stays === undefined || call.acceptedAt === 0 || history.type === 'end') return undefined;
    const members = call.members.map((member) => (member === last ? stays : member));
    return {
      ...write,
      call: { ...call, members, endedAt: 0, ending: undefined },
      unseats: unseats.filter((userId) => userId !== last.userId),
      record: undefined,
    };
  }
}

/** The outbox comes in a statement of its own. */
class LateOutbox extends Database {
  override queue(): Written['placed'] {
    return undefined;
  }

  queueLate(write: CallWrite, self: NodeId): void {
    super.queue(write, self);
  }
}

class TwoStatements extends CallWriter {
  readonly #options: StoreOptions;

  constructor(options: StoreOptions) {
    super(options);
    this.#options = options;
  }

  override async write(write: CallWrite, settled: (result?: CommitResult) => void): Promise<CommitResult> {
    const result = await super.write(write, settled);
    const { database, line, self } = this.#options;
    if (result === 'ok' && database instanceof LateOutbox) await line.ask(() => database.queueLate(write, self));
    return result;
  }
}

class KeepsWhatWasLost extends CallWriter {
  protected override drop(): void {}
}

/** The same but for some of its methods. */
function changed<T extends object>(real: T, faulty: Partial<T>): T {
  return new Proxy(real, {
    get(target, name) {
      const value: unknown = Reflect.get(name in faulty ? faulty : target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

/** An outbox that changes what is to be told before it is written. */
const telling =
  (change: (one: Outgoing) => Outgoing): Pieces['outbox'] =>
  (real) => ({
    outgoing: (step) => real.outgoing(step).map(change),
    committed: (step, outgoing) => real.committed(step, outgoing),
  });

/** What a call and its record both say. */
type Facts = Pick<CallRecord, 'mediaType' | 'callType' | 'startedAt' | 'acceptedAt' | 'endedAt' | 'roomIdType'>;

/** A record that is made wrong is wrong in both places: the database, and the event that shows it. */
const recording = (wrong: (facts: Facts) => Partial<Facts>): Pick<Pieces, 'outbox' | 'database'> => ({
  outbox: (real) => ({
    outgoing: (step) =>
      real.outgoing(step.call.endedAt === 0 ? step : { ...step, call: { ...step.call, ...wrong(step.call) } }),
    committed: (step, outgoing) => real.committed(step, outgoing),
  }),
  database: () => new AnotherRecord((record) => ({ ...record, ...wrong(record) })),
});

function withoutLastMember(body: string): string {
  const payload = JSON.parse(body) as { readonly UserList?: readonly unknown[] };
  return JSON.stringify({ ...payload, ...(payload.UserList && { UserList: payload.UserList.slice(0, -1) }) });
}

/** THE LIST of bugs that can be planted. */
export const plants: readonly Plant[] = [
  {
    name: 'skip-version-check',
    about: 'a step is written whatever version the call has by then',
    breaks: ['versions'],
    pieces: { database: () => new NoVersionCheck() },
  },
  {
    name: 'skip-seat-key',
    about: 'a seat is taken though its user has one in another call',
    breaks: ['oneCall'],
    pieces: { database: () => new NoSeatKey() },
  },
  {
    name: 'keep-seats',
    about: 'whoever leaves a call that goes on keeps the seat',
    breaks: ['seats'],
    pieces: { database: () => new SeatsStay() },
  },
  {
    name: 'forget-record',
    about: 'a call that ends by a lost lease has no record',
    breaks: ['record'],
    pieces: { database: () => new NoRecordOfTheLost() },
  },
  {
    name: 'deliver-before-commit',
    about: 'webhooks go out before their step is on disk',
    breaks: ['onDisk'],
    pieces: {
      outbox: (real) => ({
        outgoing: (step) => {
          const outgoing = real.outgoing(step);
          real.committed(step, outgoing);
          return outgoing;
        },
        committed: () => {},
      }),
    },
  },
  {
    name: 'outbox-after-commit',
    about: 'what is to be told is written after the step, not with it',
    breaks: ['order'],
    pieces: { database: () => new LateOutbox(), writer: (options) => new TwoStatements(options) },
  },
  {
    name: 'keep-lost-steps',
    about: 'a step is written that was made from one that has not come about',
    breaks: ['events', 'seats'],
    pieces: { writer: (options) => new KeepsWhatWasLost(options) },
  },
  {
    name: 'forget-leases',
    about: 'nobody feels responsible for a device that is silent',
    breaks: ['free'],
    pieces: { shared: (real) => ({ ...real, holder: async () => 'somebody' as NodeId }) },
  },
  {
    name: 'forget-take-over',
    about: 'the leases that a dead node kept are not taken over',
    breaks: ['free'],
    pieces: { shared: (real) => ({ ...real, heldBy: async () => [] }) },
  },
  {
    name: 'forget-keeping',
    about: 'a device that moves to another node is not written down there',
    breaks: ['lease'],
    pieces: { shared: (real) => ({ ...real, keep: async () => {} }) },
  },
  {
    name: 'forget-deadline-sweep',
    about: 'deadlines of calls whose last writer has died are not looked for',
    breaks: ['ring'],
    pieces: { shared: (real) => ({ ...real, overdue: async () => [] }) },
  },
  {
    name: 'ignore-lane-owner',
    about: 'a node tells of an event though another one still has earlier ones of the call',
    breaks: ['order'],
    pieces: { claims: (real) => ({ ...real, placed: () => undefined }) },
  },
  {
    name: 'take-silence-for-yes',
    about: 'a receiver that gives no answer counts as one that has taken the event',
    breaks: ['order'],
    pieces: {
      sender: (real) => ({
        send: async (delivery) => {
          const answer = await real.send(delivery);
          return answer.status === 0 ? { ...answer, status: 200, error: '' } : answer;
        },
        close: () => real.close(),
      }),
    },
  },
  {
    name: 'forget-the-last',
    about: 'the last event of a call is taken for told without being sent',
    breaks: ['told'],
    pieces: {
      sender: (real) => ({
        send: async (delivery) =>
          delivery.body.includes('"CallRecord"')
            ? { status: 200, took: 1, error: '', answer: '', text: '{"ErrorCode":0}', retryAfter: undefined }
            : real.send(delivery),
        close: () => real.close(),
      }),
    },
  },
  {
    name: 'forget-a-member',
    about: 'an event shows one member less than the call has',
    breaks: ['rebuilt'],
    pieces: { outbox: telling((one) => ({ ...one, body: withoutLastMember(one.body) })) },
  },
  {
    name: 'skip-a-number',
    about: 'from the third on, the events of a call are numbered one too high',
    breaks: ['told'],
    pieces: { outbox: telling((one) => ({ ...one, eventSeq: one.eventSeq + (one.eventSeq > 2 ? 1 : 0) })) },
  },
  {
    name: 'change-what-is-sent',
    about: 'an event that is sent says something else than what was written down',
    breaks: ['same'],
    pieces: {
      sender: (real) => ({
        send: (delivery) => real.send({ ...delivery, body: delivery.body.replace('"Waiting"', '"Calling"') }),
        close: () => real.close(),
      }),
    },
  },
  {
    name: 'tell-before-commit',
    about: 'devices are told of a step before it is on disk',
    breaks: ['onDisk'],
    pieces: {
      store: (real) =>
        changed(real, {
          commit: async (write) => {
            Promise.resolve(real.commit(write)).catch(() => {});
            return 'ok';
          },
        }),
    },
  },
  {
    name: 'answer-before-commit',
    about: 'whoever asks for a step is answered before it is on disk',
    breaks: ['onDisk'],
    pieces: {
      calls: (real) => {
        const apply: typeof real.apply = async (app, callId, event, cause, answer) => {
          const call = await real.get(app, callId);
          const outcome = step(call, event, call.eventTime);
          if (!('call' in outcome)) return real.apply(app, callId, event, cause, answer);
          answer?.(outcome.call);
          return real.apply(app, callId, event, cause);
        };
        return changed(real, { apply });
      },
    },
  },
  {
    name: 'forget-the-end',
    about: 'the end of a call is not to be told to anybody',
    breaks: ['told'],
    pieces: {
      outbox: (real) => ({
        outgoing: (step) => real.outgoing(step).filter(({ body }) => !body.includes('"CallRecord"')),
        committed: (step, outgoing) => real.committed(step, outgoing),
      }),
    },
  },
  {
    name: 'record-another-end',
    about: 'the record, and the event that shows it, say that an unanswered call was declined',
    breaks: ['rebuilt'],
    pieces: {
      outbox: telling((one) => ({
        ...one,
        body: one.body.replace('"CallResult":"NotAnswer"', '"CallResult":"Reject"'),
      })),
      database: () =>
        new AnotherRecord((record) => (record.result === 'NotAnswer' ? { ...record, result: 'Reject' } : record)),
    },
  },
  {
    name: 'record-another-start',
    about: 'the record, and the event that shows it, say that a call began when it was accepted',
    breaks: ['rebuilt'],
    pieces: recording(({ startedAt, acceptedAt }) => ({ startedAt: acceptedAt || startedAt })),
  },
  {
    name: 'record-no-talk',
    about: 'the record, and the event that shows it, say that a call ended when it was accepted',
    breaks: ['rebuilt'],
    pieces: recording(({ acceptedAt, endedAt }) => ({ endedAt: acceptedAt || endedAt })),
  },
  {
    name: 'record-another-media',
    about: 'the record, and the event that shows it, say that a call was of audio',
    breaks: ['rebuilt'],
    pieces: recording(() => ({ mediaType: 'Audio' })),
  },
  {
    name: 'record-another-type',
    about: 'the record, and the event that shows it, say that a call of more than two was a single one',
    breaks: ['rebuilt'],
    pieces: recording(() => ({ callType: 'SingleCall' })),
  },
  {
    name: 'record-another-room',
    about: 'the record, and the event that shows it, say that the id of the room is a number',
    breaks: ['rebuilt'],
    pieces: recording(() => ({ roomIdType: 1 })),
  },
  {
    name: 'take-over-late',
    about: 'the leases that a dead node kept are taken over six seconds late',
    breaks: ['free'],
    pieces: {
      shared: (real, sleep) => ({
        ...real,
        heldBy: async (...asked) => {
          await sleep(6000);
          return real.heldBy(...asked);
        },
      }),
    },
  },
  {
    name: 'keep-rows',
    about: 'a call that has ended keeps its row',
    breaks: ['ends'],
    pieces: { database: () => new RowsStay() },
  },
  {
    name: 'leave-one-alone',
    about: 'a call that was answered goes on with the one who is left alone in it',
    breaks: ['ends'],
    pieces: { database: () => new LastStays() },
  },
  {
    name: 'fall-over',
    about: 'the program throws when an invitation runs out',
    breaks: ['sound'],
    pieces: {
      outbox: (real) => ({
        outgoing: (step) => {
          if (step.type === 'timeout') throw new TypeError('planted');
          return real.outgoing(step);
        },
        committed: (step, outgoing) => real.committed(step, outgoing),
      }),
    },
  },
  {
    name: 'decline-for-all',
    about: 'the decline of one device hangs up for the device that has answered',
    breaks: ['decline'],
    pieces: {
      calls: (real) => {
        const apply: typeof real.apply = async (app, callId, event, cause, answer) => {
          if (event.type === 'reject') {
            const call = await real.get(app, callId);
            const device = memberOf(call, event.userId)?.device ?? '';
            if (device !== '') {
              return real.apply(app, callId, { type: 'hangUp', userId: event.userId, device }, cause, answer);
            }
          }
          return real.apply(app, callId, event, cause, answer);
        };
        return changed(real, { apply });
      },
    },
  },
  {
    name: 'kick-who-came-back',
    about:
      'a device that was kicked is taken out of its call late, also out of the one that it is in since it came back',
    breaks: ['cause'],
    pieces: {
      leave: (real, sleep) => async (services, kicked) => {
        await sleep(5000);
        return real(services, { ...kicked, since: Number.POSITIVE_INFINITY });
      },
    },
  },
  {
    name: 'trust-local-clock',
    about: 'a node goes by the time of its own machine',
    breaks: ['cause', 'ring'],
    pieces: {
      clock: (real, skew) => ({
        now: () => real.now() + skew,
        steady: () => real.steady(),
        timer: (ms, fire) => real.timer(ms, fire),
      }),
    },
  },
];

/** The pieces with the bug of that name; undefined where there is none. */
export function piecesWith(name: string): Pieces | undefined {
  const plant = plants.find((one) => one.name === name);
  return plant === undefined ? undefined : { ...soundPieces, ...plant.pieces };
}
