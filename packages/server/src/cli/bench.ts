import { randomBytes } from 'node:crypto';
import { setMaxListeners } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Command, InvalidArgumentError } from 'commander';
import { type SdkAppId, sdkAppId, type UserId, userId } from 'ringback-protocol';
import { makeUserSig } from '../auth/usersig.ts';
import { settingList } from '../config/settings.ts';
import { refusals } from '../signalling/handshake.ts';
import { pickApp, withAccess } from './access.ts';
import { Failure, sentenceOf, UsageError } from './failure.ts';
import { type LoadTally, loadCalls, type Pair } from './load/call-load.ts';
import { LoadDevice, SocketRefused } from './load/load-device.ts';
import { LoadProgress, liveLine, percentile, spellMs } from './load/progress.ts';
import { type CommonOptions, common, parseAppId, parseCount, settingsFrom, withExamples } from './options.ts';
import { print, printJson, table, tell } from './output.ts';
import { send } from './send.ts';
import { isHere, serverUrl } from './server-url.ts';
import { caOption, type Trust, trustOf } from './trust.ts';

interface BenchOptions extends CommonOptions {
  readonly app?: number;
  readonly url?: string;
  readonly ca?: string;
  readonly keyFile?: string;
  readonly rate: number;
  readonly duration: number;
  readonly hold: number;
  readonly pairs?: number;
  readonly yes?: boolean;
  readonly json?: boolean;
}

/** Bounds of one run: it is a tool to measure an installation, not to harm one. */
const most = { rate: 5000, duration: 3600, hold: 600, pairs: 10_000 };

/** Pairs at most where none are asked for: two sockets each, and a server admits so many of one address unless told otherwise. */
const usualPairs = settingList['signalling.maxSocketsPerIp'].default / 2 - 100;

/** s that a pair may need beside the hold: to ring, to be answered, and more on a server that is late. */
const slack = 2;

/** What else there is to say when a server refuses a socket with these words. */
const advice: Readonly<Record<string, string>> = {
  [refusals.address.text]:
    'This address has as many sockets as signalling.maxSocketsPerIp allows: give fewer --pairs, or raise it there.',
  [refusals.sockets.text]:
    'The server has as many sockets as signalling.maxSockets allows: give fewer --pairs, or raise it there.',
};

/** Devices that sign in at once. */
const atOnce = 20;

/** Accounts of one request that deletes. */
const deletedAtOnce = 100;

/** s; longer than a run may take. */
const lifetime = 7200;

/** Where the calls go, and the key that signs. */
interface Target {
  readonly base: URL;
  readonly trust: Trust;
  readonly app: SdkAppId;
  readonly key: string;
}

/** `ringback bench`: what an installation bears, measured from outside. */
export function addBenchCommand(program: Command): void {
  const bench = withExamples(program.command('bench').description('measure an installation under load'), [
    'ringback bench calls --rate 50 --duration 30',
  ]);
  common(bench.command('calls').description('make calls at an even rate: ring, answer, hang up'), [
    'ringback bench calls --rate 50 --duration 30',
    'ringback bench calls --url https://calls.example.com --app 1400000001 --key-file key.txt --yes',
  ])
    .option('--app <id>', 'the application (default: the only one)', parseAppId)
    .option('--rate <n>', `calls a second, at most ${most.rate}`, upTo(most.rate), 10)
    .option('--duration <seconds>', `how long calls are started, at most ${most.duration}`, upTo(most.duration), 30)
    .option('--hold <seconds>', `how long each call is held, at most ${most.hold}`, upTo(most.hold), 1)
    .option(
      '--pairs <n>',
      `pairs of users, at most ${most.pairs} (default: enough for the rate, and at most ${usualPairs})`,
      upTo(most.pairs),
    )
    .option('--url <url>', 'the server (default: the running one of the data directory)')
    .option(...caOption)
    .option('--key-file <file>', 'a file with a key of the application, for a server whose keys are not here')
    .option('--yes', 'go on although the server is on another machine')
    .option('--json', 'print the result as JSON')
    .addHelpText(
      'after',
      '\nThe calls are real: they ring users named bench-…, leave records and set off webhooks. The users are deleted at the end.',
    )
    .action((options: BenchOptions, command: Command) => run(options, command));
}

function upTo(bound: number): (text: string) => number {
  return (text) => {
    const count = parseCount(text);
    if (count > bound) throw new InvalidArgumentError(`It must be at most ${bound}.`);
    return count;
  };
}

async function run(options: BenchOptions, command: Command): Promise<void> {
  const target = await findTarget(options, command);
  const { origin } = target.base;
  if (!isHere(target.base) && options.yes !== true) {
    throw new UsageError(`${origin} is on another machine. Add --yes when you may put load on it.`);
  }
  const { rate, duration, hold } = options;
  const count = options.pairs ?? Math.min(usualPairs, Math.ceil(rate * Math.min(duration, hold + slack)) + 5);
  const tally: LoadTally = {
    started: 0,
    seconds: 0,
    complete: 0,
    skipped: 0,
    ring: [],
    setUp: [],
    failures: new Map(),
  };
  const stopping = new AbortController();
  const { signal: stopped } = stopping;
  // Each call that is held listens.
  setMaxListeners(0, stopped);
  const stop = (): void => {
    tell('stopping: calls are hung up, and the users deleted');
    stopping.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
  const crowd: Crowd = { users: [], devices: [], pairs: [] };
  const live = liveLine();
  try {
    tell(
      `${rate} calls a second for ${duration} s at ${origin}, application ${target.app}, with ${spellPairs(count)}.`,
    );
    tellOfTooFew(count, options);
    await signIn({ target, count, crowd, show: (text) => live.show(text), stopped });
    const progress = new LoadProgress(tally, performance.now());
    const watch = setInterval(() => live.show(progress.text(performance.now())), 1000);
    const { pairs } = crowd;
    await loadCalls({ pairs, rate, seconds: duration, hold: hold * 1000, tally, stopped }).finally(() =>
      clearInterval(watch),
    );
  } finally {
    live.end();
    for (const one of crowd.devices) one.close();
    await deleteUsers(target, crowd.users);
  }
  report(tally, rate, options.json === true);
  if (tally.complete === 0) throw new Failure('No call was completed.');
}

const spellPairs = (count: number): string => `${count} pair${count === 1 ? '' : 's'}`;

/** Says so before it begins when calls will be skipped, however fast the server is. */
function tellOfTooFew(count: number, { rate, duration, hold }: BenchOptions): void {
  // In a run that is shorter than its calls, none ends in time for another one.
  const allowed = count / Math.min(hold, duration);
  if (allowed >= rate) return;
  const shown = allowed < 10 ? Number(allowed.toPrecision(2)) : Math.floor(allowed);
  tell(
    `note: with ${spellPairs(count)}, at most ${shown} calls a second can be held for ${hold} s: what is due beyond that is skipped.`,
  );
}

async function findTarget(options: BenchOptions, command: Command): Promise<Target> {
  const { settings } = settingsFrom(command);
  if (options.keyFile !== undefined) {
    const { app, url } = options;
    if (app === undefined || url === undefined) throw new UsageError('--key-file needs --app and --url.');
    let key: string;
    try {
      key = readFileSync(options.keyFile, 'utf8').trim();
    } catch (error) {
      throw new UsageError(`The key file ${options.keyFile} cannot be read: ${sentenceOf(error)}.`);
    }
    const status = { apps: 0, liveCalls: 0, now: 0 };
    return {
      base: new URL(serverUrl(url, status)),
      trust: trustOf(options, status, settings.data),
      app: sdkAppId(app),
      key,
    };
  }
  return withAccess(settings, {}, async (access) => {
    const app = await pickApp(access, options.app);
    const status = await access.ask('status', {});
    const base = new URL(serverUrl(options.url, status));
    const [key] = (await access.ask('app.show', { id: app, reveal: true })).keys;
    return { base, trust: trustOf(options, status, settings.data), app: sdkAppId(app), key: key?.secret ?? '' };
  });
}

const sigOf = ({ app, key }: Target, user: string): string =>
  makeUserSig({ sdkAppId: app, userId: user, key, expire: lifetime, now: Math.floor(Date.now() / 1000) });

/** Who takes part. */
interface Crowd {
  readonly users: UserId[];
  /** All that have signed in, also those whose pair is not complete. */
  readonly devices: LoadDevice[];
  readonly pairs: Pair[];
}

/** Signs the pairs in, some at a time; a device that cannot is the end of the run. */
async function signIn(options: {
  readonly target: Target;
  readonly count: number;
  readonly crowd: Crowd;
  readonly show: (text: string) => void;
  readonly stopped: AbortSignal;
}): Promise<void> {
  const { target, count, crowd, show, stopped } = options;
  const prefix = `bench-${randomBytes(4).toString('hex')}`;
  const url = new URL('/signalling', target.base);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  const device = async (user: UserId): Promise<LoadDevice> => {
    crowd.users.push(user);
    const { trust, app } = target;
    const identity = { url: url.href, trust, app, userId: user, userSig: sigOf(target, user) };
    const signedIn = await LoadDevice.signIn(identity);
    crowd.devices.push(signedIn);
    return signedIn;
  };
  for (let at = 0; at < count && !stopped.aborted; at += atOnce) {
    const some = Array.from({ length: Math.min(atOnce, count - at) }, (_, n) => {
      const calleeId = userId(`${prefix}-b${at + n}`);
      return { calleeId, both: [device(userId(`${prefix}-a${at + n}`)), device(calleeId)] as const };
    });
    // Of all, that none signs in after the run is over.
    const failed = (await Promise.allSettled(some.flatMap(({ both }) => both))).find(
      (one) => one.status === 'rejected',
    );
    if (failed !== undefined) throw new Failure(`A device could not sign in: ${whyNot(failed.reason)}`);
    for (const { calleeId, both } of some) {
      const [caller, callee] = await Promise.all(both);
      crowd.pairs.push({ caller, callee, calleeId });
    }
    show(`signed in: ${crowd.pairs.length} of ${count} pairs`);
  }
}

/** Why a device could not sign in, with what to do where that is known. */
function whyNot(reason: unknown): string {
  const more = reason instanceof SocketRefused ? advice[reason.text] : undefined;
  return more === undefined ? sentenceOf(reason) : `${sentenceOf(reason)} ${more}`;
}

async function deleteUsers(target: Target, users: readonly UserId[]): Promise<void> {
  const url = new URL('/v4/im_open_login_svc/account_delete', target.base);
  url.search = new URLSearchParams({
    sdkappid: String(target.app),
    identifier: 'administrator',
    usersig: sigOf(target, 'administrator'),
    random: '1',
    contenttype: 'json',
  }).toString();
  for (let at = 0; at < users.length; at += deletedAtOnce) {
    const DeleteItem = users.slice(at, at + deletedAtOnce).map((UserID) => ({ UserID }));
    const told = await send(url, JSON.stringify({ DeleteItem }), target.trust).catch((error: Error) => error.message);
    const problem = typeof told === 'string' ? told : (JSON.parse(told.text) as { ErrorInfo: string }).ErrorInfo;
    if (problem !== '') {
      tell(`note: the users ${users[0]} … were not all deleted: ${problem}`);
      return;
    }
  }
}

function report(tally: LoadTally, rate: number, json: boolean): void {
  const { started, seconds, complete, skipped, failures, ring, setUp } = tally;
  const reached = seconds === 0 ? 0 : started / seconds;
  const points = [0.5, 0.95, 0.99, 0.999, 1];
  const of = (values: readonly number[]): number[] => points.map((p) => percentile(values, p));
  if (json) {
    const named = (values: readonly number[]): object => {
      const [p50, p95, p99, p999, max] = of(values).map((ms) => (Number.isNaN(ms) ? null : Math.round(ms * 10) / 10));
      return { p50, p95, p99, p999, max };
    };
    printJson({
      rate,
      rate_reached: Math.round(reached * 10) / 10,
      started,
      complete,
      skipped,
      failures: Object.fromEntries(failures),
      ring_ms: named(ring),
      set_up_ms: named(setUp),
    });
    return;
  }
  const share = started === 0 ? 0 : (100 * complete) / started;
  print(`calls: ${started} started, ${complete} complete (${share.toFixed(2)} %)`);
  print(`rate:  ${reached.toFixed(1)} a second of ${rate}`);
  if (skipped > 0) print(`       ${skipped} were due while all pairs were busy: give more --pairs, or a lower --rate`);
  for (const [reason, n] of failures) print(`       ${n} failed: ${reason}`);
  print();
  const rows = [
    ['until it rings', ...of(ring).map(spellMs)],
    ['until it is answered', ...of(setUp).map(spellMs)],
  ];
  print(table(['', 'p50', 'p95', 'p99', 'p99.9', 'max'], rows));
}
