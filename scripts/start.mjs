/** `npm start`: set-up, then the development server. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { root, setUp } from './lib/setup.mjs';

const args = process.argv.slice(2);
if (args.includes('--help') || args.includes('-h')) {
  console.log(`npm start [-- <flags of ringback serve>]

Installs and builds what is missing or out of date, then runs: ringback serve --dev
Example: npm start -- --http 127.0.0.1:9000 --https off
All flags: npx ringback serve --help`);
  process.exit(0);
}

setUp();
const child = spawn(process.execPath, [join(root, 'packages/server/bin/ringback.mjs'), 'serve', '--dev', ...args], {
  stdio: 'inherit',
});
// A signal may be for this process alone, so all are passed on. The server takes one that it gets twice, because a terminal
// has sent it to the whole group, for one.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
