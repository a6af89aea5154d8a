/** `npm run fuzz [-- --inputs N --seed N --only NAME]`: a million inputs for each parser that faces the network. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readOptions, refuse } from './lib/options.mjs';
import { root, setUp } from './lib/setup.mjs';

// What is no parser has a long form of its own.
const files = readdirSync(join(root, 'fuzz')).filter((name) => name.endsWith('.test.ts') && name !== 'hostile.test.ts');
const names = files.map((name) => name.replace('.test.ts', ''));
const about = `Hands many inputs to each parser: ${names.join(', ')}. A failure prints the smallest input and the seed.`;
const values = readOptions('fuzz', about, {
  inputs: [1_000_000, 'inputs for each'],
  seed: [0, 'where chance comes from; 0 is another place each time'],
  only: ['', 'the name of one of them'],
});
const { inputs, only } = values;
if (only !== '' && !names.includes(only)) refuse('fuzz', `There is no parser "${only}".`);
const seed = values.seed || Math.floor(Math.random() * 2 ** 31);
setUp({ quiet: true });
console.log(`Seed ${seed}.`);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const env = { ...process.env, FUZZ_INPUTS: String(inputs), FUZZ_SEED: String(seed) };
const paths = (only === '' ? names : [only]).map((name) => `fuzz/${name}.test.ts`);
process.exit(spawnSync(process.execPath, [vitest, 'run', ...paths], { cwd: root, stdio: 'inherit', env }).status ?? 1);
