/** `npm test`: set-up, then every test group; closes with `N passed, N failed`. */
import { report, runGroups } from './lib/run-groups.mjs';
import { fail, setUp } from './lib/setup.mjs';
import { readTestArgs } from './lib/test-args.mjs';
import { testGroups } from './test-groups.mjs';

const chosen = readTestArgs(process.argv.slice(2), testGroups);

if ('problem' in chosen) fail(chosen.problem);
else if ('help' in chosen) {
  console.log(`npm test [-- --group <name>]… [--every-node] [--list]

  --group <name>  runs one group; may be given more than once
  --every-node    only the groups that run on every supported version of Node
  --list          names the groups and what they need, and runs none

The flags may stand in any order. Groups that are named and --every-node together: those of the named that it admits.

Environment: RINGBACK_TEST_INSTALL=0 forbids to install Debian packages; CI=true makes a group that\ncannot run a failure, and gives the files of a few failed tests a second run (those that then pass are listed).`);
} else if (chosen.list) {
  for (const { name, about, needs } of chosen.groups) {
    const packages = [...new Set(Object.values(needs))];
    console.log(`${name.padEnd(10)} ${about}${packages.length === 0 ? '' : ` (needs ${packages.join(', ')})`}`);
  }
} else {
  setUp();
  const ci = process.env.CI === 'true';
  process.exit(report(await runGroups(chosen.groups, { again: ci }), { ci }));
}
