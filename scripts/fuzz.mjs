/** `npm run fuzz [-- --inputs N --seed N --only NAME]`: a million inputs for each parser that faces the network. */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, root, setUp } from './lib/setup.mjs';

const { values } = parseArgs({
  options: {
    inputs: { type: 'string' },
    seed: { type: 'string' },
    only: { type: 'string' },
    help: { type: 'boolean' },
  },
});
// What is no parser has a long form of its own.
const files = readdirSync(join(root, 'fuzz')).filter((name) => name.endsWith('.test.ts') && name !== 'hostile.test.ts');
const names = files.map((name) => name.replace('.test.ts', ''));
if (values.help) {
  console.log(
    `Usage: npm run fuzz -- [--inputs N] [--seed N] [--only NAME]\n\n` +
      `Hands N inputs (default: 1000000) to each parser: ${names.join(', ')}.\nA failure prints the smallest input and the seed.`,
  );
  process.exit(0);
}
const { inputs = '1000000', seed = String(Math.floor(Math.random() * 2 ** 31)), only } = values;
for (const one of [inputs, seed]) if (!/^[1-9]\d{0,9}$/.test(one)) fail(`"${one}" is not a whole number from 1.`);
if (only !== undefined && !names.includes(only)) fail(`There is no parser "${only}". There are: ${names.join(', ')}.`);
setUp({ quiet: true });
console.log(`Seed ${seed}.`);
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const env = { ...process.env, FUZZ_INPUTS: inputs, FUZZ_SEED: seed };
const paths = (only === undefined ? names : [only]).map((name) => `fuzz/${name}.test.ts`);
process.exit(spawnSync(process.execPath, [vitest, 'run', ...paths], { cwd: root, stdio: 'inherit', env }).status ?? 1);
