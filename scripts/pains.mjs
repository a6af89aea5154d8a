/**
 * `npm run pains [-- --only N,…]`: the tests of what users of such systems report again and again, a line for each. All of them run
 * in `npm test`, too, in several of its groups.
 */
import { readOptions, refuse } from './lib/options.mjs';
import { painOf, pains } from './lib/pains.mjs';
import { runNamedTests } from './lib/run-named-tests.mjs';

const numbers = [...new Set(Object.values(pains).flat().map(painOf))].sort((one, other) => one - other);
const about =
  'Runs the tests of what users of such systems report again and again: ghost calls, lost webhooks, lost records.';
const { only } = readOptions('pains', about, { only: [numbers, 'the pains, by number'] });
for (const number of only) {
  if (!numbers.includes(number)) refuse('pains', `There is no pain ${number}. There are: ${numbers.join(', ')}.`);
}

const named = Object.entries(pains).flatMap(([file, names]) => names.map((name) => ({ file, name })));
// Leases run out and servers start meanwhile: most of the time all of them wait.
runNamedTests(
  named.filter(({ name }) => only.includes(painOf(name))),
  { workers: 6 },
);
