import { type Command, InvalidArgumentError } from 'commander';
import { durationRule, parseDuration } from '../script/duration.ts';
import { Failure } from './failure.ts';
import { print } from './output.ts';
import { send } from './send.ts';

function parseSpan(text: string): string {
  if (parseDuration(text) === undefined) throw new InvalidArgumentError(`It must be ${durationRule}.`);
  return text;
}

function parseControl(text: string): URL {
  const full = text.includes('://') ? text : `http://${text}`;
  if (!/^http:\/\/(127\.0\.0\.1|localhost)(:\d{1,5})?\/?$/.test(full)) {
    throw new InvalidArgumentError('The control port of an emulator is on this machine: http://127.0.0.1:8090.');
  }
  return new URL(full);
}

/** `ringback emulate advance 60s` and the like: moves the clock of a running emulator. */
export function addClockCommands(emulate: Command): void {
  const clock = (name: string, doc: string, body: (span: string | undefined) => object, argument?: string): void => {
    const command = emulate.command(name).description(doc);
    if (argument !== undefined) command.argument(argument, durationRule, parseSpan);
    command
      .option('--control <url>', 'where the emulator is controlled', parseControl, new URL('http://127.0.0.1:8090'))
      .action(async (...given: readonly unknown[]) => {
        const span = typeof given[0] === 'string' ? given[0] : undefined;
        const options = given[given.length - 2] as { readonly control: URL };
        await move(options.control, body(span));
      });
  };
  clock('advance', 'move its clock on by a time', (span) => ({ advance: span }), '<time>');
  clock(
    'step',
    'move it on to the next thing that happens, at most by a time',
    (span) => ({ step: span ?? true }),
    '[time]',
  );
  clock('pause', 'let its clock stand still', () => ({ pause: true }));
  clock('resume', 'let its clock run on', () => ({ resume: true }));
}

async function move(control: URL, body: object): Promise<void> {
  const url = new URL('/emulator/clock', control);
  const { text } = await send(url, JSON.stringify(body), { pinned: false }).catch((error: Error) => {
    throw new Failure(`${error.message} Is an emulator running there? Start one with \`ringback emulate\`.`);
  });
  const { now, clock, error } = JSON.parse(text) as { now?: string; clock?: string; error?: string };
  if (error !== undefined) throw new Failure(error);
  print(`${now}  ${clock}`);
}
