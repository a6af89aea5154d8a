/**
 * A process to be killed: takes up the calls that are live in the database, starts new ones, answers and ends them, all
 * interleaved, and prints `call version` for each write that was acknowledged, right then.
 */
import { writeSync } from 'node:fs';

const [path = '', app = '', round = ''] = process.argv.slice(2);
const { openSqlite } = await import('../../../dist/stores/sqlite.js');
const sdkAppId = Number(app);
const { calls } = await openSqlite({
  path,
  node: 'n1',
  clock: { now: () => Date.now(), timer: () => () => {} },
  onFatal: (error) => {
    writeSync(1, `fatal ${error.message}\n`);
    process.exit(1);
  },
});

/** The write of the next step of a call: it starts, rings, is answered, and ends. */
function nextWrite(call, lane) {
  const at = 1_700_000_000_000 + lane * 1000;
  const callId = call?.callId ?? `${round}-${lane}-${started++}`;
  const version = (call?.version ?? 0) + 1;
  const users = [`caller-${lane}`, `callee-${lane}`];
  const ended = version === 3;
  const statuses = [['Calling', 'Waiting'], ['Calling', 'Calling'], []][version - 1];
  const after = {
    app: sdkAppId,
    callId,
    version,
    callType: lane % 2 === 0 ? 'SingleCall' : 'MultiCall',
    startedAt: at,
    endedAt: ended ? at + 1000 : 0,
    members: users.map((userId, i) => ({ userId, status: statuses[i] ?? 'Gone' })),
    // As large as calls are, so that a write fills pages of the log.
    userData: 'x'.repeat(600),
  };
  const record = {
    app: sdkAppId,
    callId,
    caller: users[0],
    mediaType: 'Audio',
    callType: after.callType,
    startedAt: at,
    acceptedAt: at,
    endedAt: at + 1000,
    result: lane % 3 === 0 ? 'NormalEnd' : 'Cancel',
    members: users,
    roomId: callId,
    roomIdType: 2,
    chatGroupId: '',
  };
  const history = { seq: version, eventSeq: version, at, type: ['start', 'accept', 'end'][version - 1] };
  return {
    app: sdkAppId,
    callId,
    expects: version - 1,
    call: after,
    nextDeadline: version === 1 ? at + 30_000 : 0,
    seats: (version === 1 ? users : version === 2 ? [users[1]] : []).map((userId) => ({
      userId,
      status: statuses[users.indexOf(userId)],
    })),
    unseats: ended ? users : [],
    ...(ended ? { record } : {}),
    history: { ...history, cause: 'device', actor: users[0], device: 'd', requestId: '', events: [] },
    origin: { clientIp: '', platform: 'Unknown' },
    outbox: [],
  };
}

let started = 0;

/** One pair of users, call after call, for ever. */
async function play(lane, live) {
  let call = live;
  for (;;) {
    const write = nextWrite(call, lane);
    const result = await calls.commit(write);
    writeSync(1, result === 'ok' ? `${write.callId} ${write.call.version}\n` : `refused ${result}\n`);
    call = write.call.endedAt === 0 ? write.call : undefined;
    // Some lanes are slower than others, so that steps of all kinds share a flush.
    if (lane % 4 === 3) await new Promise((resolve) => setTimeout(resolve, lane % 7));
  }
}

const live = new Map((await calls.live(sdkAppId)).map((call) => [call.members[0].userId, call]));
writeSync(1, 'ready\n');
for (let lane = 0; lane < 24; lane += 1) play(lane, live.get(`caller-${lane}`));
