/**
 * `npm run bench:rest`: what the gateway costs.
 *
 * `get_call_info` of a live call over keep-alive connections, signed, with limiter, metrics and access log on, against a
 * bare `node:http` handler that parses the body and answers a constant of the same size; then both over TLS. The two are
 * measured in turn, round by round, in processes of their own; the load comes from a third process over raw sockets. A
 * ratio is the median over the rounds of the requests per second of the server through those of the handler beside it.
 * `--connections`, `--rounds` and `--seconds` change its size, `--profile=<folder>` writes a CPU profile of the server,
 * `--soak=<requests>` sends that many requests afterwards and prints how memory moved. Traffic stays on loopback.
 */

import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import tlsSig from 'tls-sig-api-v2';
import { cpuMs, startNode, stop } from './lib/process.mjs';
import { median, round, table } from './lib/stats.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const ringback = join(here, '../packages/server/bin/ringback.mjs');
const text = (name, fallback) => process.argv.find((one) => one.startsWith(`--${name}=`))?.split('=')[1] ?? fallback;
const option = (name, fallback) => Number(text(name, fallback));

const connections = option('connections', 32);
const rounds = option('rounds', 7);
const ms = option('seconds', 2) * 1000;
const profile = text('profile', '');
const soak = option('soak', 0);
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

/** A call that rings for the whole benchmark. */
async function liveCall(port) {
  const response = await fetch(`http://127.0.0.1:${port}${target('call_engine_http_srv/start_call_by_robot')}`, {
    method: 'POST',
    body: JSON.stringify({
      Robot_Account: 'robot',
      CalleeList_Account: ['alice'],
      Timeout: 600_000,
      CallInfo: { MediaType: 'Video' },
    }),
  });
  const answer = await response.json();
  if (answer.ErrorCode !== 0) throw new Error(JSON.stringify(answer));
  return answer.Response.CallId;
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
try {
  const settings = {
    RINGBACK_LIMITS_APP_RATE: '1000000',
    RINGBACK_LIMITS_COMMAND_RATE: '1000000',
    RINGBACK_ACCOUNTS_UNKNOWN_CALLEE: 'ring',
  };
  const ports = ['--http', '127.0.0.1:0', '--https', '127.0.0.1:0', '--ops', '127.0.0.1:0'];
  const flags = profile === '' ? [] : ['--cpu-prof', `--cpu-prof-dir=${profile}`];
  const server = await startNode([...flags, ringback, 'serve', '--dev', '--data', data, ...ports], {
    ready: /http:\/\/127\.0\.0\.1:(\d+)[\s\S]*https:\/\/127\.0\.0\.1:(\d+)/,
    env: settings,
  });
  children.push(server.child);
  const created = ['app', 'create', '--id', String(sdkAppId), '--key', key, '--name', 'bench', '--data', data];
  execFileSync(process.execPath, [ringback, ...created], { stdio: 'ignore', env: { ...process.env, ...settings } });
  const [httpPort, httpsPort] = [Number(server.match[1]), Number(server.match[2])];
  const body = JSON.stringify({ CallId: await liveCall(httpPort) });
  const path = target('call_engine_http_srv/get_call_info');
  const { answer } = await load({ port: httpPort, tls: false, path, body, connections: 1, warmMs: 0, ms: 50 });

  const certificate = { BARE_CERT: join(data, 'dev-cert.pem'), BARE_KEY: join(data, 'dev-key.pem') };
  const pairs = [];
  for (const [name, tls, port] of [
    ['http', false, httpPort],
    ['https', true, httpsPort],
  ]) {
    const env = { BARE_ANSWER: answer, ...(tls ? certificate : {}) };
    const bare = await startNode([join(here, 'lib/bare-http.mjs')], { ready: /listening (\d+)/, env });
    children.push(bare.child);
    pairs.push({
      name,
      bare: { pid: bare.child.pid, port: Number(bare.match[1]), tls, path, body },
      ringback: { pid: server.child.pid, port, tls, path, body },
    });
  }

  const figures = { connections, rounds };
  const rows = [];
  for (const pair of pairs) {
    // Both run warm before anything counts.
    for (const one of [pair.bare, pair.ringback]) await load({ ...one, ms: 2000 });
    const seen = [];
    for (let i = 0; i < rounds; i += 1) {
      const bare = await measure(pair.bare);
      seen.push({ bare, ringback: await measure(pair.ringback) });
    }
    const of = (pick) => median(seen.map(pick));
    const ratio = of((one) => one.ringback.perSecond / one.bare.perSecond);
    rows.push(
      [
        `${pair.name}: bare handler`,
        of((one) => one.bare.perSecond).toFixed(0),
        of((one) => one.bare.cpu).toFixed(1),
        '',
      ],
      [
        `${pair.name}: ringback`,
        of((one) => one.ringback.perSecond).toFixed(0),
        of((one) => one.ringback.cpu).toFixed(1),
        ratio.toFixed(3),
      ],
    );
    figures[`rest_${pair.name}_ratio`] = round(ratio);
    figures[`rest_${pair.name}_per_second`] = Math.round(of((one) => one.ringback.perSecond));
    figures[`bare_${pair.name}_per_second`] = Math.round(of((one) => one.bare.perSecond));
    figures[`rest_${pair.name}_cpu_us`] = round(of((one) => one.ringback.cpu));
    figures[`bare_${pair.name}_cpu_us`] = round(of((one) => one.bare.cpu));
  }
  if (soak > 0) Object.assign(figures, await soakMemory(server.child.pid, { port: httpPort, tls: false, path, body }));
  table(['', 'requests/s', 'CPU µs/request', 'ratio'], rows);
  console.log(JSON.stringify(figures));
} finally {
  for (const child of children) await stop(child);
  loader.kill();
  rmSync(data, { recursive: true, force: true });
}

/** Resident memory in MB after each tenth of a long run; it must not go on rising. */
async function soakMemory(pid, job) {
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
