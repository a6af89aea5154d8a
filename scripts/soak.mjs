/** `npm run soak:webhooks [-- --calls N --seed N]`: the long form of the webhook test, 10 000 calls unless told otherwise. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { fail, root, setUp } from './lib/setup.mjs';

const forms = { webhooks: { file: 'e2e/webhooks.test.ts', calls: '10000' } };

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { calls: { type: 'string' }, seed: { type: 'string' } },
});
const form = forms[positionals[0]];
if (form === undefined)
  fail(`There is no soak "${positionals[0] ?? ''}". There are: ${Object.keys(forms).join(', ')}.`);
const { calls = form.calls, seed = String(Math.floor(Math.random() * 2 ** 31)) } = values;
for (const one of [calls, seed]) if (!/^[1-9]\d{0,9}$/.test(one)) fail(`"${one}" is not a whole number from 1.`);
setUp({ quiet: true });
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const env = { ...process.env, SOAK_CALLS: calls, SOAK_SEED: seed };
process.exit(spawnSync(process.execPath, [vitest, 'run', form.file], { cwd: root, stdio: 'inherit', env }).status ?? 1);
