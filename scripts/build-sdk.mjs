/** Bundles packages/sdk for browsers: ES modules, and a UMD file each of the SDK and of chat; the types are compiled by `tsc -b` before. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { filesBelow, root } from './lib/setup.mjs';

const sdk = join(root, 'packages/sdk');
const source = (name) => join(sdk, 'src', `${name}.ts`);
/** Bytes of the whole SDK as browsers load it. */
const most = 45_000;

const common = (lib, output, emptyOutDir) => ({
  root: sdk,
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  resolve: { alias: { 'ringback-protocol': join(root, 'packages/protocol/src/index.ts') } },
  build: {
    target: 'es2022',
    outDir: join(sdk, 'dist'),
    emptyOutDir,
    sourcemap: true,
    minify: true,
    lib,
    rolldownOptions: { output },
  },
});

await build(
  common(
    { entry: { index: source('index'), chat: source('chat') }, formats: ['es'] },
    { entryFileNames: '[name].js', chunkFileNames: 'shared.js' },
    false,
  ),
);
await build(
  common(
    { entry: source('index'), formats: ['umd'], name: 'RingbackSDK' },
    { entryFileNames: 'ringback-sdk.umd.cjs', exports: 'named' },
    false,
  ),
);
await build(
  common(
    { entry: source('chat'), formats: ['umd'], name: 'RingbackChat' },
    { entryFileNames: 'ringback-chat.umd.cjs', exports: 'named' },
    false,
  ),
);
await build(common({ entry: source('push-worker'), formats: ['es'] }, { entryFileNames: 'push-worker.js' }, false));
// For `importScripts`.
await build(
  common(
    { entry: source('push-worker'), formats: ['umd'], name: 'RingbackPush' },
    { entryFileNames: 'ringback-push-worker.umd.cjs', exports: 'named' },
    false,
  ),
);

const size = gzipSync(readFileSync(join(sdk, 'dist/ringback-sdk.umd.cjs'))).length;
console.log(`The SDK has ${(size / 1000).toFixed(1)} kB, compressed.`);
const needy = filesBelow(join(sdk, 'dist/types')).filter(
  (file) => file.endsWith('.d.ts') && readFileSync(file, 'utf8').includes('ringback-protocol'),
);
if (needy.length > 0)
  console.error(`Types that need the protocol package, which applications do not have: ${needy.join(', ')}`);
if (size > most) console.error(`That is more than the ${most / 1000} kB that it may have.`);
process.exit(needy.length > 0 || size > most ? 1 : 0);
