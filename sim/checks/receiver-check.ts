import type { Call, CallEventType } from 'ringback-engine';
import { type CallType, type MediaType, type RoomIdType, recordView } from 'ringback-protocol';
import type { CallWrite, HistoryEntry } from '../../packages/server/src/ports/store.ts';
import { possibleResults } from '../../packages/server/test/support/possible-results.ts';
import { callKey, type Database } from '../store/database.ts';
import { clocks, type Fail } from './step-check.ts';

/** What is looked at of a step: its events, and to whom they are to be told. */
type Telling = Pick<CallWrite, 'callId' | 'outbox'> & { readonly history: Pick<HistoryEntry, 'events'> };

/** An event as it was written. */
interface Told {
  readonly body: string;
  payload: Payload | undefined;
}

interface Payload {
  readonly CallbackCommand: string;
  readonly EventTime: number;
  readonly CallInfo?: {
    readonly MediaType: MediaType;
    readonly ChatGroupId: string;
    readonly RoomId: string;
    readonly RoomIdType: RoomIdType;
  };
  readonly UserList?: readonly { readonly User_Account: string; readonly Status: string }[];
  readonly ChangedUserList?: readonly { readonly User_Account: string; readonly ActionType: string }[];
  readonly CallRecord?: ReturnType<typeof recordView>;
}

/** What a receiver has made of the events of a call. */
interface Rebuilt {
  last: number;
  readonly members: Map<string, string>;
  readonly everybody: Set<string>;
  caller: string;
  /** As it began: that it was switched later is not told. */
  mediaType: MediaType;
  callType: CallType;
  roomId: string;
  roomIdType: RoomIdType;
  /** s. */
  startedAt: number;
  /** s; 0 while nobody has answered. */
  acceptedAt: number;
  /** s; when that may have been at the earliest. */
  acceptedFrom: number;
  lastChange: string;
  /** What each of them did last. */
  readonly did: Map<string, string>;
}

const emptyCall = (): Rebuilt => ({
  last: 0,
  members: new Map(),
  everybody: new Set(),
  caller: '',
  mediaType: 'Video',
  callType: 'MultiCall',
  roomId: '',
  roomIdType: 2,
  startedAt: 0,
  acceptedAt: 0,
  acceptedFrom: 0,
  lastChange: '',
  did: new Map(),
});

/** What is told to receivers, compared with what was written: order, content, and what can be made of it. */
export class ReceiverCheck {
  readonly #database: Database;
  readonly #fail: Fail;
  readonly #written = new Map<string, Told[]>();
  readonly #rebuilt = new Map<string, Map<string, Rebuilt>>();

  constructor(options: { database: Database; fail: Fail; receivers: readonly string[] }) {
    this.#database = options.database;
    this.#fail = options.fail;
    for (const receiver of options.receivers) this.#rebuilt.set(receiver, new Map());
  }

  /** The step is on disk, and what it tells: each of its events, to every receiver. */
  written({ callId, outbox, history }: Telling): void {
    for (const { eventSeq } of history.events) {
      const to = outbox.find((one) => one.eventSeq === eventSeq)?.endpoints ?? [];
      for (const receiver of this.#rebuilt.keys()) {
        if (!to.includes(receiver)) this.#fail('told', `event ${eventSeq} is not to be told to ${receiver}`, callId);
      }
    }
    let told = this.#written.get(callId);
    if (told === undefined) {
      told = [];
      this.#written.set(callId, told);
    }
    for (const { eventSeq, body } of outbox) told[eventSeq - 1] ??= { body, payload: undefined };
  }

  /** A receiver has taken an event. */
  taken(receiver: string, app: Call['app'], callId: string, seq: number, body: string): void {
    const written = this.#written.get(callId)?.[seq - 1];
    if (written === undefined) {
      this.#fail('onDisk', `${receiver} was told event ${seq}`, callId);
      return;
    }
    if (written.body !== body) this.#fail('same', `${receiver} was told another event ${seq}`, callId);
    const calls = this.#rebuilt.get(receiver) as Map<string, Rebuilt>;
    let state = calls.get(callId);
    if (state === undefined) {
      state = emptyCall();
      calls.set(callId, state);
    }
    if (seq <= state.last) return;
    if (seq !== state.last + 1) this.#fail('order', `${receiver} was told event ${seq} after ${state.last}`, callId);
    state.last = seq;
    written.payload ??= JSON.parse(body) as Payload;
    this.#rebuild(receiver, callKey(app, callId as Call['callId']), callId, state, written.payload);
  }

  /** Nothing is to come any more: every receiver knows all. */
  over(): void {
    for (const [receiver, calls] of this.#rebuilt) {
      for (const [callId, told] of this.#written) {
        const last = calls.get(callId)?.last ?? 0;
        if (last !== told.length) this.#fail('told', `${receiver} was told ${last} of ${told.length} events`, callId);
      }
    }
  }

  #rebuild(receiver: string, key: string, callId: string, state: Rebuilt, payload: Payload): void {
    const { members, everybody } = state;
    const { UserList: users, CallRecord: told } = payload;
    if (state.last === 1) begin(state, payload);
    change(state, payload);
    if (users !== undefined) {
      const same = users.length === members.size && users.every((one) => members.get(one.User_Account) === one.Status);
      if (!same) this.#fail('rebuilt', `${receiver} has other members than event ${state.last} shows`, callId);
    }
    if (told === undefined) return;
    const kept = this.#database.records.get(key);
    if (kept === undefined || JSON.stringify(recordView(kept)) !== JSON.stringify(told)) {
      this.#fail('rebuilt', `${receiver} was told of another record than there is`, callId);
    }
    const steps = (this.#database.history.get(key) ?? []).map(({ type }) => type);
    const last = steps.at(-1);
    const { earliest, latest } = secondsOf(state, payload);
    const differs = Object.entries({
      Caller_Account: told.Caller_Account === state.caller,
      MediaType: told.MediaType === mediaOf(state, steps),
      CallType: told.CallType === state.callType,
      StartTime: told.StartTime === state.startedAt,
      CalleeList_Account: told.CalleeList_Account.join() === [...everybody].join(),
      RoomId: told.RoomId === state.roomId,
      RoomIdType: told.RoomIdType === state.roomIdType,
      AcceptTime: told.AcceptTime >= state.acceptedFrom && told.AcceptTime <= state.acceptedAt,
      EndTime: told.EndTime >= Math.max(earliest, told.AcceptTime) && told.EndTime <= latest,
      CallResult: possibleResults({ ...state, last }).includes(told.CallResult),
    }).flatMap(([field, same]) => (same ? [] : [`${field} ${told[field as keyof typeof told]}`]));
    if (differs.length > 0) {
      this.#fail('rebuilt', `${receiver} has made another call of it than ${differs.join(', ')} of the record`, callId);
    }
  }
}

const secondOf = (ms: number): number => Math.floor(ms / 1000);

/** A call of two can switch between audio and video; no event tells it, so the steps as they were written must. */
function mediaOf({ mediaType }: Rebuilt, steps: readonly CallEventType[]): MediaType {
  const isOther = steps.filter((type) => type === 'switchMedia').length % 2 === 1;
  return isOther === (mediaType === 'Audio') ? 'Video' : 'Audio';
}

/**
 * The second of what the last event tells, as far as it does: its time runs ahead by 1 ms for each event of the call, and by what
 * the clock of a node that told before was ahead.
 */
const secondsOf = ({ startedAt, last }: Rebuilt, { EventTime }: Payload) => ({
  earliest: Math.max(startedAt, secondOf(EventTime - 2 * clocks - last)),
  latest: secondOf(EventTime),
});

function begin(state: Rebuilt, { CallInfo, UserList = [], EventTime }: Payload): void {
  state.startedAt = secondOf(EventTime);
  if (CallInfo !== undefined) {
    state.mediaType = CallInfo.MediaType;
    state.callType = UserList.length === 2 && CallInfo.ChatGroupId === '' ? 'SingleCall' : 'MultiCall';
    state.roomId = CallInfo.RoomId;
    state.roomIdType = CallInfo.RoomIdType;
  }
  for (const { User_Account: user, Status } of UserList) {
    state.members.set(user, Status);
    state.everybody.add(user);
    if (Status === 'Calling') state.caller = user;
  }
}

function change(state: Rebuilt, payload: Payload): void {
  const { members } = state;
  for (const { User_Account: user, ActionType: action } of payload.ChangedUserList ?? []) {
    state.everybody.add(user);
    // Whoever is busy without having rung was invited.
    if (action === 'Invite' || (action === 'Busy' && !members.has(user))) state.callType = 'MultiCall';
    if (action !== 'Cancel_Invite') state.lastChange = action;
    state.did.set(user, action);
    if (action === 'Answer' || action === 'Join') {
      members.set(user, 'Calling');
      if (state.acceptedAt === 0) {
        const { earliest, latest } = secondsOf(state, payload);
        state.acceptedFrom = earliest;
        state.acceptedAt = latest;
      }
    } else if (action === 'Invite') members.set(user, 'Waiting');
    else members.delete(user);
  }
}
