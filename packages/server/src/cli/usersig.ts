import type { Command } from 'commander';
import { isUserId } from 'ringback-protocol';
import { pastedSig } from '../admin/pasted-sig.ts';
import type { Finding } from '../auth/explain.ts';
import { explainUserSig } from '../auth/explain.ts';
import { makeUserSig } from '../auth/usersig.ts';
import { pickApp, withAccess } from './access.ts';
import { exitCodes, Failure, UsageError } from './failure.ts';
import { type CommonOptions, common, parseAppId, parseCount, settingsFrom, withExamples } from './options.ts';
import { print, tell } from './output.ts';

/** s; a day. */
const usualLifetime = 86_400;

interface MakeOptions extends CommonOptions {
  readonly app?: number;
  readonly user: string;
  readonly expire: number;
  readonly key?: string;
}

interface ExplainOptions extends CommonOptions {
  readonly app?: number;
  readonly user?: string;
}

/** `ringback usersig`: makes signatures, and says what is wrong with one. */
export function addUserSigCommand(program: Command): void {
  const usersig = withExamples(program.command('usersig').description('make and explain UserSigs'), [
    'ringback usersig make --user alice',
    'ringback usersig explain eJyrVgrxCdYrSy1SslIy0jNQ...',
  ]);

  common(usersig.command('make').description('make a UserSig and print it'), [
    'ringback usersig make --app 1400000001 --user alice',
    'ringback usersig make --app 1400000001 --user administrator --expire 3600',
    'ringback usersig make --app 1400000001 --user alice --key <secret>   # without an installation',
  ])
    .option('--app <id>', 'the application (default: the only one)', parseAppId)
    .requiredOption('--user <id>', 'the user')
    .option('--expire <seconds>', 'its lifetime', parseCount, usualLifetime)
    .option('--key <secret>', 'the key (default: the newest key of the application)')
    .action(make);

  common(usersig.command('explain').argument('<sig>').description('say what a UserSig is and what is wrong with it'), [
    'ringback usersig explain eJyrVgrxCdYrSy1SslIy0jNQ...',
    "ringback usersig explain 'https://calls.example.com/v4/…&usersig=eJyrVgrx...&random=1'   # the URL of a request",
    'ringback usersig explain eJyrVgrx... --app 1400000001 --user alice   # what the request names',
  ])
    .option('--app <id>', 'the application that the request names', parseAppId)
    .option('--user <id>', 'the identifier that the request names')
    .action(explain);
}

async function make({ app, user, expire, key }: MakeOptions, command: Command): Promise<void> {
  if (!isUserId(user)) throw new UsageError('--user must be 1 to 32 printable ASCII characters.');
  if (key !== undefined) {
    if (app === undefined) throw new UsageError('--key needs --app: the key does not say whose it is.');
    const now = Math.floor(Date.now() / 1000);
    print(makeUserSig({ sdkAppId: app, userId: user, key, expire, now }));
    return;
  }
  await withAccess(settingsFrom(command).settings, {}, async (access) => {
    const made = await access.ask('usersig.make', { app: await pickApp(access, app), user, expire });
    print(made.userSig);
  });
}

async function explain(sig: string, { app, user }: ExplainOptions, command: Command): Promise<void> {
  const named = { ...(app === undefined ? {} : { app }), ...(user === undefined ? {} : { user }) };
  let findings: readonly Finding[];
  try {
    findings = await withAccess(settingsFrom(command).settings, {}, (access) =>
      access.ask('usersig.explain', { sig, ...named }),
    );
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    // Much can be said without any key.
    tell(`note: ${error.message} What follows was judged without its applications and keys.`);
    findings = explainUserSig(pastedSig(sig), {
      apps: [],
      now: Date.now(),
      ...(app === undefined ? {} : { sdkAppId: app }),
      ...(user === undefined ? {} : { identifier: user }),
    });
  }
  const words = { good: 'ok   ', note: 'note ', wrong: 'WRONG' } as const;
  for (const { level, text } of findings) print(`${words[level]}  ${text.replace(/\p{Cc}/gu, '?')}`);
  if (findings.some(({ level }) => level === 'wrong')) process.exitCode = exitCodes.failure;
}
