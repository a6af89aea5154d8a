/**
 * The long forms of tests: `npm run soak:webhooks [-- --calls N --seed N]`, 10 000 calls unless told otherwise, and
 * `npm run soak:hostile [-- --seconds N --seed N]`, an hour of hostile traffic.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { installLine, providePrograms } from './lib/debian.mjs';
import { readOptions } from './lib/options.mjs';
import { fail, root, setUp } from './lib/setup.mjs';

const forms = {
  webhooks: {
    file: 'e2e/webhooks.test.ts',
    about: 'Calls whose webhooks fail in many ways while the server is killed: none may be lost.',
    size: 'calls',
    how: [10_000, 'calls, with a few events each'],
    variable: 'SOAK_CALLS',
  },
  hostile: {
    file: 'fuzz/hostile.test.ts',
    about: 'Hostile traffic beside honest customers: they are served in time, and memory stays where it was.',
    size: 'seconds',
    // Each of twelve parts is judged, too, by its slowest ring where it has fewer than a hundred: in less there would be hardly any.
    how: [3600, 's of hostile traffic', 60],
    variable: 'SOAK_SECONDS',
  },
};

const [name = '', ...args] = process.argv.slice(2);
const form = forms[name];
if (form === undefined) fail(`There is no soak "${name}". There are: ${Object.keys(forms).join(', ')}.`);
const known = { [form.size]: form.how, seed: [0, 'where chance comes from; 0 is another place each time'] };
const values = readOptions(`soak:${name}`, form.about, known, args);
// With it the sender leaves the cores to the server.
if (name === 'hostile' && process.platform === 'linux') {
  const missing = providePrograms('soak:hostile', { chrt: 'util-linux' });
  if (missing.length > 0) fail(`The sender of hostile traffic needs more. Install it: ${installLine(missing)}`);
}
setUp({ quiet: true });
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const seed = values.seed || Math.floor(Math.random() * 2 ** 31);
const env = { ...process.env, [form.variable]: String(values[form.size]), SOAK_SEED: String(seed) };
process.exit(spawnSync(process.execPath, [vitest, 'run', form.file], { cwd: root, stdio: 'inherit', env }).status ?? 1);
