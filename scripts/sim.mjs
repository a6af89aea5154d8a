/** `npm run sim [-- --seed N --hours H …]`: bundles the simulation from sources, then runs it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { root, setUp } from './lib/setup.mjs';

setUp({ quiet: true });
const { build } = await import('vite');
const outDir = join(root, 'node_modules', '.cache', 'sim');
const source = (name) => join(root, 'packages', name, 'src', 'index.ts');
await build({
  root: join(root, 'sim'),
  configFile: false,
  logLevel: 'error',
  resolve: { alias: { 'ringback-protocol': source('protocol'), 'ringback-engine': source('engine') } },
  build: { ssr: 'main.ts', outDir, emptyOutDir: true, target: 'node20', minify: false },
});
const args = [join(outDir, 'main.js'), ...process.argv.slice(2)];
process.exit(spawnSync(process.execPath, args, { cwd: root, stdio: 'inherit' }).status ?? 1);
