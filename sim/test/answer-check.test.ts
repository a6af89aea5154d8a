import { type Call, type CallEvent, type Outcome, start, step } from 'ringback-engine';
import { nodeId, requestId } from 'ringback-protocol';
import { beforeEach, expect, test } from 'vitest';
import { accept, hangUp, invite, person, phone, startEvent } from '../../packages/engine/test/support/scene.ts';
import { writeOf } from '../../packages/server/src/calls/call-write.ts';
import type { Cause } from '../../packages/server/src/calls/requests.ts';
import { AnswerCheck } from '../checks/answer-check.ts';
import { Database } from '../store/database.ts';

/** Asked for by the first device of alice. */
const causeOf = (request: string): Cause => ({
  cause: 'device',
  actor: '',
  device: phone('alice'),
  requestId: requestId(request),
  origin: { clientIp: '192.0.2.1', platform: 'Web' },
});

let database: Database;
let broken: string[];
let check: AnswerCheck;
beforeEach(() => {
  database = new Database();
  broken = [];
  check = new AnswerCheck({ database, fail: (promise) => broken.push(promise) });
});

/** A step of a call, and how it gets to the disk. */
function made(
  before: Call | undefined,
  event?: CallEvent,
): { readonly call: Call; readonly write: (by: Cause) => void } {
  const outcome: Outcome | object =
    before === undefined || event === undefined
      ? start(startEvent({ callees: [person('bob')] }), 1000)
      : step(before, event, 2000);
  if (!('call' in outcome)) throw new Error(`It was refused: ${JSON.stringify(outcome)}`);
  const { call, effects } = outcome;
  const outbox = { outgoing: () => [], committed: () => {} };
  const type = event?.type ?? 'start';
  const write = (cause: Cause): void =>
    void database.write(writeOf({ before, call, effects, type, cause, outbox, at: 0 }), nodeId('n1'));
  return { call, write };
}

test('an answer keeps the promise once its step is on disk, also when others have followed', () => {
  const begun = made(undefined);
  begun.write(causeOf('r1'));
  check.answered(begun.call);
  const talk = made(begun.call, accept('bob'));
  talk.write(causeOf('r2'));
  check.answered(begun.call);
  check.answered(talk.call);
  const over = made(talk.call, hangUp('bob'));
  over.write(causeOf('r3'));
  for (const { call } of [begun, talk, over]) check.answered(call);
  expect(broken).toEqual([]);
});

test.each([
  ['a call that begins', 0],
  ['a step of one', 1],
  ['its end', 2],
])('an answer breaks the promise before %s is on disk', (_, written) => {
  const begun = made(undefined);
  const talk = made(begun.call, accept('bob'));
  const steps = [begun, talk, made(talk.call, hangUp('bob'))];
  for (const { write } of steps.slice(0, written)) write(causeOf('r1'));
  expect(broken).toEqual([]);
  check.answered((steps[written] as typeof begun).call);
  expect(broken).toEqual(['onDisk']);
});

test('the answer to an invitation breaks the promise before the step of that very request is on disk', () => {
  const begun = made(undefined);
  begun.write(causeOf('r1'));
  const { app, callId } = begun.call;
  const [first, second] = [causeOf('r2'), causeOf('r3')];
  made(begun.call, invite('alice', person('carl'))).write(first);
  check.invited(app, callId, first);
  expect(broken).toEqual([]);
  check.invited(app, callId, second);
  check.invited(app, callId, { ...first, device: phone('alice', 2) });
  check.invited(app, callId, causeOf('r1'));
  expect(broken).toEqual(['onDisk', 'onDisk', 'onDisk']);
});
