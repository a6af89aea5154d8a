/**
 * Hostile traffic of a fixed rate against a server on loopback, in a process of its own. It is told what to do by one JSON
 * argument, ends after `seconds` or when its input ends, and prints what it sent, how far inside it came, and how much of a
 * core that took.
 *
 * { http, https: ports; sdkAppId, key; other: the id of somebody else's application; rate: actions a second; seconds; seed;
 * from: addresses that it sends from }
 */
import { diceOf } from './hostile/dice.mjs';
import { linesOf } from './hostile/lines.mjs';
import { requestKinds } from './hostile/requests.mjs';
import { rogueKinds } from './hostile/rogues.mjs';

const job = JSON.parse(process.argv[2] ?? '{}');
const { rate, seconds } = job;
const dice = diceOf(job.seed);
const lines = linesOf({ from: job.from, ...dice });
/** Calls answered and ended, signals taken and notices of the media service heard by rogues. */
const reached = { answers: 0, ends: 0, signals: 0, media: 0 };
const kinds = { ...requestKinds({ job, dice, lines }), ...rogueKinds({ job, dice, reached }) };

const names = Object.keys(kinds);
const sent = Object.fromEntries(names.map((name) => [name, 0]));
const began = performance.now();
const cpu = process.cpuUsage();
let due = 0;

function finish() {
  clearInterval(timer);
  const { user, system } = process.cpuUsage(cpu);
  const took = performance.now() - began;
  console.log(
    JSON.stringify({ sent, reached, actions: due, seconds: took / 1000, cores: (user + system) / 1000 / took }),
  );
  process.exit(0);
}

const timer = setInterval(() => {
  const elapsed = (performance.now() - began) / 1000;
  if (elapsed >= seconds) {
    finish();
    return;
  }
  // After a pause of the machine the rate is not made up for: that would be a burst.
  due = Math.max(due, Math.floor(elapsed * rate) - rate / 5);
  for (; due < elapsed * rate; due += 1) {
    const name = dice.pick(names);
    sent[name] += 1;
    kinds[name]();
  }
  lines.trickle();
}, 20);
process.stdin.on('end', finish).resume();
