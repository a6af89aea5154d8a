import { afterEach, beforeEach, expect, it } from 'vitest';
import { Metrics } from '../../src/observe/metrics.ts';
import { webhookGauges } from '../../src/observe/observers.ts';
import { sampleSteps } from '../../src/webhooks/sample.ts';
import { WebhookSurvey } from '../../src/webhooks/survey.ts';
import { alice, appA, bob, idOf } from '../stores/support/fake-calls.ts';
import { ok, Receiver } from './receiver.ts';
import { WebhookScene } from './scene.ts';

let scene: WebhookScene;
let there: Receiver;
let survey: WebhookSurvey;

beforeEach(async () => {
  scene = await WebhookScene.open();
  there = await Receiver.open();
  const { store, dispatcher, clock } = scene;
  survey = new WebhookSurvey({ endpoints: store.endpoints, pending: store.pendingEvents, dispatcher, clock });
});
afterEach(async () => {
  await scene.close();
  await there.stop();
});

/** As after the time in which the store is not asked again. */
const look = () => {
  scene.clock.advance(10_000);
  return survey.load();
};

it('a receiver that is dead shows by the age of what waits there, and by the state of its endpoint', async () => {
  there.reply = (answer) => answer(500);
  await scene.endpoint(there.url);
  await scene.endpoint(there.url, { id: 'idle' });
  expect(await look()).toEqual({ endpoints: { active: 2, failing: 0, paused: 0, gone: 0 }, parked: 0, oldest: 0 });
  await scene.write(scene.event(1));
  await scene.tried(1);
  const { oldest } = await look();
  expect(oldest).toBe(10);
  for (let n = 0; n < 6; n += 1) await scene.write(scene.event(10 + n));
  await scene.tried(6);
  expect(await look()).toMatchObject({ endpoints: { active: 1, failing: 1, paused: 0, gone: 0 }, oldest: 20 });
  const metrics = new Metrics();
  webhookGauges(metrics, await survey.load());
  const text = await metrics.text();
  expect(text).toContain('ringback_webhook_endpoints{state="failing"} 1');
  expect(text).toContain('ringback_webhooks_oldest_seconds 20');
  // Back again, it has caught up.
  there.reply = (answer) => answer(200, ok);
  scene.clock.advance(3_600_000);
  await scene.until(() => scene.waiting === 0, 'all is delivered');
  expect(await look()).toMatchObject({ endpoints: { active: 2, failing: 0 }, oldest: 0 });
});

it('counts endpoints that are paused or gone, whose events are not late, and what was given up', async () => {
  there.reply = (answer) => answer(410);
  await scene.endpoint(there.url);
  await scene.endpoint(there.url, { id: 'paused', state: 'paused' });
  await scene.endpoint('', { id: 'unset' });
  await scene.write(scene.event(1), scene.event(2, 1, { endpoint: 'paused' }));
  await scene.until(() => scene.store.endpoints.get(appA, 'callback')?.state === 'gone', 'gone');
  await scene.store.pendingEvents.park(scene.event(2, 1, { endpoint: 'paused' }));
  expect(await look()).toEqual({ endpoints: { active: 0, failing: 0, paused: 1, gone: 1 }, parked: 1, oldest: 0 });
});

it('a replay and a sample are in no lag, and what happens after them is', async () => {
  const endpoint = await scene.endpoint(there.url);
  await scene.write(scene.event(1));
  await scene.tried(1);
  scene.clock.advance(3_600_000);
  const call = { callId: idOf(1), startedAt: scene.clock.now() - 3_600_000 };
  const { fresh } = await scene.store.pendingEvents.replay(endpoint, {
    what: 'event',
    call,
    event: { eventSeq: 1, format: 'v4', part: 0 },
  });
  expect(fresh).toBe(1);
  scene.dispatcher.catchUp(endpoint, fresh);
  await scene.tried(2);
  scene.clock.advance(1);
  await scene.write(scene.event(2));
  await scene.tried(3);
  const sample = { app: appA, callId: idOf(3), caller: alice, callee: bob, now: scene.clock.now() };
  for (const step of sampleSteps(sample, ['StartCall'])) {
    const outgoing = scene.dispatcher.outgoing(step);
    await scene.store.pendingEvents.add([scene.event(3, 1, { startedAt: step.call.startedAt })]);
    scene.dispatcher.triggered(step, outgoing);
  }
  await scene.tried(4);
  expect(scene.attempts).toEqual([
    { outcome: 'delivered', lag: 0 },
    { outcome: 'delivered', lag: undefined },
    { outcome: 'delivered', lag: 0 },
    { outcome: 'delivered', lag: undefined },
  ]);
});
