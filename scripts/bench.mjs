/** `npm run bench:<name>`: set-up, then `bench/<name>.mjs` with the arguments that follow. */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fail, root, setUp } from './lib/setup.mjs';

const [name = '', ...args] = process.argv.slice(2);
const file = join(root, 'bench', `${name}.mjs`);
if (name === '' || !existsSync(file)) {
  const all = readdirSync(join(root, 'bench'))
    .filter((one) => one.endsWith('.mjs'))
    .map((one) => one.slice(0, -4));
  fail(`There is no benchmark "${name}". There are: ${all.join(', ')}.`);
}
setUp({ quiet: true });
process.exit(spawnSync(process.execPath, [file, ...args], { cwd: root, stdio: 'inherit' }).status ?? 1);
