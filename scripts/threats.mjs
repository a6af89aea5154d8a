/**
 * `npm run threats [-- --only TEXT]`: the tests that `docs/security.md` names for each threat, a line for each. All of them run in
 * `npm test`, too, in several of its groups.
 */
import { readOptions, refuse } from './lib/options.mjs';
import { runNamedTests } from './lib/run-named-tests.mjs';
import { readThreats } from './lib/threats.mjs';

const all = readThreats();
const about = `Runs the tests that docs/security.md names for each threat:\n${all.map(({ title }) => `  ${title}`).join('\n')}`;
const { only } = readOptions('threats', about, { only: ['', 'the threats with this text in their titles'] });
const chosen = all.filter(({ title }) => title.toLowerCase().includes(only.toLowerCase()));
if (chosen.length === 0) refuse('threats', `There is no threat with "${only}" in its title.`);

const tests = chosen.flatMap((threat) => threat.tests);
/** As the name is written, and with whatever a row puts in the place of `%s` or `$name`. */
const escaped = (name) => name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replace(/%[a-z]|\\\$[a-z]+/gi, '.*');
const names = [...new Set(tests.map(({ name }) => escaped(name)))];
const files = [...new Set(tests.map(({ file }) => file))];
runNamedTests({ files, pattern: `(^| )(${names.join('|')})( |$)`, workers: 3 });
