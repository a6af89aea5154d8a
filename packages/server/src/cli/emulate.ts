import type { Command } from 'commander';
import { InvalidArgumentError } from 'commander';
import { addClockCommands } from './emulate-clock.ts';
import { UsageError } from './failure.ts';
import { common, parseAppId } from './options.ts';

/** What `ringback emulate` takes. */
export interface EmulateOptions {
  readonly preset?: string;
  readonly list?: true;
  readonly show?: true;
  readonly check?: true;
  readonly paused?: true;
  readonly port: number;
  readonly controlPort: number;
  readonly webhooks?: string;
  readonly record?: string;
  readonly app?: number;
  readonly data?: string;
  readonly json?: true;
  readonly untilInputEnds?: true;
  readonly logLevel: string;
}

function parsePort(text: string): number {
  if (!/^\d{1,5}$/.test(text) || Number(text) > 65_535)
    throw new InvalidArgumentError('A port is a number from 0 to 65535.');
  return Number(text);
}

/** `ringback emulate`: the real server on a test clock, with virtual users who act by script. */
export function addEmulateCommand(program: Command): void {
  const emulate = common(
    program
      .command('emulate')
      .description('run the server on a test clock, with virtual users who act by script')
      .argument('[script]', 'a script in YAML; with --record, the file to write')
      .option('--preset <name>', 'a script that is built in')
      .option('--list', 'list the presets')
      .option('--show', 'print the script of the preset, to begin one of your own with')
      .option('--check', 'run the script to its end at once, print what came of it, compare it with what it expects')
      .option('--paused', 'let time stand still until it is moved')
      .option('--port <n>', 'the port of the server on loopback; 0 for any that is free', parsePort, 8080)
      .option('--control-port <n>', 'the port on loopback that moves the clock and the users', parsePort, 8090)
      .option('--webhooks <url>', 'where to send webhooks, besides the built-in receiver')
      .option('--record <callId>', 'write a call of a real server (its --data) as a script')
      .option(
        '--data <dir>',
        'a directory of its own that stays (default: a temporary one); with --record, the server’s',
      )
      .option('--app <id>', 'with --record: the application (default: the only one)', parseAppId)
      .option('--json', 'print one line of JSON when it is ready; with --check, what came of it as JSON')
      .option('--until-input-ends', 'end when standard input ends, as it does when the program that started it is gone')
      .option('--log-level <level>', 'the least important lines of the log on standard error', 'error'),
    [
      'ringback emulate                                # a server and a clock; users are made over HTTP',
      'ringback emulate script.yaml --paused',
      'ringback emulate --list',
      'ringback emulate --preset result-not-answer --check',
      'ringback emulate advance 60s                    # moves the clock of the one that runs',
      'ringback emulate --record 0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31 call.yaml --data /var/lib/ringback',
    ],
  )
    .enablePositionalOptions()
    .action(async (file: string | undefined, options: EmulateOptions, command: Command) => {
      if (options.record !== undefined) {
        const { recordCall } = await import('./emulate-record.ts');
        await recordCall(options.record, file, command);
        return;
      }
      if (file !== undefined && options.preset !== undefined) {
        throw new UsageError('Give a script or a preset, not both.');
      }
      const { runEmulator } = await import('./run-emulator.ts');
      await runEmulator(file, options);
    });
  addClockCommands(emulate);
}
