import { writeFileSync } from 'node:fs';
import type { Command } from 'commander';
import { RecordingProblem, recordScript, type Timeline } from '../emulator/record-script.ts';
import { pickApp, withAccess } from './access.ts';
import { Failure } from './failure.ts';
import { type CommonOptions, settingsFrom } from './options.ts';
import { print, tell } from './output.ts';

/** Writes a call of an installation as a script, to a file or to standard output. */
export async function recordCall(callId: string, file: string | undefined, command: Command): Promise<void> {
  const { app } = command.opts<CommonOptions & { readonly app?: number }>();
  const { settings } = settingsFrom(command);
  const timeline = await withAccess(settings, {}, async (access) =>
    access.ask('calls.timeline', { app: await pickApp(access, app), callId, limit: 10_000 }),
  );
  let script: string;
  try {
    // The operation answers what it declares, with finer types.
    script = recordScript(timeline as unknown as Timeline);
  } catch (error) {
    if (error instanceof RecordingProblem) throw new Failure(error.message);
    throw error;
  }
  if (file === undefined) {
    print(script.trimEnd());
    return;
  }
  try {
    writeFileSync(file, script, { flag: 'wx' });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Failure(
      code === 'EEXIST' ? `${file} is there already.` : `${file} cannot be written: ${(error as Error).message}`,
    );
  }
  tell(`${file} is written. Play it: ringback emulate ${file} --check`);
}
