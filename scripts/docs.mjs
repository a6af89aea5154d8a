/** `npm run docs`: writes the generated documents; with `--check` says which are out of step. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { dashboard } from './lib/dashboard.mjs';
import { sdkReference } from './lib/sdk-reference.mjs';
import { root, setUp } from './lib/setup.mjs';

setUp({ quiet: true });
const { generate } = await import(join(root, 'packages/server/dist/docs/generate.js'));
const documents = {
  ...(await generate()),
  'docs/reference/sdk.md': sdkReference(),
  'deploy/grafana/ringback.json': `${JSON.stringify(dashboard, null, 2)}\n`,
};
const check = process.argv.includes('--check');
const stale = Object.entries(documents).filter(([path, text]) => {
  const file = join(root, path);
  return !existsSync(file) || readFileSync(file, 'utf8') !== text;
});
for (const [path, text] of check ? [] : stale) {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}
for (const [path] of stale) console.log(`${check ? 'out of step' : 'written'}: ${path}`);
if (check && stale.length > 0) {
  console.error('Run: npm run docs');
  process.exit(1);
}
