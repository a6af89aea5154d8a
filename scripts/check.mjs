/** `npm run check`: format and lint, import walls, types, generated documents, tests. All steps run; the sum is at the end. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root, setUp } from './lib/setup.mjs';

const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(
    'npm run check [-- --no-tests]\n\nFormat, lint, import walls, types, dependencies, generated documents, tests.',
  );
  process.exit(0);
}
const bin = (path) => join(root, 'node_modules', path);
const steps = [
  ['format and lint', [bin('@biomejs/biome/bin/biome'), 'check', '--error-on-warnings', '.']],
  ['import walls', ['scripts/walls.mjs']],
  ['types of sources', [bin('typescript/bin/tsc'), '-b']],
  ['types of tests', [bin('typescript/bin/tsc'), '-p', 'tsconfig.test.json']],
  ['types of tests of the SDK', [bin('typescript/bin/tsc'), '-p', 'packages/sdk/test']],
  ['types of pages', [bin('typescript/bin/tsc'), '-p', 'examples/web']],
  ['types of the UI kit example', [bin('typescript/bin/tsc'), '-p', 'examples/ui-kit']],
  ['dependencies', ['scripts/audit.mjs', '--offline']],
  ['generated documents', ['scripts/docs.mjs', '--check']],
  ...(args.includes('--no-tests') ? [] : [['tests', ['scripts/test.mjs']]]),
];

setUp({ quiet: true });
const failed = [];
for (const [name, command] of steps) {
  const began = performance.now();
  const { status } = spawnSync(process.execPath, command, { cwd: root, stdio: 'inherit' });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  if (status !== 0) failed.push(name);
}
console.log(failed.length === 0 ? 'All checks passed.' : `Failed: ${failed.join(', ')}.`);
process.exit(failed.length === 0 ? 0 : 1);
