/**
 * `npm run pains [-- --only N,…]`: the tests of what users of such systems report again and again, a line for each. All of them run
 * in `npm test`, too, in several of its groups.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installLine, providePrograms } from './lib/debian.mjs';
import { readOptions, refuse } from './lib/options.mjs';
import { painOf, pains } from './lib/pains.mjs';
import { fail, root, setUp } from './lib/setup.mjs';
import { testGroups } from './test-groups.mjs';

const numbers = [...new Set(Object.values(pains).flat().map(painOf))].sort((one, other) => one - other);
const about =
  'Runs the tests of what users of such systems report again and again: ghost calls, lost webhooks, lost records.';
const { only } = readOptions('pains', about, { only: [numbers, 'the pains, by number'] });
for (const number of only) {
  if (!numbers.includes(number)) refuse('pains', `There is no pain ${number}. There are: ${numbers.join(', ')}.`);
}

setUp({ quiet: true });
const files = Object.keys(pains).filter((file) => pains[file].some((name) => only.includes(painOf(name))));
for (const { name, paths, needs } of testGroups) {
  if (!paths.some((path) => files.some((file) => file.startsWith(`${path}/`)))) continue;
  const missing = providePrograms(name, needs);
  if (missing.length > 0) fail(`The tests of ${name} need more. Install it: ${installLine(missing)}`);
}
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
// Names of groups stand before those of tests.
const named = only.length === numbers.length ? [] : ['--testNamePattern', `(^| )(${only.join('|')})\\. `];
const args = [vitest, 'run', '--reporter=verbose', '--maxWorkers=3', ...named, ...files];
process.exit(spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1);
