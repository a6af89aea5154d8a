/** How the value of an option is read. */
export type OptionKind = 'duration' | 'user' | 'users' | 'device' | 'media' | 'flag' | 'text';

/** One option of an action. */
export interface OptionWord {
  readonly kind: OptionKind;
  readonly doc: string;
  readonly required?: boolean;
}

/** What somebody in a script can do: everything about it stands here and nowhere else. */
export interface ActionWord {
  readonly doc: string;
  /** The option that may stand for all of them: `call: [bob]` is `call: { to: [bob] }`. */
  readonly main?: string;
  readonly options: Readonly<Record<string, OptionWord>>;
}

const on = { kind: 'device', doc: 'The device that does it; else the one that holds the call, or the first.' } as const;
const media = { kind: 'media', doc: 'Audio or Video; Audio when left out.' } as const;
const timeout = { kind: 'duration', doc: 'How long it rings; 30s when left out.' } as const;
const to = { kind: 'users', doc: 'Whom.', required: true } as const;

/** THE LIST of what a virtual user can do. */
export const userActions = {
  call: {
    doc: 'Calls others.',
    main: 'to',
    options: {
      to,
      media,
      timeout,
      on,
      group: { kind: 'text', doc: 'A ChatGroupId: the call is one of a group.' },
      room: { kind: 'text', doc: 'A room of its own, as text.' },
      userData: { kind: 'text', doc: 'Text that travels with the invitation.' },
    },
  },
  answer: { doc: 'Answers the call that rings.', main: 'on', options: { on } },
  reject: { doc: 'Declines the call that rings.', main: 'on', options: { on } },
  ignore: { doc: 'Declines the call that rings, as busy.', main: 'on', options: { on } },
  nothing: { doc: 'Lets it ring.', options: {} },
  hangUp: {
    doc: 'Leaves the call; a caller whom nobody has answered withdraws it.',
    main: 'on',
    options: { on },
  },
  invite: { doc: 'Invites others into the call.', main: 'to', options: { to, timeout, on } },
  join: {
    doc: 'Enters the call that another user is in.',
    main: 'callOf',
    options: { callOf: { kind: 'user', doc: 'Whose call.', required: true }, on },
  },
  switchMedia: {
    doc: 'Switches the call between audio and video.',
    main: 'media',
    options: { media: { ...media, required: true }, on },
  },
  mediaState: {
    doc: 'Tells that microphone and camera are on or off. No sound or picture is sent: the others only see the state.',
    options: {
      microphone: { kind: 'flag', doc: 'true or false.', required: true },
      camera: { kind: 'flag', doc: 'true or false.', required: true },
      on,
    },
  },
  loseConnection: {
    doc: 'The line goes dead without a word, as in a tunnel: nothing is heard or sent until comeBack. A device in a call is out of it 15 s later.',
    main: 'on',
    options: { on },
  },
  crash: {
    doc: 'The app is killed: its connection breaks, and it does not come back by itself. A device in a call is out of it 15 s later.',
    main: 'on',
    options: { on },
  },
  comeBack: {
    doc: 'Signs in, after a crash, a lost connection, or for the first time; on the same device, or on another one.',
    main: 'on',
    options: { on },
  },
  signOut: { doc: 'Signs the device out.', main: 'on', options: { on } },
  acceptByPush: {
    doc: 'Answers with what came by push, while no app runs; comeBack within 15 s, as an app that was woken does.',
    main: 'on',
    options: { on },
  },
  declineByPush: {
    doc: 'Declines with what came by push, while no app runs.',
    main: 'on',
    options: { on },
  },
} as const satisfies Readonly<Record<string, ActionWord>>;

/** THE LIST of what happens on the side of the server and of its REST API. */
export const serverActions = {
  restart: {
    doc: 'The server stops and starts again; devices connect again after a second, and try each second until it is there.',
    options: {},
  },
  robotCall: {
    doc: 'A robot calls, by start_call_by_robot.',
    main: 'to',
    options: {
      to,
      from: { kind: 'user', doc: 'The account of the robot; robot when left out.' },
      media,
      timeout,
      userData: { kind: 'text', doc: 'Text that travels with the invitation.' },
    },
  },
  endCall: {
    doc: 'Ends a call for all, by end_call.',
    main: 'callOf',
    options: { callOf: { kind: 'user', doc: 'Whose call.', required: true } },
  },
  kick: {
    doc: 'Signs a user out everywhere, by kick.',
    main: 'user',
    options: { user: { kind: 'user', doc: 'Whom.', required: true } },
  },
} as const satisfies Readonly<Record<string, ActionWord>>;

export type UserActionName = keyof typeof userActions;
export type ServerActionName = keyof typeof serverActions;

/** The value of an option, read: durations in ms, users and devices by name. */
export type OptionValue = string | number | boolean | readonly string[];

/** An action with its options. */
export interface Action<Name extends string = string> {
  readonly name: Name;
  readonly options: Readonly<Record<string, OptionValue>>;
}

/** THE LIST of what can be said of a user. */
export const userMembers = {
  devices: 'The names of the user’s devices, at most 10; `[phone]` when left out. All sign in at the beginning.',
  signedIn: '`false`: the account exists, but no app runs until `comeBack`.',
  push: '`true`: the devices can be rung by push, also while no app runs; a push service is built in.',
  busy: '`true`: the user is in another call from the beginning, with a robot that does not hang up.',
  platform: 'Web, Android, iOS, …; Web when left out.',
  clockAhead:
    'How far the clocks of the user’s devices are ahead of the server’s, such as `10m`; signatures are made by them.',
  clockBehind: 'How far they are behind.',
  signature: '`good`, `expired` or `wrongKey`: what the app signs in with.',
  whenCalled:
    'What the user does when called: an action, or `{ after: 2s, do: answer }`, or a list of them, each `after` the one before.',
} as const;

/** THE LIST of the members of a script. */
export const scriptMembers = {
  about: 'A sentence.',
  start: 'The time of the server at the beginning, such as 2026-03-02T09:00:00Z; now when left out.',
  clock: '`paused` or `running`; running when left out.',
  settings: 'Settings of the server by their keys, such as `calls.glare: busy`.',
  users: 'The virtual users, by their ids.',
  timeline: 'What happens when: a list of `{ at: 5s, alice: { call: [bob] } }`; `server` stands for the server.',
  traffic: 'Calls between virtual users, more or less by the hour of the day.',
  history: 'Calls that were over before the script begins.',
  webhooks: 'How the built-in receiver of webhooks behaves.',
  lasts: 'How long `--check` lets it run; when left out, until nothing is left to happen.',
  expect: 'What `--check` compares the outcome with.',
} as const;

/** THE LIST of the members of `traffic`. */
export const trafficMembers = {
  callsPerHour: 'A list of 24 numbers, one for each hour of the day (UTC): how many calls begin in it.',
  users: 'How many virtual users there are, 2 to 200; 10 when left out.',
  answered:
    'The share of calls that are answered, 0 to 1; 0.75 when left out. The others are rejected, ignored, withdrawn or not answered in turn.',
  talk: 'How long they talk on average; 90s when left out.',
} as const;

/** THE LIST of the members of `history`. */
export const historyMembers = {
  days: 'Days before the beginning, 1 to 3650.',
  callsPerDay: 'How many calls each day, 1 to 10000; at most a million in all.',
  users: 'How many users there are among them, 2 to 1000; 50 when left out.',
} as const;

/** THE LIST of the members of `webhooks`. */
export const webhookMembers = {
  failFirst: 'How often each delivery fails before it is taken, 0 to 20.',
} as const;

/** THE LIST of the members of `expect`. */
export const expectMembers = {
  records:
    'The records in the order of their calls. Each says `result`, and what else is to be compared: `caller`, `members`, `type`, `media`, `ring` and `talk` (durations).',
  recordCount: 'How many records there are.',
  results: 'How many records there are of each result, such as `{ NormalEnd: 3, Cancel: 1 }`; of those left out, none.',
  webhooks:
    'The webhooks, those of one call after the other: `StartCall`, `MemberChanged bob Answer`, `EndCall NormalEnd`.',
  webhookCount: 'How many webhooks there are.',
  pushes: 'The pushes in the order of time: `ring bob phone`, `cancel bob phone timeout`.',
  refusals: 'What devices were refused, as `bob signIn bad_signature`.',
} as const;
