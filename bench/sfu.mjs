/**
 * `npm run bench:sfu`: what forwarding media costs, beside Debian's Janus in the same run.
 *
 * Rooms of nine: each member publishes 50 packets of sound and 50 of video (about 0.5 Mbit/s) a second and gets those of
 * the eight others. The load comes from members without codecs on the other core. The two servers take turns, round by
 * round, each in a fresh process; CPU is that of the whole process, kernel time of its packets included. A figure is the
 * median over the rounds. `--rooms`, `--rounds` and `--seconds` change its size, `--only=sfu` or `--only=janus` leaves the
 * other out. Everything runs in a network namespace of its own.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { fileURLToPath } from 'node:url';
import { providePrograms } from '../scripts/lib/debian.mjs';
import { isolated } from '../scripts/lib/namespace.mjs';
import { options } from './lib/options.mjs';
import { cpuMs } from './lib/process.mjs';
import { median, round, table } from './lib/stats.mjs';

const { rooms, rounds, seconds, only } = options("What forwarding media costs, beside Debian's Janus.", {
  rooms: [6, 'rooms of nine'],
  rounds: [3, 'rounds, the two servers in turn'],
  seconds: [5, 's of each'],
  only: ['', 'sfu or janus: leaves the other out'],
});
const size = 9;
/** Packets that one full room forwards in a second. */
const perRoom = size * (size - 1) * 100;
const inside = 'RINGBACK_BENCH_ISOLATED';

if (process.env[inside] === undefined) {
  const missing = providePrograms('bench:sfu', {
    janus: 'janus',
    unshare: 'util-linux',
    ip: 'iproute2',
    taskset: 'util-linux',
  });
  if (missing.length > 0) process.exit(1);
  const run = isolated(process.execPath, [fileURLToPath(import.meta.url), ...process.argv.slice(2)], { bridged: true });
  if (run === undefined) {
    console.error('This system refuses a network namespace (unshare); the benchmark does not run without one.');
    process.exit(1);
  }
  process.exit(
    spawnSync(run.program, run.args, { stdio: 'inherit', env: { ...process.env, [inside]: '1' } }).status ?? 1,
  );
}
if (Object.keys(networkInterfaces()).some((name) => name !== 'lo' && name !== 'rb0'))
  throw new Error('This is no namespace.');

const { NativeMember } = await import('./lib/native-member.mjs');
const { createRoom, JanusMember, JanusSession, startJanus } = await import('./lib/janus.mjs');
const { SfuProvider } = await import('../packages/server/dist/media/sfu/sfu.js');
const { systemClock } = await import('../packages/server/dist/observe/system-clock.js');

/** Keeps a process, or this one, on one core, so that the load does not wait for what it measures. */
const pin = (pid, core) => spawnSync('taskset', ['-a', '-c', '-p', String(core), String(pid)], { stdio: 'ignore' });
pin(process.pid, 1);

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Our SFU with all members in their rooms. */
async function openSfu() {
  const log = {
    debug() {},
    info() {},
    warn: (...all) => console.error(...all),
    error: (...all) => console.error(...all),
  };
  const provider = new SfuProvider({ clock: systemClock, log, address: '127.0.0.1' });
  await provider.ready();
  pin(provider.pid, 0);
  const members = [];
  for (let r = 0; r < rooms; r += 1) {
    const here = new Map();
    const room = await provider.open(`room-${r}`, {
      tell: (user, data) => here.get(user)?.take(data),
      media() {},
      lost: (reason) => console.error(reason),
    });
    for (let i = 0; i < size; i += 1) {
      const user = `member-${i}`;
      const member = new NativeMember({ send: (data) => room.receive(user, data), count: i === 0 });
      here.set(user, member);
      members.push(member);
      room.enter(user);
      member.publish();
      await sleep(20);
    }
  }
  return { pid: provider.pid, members, close: () => provider.close() };
}

/** Janus with all members in their rooms. */
async function openJanus() {
  const janus = await startJanus();
  pin(janus.pid, 0);
  const session = new JanusSession(janus.url);
  await session.open();
  const members = [];
  for (let r = 0; r < rooms; r += 1) {
    await createRoom(session, `room-${r}`);
    for (let i = 0; i < size; i += 1) {
      const side = new JanusMember({
        session,
        room: `room-${r}`,
        id: `member-${i}`,
        tell: (data) => member.take(data),
      });
      const member = new NativeMember({
        send: (data) => side.receive(data).catch((error) => console.error(`janus: ${error.message}`)),
        count: i === 0,
      });
      members.push(member);
      await side.enter();
      member.publish();
      await sleep(20);
    }
  }
  const close = async () => {
    session.close();
    await janus.stop();
  };
  return { pid: janus.pid, members, close };
}

/** One round: µs of CPU for a forwarded packet, and the share of packets that arrived. */
async function measure(open) {
  const { pid, members, close } = await open();
  // As many as are due: a loader that comes late must not send less than it says.
  let due = performance.now();
  const timer = setInterval(() => {
    for (let i = 0; i < 10 && due <= performance.now(); i += 1, due += 20) for (const member of members) member.play();
    due = Math.max(due, performance.now() - 200);
  }, 10);
  try {
    const wanted = members.length * (size - 1) * 2;
    const from = performance.now();
    for (;;) {
      const up = members.reduce((sum, member) => sum + member.openTracks, 0);
      if (up >= wanted) break;
      if (performance.now() - from > 60_000) throw new Error(`${up} of ${wanted} streams came up.`);
      await sleep(200);
    }
    await sleep(2000);
    const counted = members.filter(({ count }) => count);
    const received = () => counted.reduce((sum, member) => sum + member.received, 0);
    const sent = () => members.reduce((sum, { audio, video }) => sum + audio.sent + video.sent, 0);
    const before = { cpu: cpuMs(pid), received: received(), sent: sent(), at: performance.now() };
    await sleep(seconds * 1000);
    const took = (performance.now() - before.at) / 1000;
    const cpu = (cpuMs(pid) - before.cpu) / 1000;
    const forwarded = ((received() - before.received) / counted.length) * members.length;
    const delivered = forwarded / ((sent() - before.sent) * (size - 1));
    const load = (sent() - before.sent) / took / (members.length * 100);
    return {
      load,
      us: (cpu * 1e6) / forwarded,
      cores: cpu / took,
      perSecond: forwarded / took,
      delivered,
      rss: rss(pid),
    };
  } finally {
    clearInterval(timer);
    for (const member of members) member.close();
    await close();
  }
}

const rss = (pid) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

const servers = { sfu: openSfu, janus: openJanus };
const chosen = Object.keys(servers).filter((name) => only === '' || name === only);
const seen = Object.fromEntries(chosen.map((name) => [name, []]));
for (let i = 0; i < rounds; i += 1) {
  for (const name of chosen) {
    let outcome = await measure(servers[name]);
    // What else runs on this machine may keep the load from being made; then the round says nothing.
    for (let again = 0; outcome.load < 0.95 && again < 3; again += 1) outcome = await measure(servers[name]);
    seen[name].push(outcome);
  }
}
const of = (name, pick) => median(seen[name].map(pick));
const figures = { rooms, rounds, seconds };
const rows = chosen.map((name) => {
  const us = of(name, (one) => one.us);
  const full = 1e6 / (us * perRoom);
  const prefix = name === 'sfu' ? '' : `${name}_`;
  figures[`${prefix}us_per_packet`] = round(us);
  figures[`${prefix}rooms_per_core`] = round(full);
  figures[`${prefix}load`] = round(of(name, (one) => one.load));
  figures[`${prefix}delivered`] = round(of(name, (one) => one.delivered));
  figures[`${prefix}rss_mb`] = Math.round(of(name, (one) => one.rss));
  const cells = [of(name, (one) => one.perSecond).toFixed(0), us.toFixed(2), of(name, (one) => one.cores).toFixed(3)];
  return [
    name,
    ...cells,
    `${(of(name, (one) => one.delivered) * 100).toFixed(1)} %`,
    full.toFixed(1),
    of(name, (one) => one.rss).toFixed(0),
  ];
});
table(['', 'packets/s', 'CPU µs/packet', 'cores', 'delivered', 'full rooms/core', 'MB'], rows);
console.log(JSON.stringify(figures));
// The target is to be no worse than Janus in the same run; a twentieth is within what two runs of the same differ by.
const worse = figures.us_per_packet > figures.janus_us_per_packet * 1.05;
if (worse) console.error('The built-in SFU costs more for each packet than Janus does.');
process.exit(worse ? 1 : 0);
