/** `npm test`: set-up, then every test group; closes with `N passed, N failed`. */
import { report, runGroups } from './lib/run-groups.mjs';
import { fail, setUp } from './lib/setup.mjs';
import { didYouMean } from './lib/words.mjs';
import { testGroups } from './test-groups.mjs';

const args = process.argv.slice(2);
const names = testGroups.map(({ name }) => name);
let chosen = testGroups;

for (let i = 0; i < args.length; i += 1) {
  const arg = args[i];
  if (arg === '--help' || arg === '-h') {
    console.log(`npm test [-- --group <name>]… [--every-node] [--list]

  --group <name>  runs one group; may be given more than once
  --every-node    only the groups that run on every supported version of Node
  --list          names the groups and what they need

Environment: RINGBACK_TEST_INSTALL=0 forbids to install Debian packages; CI=true makes a group that cannot run a failure.`);
    process.exit(0);
  } else if (arg === '--list') {
    for (const { name, about, needs } of testGroups) {
      const packages = [...new Set(Object.values(needs))];
      console.log(`${name.padEnd(10)} ${about}${packages.length === 0 ? '' : ` (needs ${packages.join(', ')})`}`);
    }
    process.exit(0);
  } else if (arg === '--every-node') chosen = chosen.filter(({ everyNode }) => everyNode);
  else if (arg === '--group') {
    i += 1;
    const name = args[i] ?? '';
    if (!names.includes(name))
      fail(`There is no test group "${name}".${didYouMean(name, names)} npm test -- --list names them.`);
    const more = testGroups.filter((group) => group.name === name);
    chosen = chosen === testGroups ? more : [...chosen, ...more];
  } else fail(`npm test does not know ${arg}.${didYouMean(arg, ['--group', '--list', '--help', '--every-node'])}`);
}

setUp();
process.exit(report(await runGroups(chosen), { ci: process.env.CI === 'true' }));
