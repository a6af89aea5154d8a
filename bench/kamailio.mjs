/**
 * `npm run bench:kamailio`: what a complete call costs the server, beside Kamailio in the same run.
 *
 * Kamailio (Debian's package) as a stateful proxy with dialogs and locations in memory, nothing on disk, driven by sipp over UDP:
 * INVITE, 100, 180, 200, ACK, BYE, 200. Ringback with everything that it promises: each step durable on disk before it is told,
 * history and record. Both at the same `--rate` (default 500 calls a second) for `--seconds` (default 8), in turn, `--rounds` times
 * (default 3). CPU is that of all processes and threads of the server, user and system. Needs `kamailio` and `sip-tester`.
 */
import { spawn } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { installLine, providePrograms } from '../scripts/lib/debian.mjs';
import { needs } from './kamailio/needs.mjs';
import { Installation } from './lib/installation.mjs';
import { options } from './lib/options.mjs';
import { playFlatOut, playRate } from './lib/pairs.mjs';
import { cpuMs, stop } from './lib/process.mjs';
import { median, percentile, round, table } from './lib/stats.mjs';

const { rate, seconds, rounds } = options("What a complete call costs the server, beside Debian's Kamailio.", {
  rate: [500, 'calls/s'],
  seconds: [8, 's of each in a round'],
  rounds: [3, 'rounds, the two in turn'],
});
/** Users that are registered, and pairs of ours. */
const users = 200;
/** A message that comes twice, because its answer was late, ends no call. */
const patient = ['-default_behaviors', 'all,-abortunexp'];
const here = join(dirname(fileURLToPath(import.meta.url)), 'kamailio');

const missing = providePrograms('bench:kamailio', needs);
if (missing.length > 0) {
  console.error(installLine(missing));
  process.exit(1);
}
const folder = mkdtempSync(join(tmpdir(), 'ringback-kamailio-'));

/** A UDP port that is free now. */
async function freePort() {
  const socket = createSocket('udp4');
  await new Promise((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const { port } = socket.address();
  await new Promise((resolve) => socket.close(resolve));
  return port;
}

/** A process and all below it. */
function family(pid) {
  const all = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  const parents = new Map();
  for (const one of all) {
    try {
      const stat = readFileSync(`/proc/${one}/stat`, 'latin1');
      parents.set(Number(one), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      // It has ended meanwhile.
    }
  }
  const found = [pid];
  for (const parent of found) for (const [one, of] of parents) if (of === parent) found.push(one);
  return found;
}
const familyCpu = (pid) => family(pid).reduce((sum, one) => sum + cpuMs(one), 0);

async function openKamailio() {
  const [port, calleePort] = [await freePort(), await freePort()];
  const config = join(folder, 'kamailio.cfg');
  writeFileSync(config, readFileSync(join(here, 'kamailio.cfg'), 'utf8').replaceAll('@PORT@', String(port)));
  const child = spawn('kamailio', ['-DD', '-E', '-f', config, '-Y', folder, '-m', '256', '-M', '16'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (chunk) => {
    said = `${said}${chunk}`.slice(-4000);
  });
  const list = join(folder, 'users.csv');
  const names = Array.from({ length: users }, (_, n) => `u${n};${calleePort};`);
  writeFileSync(list, `SEQUENTIAL\n${names.join('\n')}\n`);
  const callee = spawn(
    'sipp',
    ['-sf', join(here, 'callee.xml'), '-i', '127.0.0.1', '-p', String(calleePort), '-nostdin', ...patient],
    {
      stdio: 'ignore',
      cwd: folder,
    },
  );
  const kamailio = {
    child,
    callee,
    /** Runs a scenario to its end; rejects when a call of it failed. */
    play: async (scenario, calls, perSecond) => {
      const at = String(await freePort());
      const args = [
        '-sf',
        join(here, `${scenario}.xml`),
        '-inf',
        list,
        '-i',
        '127.0.0.1',
        '-p',
        at,
        '-nostdin',
        ...patient,
      ];
      const sipp = spawn(
        'sipp',
        [
          ...args,
          '-r',
          String(perSecond),
          '-m',
          String(calls),
          '-l',
          '5000',
          '-timeout',
          '120s',
          '-timeout_error',
          `127.0.0.1:${port}`,
        ],
        {
          stdio: ['ignore', 'ignore', 'pipe'],
          cwd: folder,
        },
      );
      let errors = '';
      sipp.stderr.on('data', (chunk) => {
        errors = `${errors}${chunk}`.slice(-2000);
      });
      const code = await new Promise((resolve) => sipp.once('exit', resolve));
      if (code !== 0) throw new Error(`sipp ${scenario} ended with ${code}: ${errors} ${said}`);
    },
  };
  // It is there when somebody can register.
  const registered = async () => {
    for (let turn = 0; ; turn += 1) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      if (child.exitCode !== null) throw new Error(`Kamailio ended with ${child.exitCode}: ${said}`);
      try {
        await kamailio.play('register', users, 200);
        return;
      } catch (error) {
        if (turn === 5) throw error;
      }
    }
  };
  try {
    await registered();
    return kamailio;
  } catch (error) {
    await closeKamailio(kamailio);
    throw error;
  }
}

async function closeKamailio({ child, callee }) {
  await stop(callee);
  await stop(child);
}

let kamailio;
const server = await Installation.start();
try {
  kamailio = await openKamailio();
  const pairs = await server.pairs(users);
  // Both run warm before anything counts.
  await playFlatOut(pairs, { seconds: Math.min(3, seconds) });
  await kamailio.play('caller', rate, rate);
  const ours = [];
  const theirs = [];
  for (let n = 0; n < rounds; n += 1) {
    const before = cpuMs(server.pid);
    const { done, rings, skipped } = await playRate(pairs, { perSecond: rate, seconds });
    ours.push({ cpu: (cpuMs(server.pid) - before) / done, p99: percentile(rings, 0.99), skipped });
    const calls = rate * seconds;
    const then = familyCpu(kamailio.child.pid);
    await kamailio.play('caller', calls, rate);
    theirs.push({ cpu: (familyCpu(kamailio.child.pid) - then) / calls });
  }
  for (const { a, b } of pairs) {
    a.close();
    b.close();
  }
  const [mine, its] = [median(ours.map(({ cpu }) => cpu)), median(theirs.map(({ cpu }) => cpu))];
  table(
    ['', 'CPU ms/call'],
    [
      ['Ringback, durable', mine],
      ['Kamailio, in memory', its],
      ['ratio', mine / its],
    ],
  );
  console.log(
    JSON.stringify({
      offered_calls_per_second: rate,
      server_cpu_ms_per_call: round(mine),
      kamailio_cpu_ms_per_call: round(its),
      kamailio_ratio: round(mine / its),
    }),
  );
} finally {
  if (kamailio !== undefined) await closeKamailio(kamailio);
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
