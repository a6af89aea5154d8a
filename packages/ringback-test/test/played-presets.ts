import { expect, it } from 'vitest';
import { controlClient } from '../../server/src/admin/control-client.ts';
import { runToEnd } from '../../server/src/emulator/check.ts';
import type { Emulator } from '../../server/src/emulator/emulator.ts';
import { readPreset } from '../../server/src/emulator/presets.ts';
import { recordScript, type Timeline } from '../../server/src/emulator/record-script.ts';
import { readScript } from '../../server/src/script/read-script.ts';
import type { Script } from '../../server/src/script/script.ts';
import { withEmulator } from './support.ts';

export const preset = (name: string): Script => readPreset(name) as Script;

/** Plays each of these presets, and each of their calls again. In several files, so that processors can share them. */
export function playPresets(names: readonly string[]): void {
  it.each(names)(
    '%s comes to exactly its records and webhooks, and its calls, recorded and played again, to the same records',
    async (name) => {
      const recorded = await withEmulator(preset(name), async (emulator) => {
        expect(await runToEnd(emulator)).toEqual([]);
        return recordings(emulator);
      });
      for (const text of recorded) {
        const script = readScript(text, 'recorded.yaml');
        expect(script.expect?.records).toHaveLength(1);
        expect([text, await withEmulator(script, runToEnd)]).toEqual([text, []]);
      }
    },
    120_000,
  );
}

/** Where there are more calls, the last of each result is recorded: of those that are long over no timeline is kept. */
const few = 5;

/** The calls of an emulator as scripts. */
async function recordings(emulator: Emulator): Promise<readonly string[]> {
  const all = await emulator.records();
  const lasts = all.filter(({ result }, index) => all.findLastIndex((one) => one.result === result) === index);
  const operator = controlClient(emulator.data);
  const scripts: string[] = [];
  for (const { callId } of all.length > few ? lasts : all) {
    const timeline = await operator('calls.timeline', { app: emulator.sdkAppId, callId });
    scripts.push(recordScript(timeline as Timeline));
  }
  return scripts;
}
