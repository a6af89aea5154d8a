/**
 * `npm run bench:cluster`: what a complete call costs the nodes when there are several.
 *
 * The embedded mode, and one, two and four nodes on a PostgreSQL and a Redis of their own, take the same number of calls per
 * second and node, in turn, round after round, in one run. The devices of a call are at different nodes, so every call
 * crosses. The load comes from a process of its own. CPU is that of the node processes, all threads, user and system; that of
 * the services is shown beside it. A row is marked when the load was not reached or the machine had no idle time left.
 *
 * `--rate` (calls/s and node), `--seconds`, `--rounds`, `--nodes=1,2,4`, `--warm-up` (s, before anything counts);
 * `--profile=<folder>` writes CPU profiles of the nodes; `--figures` measures what a device, a ping and a request cost as well, for
 * `npm run scaling`. Traffic stays on loopback.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { options } from './lib/options.mjs';
import { cpuMs, startNode, stop } from './lib/process.mjs';
import { startPostgres, startRedis } from './lib/services.mjs';
import { median, round, table } from './lib/stats.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const ringback = join(root, 'packages/server/bin/ringback.mjs');
const {
  rate: perNode,
  seconds,
  rounds,
  nodes: sizes,
  'warm-up': warmSeconds,
  profile,
  figures,
} = options('What a complete call costs the nodes when there are several, on a PostgreSQL and a Redis of their own.', {
  rate: [22, 'calls/s and node'],
  seconds: [10, 's of each installation in a round'],
  rounds: [3, 'rounds, the installations in turn'],
  nodes: [[1, 2, 4], 'installations, by how many nodes they have'],
  'warm-up': [20, 's before anything counts'],
  profile: ['', 'folder for CPU profiles of the nodes'],
  figures: [false, 'also what a device, a ping and a request cost, for `npm run scaling`'],
});
/** Of each node: enough that none is waited for. */
const pairsPerNode = Math.max(40, perNode * 2);
/** calls/s and node, before anything is measured. */
const warmUp = Math.max(60, perNode);
/** Devices that are signed in to see what one costs. */
const idleDevices = 1000;
/** StartCall, Answer, Hangup, EndCall. */
const webhooksPerCall = 4;
const sdkAppId = 1_400_000_099;
const data = mkdtempSync(join(tmpdir(), 'ringback-bench-'));
const key = randomBytes(32).toString('hex');
const closers = [];

/** The child that makes the load. */
async function openLoad() {
  const { child } = await startNode([join(root, 'bench/lib/cluster-load.mjs')], { ready: /ready/, input: true });
  closers.push(() => stop(child));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return async (job, params) => {
    child.stdin.write(`${JSON.stringify({ job, ...params })}\n`);
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`The load ended in "${job}".`);
      if (!value.startsWith('{')) continue;
      const answer = JSON.parse(value);
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer;
    }
  };
}

/** Starts the nodes of a set-up, signs its pairs in, and warms it up. `services` is absent in the embedded mode. */
async function openSetUp(load, name, count, services) {
  const folderOf = (n) => join(data, `${name}-${n}`);
  const start = async (n) => {
    const args = ['serve', '--dev', '--data', folderOf(n), '--http', '127.0.0.1:0', '--https', 'off', '--ops', 'off'];
    if (services !== undefined) args.push('--redis', services.redis.url);
    const flags = profile === '' ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(profile, name)}`];
    const { child, match } = await startNode(
      [...flags, ringback, ...args, '--log-requests', 'false', '--gateway-overload-delay-ms', '60000'],
      {
        ready: /ws:\/\/127\.0\.0\.1:(\d+)\/signalling/,
        timeoutMs: 300_000,
        env: services === undefined ? {} : { RINGBACK_DATABASE: services.database },
      },
    );
    closers.push(() => stop(child));
    return { pid: child.pid, url: `http://127.0.0.1:${match[1]}` };
  };
  const nodes = await Promise.all(Array.from({ length: count }, (_, n) => start(n)));
  const app = ['app', 'create', '--data', folderOf(0), '--id', String(sdkAppId), '--key', key];
  execFileSync(process.execPath, [ringback, ...app], { stdio: 'ignore' });
  // Nodes look once a second whether others have made an application.
  if (count > 1) await new Promise((resolve) => setTimeout(resolve, 2500));
  const urls = nodes.map(({ url }) => url);
  await load('open', { name, urls, sdkAppId, key, pairs: pairsPerNode * count });
  console.error(`${name}: ${count === 1 ? 'a node is' : `${count} nodes are`} up.`);
  return { name, count, nodes, services, rows: [] };
}

const cpuOf = ({ nodes }) => nodes.reduce((sum, { pid }) => sum + cpuMs(pid), 0);

/** Share of the time in which the processors had nothing to do, since `before`. */
function machine() {
  const [user, nice, system, idle, wait, ...rest] = readFileSync('/proc/stat', 'latin1')
    .split('\n')[0]
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return { idle: idle + wait, all: user + nice + system + idle + wait + rest.reduce((sum, one) => sum + one, 0) };
}

async function counters({ name, services }) {
  if (services === undefined) return { cpu: 0, wal: 0, commits: 0, redisCpu: 0, commands: 0 };
  const redis = await services.redis.counters();
  return { ...(await services.postgres.counters(name)), redisCpu: redis.cpu, commands: redis.commands };
}

/** One row: calls at the rate for a while. */
async function measure(load, setUp) {
  const { name, count } = setUp;
  const [before, idleBefore] = [await counters(setUp), machine()];
  const nodesBefore = cpuOf(setUp);
  const { done, skipped, failed, took, p50, p99 } = await load('play', { name, perSecond: perNode * count, seconds });
  const nodesCpu = cpuOf(setUp) - nodesBefore;
  const [after, idleAfter] = [await counters(setUp), machine()];
  const idle = (idleAfter.idle - idleBefore.idle) / (idleAfter.all - idleBefore.all);
  const rate = done / took;
  return {
    cpu: nodesCpu / done,
    postgres: (after.cpu - before.cpu) / done,
    redis: (after.redisCpu - before.redisCpu) / done,
    wal: (after.wal - before.wal) / done / 1024,
    commits: (after.commits - before.commits) / done,
    commands: (after.commands - before.commands) / done,
    p50,
    p99,
    rate,
    idle,
    saturated: idle < 0.05 || skipped + failed > 0 || rate < 0.9 * perNode * count,
  };
}

/** What a device that is signed in, a ping and a request cost one node on the services, beyond what it costs to run. */
async function measureFigures(load, setUp, rate) {
  const { name, nodes, services } = setUp;
  // Of one call at a time the sizes of tables say nothing: those that were made so far are what is divided.
  const sizes = await services.postgres.sizes(name);
  const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${nodes[0].pid}/status`, 'latin1'))?.[1]);
  const spent = async (job, params) => {
    const before = cpuOf(setUp);
    const began = performance.now();
    const { done } = await load(job, { name, ...params });
    return { cpu: cpuOf(setUp) - before, took: performance.now() - began, done };
  };
  const began = cpuOf(setUp);
  await new Promise((resolve) => setTimeout(resolve, 5000));
  const running = (cpuOf(setUp) - began) / 5000;
  const before = resident();
  const signIns = await spent('idle', { count: idleDevices });
  const kilobytes = (resident() - before) / idleDevices;
  const pings = await spent('ping', { rounds: 5 });
  const asked = await spent('ask', { count: 800, lanes: 8 });
  const each = ({ cpu, took, done }) => Math.max(0, cpu - running * took) / done;
  // The same calls, told to a receiver: what is more is what the webhooks cost.
  const receiver = await startNode([join(root, 'bench/lib/webhook-receiver.mjs')], {
    ready: /listening (\d+)/,
    input: true,
  });
  closers.push(() => stop(receiver.child));
  await load('hook', { name, url: `http://127.0.0.1:${receiver.match[1]}/hook` });
  await load('play', { name, perSecond: rate, seconds: 2 });
  const told = [];
  for (let n = 0; n < rounds; n += 1) told.push(await measure(load, setUp));
  const silent = (field) => median(setUp.rows.map((row) => row[field]));
  const perWebhook = (field) =>
    round(Math.max(0, median(told.map((row) => row[field])) - silent(field)) / webhooksPerCall);
  const webhookSizes = await services.postgres.sizes(name);
  return {
    node_idle_cpu_ms_per_s: round(running * 1000),
    device_kb: round(kilobytes),
    sign_in_cpu_ms: round(each(signIns)),
    ping_cpu_ms: round(each(pings)),
    request_cpu_ms: round(each(asked)),
    webhook_cpu_ms: perWebhook('cpu'),
    postgres_cpu_ms_per_webhook: perWebhook('postgres'),
    postgres_commits_per_webhook: perWebhook('commits'),
    postgres_wal_kb_per_webhook: perWebhook('wal'),
    record_kb: round(sizes.record),
    history_kb_per_call: round(sizes.history),
    webhook_kb: round(webhookSizes.webhook),
  };
}

async function main() {
  const load = await openLoad();
  const postgres = await startPostgres();
  closers.push(() => postgres.stop());
  const setUps = [await openSetUp(load, 'embedded', 1)];
  for (const count of sizes) {
    const redis = await startRedis();
    closers.push(() => redis.stop());
    const name = `nodes${count}`;
    setUps.push(await openSetUp(load, name, count, { postgres, redis, database: await postgres.database(name) }));
  }
  // More than a thousand calls of each node first: what is measured afterwards is compiled, however low its rate is.
  for (const { name, count } of setUps) {
    await load('play', { name, perSecond: warmUp * count, seconds: warmSeconds });
  }
  for (let n = 0; n < rounds; n += 1) {
    for (const setUp of setUps) setUp.rows.push(await measure(load, setUp));
    console.error(
      `Round ${n + 1} of ${rounds}: ${setUps.map(({ rows }) => rows.at(-1).cpu.toFixed(2)).join(', ')} ms/call.`,
    );
  }

  const of = (setUp, field) => median(setUp.rows.map((row) => row[field]));
  const mark = ({ rows }) => (rows.some(({ saturated }) => saturated) ? 'saturated' : '');
  table(
    [
      '',
      'calls/s',
      'CPU ms/call',
      'PostgreSQL',
      'Redis',
      'commits',
      'WAL kB',
      'Redis cmds',
      'ring p50 ms',
      'p99 ms',
      '',
    ],
    setUps.map((one) => [
      one.name,
      ...['rate', 'cpu', 'postgres', 'redis', 'commits', 'wal', 'commands', 'p50', 'p99'].map((name) => of(one, name)),
      mark(one),
    ]),
  );
  const [embedded] = setUps;
  const cost = (count) => {
    const setUp = setUps.find((one) => one.count === count && one !== embedded);
    return setUp === undefined ? undefined : of(setUp, 'cpu');
  };
  const ratio = (a, b) => (a === undefined || b === undefined ? undefined : round(a / b));
  const [one, two, four] = [cost(1), cost(2), cost(4)];
  const ratios = {
    ratio_2: ratio(two, one),
    ratio_4: ratio(four, one),
    ratio_embedded: ratio(one, of(embedded, 'cpu')),
  };
  console.log(
    `Two nodes over one: ${ratios.ratio_2}, four over one: ${ratios.ratio_4} (target: at most 1.15). ` +
      `One node over embedded: ${ratios.ratio_embedded} (target: at most 2.5). ${cpus().length} cores, ${perNode} calls/s and node.`,
  );
  if (setUps.some((setUp) => mark(setUp) !== '')) {
    console.log(
      'Saturated: the machine had less than 5 % idle time or the rate was not reached; choose a lower --rate.',
    );
  }
  const single = setUps.find((setUp) => setUp.count === 1 && setUp !== embedded);
  const more = figures && single !== undefined ? await measureFigures(load, single, perNode) : {};
  const json = {
    calls_per_second_per_node: perNode,
    embedded_cpu_ms_per_call: round(of(embedded, 'cpu')),
    ...Object.fromEntries(sizes.map((count) => [`nodes${count}_cpu_ms_per_call`, round(cost(count))])),
    ...ratios,
    ...(single && {
      postgres_cpu_ms_per_call: round(of(single, 'postgres')),
      postgres_commits_per_call: round(of(single, 'commits')),
      postgres_wal_kb_per_call: round(of(single, 'wal')),
      redis_cpu_ms_per_call: round(of(single, 'redis')),
      redis_commands_per_call: round(of(single, 'commands')),
    }),
    ...more,
    saturated: setUps.filter((setUp) => mark(setUp) !== '').map(({ name }) => name),
  };
  for (const { name } of setUps) await load('close', { name });
  console.log(JSON.stringify(json));
}

try {
  await main();
} finally {
  for (let close = closers.pop(); close !== undefined; close = closers.pop()) await close();
  rmSync(data, { recursive: true, force: true });
}
