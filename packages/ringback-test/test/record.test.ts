import { expect, it } from 'vitest';
import { controlClient } from '../../server/src/admin/control-client.ts';
import { runToEnd } from '../../server/src/emulator/check.ts';
import { readPreset } from '../../server/src/emulator/presets.ts';
import { recordScript, type Timeline } from '../../server/src/emulator/record-script.ts';
import { readScript } from '../../server/src/script/read-script.ts';
import type { Script } from '../../server/src/script/script.ts';
import { withEmulator } from './support.ts';

it.each(['result-interrupt', 'pain-03-answered-elsewhere', 'pain-14-group-call', 'robot-and-kick', 'another-device'])(
  'the calls of %s, recorded and played again, come to the same records',
  async (name) => {
    const recorded = await withEmulator(readPreset(name) as Script, async (emulator) => {
      await runToEnd(emulator);
      const operator = controlClient(emulator.data);
      const scripts: string[] = [];
      for (const { callId } of await emulator.records()) {
        const timeline = await operator('calls.timeline', { app: emulator.sdkAppId, callId });
        scripts.push(recordScript(timeline as Timeline));
      }
      return scripts;
    });
    expect(recorded.length).toBeGreaterThan(0);
    for (const text of recorded) {
      const script = readScript(text, 'recorded.yaml');
      expect(script.expect?.records).toHaveLength(1);
      expect(await withEmulator(script, runToEnd)).toEqual([]);
    }
  },
  120_000,
);
