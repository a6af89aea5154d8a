import { callResults } from 'ringback-protocol';
import { describe, expect, it } from 'vitest';
import { presetNames, readPreset } from '../../server/src/emulator/presets.ts';
import type { Script } from '../../server/src/script/script.ts';
import { played } from './support.ts';

const preset = (name: string): Script => readPreset(name) as Script;

describe('the presets', () => {
  it('are there for each result of a call and for each of the fourteen pains', () => {
    const names = presetNames();
    const results = names.flatMap((name) => preset(name).expect?.records?.map(({ result }) => result) ?? []);
    expect(new Set(results)).toEqual(new Set(callResults));
    for (let n = 1; n <= 14; n += 1) {
      const number = String(n).padStart(2, '0');
      expect([number, names.some((name) => name.startsWith(`pain-${number}-`))]).toEqual([number, true]);
    }
    for (const name of names)
      expect([name, preset(name).about === '', preset(name).expect]).toEqual([name, false, expect.any(Object)]);
  });

  it.each(presetNames())(
    '%s comes to exactly its records and webhooks',
    async (name) => {
      expect(await played(preset(name))).toEqual([]);
    },
    120_000,
  );
});
