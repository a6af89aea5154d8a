/**
 * `npm run bench:store`: what it costs to write the calls down.
 *
 * The store as it is, whose writer is a thread, against the same store with a writer in the event loop, which runs the
 * same statements on the same connection settings and gathers as long. Each call is three writes: start, accept, end.
 * CPU is that of the whole process, all threads, user and system.
 */

import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { options } from './lib/options.mjs';
import { median, round, table } from './lib/stats.mjs';

const {
  rate: perSecond,
  seconds,
  rounds,
  lanes,
  pace,
} = options('What it costs to write calls down, in a thread and in the event loop.', {
  rate: [500, 'calls/s'],
  seconds: [2, 's of each in a round'],
  rounds: [3, 'rounds, the two in turn'],
  lanes: [200, 'calls at the same time'],
  pace: [5, 'ms between two flushes, at the least'],
});

const stores = join(dirname(fileURLToPath(import.meta.url)), '../packages/server/dist/stores');
const { openSqlite } = await import(`${stores}/sqlite.js`);
const { longLog, openReading, openWriting } = await import(`${stores}/sqlite-connection.js`);
const { BatchRunner } = await import(`${stores}/sqlite-batch.js`);
const { SqliteCalls } = await import(`${stores}/sqlite-calls.js`);
const { flatOf } = await import(`${stores}/sqlite-writer.js`);
const { writingStatements } = await import(`${stores}/statements.js`);

const app = 1400000099;
const node = 'n1';
const clock = { now: () => Date.now(), timer: () => () => {} };
const data = mkdtempSync(join(tmpdir(), 'ringback-bench-'));
let files = 0;

/** The same road to the disk without a thread: flushes in the event loop. */
class LoopWriter {
  #db;
  #runner;
  #path;
  #pace;
  #queue = [];
  #scheduled = false;
  #sentAt = 0;

  constructor(path, ms) {
    this.#path = path;
    this.#pace = ms;
    this.#db = openWriting(path);
    this.#runner = new BatchRunner(this.#db, writingStatements);
  }

  write(job, done, failed) {
    this.#queue.push({ job, done, failed });
    if (this.#scheduled) return;
    this.#scheduled = true;
    const wait = this.#sentAt + this.#pace - performance.now();
    if (wait <= 0) setImmediate(() => this.#flush());
    else setTimeout(() => this.#flush(), wait);
  }

  #flush() {
    this.#scheduled = false;
    this.#sentAt = performance.now();
    const batch = this.#queue;
    this.#queue = [];
    this.#runner.run(flatOf(batch.map(({ job }) => job)));
    if (statSync(`${this.#path}-wal`).size > longLog) this.#db.pragma('wal_checkpoint(PASSIVE)');
    for (const { done } of batch) done();
  }

  close() {
    this.#db.close();
  }
}

/** Each kind of store on a new file. */
const kinds = {
  thread: async (path) => {
    const store = await openSqlite({ path, node, clock, onFatal: fatal });
    return { calls: store.calls, close: () => store.close() };
  },
  loop: async (path) => loopStore(path, pace),
  'loop, no gathering': async (path) => loopStore(path, 0),
  // What the load itself costs: its timers, its objects and the watch over the event loop.
  none: async () => ({ calls: { commit: async () => 'ok' }, close: () => {} }),
};

async function loopStore(path, ms) {
  await (await openSqlite({ path, node, clock, onFatal: fatal })).close();
  const writer = new LoopWriter(path, ms);
  const reader = openReading(path);
  const close = () => {
    writer.close();
    reader.close();
  };
  return { calls: new SqliteCalls({ writer, reader, node }), close };
}

function fatal(error) {
  console.error(error);
  process.exit(1);
}

/** The three writes of one call, as the engine's steps make them. */
function writesOf(pair) {
  // Ids fall anywhere in an index, as those of real calls do, and people call again: rising ones would touch far fewer pages.
  const callId = randomUUID();
  const startedAt = Date.now();
  const people = [`caller-${pair}`, `callee-${pair}`];
  const writes = [];
  for (const [index, type] of ['start', 'accept', 'end'].entries()) {
    const version = index + 1;
    const ended = type === 'end';
    const at = startedAt + index * 1000;
    const statuses = [['Calling', 'Waiting'], ['Calling', 'Calling'], []][index];
    const members = people.map((userId, i) => ({
      userId,
      nick: `Person ${i}`,
      avatar: '',
      status: statuses[i] ?? 'Gone',
      invitedBy: people[0],
      deadline: statuses[i] === 'Waiting' ? at + 30_000 : 0,
      device: statuses[i] === 'Calling' ? `device-${userId}` : '',
      userData: '',
      robot: false,
      ...(ended ? { outcome: i === 0 ? 'Hangup' : 'Removed' } : {}),
    }));
    const event = (kind, eventSeq) => ({
      kind,
      eventSeq,
      eventTime: at,
      changed: [{ userId: people[1], action: 'Answer' }],
      users: statuses.map((status, i) => ({ userId: people[i], status })),
    });
    const events = ended ? [event('MemberChanged', 3), event('EndCall', 4)] : [event('StartCall', version)];
    const call = {
      app,
      callId,
      version,
      callType: 'SingleCall',
      mediaType: 'Audio',
      chatGroupId: '',
      groupKnown: false,
      roomId: callId,
      roomIdType: 2,
      caller: people[0],
      userData: '',
      maxMembers: 9,
      startedAt,
      acceptedAt: index === 0 ? 0 : startedAt + 1000,
      endedAt: ended ? at : 0,
      members,
      eventSeq: ended ? 4 : version,
      eventTime: at,
      origin: { clientIp: '192.0.2.7', platform: 'Web' },
    };
    const seats = [people, [people[1]], []][index].map((userId) => ({
      userId,
      status: statuses[people.indexOf(userId)],
    }));
    const record = {
      app,
      callId,
      caller: people[0],
      mediaType: 'Audio',
      callType: 'SingleCall',
      startedAt,
      acceptedAt: startedAt + 1000,
      endedAt: at,
      result: 'NormalEnd',
      members: people,
      roomId: callId,
      roomIdType: 2,
      chatGroupId: '',
    };
    writes.push({
      app,
      callId,
      expects: index,
      call,
      nextDeadline: index === 0 ? at + 30_000 : 0,
      seats,
      unseats: ended ? people : [],
      ...(ended ? { record } : {}),
      history: {
        seq: version,
        eventSeq: call.eventSeq,
        at,
        type,
        cause: 'device',
        actor: people[0],
        device: `device-${people[0]}`,
        requestId: `Id-${callId.slice(-12)}${callId.slice(-12)}-O-Seq-${version}`,
        events,
      },
      origin: { clientIp: '', platform: 'Unknown' },
      outbox: [],
    });
  }
  return writes;
}

/** Pairs that are on no call, those that have been free for the longest first, and how many pairs there are. */
const free = Array.from({ length: 5 * lanes }, (_, pair) => pair);
let pairs = free.length;

/** One call, each step when the one before is on disk. */
async function playOne(calls, latencies) {
  const pair = free.shift() ?? pairs++;
  for (const write of writesOf(pair)) {
    const began = performance.now();
    const result = await calls.commit(write);
    if (result !== 'ok') fatal(new Error(`A write was refused: ${result}`));
    latencies.push(performance.now() - began);
  }
  free.push(pair);
}

/** So many calls a second, whether or not earlier ones are done. */
async function atRate(calls, latencies) {
  const began = performance.now();
  const total = perSecond * seconds;
  const running = [];
  for (let n = 0; n < total; ) {
    const due = Math.min(total, Math.ceil(((performance.now() - began) / 1000) * perSecond));
    for (; n < due; n += 1) running.push(playOne(calls, latencies));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(running);
  return total;
}

/** `count` calls at once, each followed by the next. */
const flatOut =
  (count, ms = seconds * 1000) =>
  async (calls, latencies) => {
    const until = performance.now() + ms;
    let done = 0;
    const lane = async () => {
      while (performance.now() < until) {
        await playOne(calls, latencies);
        done += 1;
      }
    };
    await Promise.all(Array.from({ length: count }, lane));
    return done;
  };

const loads = { [`${perSecond}/s`]: atRate, [`flat out, ${lanes} at once`]: flatOut(lanes), 'one by one': flatOut(1) };

/** Plays a load on a new store and measures. */
async function measure(kind, load) {
  files += 1;
  const store = await kinds[kind](join(data, `${files}.db`));
  await flatOut(20, 300)(store.calls, []).catch(fatal);
  const latencies = [];
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const cpu = process.cpuUsage();
  const began = performance.now();
  const calls = await loads[load](store.calls, latencies);
  const took = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  delay.disable();
  await store.close();
  latencies.sort((a, b) => a - b);
  return {
    cpuMsPerCall: (user + system) / 1000 / calls,
    loopDelayP99Ms: delay.percentile(99) / 1e6,
    transitionsPerSecond: (calls * 3) / took,
    writeP50Ms: latencies[Math.floor(latencies.length * 0.5)],
    writeP99Ms: latencies[Math.floor(latencies.length * 0.99)],
  };
}

const found = new Map();
try {
  for (let one = 0; one < rounds; one += 1) {
    for (const load of Object.keys(loads)) {
      for (const kind of Object.keys(kinds)) {
        // Without a store only a given rate is a measure.
        if (kind === 'none' && loads[load] !== atRate) continue;
        const key = `${load}|${kind}`;
        found.set(key, [...(found.get(key) ?? []), await measure(kind, load)]);
      }
    }
  }
} finally {
  rmSync(data, { recursive: true, force: true });
}

const columns = ['cpuMsPerCall', 'loopDelayP99Ms', 'transitionsPerSecond', 'writeP50Ms', 'writeP99Ms'];
const result = {};
const rows = [];
for (const [key, measured] of found) {
  const [load, kind] = key.split('|');
  const middle = Object.fromEntries(columns.map((name) => [name, round(median(measured.map((one) => one[name])))]));
  result[load] = { ...result[load], [kind]: middle };
  rows.push([load, kind, ...columns.map((name) => middle[name])]);
}
table(['load', 'writer', 'CPU ms/call', 'loop delay p99 ms', 'transitions/s', 'write p50 ms', 'write p99 ms'], rows);
console.log(JSON.stringify({ bench: 'store', node: process.version, rounds, seconds, lanes, ...result }));
