import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { loadSettings, SettingsError } from '../packages/server/src/config/load.ts';
import { settingKeys } from '../packages/server/src/config/settings.ts';
import { fuzzed } from './support/fuzzed.ts';
import { noise, spoilt } from './support/inputs.ts';

const folder = mkdtempSync(join(tmpdir(), 'ringback-fuzz-'));
const config = join(folder, 'ringback.yaml');
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const good = [
  'http: 127.0.0.1:8080\nhttps: off\nlog:\n  level: warn\nlimits:\n  appRate: 500\n',
  'webhooks:\n  allowPrivate: [127.0.0.1, 10.0.0.0/8]\n  concurrency: 8\nrecords: { keepDays: 30, windowDays: 7 }\n',
  'a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\nlog: {level: info}\n',
  '{"log": {"level": "error"}, "media": {"provider": "sfu"}}',
];

/** Whatever the text is, there are settings, or one sentence for the operator. */
function judge(load: () => ReturnType<typeof loadSettings>): void {
  try {
    const { settings } = load();
    expect(Object.keys(settings).sort()).toEqual([...settingKeys].sort());
  } catch (error) {
    expect(error).toBeInstanceOf(SettingsError);
    expect((error as Error).message).not.toMatch(/undefined|\[object/);
  }
}

describe('the settings', () => {
  // What refuses everything would pass what follows.
  it.each(good.filter((text) => !text.startsWith('a:')))('that were not spoilt are read: %j', (text) => {
    writeFileSync(config, text);
    expect(Object.keys(loadSettings({ flags: {}, env: {}, config }).settings).length).toBe(settingKeys.length);
  });

  fuzzed(
    'of a file are read, or refused in a sentence',
    fc.oneof(spoilt(...good), noise),
    (text) => {
      writeFileSync(config, text);
      judge(() => loadSettings({ flags: {}, env: {}, config }));
    },
    0.2,
  );

  fuzzed(
    'of environment and flags are read, or refused in a sentence',
    fc.tuple(fc.constantFrom(...settingKeys), fc.oneof(noise, spoilt('127.0.0.1:80', 'true', '100', 'a,b,c', 'off'))),
    ([key, value]) => {
      const data = folder;
      judge(() => loadSettings({ flags: { data, [key]: key === 'data' ? data : value }, env: {}, config }));
    },
  );
});
