import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Check } from 'typebox/value';
import { parseDocument } from 'yaml';
import { parseAddress } from './address.ts';
import { fileReason } from './file-reason.ts';
import { isOpenToOthers } from './file-rights.ts';
import { didYouMean } from './nearest.ts';
import { riskyPairs } from './risks.ts';
import { declarationOf, environmentName, flagName, type SettingKey, type Settings, settingKeys } from './settings.ts';

/** A mistake in the settings, as a sentence for the operator. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

export interface LoadedSettings {
  readonly settings: Settings;
  /** Legal, but probably not meant. */
  readonly warnings: readonly string[];
  /** The configuration file that was read; empty when there was none. */
  readonly file: string;
}

/** Names in the environment that are not settings: of the program's tooling and of where the file is. */
const reserved = new Set(['RINGBACK_CONFIG', 'RINGBACK_TEST_INSTALL']);

/** What Kubernetes tells each container about a Service whose name begins with "ringback". */
const ofService = /_(SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$/;
const isOfService = (name: string, value: string): boolean =>
  ofService.test(name) || (name.endsWith('_PORT') && /^(tcp|udp|sctp):\/\//.test(value));

/** Keys whose value may stand in a file of its own. */
const fileKeys = new Map(settingKeys.filter((key) => declarationOf(key).secret).map((key) => [`${key}File`, key]));

/**
 * Reads the settings: file < environment < flag. An unknown one is an error that names the nearest known.
 *
 * `flags` by setting key, as text, or true for a flag without a value. The file is `config`, else `RINGBACK_CONFIG`,
 * else `ringback.yaml` in the data directory when it is there.
 */
export function loadSettings(options: {
  readonly flags: Readonly<Record<string, string | boolean | undefined>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly config?: string;
}): LoadedSettings {
  const { flags, env } = options;
  const fromEnvironment = readEnvironment(env);
  const fromFlags = new Map<string, unknown>();
  for (const [key, value] of Object.entries(flags)) {
    if (value !== undefined) fromFlags.set(key, readText(key, value, `--${flagName(key)}`));
  }
  const named = options.config ?? env.RINGBACK_CONFIG;
  const data = String(fromFlags.get('data') ?? fromEnvironment.get('data') ?? declarationOf('data').default);
  const file = named ?? join(data, 'ringback.yaml');
  if (named !== undefined && !existsSync(named)) throw new SettingsError(`There is no configuration file ${named}.`);
  const fromFile = existsSync(file) ? readFile(file) : new Map<string, unknown>();

  const given = new Map([...fromFile, ...fromEnvironment, ...fromFlags]);
  const sources = [
    { values: fromFlags, nameOf: (key: string) => `--${flagName(key)}`, place: '' },
    { values: fromEnvironment, nameOf: environmentName, place: '' },
    { values: fromFile, nameOf: (key: string) => key, place: ` in ${file}` },
  ];
  for (const [fileKey, key] of fileKeys) {
    const isNamed = (values: ReadonlyMap<string, unknown>): boolean => (values.get(fileKey) ?? '') !== '';
    // The first source that gives the secret decides, whether it gives the secret itself or a file.
    const source = sources.find(({ values }) => values.has(key) || isNamed(values));
    if (source === undefined) continue;
    const { values, nameOf, place } = source;
    if (values.get(key) === '' && isNamed(values)) {
      // What is meant cannot be told, and the empty one would be another database, or no encryption.
      throw new SettingsError(
        `${nameOf(key)}${place} is empty, and ${nameOf(fileKey)} names a file: leave one of them out.`,
      );
    }
    if (values.has(key)) continue;
    const path = String(values.get(fileKey));
    given.set(key, checked(key, readSecret(path, fileKey), `${path} (${fileKey})`));
  }
  const dev = given.get('dev') === true;
  const settings = Object.fromEntries(
    settingKeys.map((key) => {
      const { default: standard, devDefault } = declarationOf(key);
      return [key, given.get(key) ?? (dev && devDefault !== undefined ? devDefault : standard)];
    }),
  ) as Settings;
  return { settings, warnings: riskyPairs(settings), file: existsSync(file) ? file : '' };
}

function readEnvironment(env: Readonly<Record<string, string | undefined>>): Map<string, unknown> {
  const known = new Map([...settingKeys, ...fileKeys.keys()].map((key) => [environmentName(key), key as string]));
  const found = new Map<string, unknown>();
  for (const [name, value] of Object.entries(env)) {
    if (!name.startsWith('RINGBACK_') || reserved.has(name) || value === undefined) continue;
    const key = known.get(name);
    if (key === undefined) {
      if (isOfService(name, value)) continue;
      throw new SettingsError(`${name} in the environment is not a setting.${didYouMean(name, [...known.keys()])}`);
    }
    found.set(key, readText(key, value, name));
  }
  return found;
}

function readFile(path: string): Map<string, unknown> {
  const document = parseDocument(readConfiguration(path));
  const [problem] = document.errors;
  if (problem !== undefined) throw new SettingsError(`${path} is not YAML: ${problem.message}`);
  const found = new Map<string, unknown>();
  const known = [...settingKeys, ...fileKeys.keys()] as readonly string[];
  const walk = (value: unknown, prefix: string): void => {
    if (value === null || value === undefined) return;
    if (typeof value !== 'object' || Array.isArray(value)) {
      throw new SettingsError(`${path} must hold settings by name, such as "http: 127.0.0.1:8080".`);
    }
    for (const [name, inner] of Object.entries(value)) {
      const key = `${prefix}${name}`;
      if (known.includes(key)) {
        if (inner !== null) found.set(key, checked(key, readScalar(key, inner), `${key} in ${path}`));
      } else if (known.some((one) => one.startsWith(`${key}.`))) walk(inner, `${key}.`);
      else throw new SettingsError(`${key} in ${path} is not a setting.${didYouMean(key, known)}`);
    }
  };
  walk(contentOf(document, path), '');
  return found;
}

/** An alias of nothing, or aliases of aliases without end, show only here. */
function contentOf(document: ReturnType<typeof parseDocument>, path: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new SettingsError(`${path} is not YAML: ${(error as Error).message}`);
  }
}

function readConfiguration(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new SettingsError(
      `The configuration file ${path} cannot be read: ${fileReason(error)}. Name one with --config or RINGBACK_CONFIG.`,
    );
  }
}

/** YAML reads `8080` as a number where an address may be meant, and `yes` as text where a switch is. */
function readScalar(key: string, value: unknown): unknown {
  const kind = fileKeys.has(key) ? undefined : declarationOf(key as SettingKey).kind;
  if (kind === 'address' && typeof value === 'number') return String(value);
  return kind === 'boolean' && (typeof value === 'string' || typeof value === 'number') ? readSwitch(value) : value;
}

/** Reads the words for true and false; gives back what is neither. */
function readSwitch(given: string | number): unknown {
  if (/^(true|1|yes|on)$/i.test(String(given))) return true;
  return /^(false|0|no|off)$/i.test(String(given)) ? false : given;
}

/** Reads the text of an environment variable or flag by the kind of its setting. */
function readText(key: string, given: string | boolean, source: string): unknown {
  if (fileKeys.has(key)) return String(given);
  if (!settingKeys.includes(key as SettingKey)) {
    throw new SettingsError(`${source} is not a setting.${didYouMean(key, settingKeys)}`);
  }
  const { kind } = declarationOf(key as SettingKey);
  let value: unknown = given;
  // A variable that is there but empty switches off.
  if (kind === 'boolean' && typeof given === 'string') value = given === '' ? false : readSwitch(given);
  else if (kind === 'integer' && typeof given === 'string' && /^-?\d{1,15}$/.test(given)) value = Number(given);
  else if (kind === 'list' && typeof given === 'string') {
    value = given
      .split(',')
      .map((one) => one.trim())
      .filter((one) => one !== '');
  }
  return checked(key, value, source);
}

function checked(key: string, value: unknown, source: string): unknown {
  if (fileKeys.has(key)) return value;
  const { schema, doc, kind, secret, each } = declarationOf(key as SettingKey);
  const shown = secret === true ? 'what is given' : JSON.stringify(value);
  const more = kind === 'boolean' ? ' Write true or false.' : '';
  if (!Check(schema, value)) throw new SettingsError(`${source}: ${shown} does not fit. ${doc}${more}`);
  const misfit = each === undefined ? undefined : (value as readonly string[]).find((one) => !each.fits(one));
  if (misfit !== undefined) throw new SettingsError(`${source}: ${JSON.stringify(misfit)} is not ${each?.rule}.`);
  if (kind === 'address') {
    try {
      parseAddress(String(value));
    } catch (error) {
      throw new SettingsError(`${source}: ${(error as Error).message}.`);
    }
  }
  return value;
}

function readSecret(path: string, source: string): string {
  try {
    if (isOpenToOthers(statSync(path), path)) {
      throw new SettingsError(`${path} (${source}) can be read by others. Run: chmod 600 ${path}`);
    }
    const secret = readFileSync(path, 'utf8').trim();
    // It would pass for a setting that is not given: another database, no encryption.
    if (secret === '') throw new SettingsError(`${path} (${source}) is empty.`);
    return secret;
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    throw new SettingsError(`${path} (${source}) cannot be read: ${fileReason(error)}.`);
  }
}
