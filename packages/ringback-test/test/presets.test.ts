import { callResults } from 'ringback-protocol';
import { describe, expect, it } from 'vitest';
import { presetNames } from '../../server/src/emulator/presets.ts';
import { playPresets, preset } from './played-presets.ts';

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

  playPresets(presetNames().filter((name) => !name.startsWith('pain-')));
});
