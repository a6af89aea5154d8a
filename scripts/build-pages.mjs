/** Bundles the pages that the server shows, into packages/server/public. */
import { join } from 'node:path';
import { build } from 'vite';
import { compressFolder } from './lib/compress.mjs';
import { pages } from './lib/pages.mjs';
import { root } from './lib/setup.mjs';

for (const { name, source } of pages) {
  const folder = join(root, source);
  process.chdir(folder);
  await build({ root: folder, configFile: join(folder, 'vite.config.mjs'), logLevel: 'warn' });
  compressFolder(join(root, 'packages/server/public', name));
  console.log(`The page /${name} is built.`);
}
