/**
 * `npm run test:faults [-- --minutes N --seed N --scale N --only name,…]`: the tests with faults in `cluster/faults`, as long as one
 * likes; `npm test` runs each once, in its shortest form.
 *
 * Round after round, each with a seed of its own, what breaks stays broken longer each time up to `--scale`. Ends after the
 * minutes, or with the first round that fails; says with which seed.
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readOptions, refuse } from './lib/options.mjs';
import { fail, root, setUp } from './lib/setup.mjs';

const folder = 'cluster/faults';
const all = readdirSync(join(root, folder))
  .map((name) => /^faults-(\w+)\.test\.ts$/.exec(name)?.[1])
  .filter((name) => name !== undefined);
const about = `Nodes, PostgreSQL, Redis, lines and clocks break under traffic, for minutes on end, round after round: ${all.join(', ')}.`;
const options = readOptions('test:faults', about, {
  minutes: [60, 'no round begins after this many'],
  rounds: [1000, 'nor after this many rounds'],
  seed: [0, 'the dice of the first round, each further round adds one; 0 is another place each time'],
  scale: [20, 'how many times longer than at first things stay broken, in the end, so that Redis is gone for minutes'],
  only: ['', 'some of them, with commas between'],
});
const { minutes, rounds, scale: most } = options;
const chosen = options.only === '' ? all : options.only.split(',');
for (const name of chosen) {
  if (!all.includes(name)) refuse('test:faults', `There is no "${name}". There are: ${all.join(', ')}.`);
}
const seed = options.seed || Math.floor(Math.random() * 2 ** 31);

setUp({ quiet: true });
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const files = chosen.map((name) => `${folder}/faults-${name}.test.ts`);
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
