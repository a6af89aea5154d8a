/**
 * `npm run test:faults [-- --minutes N --seed N --scale N --only <name>]`: the tests with faults in `cluster/faults`, as long as one
 * likes; `npm test` runs each once, in its shortest form.
 *
 * Round after round, each with a seed of its own, what breaks stays broken longer each time up to `--scale`. Ends after the
 * minutes, or with the first round that fails; says with which seed.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, root, setUp } from './lib/setup.mjs';

const folder = 'cluster/faults';
const all = readdirSync(join(root, folder))
  .map((name) => /^faults-(\w+)\.test\.ts$/.exec(name)?.[1])
  .filter((name) => name !== undefined);
const help = `npm run test:faults [-- --minutes N] [--seed N] [--scale N] [--only <name>]…

Nodes, PostgreSQL, Redis, lines and clocks break under traffic, for minutes on end, round after round.

  --minutes N    no round begins after this many; 60 unless told otherwise
  --rounds N     nor after this many rounds
  --seed N       the dice of the first round; each further round adds one
  --scale N      how many times longer than at first things stay broken, in the end; 20 unless told otherwise,
                 so that Redis is gone for minutes
  --only <name>  one of ${all.join(', ')}; may be given more than once`;

let values;
try {
  ({ values } = parseArgs({
    options: {
      help: { type: 'boolean' },
      minutes: { type: 'string', default: '60' },
      rounds: { type: 'string', default: '1000' },
      seed: { type: 'string', default: String(Math.floor(Math.random() * 2 ** 31)) },
      scale: { type: 'string', default: '20' },
      only: { type: 'string', multiple: true, default: all },
    },
  }));
} catch (error) {
  fail(`${error.message}\n\n${help}`);
}
if (values.help) {
  console.log(help);
  process.exit(0);
}
for (const name of ['minutes', 'rounds', 'seed', 'scale']) {
  if (!/^[1-9]\d{0,9}$/.test(values[name])) fail(`--${name} is a whole number from 1, and not "${values[name]}".`);
}
for (const name of values.only) if (!all.includes(name)) fail(`There is no "${name}". There are: ${all.join(', ')}.`);
const [minutes, rounds, seed, most] = ['minutes', 'rounds', 'seed', 'scale'].map((name) => Number(values[name]));

setUp({ quiet: true });
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const files = values.only.map((name) => `${folder}/faults-${name}.test.ts`);
const began = performance.now();
const passed = () => (performance.now() - began) / 60_000;
let round = 0;
for (; round < rounds && (round === 0 || passed() < minutes); round += 1) {
  // A single round is one that is repeated: it is as long as it was told to be.
  const scale = rounds === 1 ? most : Math.min(most, 1 + 3 * round);
  console.log(
    `Round ${round + 1}: seed ${seed + round}, ${scale} times as long as in npm test; ${passed().toFixed(1)} of ${minutes} minutes.`,
  );
  const env = { ...process.env, FAULTS_SEED: String(seed + round), FAULTS_SCALE: String(scale) };
  const { status } = spawnSync(process.execPath, [vitest, 'run', ...files], { cwd: root, stdio: 'inherit', env });
  if (status !== 0)
    fail(`Round ${round + 1} failed: npm run test:faults -- --rounds 1 --scale ${scale} --seed ${seed + round}`);
}
console.log(`${round} rounds passed in ${passed().toFixed(1)} minutes, from seed ${seed}.`);
