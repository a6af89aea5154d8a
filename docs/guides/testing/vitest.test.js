import { startRingback } from 'ringback-test';
import { afterAll, beforeAll, expect, test } from 'vitest';

let ringback;
beforeAll(async () => {
  ringback = await startRingback();
}, 60_000);
afterAll(() => ringback.stop());

test('a call that nobody answers is a missed call', async () => {
  const bob = await ringback.user('bob');
  bob.doesNotAnswer();
  await ringback.call('alice', ['bob'], { timeout: '60s' });
  await ringback.advance('60s');
  const [record] = await ringback.records();
  expect(record.CallResult).toBe('NotAnswer');
});
