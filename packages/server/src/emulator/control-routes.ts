import { isUserId, recordView } from 'ringback-protocol';
import { durationRule, parseDuration } from '../script/duration.ts';
import { NodeReader, ScriptError } from '../script/node-reader.ts';
import { readServerAction, readUserAction, userRule } from '../script/read-action.ts';
import { readUser } from '../script/read-script.ts';
import { runToEnd } from './check.ts';
import type { Emulator } from './emulator.ts';
import { longSig } from './rest.ts';
import { stateOf } from './state.ts';

/** What a request brings. */
interface Asked {
  /** What stands for `*` in the path. */
  readonly id: string;
  readonly text: string;
  readonly query: URLSearchParams;
  /** Who asked waits no longer. */
  readonly signal: AbortSignal;
}

/** One thing that the control port does. */
export interface ControlRoute {
  readonly method: 'GET' | 'POST' | 'PUT';
  readonly path: readonly string[];
  readonly doc: string;
  handle(emulator: Emulator, asked: Asked): Promise<unknown>;
}

/** How far a step goes at most when it is not said, ms. */
const longestStep = 30 * 86_400_000;

const body = (text: string): NodeReader => new NodeReader(text === '' ? '{}' : text, 'body');

const route = (
  method: ControlRoute['method'],
  path: string,
  doc: string,
  handle: ControlRoute['handle'],
): ControlRoute => ({ method, path: path.split('/'), doc, handle });

async function moveClock(emulator: Emulator, { text, signal }: Asked): Promise<object> {
  const reader: NodeReader = body(text);
  const [first, ...more] = reader.members(reader.root, ['pause', 'resume', 'advance', 'step']);
  if (first === undefined || more.length > 0) {
    reader.fail(reader.root, 'say one of {"advance": "60s"}, {"step": true}, {"pause": true}, {"resume": true}.');
  }
  const [word, place] = first;
  const { clock, time } = emulator;
  let moved = 0;
  if (word === 'advance') {
    moved = await time.advance(reader.duration(place), signal);
  } else if (word === 'step' && !reader.isFlag(place)) {
    moved = await time.step(reader.duration(place), signal);
  } else if (!reader.flag(place)) {
    reader.fail(place, `this asks for nothing: leave it out, or say {"${word}": true}.`);
  } else if (word === 'step') {
    moved = await time.step(longestStep, signal);
  } else {
    // A move that goes on has ended when the clock is said to stand.
    if (word === 'pause') await time.stop();
    await time.rest();
    if (word === 'pause') clock.pause();
    else clock.run();
  }
  return { now: new Date(clock.now()).toISOString(), clock: clock.isRunning ? 'running' : 'paused', moved };
}

function checkedUser(id: string): string {
  if (!isUserId(id)) throw new ScriptError(`"${id}" is not ${userRule}.`);
  return id;
}

/** THE LIST of what the control port does. */
export const controlRoutes: readonly ControlRoute[] = [
  route(
    'GET',
    'emulator',
    'The time, the addresses, the application and its key, the users, and this list.',
    async (emulator) => ({
      ...stateOf(emulator),
      routes: controlRoutes.map(({ method, path, doc }) => `${method} /${path.join('/')}  ${doc}`),
    }),
  ),
  route(
    'POST',
    'emulator/clock',
    '`{"advance": "60s"}`, `{"step": true}` (to the next thing that happens), `{"pause": true}`, `{"resume": true}`.',
    moveClock,
  ),
  route(
    'PUT',
    'emulator/users/*',
    'Makes a user, or changes what one does when called; the body as in scripts. Nothing else of a user can be changed.',
    async (emulator, { id, text }) => {
      const reader = body(text);
      const user = readUser(reader, checkedUser(id), reader.root);
      const made = await emulator.user(id, { user, given: [...reader.members(reader.root).keys()] });
      await emulator.time.rest();
      return made.view;
    },
  ),
  route('GET', 'emulator/users/*', 'A user: devices, and the call that rings or goes on.', async (emulator, { id }) => {
    const found = emulator.users.find((user) => user.id === id);
    if (found === undefined) throw new ScriptError(`There is no virtual user ${JSON.stringify(id)}.`);
    return found.view;
  }),
  route(
    'POST',
    'emulator/users/*',
    'A user does something now; the body is an action as in scripts, such as `{"call": ["bob"]}`.',
    (emulator, { id, text }) => {
      const reader = body(text);
      return emulator.act(checkedUser(id), readUserAction(reader, reader.root));
    },
  ),
  route(
    'POST',
    'emulator/server',
    'The server does something now: `{"robotCall": ["bob"]}`, `{"endCall": "bob"}`, `{"kick": "bob"}`, `"restart"`.',
    async (emulator, { text }) => {
      const reader = body(text);
      const done = await emulator.actAsServer(readServerAction(reader, reader.root));
      await emulator.time.rest();
      return done;
    },
  ),
  route(
    'GET',
    'emulator/records',
    'The records, in the order of their calls, as the REST API gives them.',
    async (emulator) => {
      await emulator.time.rest();
      return (await emulator.records()).map(recordView);
    },
  ),
  route(
    'GET',
    'emulator/webhooks',
    'The webhooks that have come, those of one call after the other; `?callId=` for one call.',
    async (emulator, { query }) => {
      await emulator.time.rest();
      const callId = query.get('callId');
      return emulator.receiver.webhooks.filter((one) => callId === null || one.callId === callId);
    },
  ),
  route('GET', 'emulator/pushes', 'The pushes that have come, in the order of time.', async (emulator) => {
    await emulator.time.rest();
    return emulator.inbox.pushes;
  }),
  route(
    'GET',
    'emulator/journal',
    'What the virtual users did and heard, and what they were refused.',
    async (emulator) => {
      await emulator.time.rest();
      return emulator.journal.entries;
    },
  ),
  route('GET', 'emulator/usersig', 'A UserSig that outlives the test: `?user=alice`.', async (emulator, { query }) => ({
    userSig: longSig(emulator.rest, checkedUser(query.get('user') ?? '')),
  })),
  route(
    'POST',
    'emulator/finish',
    'Lets the script run to its end at once; `differences` from what it expects.',
    async (emulator, { signal }) => ({
      differences: await runToEnd(emulator, signal),
    }),
  ),
];

/** Reads a duration of the command line. Throws `ScriptError`. */
export function readSpan(text: string): number {
  const ms = parseDuration(text);
  if (ms === undefined) throw new ScriptError(`"${text}" is not ${durationRule}.`);
  return ms;
}
