import { request as httpRequest } from 'node:http';
import { request as httpsRequest, type RequestOptions } from 'node:https';
import { createInterface } from 'node:readline';
import type { Command } from 'commander';
import { eventWords } from '../admin/endpoint-view.ts';
import { isWebhookSecret, listenSecret } from '../auth/webhook-secret.ts';
import type { HeardEvent } from '../webhooks/listeners.ts';
import { pickApp, withAccess } from './access.ts';
import { Failure, UsageError } from './failure.ts';
import { Forwarder } from './forward.ts';
import { localSecret } from './local-secret.ts';
import { type CommonOptions, common, parseAppId, settingsFrom } from './options.ts';
import { jsonText, print, printJson, spellTime, tell } from './output.ts';
import { serverUrl } from './server-url.ts';
import { caOption, type Trust, tlsOptions, trustOf, whyNoConnection } from './trust.ts';

interface ListenOptions extends CommonOptions {
  readonly app?: number;
  readonly identifier: string;
  readonly url?: string;
  readonly ca?: string;
  readonly usersig?: string;
  readonly secret?: string;
  readonly forwardTo?: string;
  readonly events?: string;
  readonly json?: boolean;
}

/** s; a connection lasts an hour at most. */
const lifetime = 7200;

/** ms between attempts to connect again. */
const shortest = 500;
const longest = 15_000;

/** `ringback listen`: the events of an application on this computer, without a public URL. */
export function addListenCommand(program: Command): void {
  common(
    program
      .command('listen')
      .description('receive the webhook events of an application here, as they happen, and forward them'),
    [
      'ringback listen',
      'ringback listen --forward-to http://127.0.0.1:3000/calls',
      'ringback listen --url https://calls.example.com --app 1400000001 --usersig "$USERSIG"',
    ],
  )
    .option('--app <id>', 'the application (default: the only one)', parseAppId)
    .option('--forward-to <url>', 'post each event there, signed as a real delivery is')
    .option('--events <list>', 'only start-call, member-changed, end-call')
    .option('--json', 'print each event as one line of JSON')
    .option('--identifier <user>', 'who listens; must be an administrator', 'administrator')
    .option('--url <url>', 'the server (default: the running one of the data directory)')
    .option(...caOption)
    .option('--usersig <sig>', 'a UserSig of that administrator, for a server whose keys are not here')
    .option('--secret <whsec>', 'sign what is forwarded with this secret (default: one that stays the same)')
    .addHelpText(
      'after',
      '\nOnly what happens from now on is heard. `ringback trigger call` makes something happen.\nThe secret stays the same as long as the first key of the application does; with --usersig, it is of this computer\nand kept in ringback/secret of your configuration folder.',
    )
    .action((options: ListenOptions, command: Command) => run(options, command));
}

/** Where to connect, and the secret of what is forwarded; asked anew for each connection, because signatures expire. */
interface Way {
  readonly url: URL;
  readonly trust: Trust;
  readonly app: number;
  readonly secret: string;
}

async function run(options: ListenOptions, command: Command): Promise<void> {
  const wanted = wantedCommands(options.events);
  const forwardTo = options.forwardTo;
  if (forwardTo !== undefined && !(/^https?:\/\/./.test(forwardTo) && URL.canParse(forwardTo))) {
    throw new UsageError(`"${forwardTo}" is not a URL: write http://127.0.0.1:3000/path.`);
  }
  if (options.secret !== undefined && !isWebhookSecret(options.secret)) {
    throw new UsageError('--secret must be whsec_ and the base64 of 24 to 64 bytes.');
  }
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
  let wait = shortest;
  let greeted = false;
  let forwarder: Forwarder | undefined;
  while (!stop.signal.aborted) {
    try {
      const way = await findWay(options, command);
      if (forwardTo !== undefined) {
        forwarder ??= new Forwarder({ url: forwardTo, app: way.app, secret: way.secret, said: say(options.json) });
      }
      await hear(way, stop.signal, {
        opened: () => {
          wait = shortest;
          tell(`${greeted ? 'Connected again' : 'Listening'} to application ${way.app} at ${way.url.origin}.`);
          if (!greeted && way.secret !== '') tell(`Secret of what is forwarded: ${way.secret} (it stays the same)`);
          if (!greeted) tell('Press Ctrl-C to stop.');
          greeted = true;
        },
        heard: (event) => {
          if (!wanted.has(event.command)) return;
          show(event, options.json === true, forwardTo === undefined);
          forwarder?.add(event);
        },
      });
    } catch (error) {
      // What was never there is told at once; what was, comes back.
      if (!greeted || (error instanceof Refused && error.isFinal)) throw error;
      tell(`${(error as Error).message} Trying again …`);
    }
    if (stop.signal.aborted) break;
    await pause(wait, stop.signal);
    wait = Math.min(longest, wait * 2);
  }
  await forwarder?.close();
}

function wantedCommands(text: string | undefined): ReadonlySet<string> {
  const words = text === undefined ? Object.keys(eventWords) : text.split(',').map((word) => word.trim());
  return new Set(
    words.map((word) => {
      const known = eventWords[word] ?? Object.values(eventWords).find((one) => one === word);
      if (known !== undefined) return known;
      throw new UsageError(`There is no event ${word}. There is ${Object.keys(eventWords).join(', ')}.`);
    }),
  );
}

async function findWay(options: ListenOptions, command: Command): Promise<Way> {
  const { settings } = settingsFrom(command);
  if (options.usersig !== undefined) {
    if (options.app === undefined || options.url === undefined)
      throw new UsageError('--usersig needs --app and --url.');
    const status = { apps: 0, liveCalls: 0, now: 0 };
    const url = listenUrl(serverUrl(options.url, status), options.app, options.identifier, options.usersig);
    const trust = trustOf(options, status, settings.data);
    return { url, trust, app: options.app, secret: secretOf(options, options.app) };
  }
  return withAccess(settings, {}, async (access) => {
    const app = await pickApp(access, options.app);
    const { userSig } = await access.ask('usersig.make', { app, user: options.identifier, expire: lifetime });
    const [key] = (await access.ask('app.show', { id: app, reveal: true })).keys;
    const status = await access.ask('status', {});
    const url = listenUrl(serverUrl(options.url, status), app, options.identifier, userSig);
    const trust = trustOf(options, status, settings.data);
    return { url, trust, app, secret: options.secret ?? listenSecret(key?.secret ?? '') };
  });
}

/** Without the key of the application: one that this computer keeps; none where nothing is forwarded. */
function secretOf({ secret, forwardTo }: ListenOptions, app: number): string {
  if (secret !== undefined || forwardTo === undefined) return secret ?? '';
  return listenSecret(`${localSecret()} ${app}`);
}

function listenUrl(base: string, app: number, identifier: string, usersig: string): URL {
  const url = new URL('/listen', base);
  url.search = new URLSearchParams({ sdkappid: String(app), identifier, usersig }).toString();
  return url;
}

/** The server does not let us listen. */
class Refused extends Failure {
  /** Asked again, it would say the same: not so while it starts or stops, has too much to do, or stands behind a proxy alone. */
  readonly isFinal: boolean;

  constructor(text: string, status: number | undefined) {
    super(text);
    this.isFinal = status !== undefined && status < 500 && status !== 429;
  }
}

/** Hears events until the connection ends; rejects when there is none. */
function hear(
  { url, trust }: Way,
  signal: AbortSignal,
  told: { readonly opened: () => void; readonly heard: (event: HeardEvent) => void },
): Promise<void> {
  const secure = url.protocol === 'https:';
  const options: RequestOptions = {
    signal,
    agent: false,
    ...(secure && tlsOptions(trust)),
  };
  return new Promise((resolve, reject) => {
    const asked = (secure ? httpsRequest : httpRequest)(url, options, (response) => {
      const lines = createInterface({ input: response });
      let text = '';
      if (response.statusCode === 200) told.opened();
      lines.on('line', (line) => {
        if (response.statusCode !== 200) text += line;
        else if (line !== '') told.heard(JSON.parse(line) as HeardEvent);
      });
      lines.on('close', () => {
        if (response.statusCode === 200) resolve();
        else {
          const { statusCode } = response;
          reject(new Refused(`The server does not let us listen: ${reasonOf(text, statusCode)}`, statusCode));
        }
      });
      // A server that is silent for longer than its signs of life come is gone.
      response.setTimeout(45_000, () => response.destroy());
      // A connection that breaks off ends without an end, and the lines with it.
      response.on('close', () => lines.close());
      response.on('error', () => {});
      lines.on('error', () => {});
    });
    asked.on('error', (error) => {
      if (signal.aborted) resolve();
      else reject(new Failure(`${url.origin} cannot be reached: ${whyNoConnection(error)}`));
    });
    asked.end();
  });
}

function reasonOf(text: string, status: number | undefined): string {
  try {
    return String((JSON.parse(text) as { readonly error?: unknown }).error);
  } catch {
    return `HTTP ${status}.`;
  }
}

function show(event: HeardEvent, json: boolean, whole: boolean): void {
  if (json) {
    print(jsonText({ ...event, body: JSON.parse(event.body) as unknown }));
    return;
  }
  print(`${spellTime(Date.now())}  ${event.command}  ${event.id}`);
  if (whole) printJson(JSON.parse(event.body));
}

/** Where the forwarder tells what it did: with JSON on standard output, that is not the place. */
const say = (json: boolean | undefined) => (json === true ? tell : print);

const pause = (ms: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener('abort', () => {
      clearTimeout(timer);
      resolve();
    });
  });
