import type { Command } from 'commander';
import type { LiveCall } from '../admin/calls.ts';
import { withAccess } from './access.ts';
import { type CommonOptions, common, parseAppId, settingsFrom } from './options.ts';
import { print, printJson, spellDuration, table, tell } from './output.ts';

interface CallsOptions extends CommonOptions {
  readonly app?: number;
  readonly json?: boolean;
}

/** `ringback calls`: who rings and who talks right now. */
export function addCallsCommand(program: Command): void {
  const calls = common(program.command('calls').description('live calls'), [
    'ringback calls',
    'ringback calls --app 1400000001 --json',
    'ringback calls end 0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31',
  ])
    .option('--app <id>', 'of this application only', parseAppId)
    .option('--json', 'print JSON')
    // What stands after `end` belongs to `end`.
    .enablePositionalOptions()
    .action(async ({ app, json }: CallsOptions, command: Command) => {
      await withAccess(settingsFrom(command).settings, {}, async (access) => {
        const live: LiveCall[] = [];
        for (let after: string | undefined; ; ) {
          const page = await access.ask('calls.list', { limit: 1000, ...(app && { app }), ...(after && { after }) });
          live.push(...page.calls);
          if (page.next === undefined) break;
          after = page.next;
        }
        if (json === true) printJson(live);
        else show(live, (await access.ask('status', {})).now);
        if (!access.running && live.length > 0) tell('note: no server runs; these calls go on when it starts.');
      });
    });

  common(calls.command('end').argument('<callId>').description('end a live call for all its members'), [
    'ringback calls end 0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31',
  ]).action(async (callId: string, _: CommonOptions, command: Command) => {
    await withAccess(settingsFrom(command).settings, {}, (access) => access.ask('calls.end', { callId }));
    print(`Call ${callId} is ended.`);
  });
}

function show(live: readonly LiveCall[], now: number): void {
  if (live.length === 0) {
    print('Nobody is in a call.');
    return;
  }
  const rows = live.map(({ app, callId, callType, mediaType, startedAt, acceptedAt, members }) => [
    String(app),
    callId,
    callType === 'SingleCall' ? 'single' : 'group',
    mediaType.toLowerCase(),
    acceptedAt === 0 ? `rings ${spellDuration(now - startedAt)}` : `talks ${spellDuration(now - acceptedAt)}`,
    members.map(({ userId, status }) => (status === 'Waiting' ? `${userId} (rings)` : userId)).join(', '),
  ]);
  print(table(['APP', 'CALL', 'KIND', 'MEDIA', 'STATE', 'MEMBERS'], rows));
}
