import { loadSettings, SettingsError } from '../config/load.ts';
import type { Settings } from '../config/settings.ts';
import type { Script } from '../script/script.ts';

/** Settings that a script may give: what an application sees of the server. The rest is the emulator's. */
const allowed =
  /^(calls|accounts|groups|webhooks|records|limits|media)\.|^gateway\.(strict|bodyBytes)$|^console\.auditDays$/;

/**
 * The settings of an emulated server: development mode, loopback, the embedded store, no media but from device to device;
 * then what the script says. Throws `SettingsError` with a sentence.
 */
export function emulatorSettings(options: {
  readonly data: string;
  readonly port: number;
  readonly script: Script;
}): Settings {
  const { data, port, script } = options;
  const refused = Object.keys(script.settings).find((key) => !allowed.test(key));
  if (refused !== undefined) {
    throw new SettingsError(
      `settings.${refused}: a script sets what begins with calls., accounts., groups., webhooks., records., limits. or media., and gateway.strict and gateway.bodyBytes.`,
    );
  }
  const { settings } = loadSettings({
    env: {},
    flags: {
      data,
      dev: 'true',
      http: `127.0.0.1:${port}`,
      https: 'off',
      ops: 'off',
      'media.provider': 'p2p',
      'log.requests': 'false',
      'records.keepDays': '36500',
      'records.windowDays': '400',
      ...script.settings,
    },
  });
  return settings;
}
