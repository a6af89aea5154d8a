/**
 * `npm run bench:setup`: how long calls take to ring and to be set up, and REST requests beside them, at rising rates.
 *
 * Pairs of signed-in sockets call each other at each of `--rates` calls a second, while 50 requests a second ask for a call over REST.
 * Times of some ms say nothing while the host gives the processors to other guests: a rate is played in rounds of `--seconds` until in
 * `--rounds` of them others took at most 1 % of the processors, or three times as many have been played, and those in which they took
 * the least count. Whatever the times are, nothing else decides. The load runs on the same machine: a row in which that is over 80 %
 * busy says more about the machine than about the server and is marked.
 */
import { Agent, request } from 'node:http';
import { Installation } from './lib/installation.mjs';
import { calmest } from './lib/machine.mjs';
import { options } from './lib/options.mjs';
import { playFlatOut, playRate } from './lib/pairs.mjs';
import { cpuMs } from './lib/process.mjs';
import { median, percentile, round, table } from './lib/stats.mjs';

const {
  rates,
  seconds,
  rounds,
  pairs: pairCount,
} = options('How long calls take to ring and to be set up, and REST beside them, at rising rates.', {
  rates: [[100, 500, 1000, 2000], 'calls/s'],
  seconds: [3, 's of a round'],
  rounds: [5, 'rounds of each rate that count; up to three times as many are played'],
  pairs: [200, 'pairs of sockets that call each other'],
});
const saturated = 0.8;
/** Requests a second. */
const asks = 50;
const percent = (share) => `${Math.round(share * 100)} %`;

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

/** One round at a rate. */
async function play(pairs, rate) {
  const stopProbe = probe();
  const before = cpuMs(server.pid);
  const { done, skipped, rings, setUps, seconds: took } = await playRate(pairs, { perSecond: rate, seconds });
  const cpu = cpuMs(server.pid) - before;
  return { done, skipped, rings, setUps, took, cpu, rest: await stopProbe() };
}

const rows = [];
const curve = [];
try {
  const pairs = await server.pairs(pairCount);
  await playFlatOut(pairs, { seconds: 3 });
  for (const rate of rates) {
    const { played, best } = await calmest(rounds, () => play(pairs, rate));
    const sum = (name) => best.reduce((all, one) => all + one[name], 0);
    const of = (name) =>
      [0.5, 0.99, 0.999].map((p) =>
        round(
          percentile(
            best.flatMap((one) => one[name]),
            p,
          ),
        ),
      );
    const busy = median(best.map((one) => one.busy));
    const one = {
      rate,
      reached: round(sum('done') / sum('took')),
      ring: of('rings'),
      setUp: of('setUps'),
      rest_p99: round(
        percentile(
          best.flatMap(({ rest }) => rest),
          0.99,
        ),
      ),
      busy: round(busy),
      taken: round(Math.max(...best.map(({ taken }) => taken))),
      rounds: best.length,
      played,
      cpu: round(sum('cpu') / sum('done')),
      skipped: sum('skipped'),
      saturated: busy > saturated,
    };
    curve.push(one);
    rows.push([
      rate,
      one.reached.toFixed(0),
      one.ring.join(' / '),
      one.setUp.join(' / '),
      one.rest_p99,
      one.cpu,
      percent(busy),
      percent(one.taken),
      `${one.rounds} of ${played}`,
      one.saturated ? 'saturated' : one.skipped > 0 ? `${one.skipped} not started` : '',
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
table(
  [
    'calls/s',
    'reached',
    `ring ${three}`,
    `set-up ${three}`,
    'REST p99 ms',
    'CPU ms/call',
    'busy',
    'taken',
    'rounds',
    '',
  ],
  rows,
);
console.log(JSON.stringify({ setup: curve }));
