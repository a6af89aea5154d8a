/**
 * Makes few files of the seven hundred that TypeBox is published in: every start of the server, the command line and the
 * emulator loads them, and that took half a second of the processor. What `tsc -b` has compiled before is pointed to them;
 * a file that is compiled again by itself loads TypeBox as it is published, which is as good and slower.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { filesBelow, root } from './lib/setup.mjs';

const typebox = join(root, 'node_modules/typebox');
const { version, license } = JSON.parse(readFileSync(join(typebox, 'package.json'), 'utf8'));
const source = (name) => join(typebox, 'build', name, 'index.mjs');

await build({
  root: join(root, 'packages/protocol'),
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  ssr: { noExternal: true },
  build: {
    target: 'node20',
    ssr: true,
    outDir: join(root, 'packages/protocol/dist/typebox'),
    emptyOutDir: true,
    minify: false,
    sourcemap: true,
    rolldownOptions: {
      input: { index: source('.'), compile: source('compile'), value: source('value') },
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: 'shared-[hash].js',
        banner: `/*! typebox ${version}, ${license}\n${readFileSync(join(typebox, 'license'), 'utf8').trim()}\n*/`,
      },
    },
  },
});

for (const name of ['protocol', 'engine', 'server']) {
  for (const path of filesBelow(join(root, 'packages', name, 'dist'))) {
    if (!path.endsWith('.js') || path.includes('/protocol/dist/typebox/')) continue;
    const text = readFileSync(path, 'utf8');
    const pointed = text.replace(
      /(\bfrom |\bimport\()(['"])typebox(\/(?:compile|value))?\2/g,
      '$1$2ringback-protocol/typebox$3$2',
    );
    if (pointed !== text) writeFileSync(path, pointed);
  }
}
