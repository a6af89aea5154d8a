import { type Call, start } from 'ringback-engine';
import { nodeId } from 'ringback-protocol';
import { describe, expect, test } from 'vitest';
import { person, startEvent } from '../../packages/engine/test/support/scene.ts';
import { Journal } from '../checks/journal.ts';
import { StepCheck } from '../checks/step-check.ts';
import { Database } from '../store/database.ts';
import { Scheduler } from '../world/scheduler.ts';

/** Who has answered and who has left, by name, of those who were called. */
interface Course {
  readonly accepted?: string;
  readonly gone?: string;
  readonly robot?: boolean;
}

/** A live call of these people, the caller first. */
function callOf(people: string, { accepted = '', gone = '', robot = false }: Course = {}): Call {
  const [caller = '', ...callees] = people.split(' ');
  const event = startEvent({ caller: person(caller), callees: callees.map((name) => person(name)), robot });
  const begun = start(event, 1000);
  if (!('call' in begun)) throw new Error('The call did not start.');
  const members = begun.call.members.map((member): Call['members'][number] => {
    if (gone.split(' ').includes(member.userId)) return { ...member, status: 'Gone', deadline: 0 };
    if (accepted.split(' ').includes(member.userId)) return { ...member, status: 'Calling', deadline: 0 };
    return member;
  });
  return { ...begun.call, members, acceptedAt: accepted === '' ? 0 : 2000, eventSeq: 0, eventTime: 0 };
}

/** The promises that are broken by a call whose steps leave it as it is here. */
function broken(...steps: readonly Call[]): readonly string[] {
  const names: string[] = [];
  const database = new Database();
  const scheduler = new Scheduler();
  const fail = (promise: string): void => void names.push(promise);
  const check = new StepCheck({ database, journal: new Journal(scheduler), scheduler, fail });
  database.onWritten = (before, write, by) => check.written(before, write, by);
  for (const [expects, step] of steps.entries()) {
    const call = { ...step, version: expects + 1 };
    const { app, callId, origin, members } = call;
    const seats = members.flatMap(({ userId, status, robot }) =>
      robot || status === 'Gone' ? [] : [{ userId, status }],
    );
    const unseats = members.filter(({ status }) => status === 'Gone').map(({ userId }) => userId);
    const cause = { cause: 'rest', actor: '', device: '', requestId: '' } as const;
    const history = { seq: call.version, eventSeq: 0, at: 0, type: 'accept', events: [], ...cause } as const;
    database.write(
      { app, callId, expects, call, nextDeadline: 0, seats, unseats, history, origin, outbox: [] },
      nodeId('n1'),
    );
  }
  return names;
}

type Row = readonly [how: string, people: string, course: Course];

const mayGoOn: readonly Row[] = [
  ['while its caller waits', 'alice bob', {}],
  ['with a robot that waits', 'alice bob', { robot: true }],
  ['with a robot and one who has answered', 'alice bob', { robot: true, accepted: 'bob' }],
  ['with one less who rings', 'alice bob carl', { gone: 'carl' }],
  ['without its caller, with two', 'alice bob carl', { accepted: 'bob carl', gone: 'alice' }],
  ['without its caller, with one and one who rings', 'alice bob carl', { accepted: 'bob', gone: 'alice' }],
];

const mayNotGoOn: readonly Row[] = [
  ['with one of two', 'alice bob', { accepted: 'bob', gone: 'bob' }],
  ['with one of three', 'alice bob carl', { accepted: 'bob carl', gone: 'alice carl' }],
  ['with one whom nobody has answered', 'alice bob carl', { gone: 'bob carl' }],
  ['with a robot', 'alice bob', { robot: true, accepted: 'bob', gone: 'bob' }],
  ['with nobody', 'alice bob', { accepted: 'bob', gone: 'alice bob' }],
  ['with two who ring', 'alice bob carl dora', { accepted: 'bob', gone: 'alice bob' }],
  ['with two who ring, whose caller has given up', 'alice bob carl', { gone: 'alice' }],
];

describe('a call', () => {
  test.each(mayGoOn)('may go on %s', (_, people, course) => {
    const { robot = false } = course;
    expect(broken(callOf(people, { robot }), callOf(people, course))).toEqual([]);
  });

  test.each(mayNotGoOn)('may not go on %s', (_, people, course) => {
    const { robot = false } = course;
    expect(broken(callOf(people, { robot }), callOf(people, course))).toEqual(['ends']);
  });

  test('may not go on without its caller as long as it says that nobody has answered', () => {
    const call = callOf('alice bob carl', { accepted: 'bob carl', gone: 'alice' });
    expect(broken(callOf('alice bob carl'), { ...call, acceptedAt: 0 })).toEqual(['ends']);
  });

  test('may not begin where nobody is rung', () => {
    expect(broken(callOf('alice bob carl', { gone: 'bob carl' }))).toEqual(['ends']);
  });
});
