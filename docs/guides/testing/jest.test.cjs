const { startRingback } = require('ringback-test');

let ringback;
beforeAll(async () => {
  ringback = await startRingback();
}, 60_000);
afterAll(() => ringback.stop());

test('a user who is in another call is busy', async () => {
  const bob = await ringback.user('bob');
  bob.answersAfter('1s');
  await ringback.call('alice', ['bob']);
  await ringback.advance('1s');
  await ringback.call('carol', ['bob']);
  const records = await ringback.records();
  expect(records.map((record) => record.CallResult)).toEqual(['CallBusy']);
});
