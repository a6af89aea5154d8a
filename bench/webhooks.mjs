/**
 * `npm run bench:webhooks`: what it costs to tell somebody of calls.
 *
 * 1. A backlog of events goes to a healthy receiver on loopback: events per second, and server CPU per delivered event
 *    beside a bare undici POST loop with the same body, headers and concurrency, in turn, in the same run.
 * 2. At a steady rate of calls: the p99 of ringing with webhooks on over that with them off, in turn, and the p99 from an
 *    event to its receipt.
 *
 * `--calls` (of the backlog; four events each), `--rate` (calls/s), `--seconds`, `--rounds`; `--profile=<folder>` writes a
 * CPU profile of the server. CPU is that of the whole process, all threads. Traffic stays on loopback.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import tlsSig from 'tls-sig-api-v2';
import { options } from './lib/options.mjs';
import { Device, playFlatOut, playRate } from './lib/pairs.mjs';
import { cpuByThread, cpuMs, startNode, stop } from './lib/process.mjs';
import { median, percentile, round, table } from './lib/stats.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const ringback = join(root, 'packages/server/bin/ringback.mjs');
const {
  calls,
  rate: perSecond,
  seconds,
  rounds,
  profile,
  threads,
} = options('What it costs to tell a receiver of calls, beside a bare loop of POSTs.', {
  calls: [5000, 'calls of the backlog; four events each'],
  rate: [500, 'calls/s at the steady rate'],
  seconds: [2.5, 's of each in a round'],
  // The steady rate takes more than twice as many, because a p99 is easily upset.
  rounds: [5, 'rounds of the backlog'],
  profile: ['', 'folder for a CPU profile of the server'],
  threads: [false, 'also what each thread of the server costs'],
});
const pairCount = 200;
const concurrency = 64;
const sdkAppId = 1_400_000_099;
const key = randomBytes(32).toString('hex');
const data = mkdtempSync(join(tmpdir(), 'ringback-bench-'));
const signer = new tlsSig.Api(sdkAppId, key);

const cli = (...args) =>
  execFileSync(process.execPath, [ringback, ...args, '--data', data], { stdio: ['ignore', 'pipe', 'ignore'] });

/** A child that answers lines with lines. */
async function lineChild(file, ready, env) {
  const started = await startNode([join(root, 'bench/lib', file)], { ready, env, input: true });
  const lines = createInterface({ input: started.child.stdout })[Symbol.asyncIterator]();
  const ask = async (job) => {
    started.child.stdin.write(`${JSON.stringify(job)}\n`);
    for (;;) {
      const { value } = await lines.next();
      if (value.startsWith('{')) return JSON.parse(value);
    }
  };
  return { ...started, ask };
}

async function signIn(url, count) {
  const pairs = [];
  for (let i = 0; i < count; i += 1) {
    const names = { a: `a${i}`, b: `b${i}` };
    const pair = { names };
    for (const side of ['a', 'b']) {
      const device = new Device(url, 'ringback.v1');
      await device.opened();
      const userSig = signer.genUserSig(names[side], 86_400);
      const who = { sdkAppId, userId: names[side], userSig, platform: 'Web', deviceId: `device-${names[side]}` };
      await device.ask('signIn', who);
      pair[side] = device;
    }
    pairs.push(pair);
  }
  return pairs;
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function main() {
  const flags = profile === '' ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const dev = ['serve', '--dev', '--data', data, '--http', '127.0.0.1:0', '--https', 'off', '--ops', 'off'];
  const server = await startNode([...flags, ringback, ...dev, '--log-requests', 'false'], {
    ready: /ws:\/\/127\.0\.0\.1:(\d+)\/signalling/,
  });
  const pid = server.child.pid;
  cli('app', 'create', '--id', String(sdkAppId), '--key', key);
  const receiver = await lineChild('webhook-receiver.mjs', /listening (\d+)/);
  const bare = await lineChild('bare-posts.mjs', /ready/);
  const hook = `http://127.0.0.1:${receiver.match[1]}/hook`;

  const command = async (name, body) => {
    const query = new URLSearchParams({
      sdkappid: String(sdkAppId),
      identifier: 'administrator',
      usersig: signer.genUserSig('administrator', 86_400),
      random: '1',
      contenttype: 'json',
    });
    const url = `http://127.0.0.1:${server.match[1]}/v4/${name}?${query}`;
    const answer = await (await fetch(url, { method: 'POST', body: JSON.stringify(body) })).json();
    if (answer.ErrorCode !== 0) throw new Error(JSON.stringify(answer));
  };
  const on = () =>
    command('call_config/set_callback', {
      Url: hook,
      CallbackCommandList: ['StartCall', 'MemberChanged', 'EndCall'].map((word) => `Call.CallbackAfter${word}`),
    });
  const off = () => command('call_config/delete_callback', {});
  const app = ['--app', String(sdkAppId)];

  const pairs = await signIn(`ws://127.0.0.1:${server.match[1]}/signalling`, pairCount);
  await playFlatOut(pairs, { seconds: 3 });

  // 1. The backlog.
  await on();
  cli('webhooks', 'pause', 'callback', ...app);
  const since = new Date(Date.now() - 1000).toISOString().slice(0, 19);
  await playRate(pairs, { perSecond: 1000, seconds: calls / 1000 });
  const wait = async (wanted) => {
    let count = 0;
    for (let i = 0; i < 6000 && count < wanted; i += 1) {
      await pause(20);
      count += (await receiver.ask({})).count;
    }
    if (count < wanted) throw new Error(`${count} of ${wanted} events came.`);
    return count;
  };
  const [{ waiting }] = JSON.parse(cli('webhooks', 'list', '--json', ...app));
  const url = `${hook}?SdkAppid=${sdkAppId}&CallbackCommand=Call.CallbackAfterMemberChanged&contenttype=json&ClientIP=127.0.0.1&OptPlatform=Web`;
  const id = '0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31';
  const body = JSON.stringify({
    CallbackCommand: 'Call.CallbackAfterMemberChanged',
    CallId: id,
    UserList: [
      { User_Account: 'a100', Status: 'Calling' },
      { User_Account: 'b100', Status: 'Calling' },
    ],
    ChangedUserList: [{ User_Account: 'b100', ActionType: 'Answer' }],
    EventTime: 1_780_000_000_000,
    EventSeq: 2,
  });
  const headers = {
    'content-type': 'application/json',
    'user-agent': 'Ringback',
    'webhook-id': `${id}-2`,
    'webhook-timestamp': '1780000000',
    'webhook-signature': `v1,${randomBytes(32).toString('base64')}`,
  };
  const [ours, theirs, rates, bareRates] = [[], [], [], []];
  for (let i = 0; i < rounds + 1; i += 1) {
    if (i > 0) {
      cli('webhooks', 'pause', 'callback', ...app);
      cli('webhooks', 'replay', '--from', since, ...app);
    }
    await pause(500);
    const before = cpuMs(pid);
    const from = performance.now();
    cli('webhooks', 'resume', 'callback', ...app);
    await wait(waiting);
    const took = performance.now() - from;
    await pause(100);
    const cpu = (cpuMs(pid) - before) / waiting;
    const bareBefore = cpuMs(bare.child.pid);
    const { ms } = await bare.ask({ url, body, headers, count: waiting, concurrency });
    const bareCpu = (cpuMs(bare.child.pid) - bareBefore) / waiting;
    await receiver.ask({});
    // The first of each warms up.
    if (i === 0) continue;
    ours.push(cpu);
    theirs.push(bareCpu);
    rates.push((waiting * 1000) / took);
    bareRates.push((waiting * 1000) / ms);
  }
  table(
    ['', 'events/s', 'CPU ms/event'],
    [
      ['Ringback', median(rates), median(ours)],
      ['bare POST loop', median(bareRates), median(theirs)],
      ['ratio', '', median(ours) / median(theirs)],
    ],
  );
  if (threads) {
    table(
      ['thread', 'CPU ms'],
      cpuByThread(pid).map(({ id: thread, ms }) => [thread, ms]),
    );
  }

  // 2. A steady rate of calls.
  const [withHooks, without, lags] = [[], [], []];
  for (let i = 0; i < rounds * 2 + 3; i += 1) {
    await on();
    await receiver.ask({});
    const told = await playRate(pairs, { perSecond, seconds });
    await pause(300);
    withHooks.push(percentile(told.rings, 0.99));
    lags.push(percentile((await receiver.ask({})).lags, 0.99));
    await off();
    const untold = await playRate(pairs, { perSecond, seconds });
    without.push(percentile(untold.rings, 0.99));
  }
  table(
    [`at ${perSecond} calls/s`, 'ring p99 ms', 'event p99 ms'],
    [
      ['webhooks on', median(withHooks), median(lags)],
      ['webhooks off', median(without), ''],
      ['ratio', median(withHooks) / median(without), ''],
    ],
  );
  console.log('Targets: CPU ratio at most 3, ring ratio at most 1.2, event p99 under 100 ms.');

  for (const { a, b } of pairs) {
    a.close();
    b.close();
  }
  for (const { child } of [receiver, bare, server]) await stop(child);
  console.log(
    JSON.stringify({
      events_per_second: Math.round(median(rates)),
      cpu_per_event_ratio: round(median(ours) / median(theirs)),
      cpu_ms_per_event: round(median(ours)),
      ring_p99_ratio: round(median(withHooks) / median(without)),
      event_p99_ms: round(median(lags)),
    }),
  );
}

try {
  await main();
} finally {
  rmSync(data, { recursive: true, force: true });
}
