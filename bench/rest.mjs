/**
 * `npm run bench:rest`: what the gateway costs.
 *
 * `get_call_info` of a live call over keep-alive connections, signed, with limiter, metrics and access log on, against a
 * bare `node:http` handler that parses the body and answers a constant of the same size; then both over TLS. The two are
 * measured in turn, round by round, in processes of their own; the load comes from a third process over raw sockets. A
 * ratio is the median over the rounds of the requests per second of the server through those of the handler beside it; rounds in which
 * the host gave more than 1 % of the processors to other guests are played again, up to three times as many as count.
 * `--connections`, `--rounds` and `--seconds` change its size, `--profile=<folder>` writes a CPU profile of the server,
 * `--soak=<requests>` measures nothing but how memory moves over so many requests, in a small heap. Traffic stays on loopback.
 */

import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import http from 'node:http';
import https from 'node:https';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import tlsSig from 'tls-sig-api-v2';
import { calmest } from './lib/machine.mjs';
import { options } from './lib/options.mjs';
import { cpuMs, startNode, stop } from './lib/process.mjs';
import { median, round, table } from './lib/stats.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const ringback = join(here, '../packages/server/bin/ringback.mjs');
const { connections, rounds, seconds, profile, soak } = options('What the gateway costs, beside a bare handler.', {
  connections: [32, 'connections that are kept'],
  rounds: [15, 'rounds that count, the two in turn; up to three times as many are played'],
  seconds: [1, 's of each in a round'],
  profile: ['', 'folder for a CPU profile of the server'],
  soak: [0, 'requests; measures nothing but how memory moves over so many, in a small heap'],
});
const ms = seconds * 1000;
const sdkAppId = 1400000098;
const key = randomBytes(32).toString('hex');
const data = mkdtempSync(join(tmpdir(), 'ringback-bench-'));

/** The load process: one job at a time. */
const loader = spawn(process.execPath, [join(here, 'lib/rest-load.mjs')], { stdio: ['pipe', 'pipe', 'inherit'] });
const answers = createInterface({ input: loader.stdout })[Symbol.asyncIterator]();
async function load(job) {
  loader.stdin.write(`${JSON.stringify({ connections, warmMs: 200, ms, ...job })}\n`);
  const outcome = JSON.parse((await answers.next()).value);
  if (outcome.error !== undefined) throw new Error(outcome.error);
  if (outcome.failures > 0) throw new Error(`${outcome.failures} answers were failures, such as ${outcome.answer}`);
  return outcome;
}

const signer = new tlsSig.Api(sdkAppId, key);
const usersig = signer.genUserSig('administrator', 86_400);
const target = (command) =>
  `/v4/${command}?sdkappid=${sdkAppId}&identifier=administrator&usersig=${usersig}&random=99999999&contenttype=json`;

/** Asks the server once, outside of what is measured. */
function ask(port, tls, command, body) {
  const options = { host: '127.0.0.1', port, path: target(command), method: 'POST', rejectUnauthorized: false };
  return new Promise((resolve, reject) => {
    const request = (tls ? https : http).request(options, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => {
        const answer = JSON.parse(text);
        if (answer.ErrorCode === 0) resolve(text);
        else reject(new Error(text));
      });
    });
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });
}

/** One measurement: requests per second and CPU of the measured process, user and system, in µs a request. */
async function measure({ pid, port, tls, path, body }) {
  const before = cpuMs(pid);
  const outcome = await load({ port, tls, path, body });
  const perSecond = (outcome.requests * 1000) / outcome.ms;
  const requests = (outcome.requests * (200 + outcome.ms)) / outcome.ms;
  return { perSecond, cpu: ((cpuMs(pid) - before) * 1000) / requests };
}

const children = [];

/** A Ringback with one door, and a bare handler that answers what it answers. As in operation, a process serves HTTP or HTTPS. */
async function openPair(name) {
  const tls = name === 'https';
  const folder = join(data, name);
  const settings = {
    RINGBACK_LIMITS_APP_RATE: '1000000',
    RINGBACK_LIMITS_COMMAND_RATE: '1000000',
    RINGBACK_ACCOUNTS_UNKNOWN_CALLEE: 'ring',
    // Other programs on this machine may make the server late.
    RINGBACK_GATEWAY_OVERLOAD_DELAY_MS: '60000',
  };
  const doors = ['--http', tls ? 'off' : '127.0.0.1:0', '--https', tls ? '127.0.0.1:0' : 'off', '--ops', 'off'];
  const flags = profile === '' ? [] : ['--cpu-prof', `--cpu-prof-dir=${join(profile, name)}`];
  // In a heap without room to spare, what is kept shows at once, and what is only not collected yet does not.
  if (soak > 0) flags.push('--max-old-space-size=48', '--max-semi-space-size=1');
  const server = await startNode([...flags, ringback, 'serve', '--dev', '--data', folder, ...doors], {
    ready: new RegExp(`${name}://127\\.0\\.0\\.1:(\\d+)`),
    env: settings,
  });
  children.push(server.child);
  const created = ['app', 'create', '--id', String(sdkAppId), '--key', key, '--name', 'bench', '--data', folder];
  execFileSync(process.execPath, [ringback, ...created], { stdio: 'ignore', env: { ...process.env, ...settings } });
  const port = Number(server.match[1]);
  // A call that rings for the whole benchmark.
  const started = await ask(port, tls, 'call_engine_http_srv/start_call_by_robot', {
    Robot_Account: 'robot',
    CalleeList_Account: ['alice'],
    Timeout: 600_000,
    CallInfo: { MediaType: 'Video' },
  });
  const question = { CallId: JSON.parse(started).Response.CallId };
  const answer = await ask(port, tls, 'call_engine_http_srv/get_call_info', question);

  const certificate = { BARE_CERT: join(folder, 'dev-cert.pem'), BARE_KEY: join(folder, 'dev-key.pem') };
  const env = { BARE_ANSWER: answer, ...(tls ? certificate : {}) };
  const bare = await startNode([join(here, 'lib/bare-http.mjs')], { ready: /listening (\d+)/, env });
  children.push(bare.child);
  const job = { tls, path: target('call_engine_http_srv/get_call_info'), body: JSON.stringify(question) };
  return {
    bare: { ...job, pid: bare.child.pid, port: Number(bare.match[1]) },
    ringback: { ...job, pid: server.child.pid, port },
  };
}

try {
  const figures = { connections, rounds };
  const rows = [];
  for (const name of soak > 0 ? [] : ['http', 'https']) {
    const pair = await openPair(name);
    // Both run warm before anything counts.
    for (const one of [pair.bare, pair.ringback]) await load({ ...one, ms: Math.min(2000, 2 * ms) });
    const { best: seen, played } = await calmest(rounds, async () => {
      const bare = await measure(pair.bare);
      return { bare, ringback: await measure(pair.ringback) };
    });
    const of = (pick) => median(seen.map(pick));
    const ratio = of((one) => one.ringback.perSecond / one.bare.perSecond);
    for (const who of ['bare', 'ringback']) {
      const [perSecond, cpu] = [of((one) => one[who].perSecond), of((one) => one[who].cpu)];
      const label = who === 'bare' ? 'bare handler' : 'ringback';
      rows.push([`${name}: ${label}`, perSecond.toFixed(0), cpu.toFixed(1), who === 'bare' ? '' : ratio.toFixed(3)]);
      figures[`${who === 'bare' ? 'bare' : 'rest'}_${name}_per_second`] = Math.round(perSecond);
      figures[`${who === 'bare' ? 'bare' : 'rest'}_${name}_cpu_us`] = round(cpu);
    }
    figures[`rest_${name}_ratio`] = round(ratio);
    const taken = Math.max(...seen.map((one) => one.taken));
    console.log(
      `${name}: ${seen.length} of ${played} rounds, in which others took up to ${(taken * 100).toFixed(1)} %`,
    );
    for (const child of children.splice(0)) await stop(child);
  }
  if (soak > 0) Object.assign(figures, await soakMemory((await openPair('http')).ringback));
  else table(['', 'requests/s', 'CPU µs/request', 'ratio'], rows);
  console.log(JSON.stringify(figures));
} finally {
  for (const child of children) await stop(child);
  loader.kill();
  rmSync(data, { recursive: true, force: true });
}

/** Resident memory in MB after each tenth of a long run; it must not go on rising. */
async function soakMemory({ pid, ...job }) {
  const resident = () => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
  const seen = [resident()];
  let sent = 0;
  for (let part = 1; part <= 10; part += 1) {
    while (sent < (soak * part) / 10) sent += (await load({ ...job, warmMs: 0, ms: 1000 })).requests;
    seen.push(resident());
  }
  console.log(`memory over ${sent} requests, MB: ${seen.map((one) => one.toFixed(0)).join(' ')}`);
  return { soak_requests: sent, soak_first_mb: Math.round(seen[1] ?? 0), soak_last_mb: Math.round(seen.at(-1) ?? 0) };
}
