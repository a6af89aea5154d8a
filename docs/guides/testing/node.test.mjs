import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { startRingback } from 'ringback-test';

let ringback;
before(async () => {
  ringback = await startRingback();
});
after(() => ringback.stop());

test('a robot call that is answered reaches the webhooks of the application', async () => {
  const bob = await ringback.user('bob');
  bob.answersAfter('2s');
  const callId = await ringback.robotCall(['bob']);
  await ringback.advance('10s');
  await bob.hangsUp();
  const commands = (await ringback.webhooks(callId)).map(({ command }) => command);
  assert.equal(commands.at(0), 'Call.CallbackAfterStartCall');
  assert.equal(commands.at(-1), 'Call.CallbackAfterEndCall');
});
