/**
 * `npm run bench:setup`: how long calls take to ring and to be set up, and REST requests beside them, at rising rates.
 *
 * Pairs of signed-in sockets call each other at `--rates` (default 100,500,1000,2000 calls a second) for `--seconds` (default 10)
 * each, while 50 requests a second ask for a call over REST. The load runs on the same machine: a row in which that is over 80 % busy
 * says more about the machine than about the server and is marked.
 */
import { Agent, request } from 'node:http';
import { Installation, machineLoad, option } from './lib/installation.mjs';
import { playFlatOut, playRate } from './lib/pairs.mjs';
import { cpuMs } from './lib/process.mjs';
import { percentile, round, table } from './lib/stats.mjs';

const rates = (process.argv.find((one) => one.startsWith('--rates='))?.split('=')[1] ?? '100,500,1000,2000')
  .split(',')
  .map(Number);
const seconds = option('seconds', 10);
const pairCount = option('pairs', 200);
const saturated = 0.8;
/** Requests a second. */
const asks = 50;

const server = await Installation.start();
const agent = new Agent({ keepAlive: true, maxSockets: 8 });
const path = server.path('call_engine_http_srv/get_call_info');

function ask() {
  const began = performance.now();
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: server.port, path, method: 'POST', agent }, (response) => {
      response.resume();
      response.on('end', () => resolve(performance.now() - began));
    });
    sent.on('error', reject);
    sent.end('{"CallId":"00000000-0000-4000-8000-000000000000"}');
  });
}

/** Asks at a steady pace until it is told to stop; the times in ms. */
function probe() {
  const times = [];
  const running = new Set();
  const timer = setInterval(() => {
    const one = ask().then((ms) => {
      times.push(ms);
      running.delete(one);
    });
    running.add(one);
  }, 1000 / asks);
  return async () => {
    clearInterval(timer);
    await Promise.all(running);
    return times;
  };
}

const rows = [];
const curve = [];
try {
  const pairs = await server.pairs(pairCount);
  await playFlatOut(pairs, { seconds: 3 });
  for (const rate of rates) {
    const load = machineLoad();
    const stopProbe = probe();
    const before = cpuMs(server.pid);
    const { done, skipped, rings, setUps, seconds: took } = await playRate(pairs, { perSecond: rate, seconds });
    const cpu = (cpuMs(server.pid) - before) / done;
    const rest = await stopProbe();
    const busy = load();
    const of = (list) => [0.5, 0.99, 0.999].map((p) => round(percentile(list, p)));
    const [ring, setUp] = [of(rings), of(setUps)];
    const reached = done / took;
    const one = {
      rate,
      reached: round(reached),
      ring,
      setUp,
      rest_p99: round(percentile(rest, 0.99)),
      busy: round(busy),
      cpu: round(cpu),
    };
    curve.push({ ...one, skipped, saturated: busy > saturated });
    const mark = busy > saturated ? 'saturated' : skipped > 0 ? `${skipped} not started` : '';
    rows.push([
      rate,
      reached.toFixed(0),
      ring.join(' / '),
      setUp.join(' / '),
      one.rest_p99,
      one.cpu,
      `${Math.round(busy * 100)} %`,
      mark,
    ]);
  }
  for (const { a, b } of pairs) {
    a.close();
    b.close();
  }
} finally {
  agent.destroy();
  await server.stop();
}
const three = 'p50 / p99 / p99.9 ms';
table(['calls/s', 'reached', `ring ${three}`, `set-up ${three}`, 'REST p99 ms', 'CPU ms/call', 'machine', ''], rows);
console.log(JSON.stringify({ setup: curve }));
