import type { Call } from 'ringback-engine';
import { recordView } from 'ringback-protocol';
import type { CallWrite } from '../../packages/server/src/ports/store.ts';
import { possibleResults } from '../../packages/server/test/support/possible-results.ts';
import { callKey, type Database } from '../store/database.ts';
import type { Fail } from './step-check.ts';

/** An event as it was written. */
interface Told {
  readonly body: string;
  payload: Payload | undefined;
}

interface Payload {
  readonly CallbackCommand: string;
  readonly EventTime: number;
  readonly CallInfo?: { readonly RoomId: string };
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
  roomId: string;
  /** s; 0 while nobody has answered. */
  acceptedAt: number;
  lastChange: string;
  /** What each of them did last. */
  readonly did: Map<string, string>;
}

const emptyCall = (): Rebuilt => ({
  last: 0,
  members: new Map(),
  everybody: new Set(),
  caller: '',
  roomId: '',
  acceptedAt: 0,
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
  written({ callId, outbox, history }: CallWrite): void {
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
    const last = this.#database.history.get(key)?.at(-1)?.type;
    const differs = Object.entries({
      Caller_Account: told.Caller_Account === state.caller,
      CalleeList_Account: told.CalleeList_Account.join() === [...everybody].join(),
      RoomId: told.RoomId === state.roomId,
      AcceptTime: told.AcceptTime === state.acceptedAt,
      CallResult: possibleResults({ ...state, last }).includes(told.CallResult),
    }).flatMap(([field, same]) => (same ? [] : [`${field} ${told[field as keyof typeof told]}`]));
    if (differs.length > 0) {
      this.#fail('rebuilt', `${receiver} has made another call of it than ${differs.join(', ')} of the record`, callId);
    }
  }
}

function begin(state: Rebuilt, { CallInfo, UserList = [] }: Payload): void {
  state.roomId = CallInfo?.RoomId ?? '';
  for (const { User_Account: user, Status } of UserList) {
    state.members.set(user, Status);
    state.everybody.add(user);
    if (Status === 'Calling') state.caller = user;
  }
}

function change(state: Rebuilt, { ChangedUserList = [], EventTime }: Payload): void {
  for (const { User_Account: user, ActionType: action } of ChangedUserList) {
    state.everybody.add(user);
    if (action !== 'Cancel_Invite') state.lastChange = action;
    state.did.set(user, action);
    if (action === 'Answer' || action === 'Join') {
      state.members.set(user, 'Calling');
      if (state.acceptedAt === 0) state.acceptedAt = Math.floor(EventTime / 1000);
    } else if (action === 'Invite') state.members.set(user, 'Waiting');
    else state.members.delete(user);
  }
}
