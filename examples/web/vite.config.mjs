import { fileURLToPath } from 'node:url';

/** The built page goes where the server looks for it; `ringback serve --dev` shows it at /demo. */
export default {
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  build: {
    outDir: fileURLToPath(new URL('../../packages/server/public/demo', import.meta.url)),
    emptyOutDir: true,
    target: 'es2022',
  },
};
