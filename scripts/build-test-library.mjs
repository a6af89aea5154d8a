/** Bundles packages/ringback-test for who loads it by `require`, as jest does; the modules and types are compiled by `tsc -b` before. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'vite';
import { root } from './lib/setup.mjs';

const library = join(root, 'packages/ringback-test');
await build({
  root: library,
  configFile: false,
  logLevel: 'warn',
  publicDir: false,
  define: { 'import.meta.url': '__here' },
  build: {
    target: 'node20',
    outDir: join(library, 'dist'),
    emptyOutDir: false,
    minify: false,
    lib: { entry: join(library, 'src/index.ts'), formats: ['cjs'] },
    rolldownOptions: {
      external: [/^node:/],
      output: {
        entryFileNames: 'index.cjs',
        banner: "const __here = require('node:url').pathToFileURL(__filename).href;",
      },
    },
  },
});
copyFileSync(join(library, 'dist/index.d.ts'), join(library, 'dist/index.d.cts'));
