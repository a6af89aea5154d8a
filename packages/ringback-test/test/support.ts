import { runToEnd } from '../../server/src/emulator/check.ts';
import { Emulator } from '../../server/src/emulator/emulator.ts';
import { openLog } from '../../server/src/observe/log.ts';
import { readScript } from '../../server/src/script/read-script.ts';
import type { Script } from '../../server/src/script/script.ts';

const log = openLog({ level: 'silent', fd: 2 });

/** Opens an emulator in this process, lets `work` do what it will, and closes it. */
export async function withEmulator<Result>(
  script: Script | string,
  work: (emulator: Emulator) => Promise<Result>,
): Promise<Result> {
  const read = typeof script === 'string' ? readScript(script, 'test.yaml') : script;
  const emulator = await Emulator.open({
    script: { ...read, clock: 'paused' },
    port: 0,
    log,
    onFatal: (error) => {
      throw error;
    },
  });
  try {
    await emulator.begin();
    return await work(emulator);
  } finally {
    await emulator.close();
  }
}

/** Runs a script to its end; where it did not come as it expects. */
export const played = (script: Script | string): Promise<readonly string[]> => withEmulator(script, runToEnd);
