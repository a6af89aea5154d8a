/**
 * The long forms of tests: `npm run soak:webhooks [-- --calls N --seed N]`, 10 000 calls unless told otherwise, and
 * `npm run soak:hostile [-- --seconds N --seed N]`, an hour of hostile traffic.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, root, setUp } from './lib/setup.mjs';

const forms = {
  webhooks: { file: 'e2e/webhooks.test.ts', size: 'calls', standard: '10000', variable: 'SOAK_CALLS' },
  hostile: { file: 'fuzz/hostile.test.ts', size: 'seconds', standard: '3600', variable: 'SOAK_SECONDS' },
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { calls: { type: 'string' }, seconds: { type: 'string' }, seed: { type: 'string' } },
});
const form = forms[positionals[0]];
if (form === undefined)
  fail(`There is no soak "${positionals[0] ?? ''}". There are: ${Object.keys(forms).join(', ')}.`);
const size = values[form.size] ?? form.standard;
const { seed = String(Math.floor(Math.random() * 2 ** 31)) } = values;
for (const one of [size, seed]) if (!/^[1-9]\d{0,9}$/.test(one)) fail(`"${one}" is not a whole number from 1.`);
setUp({ quiet: true });
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const env = { ...process.env, [form.variable]: size, SOAK_SEED: seed };
process.exit(spawnSync(process.execPath, [vitest, 'run', form.file], { cwd: root, stdio: 'inherit', env }).status ?? 1);
