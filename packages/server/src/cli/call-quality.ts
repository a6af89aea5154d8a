import type { Command } from 'commander';
import type { CallQualityView } from '../admin/call-quality.ts';
import { withAccess } from './access.ts';
import { type CommonOptions, common, parseAppId, settingsFrom } from './options.ts';
import { print, printJson, table } from './output.ts';

interface QualityOptions extends CommonOptions {
  readonly app?: number;
  readonly json?: boolean;
}

const grades = ['unknown', 'excellent', 'good', 'poor', 'bad', 'very bad'];

/** `ringback call quality`: how the media of a call was, link by link. */
export function addCallQualityCommand(call: Command): void {
  common(call.command('quality').argument('<callId>').description('how the media of a call is, or was'), [
    'ringback call quality 0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31',
    'ringback call quality 0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31 --json',
  ])
    .option('--app <id>', 'of this application (default: whichever has the call)', parseAppId)
    .option('--json', 'print JSON, with every report')
    .action(async (callId: string, { app, json }: QualityOptions, command: Command) => {
      const input = { callId, ...(app === undefined ? {} : { app }) };
      const quality = await withAccess(settingsFrom(command).settings, {}, (access) =>
        access.ask('call.quality', input),
      );
      if (json === true) printJson(quality);
      else show(quality);
    });
}

function show({ callId, links }: CallQualityView): void {
  if (links.length === 0) {
    print(`No device has reported on call ${callId}.`);
    return;
  }
  const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;
  const rows = links.map((link) => [
    link.viewer,
    link.userId,
    grades[link.grade] ?? '',
    `${Math.round(link.rtt)} ms`,
    `${percent(link.loss)} (${percent(link.worstLoss)})`,
    `${Math.round(link.jitter)} ms`,
    link.width === 0 ? '-' : `${link.width}x${link.height}`,
    link.fps.toFixed(0),
    String(link.freezes),
    String(link.reports),
  ]);
  const head = ['RECEIVER', 'OF', 'NETWORK', 'RTT', 'LOSS (WORST)', 'JITTER', 'PICTURE', 'FPS', 'FREEZES', 'REPORTS'];
  print(table(head, rows));
}
