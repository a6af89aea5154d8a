/** Bundles packages/console for browsers, into the folder from which the server serves `/console`. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { compressFolder } from './lib/compress.mjs';
import { filesBelow, root } from './lib/setup.mjs';

const folder = join(root, 'packages/console');
const out = join(root, 'packages/server/public/console');
/** Bytes of all scripts together, compressed; the first load is a part of them. */
const most = 300_000;

/** The commands that the explorer shows, out of the generated description of the REST API. */
const commands = () => {
  const { paths } = JSON.parse(readFileSync(join(root, 'docs/reference/openapi.json'), 'utf8'));
  return Object.entries(paths).map(([path, { post }]) => ({
    path,
    summary: post.summary,
    description: post.description,
    examples: Object.values(post.requestBody.content['application/json'].examples).map(({ summary, value }) => ({
      name: summary,
      body: value,
    })),
  }));
};

const commandList = {
  name: 'commands',
  resolveId: (id) => (id === 'virtual:commands' ? id : undefined),
  load: (id) => (id === 'virtual:commands' ? `export const commands = ${JSON.stringify(commands())};` : undefined),
};

await build({
  plugins: [commandList],
  root: folder,
  base: '/console/',
  configFile: false,
  logLevel: 'warn',
  resolve: {
    alias: {
      'ringback-protocol': join(root, 'packages/protocol/src/index.ts'),
      'ringback-sdk': join(root, 'packages/sdk/src/index.ts'),
    },
  },
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: { target: 'es2022', outDir: out, emptyOutDir: true, minify: true, modulePreload: { polyfill: false } },
});

compressFolder(out);

const scripts = filesBelow(join(out, 'assets')).filter((file) => file.endsWith('.js'));
const size = scripts.reduce((sum, file) => sum + gzipSync(readFileSync(file)).length, 0);
console.log(`The console has ${(size / 1000).toFixed(1)} kB of scripts, compressed.`);
if (size > most) {
  console.error(`That is more than the ${most / 1000} kB that it may have.`);
  process.exit(1);
}
