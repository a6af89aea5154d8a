import type { CallRecord } from 'ringback-engine';
import { expect, test } from 'vitest';
import { accept, end, hangUp, person, reject, Scene } from '../../packages/engine/test/support/scene.ts';
import { webhookEvents } from '../../packages/server/src/webhooks/events/index.ts';
import { ReceiverCheck } from '../checks/receiver-check.ts';
import { callKey, Database } from '../store/database.ts';

/** What is found of a call of the engine, all of whose events a receiver takes; `wrong`: what its record says instead. */
function found(scene: Scene, wrong: Partial<Pick<CallRecord, 'acceptedAt'>> = {}): readonly string[] {
  const seen: string[] = [];
  const database = new Database();
  const check = new ReceiverCheck({ database, fail: (_promise, what) => seen.push(what), receivers: ['r1'] });
  const { app, callId } = scene.call;
  for (const record of scene.records) database.records.set(callKey(app, callId), { ...record, ...wrong });
  for (const event of scene.webhooks) {
    const { eventSeq, eventTime, kind } = event;
    const type = webhookEvents.find((one) => one.kind === kind);
    if (type === undefined) throw new Error(`There is no webhook for ${kind}.`);
    const body = JSON.stringify(type.render({ ...scene.call, ...wrong }, event));
    const told = {
      eventSeq,
      eventTime,
      body,
      format: 'v4',
      part: 0,
      command: type.command,
      endpoints: ['r1'],
    } as const;
    check.written({ callId, outbox: [told], history: { events: [event] } });
    check.taken('r1', app, callId, eventSeq, body);
  }
  check.over();
  return seen;
}

const callOfFour = (): Scene => new Scene({ callees: [person('bob'), person('carl'), person('dora')] });

test('a call that is accepted in the millisecond of the event before it, the last of a second', () => {
  const scene = callOfFour();
  scene.do(reject('bob'), 999);
  scene.do(accept('carl'), 0);
  scene.do(hangUp('carl'));
  scene.do(end);
  expect([scene.call.acceptedAt % 1000, (scene.webhooks[2]?.eventTime ?? 0) % 1000]).toEqual([999, 0]);
  expect(found(scene)).toEqual([]);
});

test('a call that is accepted at a node whose clock is behind that of the node before', () => {
  const scene = callOfFour();
  scene.do(reject('bob'), 1200);
  scene.do(accept('carl'), -220);
  scene.do(end, 0);
  expect([scene.call.acceptedAt % 1000, scene.call.endedAt % 1000]).toEqual([980, 980]);
  expect(found(scene)).toEqual([]);
});

test('a call that ends at a node whose clock is as far behind as it may be, with several events at once', () => {
  const scene = callOfFour();
  scene.do(reject('bob'), 1599);
  scene.do(end, -600);
  expect(found(scene)).toEqual([]);
});

test.each([-1000, 1000])('a record that says a call was accepted %i ms off is wrong', (off) => {
  const scene = callOfFour();
  scene.do(accept('carl'), 5900);
  scene.do(end, 5000);
  expect(found(scene)).toEqual([]);
  expect(found(scene, { acceptedAt: scene.call.acceptedAt + off })).toEqual([expect.stringContaining('AcceptTime')]);
});
