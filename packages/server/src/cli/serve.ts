import type { Command } from 'commander';
import { common, settingFlags, settingsFrom } from './options.ts';
import { takeSignals } from './signals.ts';

/** `ringback serve`: runs the server until a signal stops it. */
export function addServeCommand(program: Command): void {
  common(settingFlags(program.command('serve').description('run the server')), [
    'ringback serve --dev                       # try it out: loopback, a certificate and an application of its own',
    'ringback serve --data /var/lib/ringback --https 0.0.0.0:443 --tls-cert cert.pem --tls-key key.pem',
    'RINGBACK_DATA=/var/lib/ringback ringback serve',
  ])
    .addHelpText('after', '\nSIGTERM and SIGINT stop it, a second one at once; SIGHUP reads the certificate again.')
    .action(async (_: object, command: Command) => {
      const signals = takeSignals();
      const loaded = settingsFrom(command);
      // The server is large: only who runs it waits for it to be loaded.
      const { runServer } = await import('./run-server.ts');
      await runServer(loaded, signals);
    });
}
