/** Starts calls until the disk is full, several at once, and prints what became of each. */
const [path = '', app = ''] = process.argv.slice(2);
const { openSqlite } = await import('../../../dist/stores/sqlite.js');
const sdkAppId = Number(app);
let fatal = false;
const { calls } = await openSqlite({
  path,
  node: 'n1',
  clock: { now: () => Date.now(), timer: () => () => {} },
  onFatal: (error) => {
    fatal = true;
    console.log(`fatal ${error.message}`);
  },
});

const start = (n) => {
  const callId = `call-${n}`;
  const call = { app: sdkAppId, callId, version: 1, startedAt: 1000, endedAt: 0, userData: 'x'.repeat(10_000) };
  const history = { seq: 1, eventSeq: 1, at: 1000, type: 'start', cause: 'device', actor: 'a', device: 'd' };
  return {
    app: sdkAppId,
    callId,
    expects: 0,
    call,
    nextDeadline: 0,
    seats: [`a${n}`, `b${n}`].map((userId) => ({ userId, status: 'Calling' })),
    unseats: [],
    history: { ...history, requestId: '', events: [] },
    origin: { clientIp: '', platform: 'Unknown' },
    outbox: [],
  };
};

for (let n = 0; !fatal && n < 10_000; n += 10) {
  const batch = Array.from({ length: 10 }, (_, i) => start(n + i));
  await Promise.all(
    batch.map((write) =>
      calls.commit(write).then(
        (result) => console.log(`${result} ${write.callId}`),
        (error) => console.log(`${error.reason} ${write.callId}`),
      ),
    ),
  );
}
process.exit(0);
