import { ask } from './ask.ts';
import { Program } from './program.ts';

/** A time such as `500ms`, `2s`, `1m30s`. */
export type Span = string;

/** How an emulator is started. Time stands still until it is moved. */
export interface RingbackOptions {
  /** The path of a script. */
  readonly script?: string;
  /** The name of a script that is built in; `ringback emulate --list` shows them. */
  readonly preset?: string;
  /** Where to send webhooks besides the built-in receiver, such as the server under test. */
  readonly webhooks?: string;
  /** Time runs from the beginning. */
  readonly running?: boolean;
}

/** What a user is, besides the id. */
export interface UserOptions {
  /** Names of devices; `['phone']` when left out. */
  readonly devices?: readonly string[];
  /** False: there is an account, but no app runs until `comeBack`. */
  readonly signedIn?: boolean;
  /** True: the devices can be rung by push, also while no app runs. */
  readonly push?: boolean;
  /** True: the user talks to a robot that does not hang up, in a call with records and webhooks of its own. */
  readonly busy?: boolean;
}

/** An action as scripts write it: `'answer'`, `{ call: ['bob'] }`, `{ reject: { on: 'tablet' } }`. */
export type Action = string | Readonly<Record<string, unknown>>;

/** How a call is made. */
export interface CallOptions {
  readonly media?: 'Audio' | 'Video';
  readonly timeout?: Span;
  readonly userData?: string;
}

/** A record as the REST API gives it. Times in s. */
export interface CallRecord {
  readonly CallId: string;
  readonly Caller_Account: string;
  readonly MediaType: 'Audio' | 'Video';
  readonly CallType: 'SingleCall' | 'MultiCall';
  readonly StartTime: number;
  readonly AcceptTime: number;
  readonly EndTime: number;
  readonly CallResult: 'Cancel' | 'Reject' | 'NotAnswer' | 'NormalEnd' | 'CallBusy' | 'Interrupt' | 'Offline';
  readonly CalleeList_Account: readonly string[];
  readonly RoomId: string;
  readonly RoomIdType: number;
}

/** A webhook as the built-in receiver took it. */
export interface Webhook {
  /** The `webhook-id`. */
  readonly id: string;
  /** `Call.CallbackAfterStartCall`, … */
  readonly command: string;
  readonly callId: string;
  readonly eventSeq: number;
  /** Whether its signature was right. */
  readonly genuine: boolean;
  /** As docs/reference/webhooks.md has it. */
  readonly body: Readonly<Record<string, unknown>>;
}

/** A push as the built-in push service took it. */
export interface Push {
  readonly type: 'ring' | 'cancel';
  readonly userId: string;
  /** The name of the device. */
  readonly device: string;
  readonly callId: string;
  /** Of a cancel: why. */
  readonly reason: string;
}

/** An answer of the REST API, as docs/reference/commands.md has it. */
export interface RestAnswer {
  readonly ActionStatus: 'OK' | 'FAIL';
  readonly ErrorCode: number;
  readonly ErrorInfo: string;
  readonly RequestId: string;
  readonly Response?: Readonly<Record<string, unknown>>;
}

/** A virtual user. What is asked of it is done in the order in which it was asked, awaited or not. */
export class TestUser {
  readonly id: string;
  readonly #ringback: TestRingback;
  readonly #options: UserOptions;

  /** @internal */
  constructor(ringback: TestRingback, id: string, options: UserOptions) {
    this.#ringback = ringback;
    this.id = id;
    this.#options = options;
  }

  /** When called, from now on: `{ after: '2s', do: 'answer' }`, or a list of these. */
  async whenCalled(...reactions: readonly { readonly after?: Span; readonly do: Action }[]): Promise<this> {
    await this.#ringback.control('PUT', `users/${encodeURIComponent(this.id)}`, {
      ...this.#options,
      whenCalled: reactions,
    });
    return this;
  }

  answersAfter(after: Span): Promise<this> {
    return this.whenCalled({ after, do: 'answer' });
  }

  rejectsAfter(after: Span): Promise<this> {
    return this.whenCalled({ after, do: 'reject' });
  }

  ignoresAfter(after: Span): Promise<this> {
    return this.whenCalled({ after, do: 'ignore' });
  }

  /** Lets it ring. */
  doesNotAnswer(): Promise<this> {
    return this.whenCalled();
  }

  /** Does something now. Rejects when the server refuses it. */
  async does(action: Action): Promise<string> {
    const { callId = '', refused } = await this.tries(action);
    if (refused !== undefined) throw new Error(`${this.id} could not do ${JSON.stringify(action)}: ${refused}`);
    return callId;
  }

  /** Does something now, and tells when the server refuses it. */
  tries(action: Action): Promise<{ readonly callId?: string; readonly refused?: string }> {
    return this.#ringback.control('POST', `users/${encodeURIComponent(this.id)}`, action);
  }

  /** Calls others; gives the id of the call. */
  calls(to: readonly string[], options: CallOptions = {}): Promise<string> {
    return this.does({ call: { to, ...options } });
  }

  answers = (): Promise<string> => this.does('answer');
  rejects = (): Promise<string> => this.does('reject');
  hangsUp = (): Promise<string> => this.does('hangUp');
  crashes = (): Promise<string> => this.does('crash');
  losesConnection = (): Promise<string> => this.does('loseConnection');
  comesBack = (on?: string): Promise<string> => this.does(on === undefined ? 'comeBack' : { comeBack: { on } });
}

/** An emulated Ringback: the real server, on a clock that the test moves. */
export class TestRingback {
  /** The address of the REST API, `http://127.0.0.1:…`. */
  readonly url: string;
  /** The address of the signalling socket. */
  readonly signalling: string;
  readonly sdkAppId: number;
  /** What signatures of this application are made with. */
  readonly key: string;
  /** The secret of the endpoint given as `webhooks`; empty where none was. */
  readonly webhookSecret: string;
  /** The address of the control port. */
  readonly controlUrl: string;
  readonly #program: Program;
  #last: Promise<unknown> = Promise.resolve();

  /** @internal */
  constructor(program: unknown) {
    this.#program = program as Program;
    const { url, signalling, sdkAppId, key, webhookSecret, control } = this.#program.ready;
    this.url = url;
    this.signalling = signalling;
    this.sdkAppId = sdkAppId;
    this.key = key;
    this.webhookSecret = webhookSecret;
    this.controlUrl = control;
  }

  /**
   * A virtual user, who is signed in when this resolves. One who is there already lets it ring from now on; rejects where `options`
   * say other things of that user than before.
   */
  async user(id: string, options: UserOptions = {}): Promise<TestUser> {
    return new TestUser(this, id, options).whenCalled();
  }

  /** A user calls others; gives the id of the call. */
  call(from: string, to: readonly string[], options: CallOptions = {}): Promise<string> {
    return new TestUser(this, from, {}).calls(to, options);
  }

  /** A robot calls, by start_call_by_robot; gives the id of the call. */
  async robotCall(to: readonly string[], options: CallOptions & { readonly from?: string } = {}): Promise<string> {
    return (await this.server({ robotCall: { to, ...options } })).callId ?? '';
  }

  /** The server does something: `{ endCall: 'bob' }`, `{ kick: 'bob' }`, `'restart'`. */
  server(action: Action): Promise<{ readonly callId?: string }> {
    return this.control('POST', 'server', action);
  }

  /** Moves the clock on; everything that falls due on the way has happened when this resolves. */
  async advance(time: Span): Promise<void> {
    await this.control('POST', 'clock', { advance: time });
  }

  /** Moves the clock on to the next thing that happens; gives by how many ms. */
  async step(): Promise<number> {
    return (await this.control<{ readonly moved: number }>('POST', 'clock', { step: true })).moved;
  }

  async pause(): Promise<void> {
    await this.control('POST', 'clock', { pause: true });
  }

  async resume(): Promise<void> {
    await this.control('POST', 'clock', { resume: true });
  }

  /** The time of the server. */
  async now(): Promise<Date> {
    return new Date((await this.control<{ readonly now: string }>('GET', '')).now);
  }

  /** The records, in the order of their calls. */
  records(): Promise<readonly CallRecord[]> {
    return this.control('GET', 'records');
  }

  /** The webhooks, those of one call after the other; of one call when it is named. */
  webhooks(callId?: string): Promise<readonly Webhook[]> {
    return this.control('GET', callId === undefined ? 'webhooks' : `webhooks?callId=${encodeURIComponent(callId)}`);
  }

  /** The pushes to devices of virtual users, in the order of time. */
  pushes(): Promise<readonly Push[]> {
    return this.control('GET', 'pushes');
  }

  /** Lets the script run to its end; where it did not come as the script expects. */
  async finish(): Promise<readonly string[]> {
    return (await this.control<{ readonly differences: readonly string[] }>('POST', 'finish')).differences;
  }

  /** A UserSig with which an app under test signs in. It outlives the test, however far time is moved. */
  async userSig(user: string): Promise<string> {
    return (await this.control<{ readonly userSig: string }>('GET', `usersig?user=${encodeURIComponent(user)}`))
      .userSig;
  }

  /** Sends a command to the REST API as the administrator; gives the whole answer. */
  rest(command: string, body: object = {}): Promise<RestAnswer> {
    const sig = this.#program.ready.administratorSig;
    const query = `sdkappid=${this.sdkAppId}&identifier=administrator&usersig=${sig}&random=1&contenttype=json`;
    return this.#inTurn(() => ask('POST', `${this.url}/v4/${command}?${query}`, body));
  }

  /** Asks the control port; what is asked comes one after the other. */
  control<Answer = unknown>(method: 'GET' | 'POST' | 'PUT', path: string, body?: unknown): Promise<Answer> {
    const url = `${this.controlUrl}/emulator${path === '' ? '' : '/'}${path}`;
    return this.#inTurn(() => ask<Answer>(method, url, body));
  }

  /** Ends the emulator and removes its data. */
  async stop(): Promise<void> {
    await this.#last;
    await this.#program.stop();
  }

  #inTurn<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}

/** Starts an emulator. Rejects with a sentence when it cannot start. */
export async function startRingback(options: RingbackOptions = {}): Promise<TestRingback> {
  const { script, preset, webhooks, running } = options;
  const program = await Program.start([
    ...(script === undefined ? [] : [script]),
    ...(preset === undefined ? [] : ['--preset', preset]),
    ...(webhooks === undefined ? [] : ['--webhooks', webhooks]),
    ...(running === true ? [] : ['--paused']),
  ]);
  return new TestRingback(program);
}
