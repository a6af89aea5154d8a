import { type Command, InvalidArgumentError, Option } from 'commander';
import { type LoadedSettings, loadSettings } from '../config/load.ts';
import { declarationOf, environmentName, flagName, type SettingKey, settingKeys } from '../config/settings.ts';
import { UsageError } from './failure.ts';

/** What every sub-command takes. */
export interface CommonOptions {
  readonly data?: string;
  readonly config?: string;
}

/** Gives a sub-command the options that all have, and its examples. */
export function common(command: Command, examples: readonly string[]): Command {
  if (!command.options.some(({ long }) => long === '--data')) {
    command.option('--data <dir>', `data directory (RINGBACK_DATA; default: ${String(declarationOf('data').default)})`);
  }
  command.option(
    '--config <file>',
    'configuration file (RINGBACK_CONFIG; default: ringback.yaml in the data directory)',
  );
  return withExamples(command, examples);
}

/** Adds the examples to the help of a command. */
export const withExamples = (command: Command, examples: readonly string[]): Command =>
  command.addHelpText('after', `\nExamples:\n${examples.map((one) => `  ${one}`).join('\n')}`);

/** Every setting as a flag, from the list of settings. */
export function settingFlags(command: Command): Command {
  for (const key of settingKeys) {
    const { doc, default: standard, devDefault, kind, secret } = declarationOf(key);
    const value = { boolean: ' [true|false]', integer: ' <n>', address: ' <address>', list: ' <list>' }[kind as string];
    const shown = Array.isArray(standard) ? standard.join(',') : String(standard);
    const dev = devDefault === undefined ? '' : `, with --dev ${String(devDefault)}`;
    const usual = shown === '' ? '' : ` (default: ${shown}${dev})`;
    const option = new Option(`--${flagName(key)}${value ?? ' <value>'}`, `${doc}${usual}`);
    if (kind === 'list') {
      option.argParser((text: string, before: string | undefined) =>
        before === undefined ? text : `${before},${text}`,
      );
    }
    command.addOption(option);
    if (secret === true) command.option(`--${flagName(key)}-file <file>`, `A file that holds ${key}.`);
  }
  return command;
}

/** The settings in force: file < environment < flags. Throws `SettingsError` with a sentence. */
export function settingsFrom(command: Command): LoadedSettings {
  const given = command.opts() as Readonly<Record<string, string | boolean | undefined>>;
  const flags: Record<string, string | boolean | undefined> = {};
  for (const key of settingKeys) {
    for (const name of [key, `${key}File`]) {
      const value = given[attributeName(name)];
      if (value !== undefined) flags[name] = value;
    }
  }
  const config = given.config;
  return loadSettings({
    flags,
    env: process.env,
    ...(typeof config === 'string' ? { config } : {}),
  });
}

/** As the parser names the option of a setting: `gateway.trustProxy` is `gatewayTrustProxy`. */
const attributeName = (key: string): string =>
  flagName(key).replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** Where a setting can be given. */
export const sourcesOf = (key: SettingKey): string => `--${flagName(key)} or ${environmentName(key)}`;

/** Reads an application id. */
export function parseAppId(text: string): number {
  const id = Number(text);
  if (!/^\d{1,10}$/.test(text) || id < 1 || id > 4_294_967_295) {
    throw new InvalidArgumentError('An application id is a whole number from 1 to 4294967295.');
  }
  return id;
}

/** Reads a whole number from 1 up. */
export function parseCount(text: string): number {
  if (!/^[1-9]\d{0,9}$/.test(text) || Number(text) > 2_147_483_647) {
    throw new InvalidArgumentError('It must be a whole number from 1 to 2147483647.');
  }
  return Number(text);
}

/** The id that was given as a word or as `--id`. */
export function oneId(word: string | undefined, option: number | undefined): number {
  let id = option;
  if (word !== undefined) {
    try {
      id = parseAppId(word);
    } catch {
      throw new UsageError(`"${word}" is not an application id: a whole number from 1 to 4294967295.`);
    }
    if (option !== undefined && option !== id) throw new UsageError(`Two ids are given, ${id} and ${option}.`);
  }
  if (id === undefined) throw new UsageError('Name the application by its id; `ringback app list` lists them.');
  return id;
}
