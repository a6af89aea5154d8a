import { describe } from 'vitest';
import { presetNames } from '../../server/src/emulator/presets.ts';
import { playPresets } from './played-presets.ts';

describe('the presets of pains', () => {
  playPresets(presetNames().filter((name) => name.startsWith('pain-')));
});
