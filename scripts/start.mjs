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
// A terminal sends its signals to the whole group; those that are sent to this process alone are passed on.
for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
process.on('SIGINT', () => {});
child.on('exit', (code, signal) => process.exit(signal === null ? (code ?? 1) : 1));
