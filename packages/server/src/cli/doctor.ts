import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { controlClient, NoServer } from '../admin/control-client.ts';
import type { Status } from '../admin/status.ts';
import { riskyPairs } from '../config/risks.ts';
import { declarationOf, type SettingKey, type Settings, settingKeys } from '../config/settings.ts';
import { holderOf, isLocked } from '../stores/data-lock.ts';
import { checkCertificate } from './check-certificate.ts';
import { checkData, checkDatabase, checkDisk, lookAt } from './check-data.ts';
import { checkPorts } from './check-ports.ts';
import { checkSecrets } from './check-secrets.ts';
import { checkWebhooks } from './check-webhooks.ts';
import { exitCodes, sentenceOf } from './failure.ts';
import { type Finding, fail, ok, warn } from './finding.ts';
import { common, settingFlags, settingsFrom } from './options.ts';
import { print, printJson } from './output.ts';

/** `ringback doctor`: what is wrong with this installation, and what to do about it. */
export function addDoctorCommand(program: Command): void {
  common(
    settingFlags(program.command('doctor').description('what is wrong with this installation')).option(
      '--json',
      'print JSON',
    ),
    [
      'ringback doctor',
      'ringback doctor --data /var/lib/ringback --json',
      'ringback doctor --dev --http 127.0.0.1:9000',
    ],
  )
    .addHelpText('after', '\nGive it the settings of the server (flags, environment, file). Exit code 1 on a "fail".')
    .action(async (options: { readonly json?: boolean }, command: Command) => {
      const findings = await examine(settingsFrom(command).settings);
      if (options.json === true) printJson(findings);
      else show(findings);
      if (findings.some(({ level }) => level === 'fail')) process.exitCode = exitCodes.failure;
    });
}

async function examine(given: Settings): Promise<readonly Finding[]> {
  const now = Date.now();
  const { status, finding } = await checkServer(given.data);
  const settings = asServed(given, status);
  return [
    checkNode(process.versions.node),
    checkClock(now, settings.data),
    ...checkData(settings.data),
    ...checkDisk(settings.data),
    finding,
    ...(settings.database === '' ? checkDatabase(settings.data) : await postgres(settings.database)),
    ...(settings.redis === '' ? [] : await redis(settings.redis)),
    ...(await checkSecrets(settings)),
    ...(status === undefined ? [] : [checkApps(status), ...(await checkWebhooks(settings.data))]),
    ...checkCertificate(settings, now, status?.server?.certificate ?? ''),
    ...(await checkPorts(settings, status)),
    ...checkSettings(settings, given),
  ];
}

/** Its driver is loaded only where it is used. */
async function postgres(url: string): Promise<readonly Finding[]> {
  const { checkPostgres } = await import('./check-postgres.ts');
  return checkPostgres(url);
}

/** Likewise. */
async function redis(url: string): Promise<readonly Finding[]> {
  const { checkRedis } = await import('./check-redis.ts');
  return checkRedis(url);
}

/** Judged as the running server runs, or as the data directory was last used: it shows by its certificate. */
function asServed(given: Settings, status: Status | undefined): Settings {
  const dev = status?.server?.dev ?? (given['tls.cert'] === '' && existsSync(join(given.data, 'dev-cert.pem')));
  if (!dev || given.dev) return given;
  const changed = settingKeys.filter((key) => {
    const { default: standard, devDefault } = declarationOf(key);
    return devDefault !== undefined && given[key] === standard;
  });
  const forDevelopment = changed.map((key): [SettingKey, unknown] => [key, declarationOf(key).devDefault]);
  return { ...given, ...Object.fromEntries(forDevelopment), dev: true };
}

/** The oldest Node that Ringback runs on. */
const oldestNode = [20, 19] as const;

/** Judges the version of Node, such as `20.19.0`. */
export function checkNode(text: string): Finding {
  const [major = 0, minor = 0] = text.split('.').map(Number);
  const [oldest, since] = oldestNode;
  if (major > oldest || (major === oldest && minor >= since)) return ok('node', `Node ${text}.`);
  return fail('node', `Node ${text} is too old.`, `Install Node ${oldest}.${since} or newer.`);
}

/** ms; 2025-01-01. A clock before that was never set. */
const longAgo = 1_735_689_600_000;

/** ms by which a file may seem newer than now. */
const slack = 5000;

function checkClock(now: number, data: string): Finding {
  const spelled = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const fix = 'Set the clock and keep it right with NTP: signatures and deadlines depend on it.';
  if (now < longAgo) return fail('clock', `The clock says ${spelled}: it was never set.`, fix);
  const written = newest(data);
  if (written > now + slack) {
    return warn('clock', `The clock says ${spelled}, but the database was written later: it ran backwards.`, fix);
  }
  return ok('clock', `${spelled}.`);
}

function newest(data: string): number {
  return Math.max(0, ...['ringback.db', 'ringback.db-wal'].map((name) => modified(join(data, name))));
}

async function checkServer(data: string): Promise<{ readonly status: Status | undefined; readonly finding: Finding }> {
  const holder = holderOf(data);
  try {
    const status = (await controlClient(data, 3000)('status', {})) as Status;
    const { server } = status;
    const urls = Object.values(server?.addresses ?? {}).join(', ');
    const mode = server?.dev === true ? ' in development mode' : '';
    return {
      status,
      finding: ok('server', `Version ${server?.version} runs${mode} (process ${server?.pid}) at ${urls}.`),
    };
  } catch (error) {
    const silent = error instanceof NoServer && error.silent;
    const locked = isLocked(data);
    let finding: Finding;
    if (!(error instanceof NoServer)) {
      finding = fail('server', sentenceOf(error), 'Run this as the user of the server.');
    } else if (silent || (locked && holder?.role === 'server')) {
      const who = holder === undefined ? '' : ` (process ${holder.pid})`;
      finding = fail(
        'server',
        `A server${who} holds the data directory but does not answer at its control socket.`,
        'If it is not just starting or stopping, end that process and start it anew.',
      );
    } else finding = ok('server', 'No server runs on this data directory.');
    return { status: undefined, finding };
  }
}

function checkApps({ apps, liveCalls }: Status): Finding {
  if (apps === 0) return warn('applications', 'There is no application.', 'Make one: `ringback app create`.');
  return ok('applications', `${apps} application${apps === 1 ? '' : 's'}, ${liveCalls} live calls.`);
}

function checkSettings(settings: Settings, given: Settings): readonly Finding[] {
  const risks = riskyPairs(settings);
  const judged = settings.dev && !given.dev ? ' Judged as development mode, as this directory was last used.' : '';
  if (risks.length === 0) return [ok('settings', `No risky combination.${judged}`)];
  return risks.map((risk) => warn('settings', risk, 'Change one of the two, or leave it if you mean it.'));
}

function show(findings: readonly Finding[]): void {
  const width = Math.max(...findings.map(({ what }) => what.length));
  for (const { level, what, text, fix } of findings) {
    print(`${level.padEnd(4)}  ${what.padEnd(width)}  ${text}`);
    if (fix !== '') print(`${''.padEnd(width + 8)}→ ${fix}`);
  }
  const count = (level: Finding['level']): number => findings.filter((one) => one.level === level).length;
  print();
  print(`${count('ok')} ok, ${count('warn')} to look at, ${count('fail')} wrong.`);
}

/** ms; 0 when the file does not exist. */
const modified = (path: string): number => lookAt(path)?.mtimeMs ?? 0;
