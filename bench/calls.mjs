/**
 * `npm run bench:calls`: what a complete, durable call costs.
 *
 * Pairs of signed-in sockets call each other: call, ring, accept, hang-up, record on disk. The yardstick is a bare `ws`
 * relay that passes the same frames between the same number of sockets, at the same offered rate, in the same run.
 * `--pairs`, `--rate` (calls/s offered), `--seconds` and `--rounds` change its size, `--profile=<folder>` writes a CPU profile,
 * `--threads` prints what each thread of the server costs.
 * CPU is that of the whole server process, all threads, user and system. Traffic stays on loopback.
 */

import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import tlsSig from 'tls-sig-api-v2';
import { options } from './lib/options.mjs';
import { Device, playCall, playFlatOut, playRate } from './lib/pairs.mjs';
import { cpuByThread, cpuMs, startNode, stop } from './lib/process.mjs';
import { median, percentile, round, table } from './lib/stats.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const ringback = join(root, 'packages/server/bin/ringback.mjs');
const {
  pairs: pairCount,
  rate: perSecond,
  seconds,
  rounds,
  profile,
  threads,
} = options('What a complete, durable call costs, beside a bare relay of the same frames.', {
  pairs: [200, 'pairs of sockets that call each other'],
  rate: [1000, 'calls/s'],
  seconds: [5, 's of each in a round'],
  rounds: [5, 'rounds, the two in turn'],
  profile: ['', 'folder for a CPU profile of the server'],
  threads: [false, 'also what each thread of the server costs'],
});
const sdkAppId = 1400000099;
const key = randomBytes(32).toString('hex');
const data = mkdtempSync(join(tmpdir(), 'ringback-bench-'));

/** Sockets for `count` pairs, opened and signed in. */
async function serverPairs(url, count) {
  const signer = new tlsSig.Api(sdkAppId, key);
  const pairs = [];
  for (let i = 0; i < count; i += 1) {
    const names = { a: `a${i}`, b: `b${i}` };
    const pair = { names };
    for (const side of ['a', 'b']) {
      const device = new Device(url, 'ringback.v1');
      await device.opened();
      await device.ask('signIn', {
        sdkAppId,
        userId: names[side],
        userSig: signer.genUserSig(names[side], 86_400),
        platform: 'Web',
        deviceId: `device-${names[side]}`,
      });
      pair[side] = device;
    }
    pairs.push(pair);
  }
  return pairs;
}

/** The frames that the server sends in one call, by the request that causes them. */
async function record(pair) {
  pair.a.recording = true;
  pair.b.recording = true;
  await playCall(pair);
  await new Promise((resolve) => setTimeout(resolve, 50));
  const script = { call: [], accept: [], hangUp: [] };
  // `call` and `hangUp` come from a, `accept` from b; frames of the steps follow one another on each socket.
  const steps = ['call', 'accept', 'hangUp'];
  for (const [side, device] of [
    ['a', pair.a],
    ['b', pair.b],
  ]) {
    let step = 0;
    for (const frame of device.received) {
      const isAnswer = frame.includes('"result"');
      if (side === 'a') {
        if (frame.includes('"Answer"')) step = 1;
        else if (step === 1 && (isAnswer || frame.includes('"callEnded"') || frame.includes('"Hangup"'))) step = 2;
      } else if (frame.includes('"callReceived"')) step = 0;
      else if (step === 0) step = 1;
      else if (frame.includes('"Hangup"') || frame.includes('"callEnded"')) step = 2;
      const sender = steps[step] === 'accept' ? 'b' : 'a';
      script[steps[step]].push({ to: side === sender ? 'self' : 'peer', frame });
    }
    device.recording = false;
    device.received = [];
  }
  return script;
}

async function main() {
  const dev = ['serve', '--dev', '--data', data, '--http', '127.0.0.1:0', '--https', 'off', '--ops', 'off'];
  const flags = profile === '' ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const server = await startNode([...flags, ringback, ...dev], { ready: /ws:\/\/127\.0\.0\.1:(\d+)\/signalling/ });
  execFileSync(process.execPath, [
    ringback,
    'app',
    'create',
    '--data',
    data,
    '--id',
    String(sdkAppId),
    '--key',
    key,
    '--name',
    'bench',
  ]);
  const pairs = await serverPairs(`ws://127.0.0.1:${server.match[1]}/signalling`, pairCount);

  const script = await record(pairs[0]);
  const relay = await startNode([join(root, 'bench/lib/relay.mjs')], {
    ready: /listening (\d+)/,
    env: { RELAY_SCRIPT: JSON.stringify(script) },
  });
  const relayPairs = [];
  for (let i = 0; i < pairCount; i += 1) {
    const pair = { names: { a: `a${i}`, b: `b${i}` } };
    for (const side of ['a', 'b']) {
      pair[side] = new Device(`ws://127.0.0.1:${relay.match[1]}/${i}/${side}`);
      await pair[side].opened();
    }
    relayPairs.push(pair);
  }

  const measure = async (target, who) => {
    const before = cpuMs(target.child.pid);
    const { done, skipped, rings, seconds: took } = await playRate(who, { perSecond, seconds });
    const cpu = (cpuMs(target.child.pid) - before) / done;
    return { cpu, p99: percentile(rings, 0.99), p50: median(rings), rate: done / took, skipped };
  };

  // Both run flat out first: what is measured afterwards is compiled, and its buffers are grown.
  await playFlatOut(pairs, { seconds });
  await playFlatOut(relayPairs, { seconds });
  const ours = [];
  const theirs = [];
  for (let i = 0; i < rounds; i += 1) {
    ours.push(await measure(server, pairs));
    theirs.push(await measure(relay, relayPairs));
  }
  const flat = [];
  for (let i = 0; i < 3; i += 1) flat.push(await playFlatOut(pairs, { seconds }));
  const flatOut = median(flat.map(({ done, seconds: took }) => done / took));

  if (threads) {
    const before = new Map(cpuByThread(server.child.pid).map(({ id, ms }) => [id, ms]));
    const { done } = await playRate(pairs, { perSecond, seconds });
    const after = cpuByThread(server.child.pid).map(({ id, ms }) => [id, (ms - (before.get(id) ?? 0)) / done]);
    table(['thread', 'CPU ms/call'], after);
  }

  const of = (list, name) => median(list.map((one) => one[name]));
  table(
    ['', 'calls/s', 'CPU ms/call', 'ring p50 ms', 'ring p99 ms'],
    [
      ['Ringback', of(ours, 'rate'), of(ours, 'cpu'), of(ours, 'p50'), of(ours, 'p99')],
      ['bare relay', of(theirs, 'rate'), of(theirs, 'cpu'), of(theirs, 'p50'), of(theirs, 'p99')],
      ['ratio', '', of(ours, 'cpu') / of(theirs, 'cpu'), '', ''],
    ],
  );
  console.log(
    `Flat out, ${pairCount} pairs: ${flatOut.toFixed(0)} calls/s. The target is that of bench:kamailio: at most 0.35 ms of server CPU per call at 500 calls/s.`,
  );
  const skipped = [...ours, ...theirs].reduce((sum, one) => sum + one.skipped, 0);
  if (skipped > 0)
    console.log(`${skipped} calls were not started because all pairs were busy: the offered rate was not reached.`);

  for (const pair of [...pairs, ...relayPairs]) {
    pair.a.close();
    pair.b.close();
  }
  await stop(relay.child);
  await stop(server.child);
  console.log(
    JSON.stringify({
      calls_per_second: Math.round(flatOut),
      offered_calls_per_second: perSecond,
      server_cpu_ms_per_call: round(of(ours, 'cpu')),
      relay_cpu_ms_per_call: round(of(theirs, 'cpu')),
      relay_ratio: round(of(ours, 'cpu') / of(theirs, 'cpu')),
      ring_p99_ms: round(of(ours, 'p99')),
    }),
  );
}

try {
  await main();
} finally {
  rmSync(data, { recursive: true, force: true });
}
