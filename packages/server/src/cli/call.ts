import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { didYouMean } from '../config/nearest.ts';
import { pickApp, withAccess } from './access.ts';
import { addCallQualityCommand } from './call-quality.ts';
import { exitCodes, Failure, sentenceOf, UsageError } from './failure.ts';
import { type CommonOptions, common, parseAppId, settingsFrom } from './options.ts';
import { printJson, tell } from './output.ts';
import { send } from './send.ts';
import { serverUrl } from './server-url.ts';
import { caOption, trustOf } from './trust.ts';

/** s; the signature is used at once. */
const lifetime = 600;

interface CallOptions extends CommonOptions {
  readonly app?: number;
  readonly identifier: string;
  readonly url?: string;
  readonly ca?: string;
}

/** The REST commands, as `service/command` or `v1/kind/command`. Loading their list takes a moment, so only who needs it does. */
export async function commandWords(): Promise<readonly string[]> {
  const { commands } = await import('../commands/index.ts');
  return commands.map(({ path }) => path);
}

/** `ringback call`: signs a REST command, sends it, prints the answer. `known` is for its help. */
export function addCallCommand(program: Command, known: readonly string[]): void {
  const call = common(program.command('call').description('sign a REST command, send it, print the answer'), [
    "ringback call call_record_http_srv/get_record_by_filter '{}'",
    `ringback call call_engine_http_srv/end_call '{"CallId": "0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31"}'`,
    "ringback call call_record_http_srv/get_record_by_filter '{}' --url https://calls.example.com",
  ])
    .argument('<service/command>', 'the command')
    .argument('[json]', 'its body; - reads it from standard input', '{}')
    .option('--app <id>', 'the application (default: the only one)', parseAppId)
    .option('--identifier <user>', 'who sends it; must be an administrator', 'administrator')
    .option('--url <url>', 'where to send it (default: the running server of the data directory)')
    .option(...caOption)
    .addHelpText(
      'after',
      `\nCommands:\n${known.map((one) => `  ${one}`).join('\n')}\n\nThe exit code is 1 when ErrorCode is not 0.`,
    )
    .action((path: string, json: string, options: CallOptions, command: Command) =>
      run(path, json, options, command, known),
    )
    // What stands after `quality` belongs to it.
    .enablePositionalOptions();
  addCallQualityCommand(call);
}

async function run(
  path: string,
  json: string,
  options: CallOptions,
  command: Command,
  known: readonly string[],
): Promise<void> {
  const parts = path.split('/');
  const version = parts.length === 3 && parts[0] === 'v1' ? parts.shift() : 'v4';
  const [service = '', name = '', ...rest] = parts;
  if (service === '' || name === '' || rest.length > 0) {
    throw new UsageError(`"${path}" is not of the form service/command.${didYouMean(path, known)}`);
  }
  const body = readBody(json);
  const { settings } = settingsFrom(command);
  const { app, userSig, status } = await withAccess(settings, {}, async (access) => {
    const id = await pickApp(access, options.app);
    const made = await access.ask('usersig.make', { app: id, user: options.identifier, expire: lifetime });
    return { app: id, userSig: made.userSig, status: await access.ask('status', {}) };
  });
  const url = new URL(
    `/${version}/${encodeURIComponent(service)}/${encodeURIComponent(name)}`,
    serverUrl(options.url, status),
  );
  url.search = new URLSearchParams({
    sdkappid: String(app),
    identifier: options.identifier,
    usersig: userSig,
    random: String(randomBytes(4).readUInt32BE()),
    contenttype: 'json',
  }).toString();
  show(await send(url, body, trustOf(options, status, settings.data)), path, known);
}

function readBody(json: string): string {
  const text = json === '-' ? readFileSync(0, 'utf8') : json;
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return text;
  } catch (error) {
    throw new UsageError(`The body is not JSON: ${sentenceOf(error)}. Put it between single quotes: '{"CallId": "…"}'`);
  }
  throw new UsageError('The body must be a JSON object, such as {}.');
}

/** Prints the answer as it came, indented; the exit code tells whether the command was done. */
function show(
  { status, text }: { readonly status: number; readonly text: string },
  path: string,
  known: readonly string[],
): void {
  let answer: unknown;
  try {
    answer = JSON.parse(text);
  } catch {
    throw new Failure(`What answers there is no Ringback: HTTP ${status}, and not JSON.`);
  }
  printJson(answer);
  const { ErrorCode: code, errorCode } = (answer ?? {}) as {
    readonly ErrorCode?: unknown;
    readonly errorCode?: unknown;
  };
  if (code === 0 || errorCode === 0) return;
  process.exitCode = exitCodes.failure;
  if (!known.includes(path)) tell(`note: ${path} is not a command that this version knows.${didYouMean(path, known)}`);
}
