/**
 * `npm run threats [-- --only TEXT]`: the tests that `docs/security.md` names for each threat, a line for each. All of them run in
 * `npm test`, too, in several of its groups.
 */
import { readOptions, refuse } from './lib/options.mjs';
import { runNamedTests } from './lib/run-named-tests.mjs';
import { readThreats } from './lib/threats.mjs';

const all = readThreats();
const titles = all.map(({ title }) => `  ${title}`).join('\n');
const about = `Runs the tests that docs/security.md names for each threat:\n${titles}\nEach of them must pass, and none be skipped.`;
const { only } = readOptions('threats', about, { only: ['', 'the threats with this text in their titles'] });
const chosen = all.filter(({ title }) => title.toLowerCase().includes(only.toLowerCase()));
if (chosen.length === 0) refuse('threats', `There is no threat with "${only}" in its title.`);
runNamedTests(
  chosen.flatMap(({ tests }) => tests),
  { workers: 3 },
);
