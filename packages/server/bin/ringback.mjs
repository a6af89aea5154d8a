#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/cli/main.js', import.meta.url);
if (!existsSync(main)) {
  console.error('ringback: the program is not built yet. Run `npm run build` in the checkout, or `npm start`.');
  process.exit(1);
}
// A reader that goes away, as `| head` does, is no failure.
process.stdout.on('error', (error) => process.exit(error.code === 'EPIPE' ? 0 : 1));

const { main: run } = await import(main.href);
process.exitCode = await run(process.argv.slice(2));
