import { readFileSync } from 'node:fs';
import { controlClient } from '../admin/control-client.ts';
import { fileReason } from '../config/file-reason.ts';
import { SettingsError } from '../config/load.ts';
import { didYouMean } from '../config/nearest.ts';
import { runToEnd } from '../emulator/check.ts';
import { ControlServer } from '../emulator/control-server.ts';
import { Emulator } from '../emulator/emulator.ts';
import { countOf, spellRecord } from '../emulator/outcome.ts';
import { presetNames, presetText, readPreset } from '../emulator/presets.ts';
import { spellPush } from '../emulator/push-inbox.ts';
import { spellWebhook } from '../emulator/receiver.ts';
import { stateOf } from '../emulator/state.ts';
import { openLog } from '../observe/log.ts';
import { ScriptError } from '../script/node-reader.ts';
import { readScript } from '../script/read-script.ts';
import type { Script } from '../script/script.ts';
import type { EmulateOptions } from './emulate.ts';
import { emulatorBanner } from './emulator-banner.ts';
import { exitCodes, Failure, sentenceOf, UsageError } from './failure.ts';
import { print, printJson, tell } from './output.ts';
import { takeSignals } from './signals.ts';

/** ms that a stopped emulator may keep its process. */
const linger = 500;

/** Runs an emulator until a signal, or to the end of its script. Rejects with a `Failure` or `UsageError`. */
export async function runEmulator(file: string | undefined, options: EmulateOptions): Promise<void> {
  if (options.list) return listPresets();
  const script = scriptOf(file, options);
  if (options.show) {
    print((presetText(options.preset ?? '') ?? '').trimEnd());
    return;
  }
  const signals = takeSignals();
  const log = openLog({ level: options.logLevel, fd: 2 });
  const onFatal = (error: Error): void => {
    tell(`error: the store of the emulator failed: ${error.message}`);
    process.exit(exitCodes.failure);
  };
  const check = options.check === true;
  const emulator = await Emulator.open({
    script: check || options.paused ? { ...script, clock: 'paused' } : script,
    port: check ? 0 : options.port,
    log,
    onFatal,
    ...(options.webhooks !== undefined && { webhookUrl: options.webhooks }),
    ...(options.data !== undefined && { data: options.data }),
  }).catch((error: unknown) => {
    throw error instanceof SettingsError ? error : new Failure(startSentence(error, options.port, '--port'));
  });
  let control: ControlServer | undefined;
  try {
    await emulator.begin();
    if (check) {
      await report(emulator, options.json === true);
      return;
    }
    control = await ControlServer.open(emulator, options.controlPort).catch((error: unknown) => {
      throw new Failure(startSentence(error, options.controlPort, '--control-port'));
    });
    await announce(emulator, control, options);
    await Promise.race([signals.stop, ...(options.untilInputEnds ? [inputEnds()] : [])]);
  } finally {
    control?.close();
    await emulator.close();
    log.flush();
    setTimeout(() => process.exit(), linger).unref();
  }
}

async function listPresets(): Promise<void> {
  const names = presetNames();
  const width = Math.max(...names.map(({ length }) => length));
  for (const name of names) {
    const [first = ''] = (readPreset(name)?.about ?? '').split(/(?<=[.:])\s/);
    print(`${name.padEnd(width)}  ${first}`);
  }
}

function scriptOf(file: string | undefined, { preset, show, check }: EmulateOptions): Script {
  if (preset !== undefined) {
    const script = readPreset(preset);
    if (script !== undefined) return script;
    throw new UsageError(`There is no preset ${preset}.${didYouMean(preset, presetNames())} --list shows them.`);
  }
  if (show) throw new UsageError('--show prints a preset: name it with --preset.');
  if (file === undefined) {
    if (check) throw new UsageError('--check needs a script or a --preset.');
    return readScript('', 'none');
  }
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new UsageError(`The script ${file} cannot be read: ${fileReason(error)}.`);
  }
  try {
    return readScript(text, file);
  } catch (error) {
    throw error instanceof ScriptError ? new UsageError(error.message) : error;
  }
}

async function announce(emulator: Emulator, control: ControlServer, { json }: EmulateOptions): Promise<void> {
  const state = stateOf(emulator);
  if (json) {
    print(JSON.stringify({ control: control.url, ...state }));
    return;
  }
  const made = await controlClient(emulator.data)('operators.link', { name: 'admin', role: 'owner' }).catch(() => ({}));
  const { link } = made as { readonly link?: string };
  print(emulatorBanner({ state, control: control.url, link, about: emulator.script.about }));
}

/** Prints what came of a script; the exit code tells whether it is what was expected. */
async function report(emulator: Emulator, json: boolean): Promise<void> {
  const { script } = emulator;
  const differences = await runToEnd(emulator);
  const { records, webhooks, pushes, refusals } = await emulator.outcome();
  const shown = {
    records: records.slice(0, 1000).map(spellRecord),
    recordCount: records.length,
    results: countOf(records),
    webhookCount: webhooks.length,
    webhooks: webhooks.slice(0, 5000).map(spellWebhook),
    pushes: pushes.slice(0, 5000).map(spellPush),
    refusals,
    differences,
  };
  if (json) printJson(shown);
  else {
    for (const { result, caller, members, ring, talk } of shown.records.slice(0, 50)) {
      print(
        `record   ${result.padEnd(10)} ${caller} → ${members.filter((one) => one !== caller).join(', ')}  rang ${ring}, talked ${talk}`,
      );
    }
    if (records.length > 50) print(`         … ${records.length} in all`);
    for (const one of shown.webhooks.slice(0, 200)) print(`webhook  ${one}`);
    for (const one of shown.pushes.slice(0, 200)) print(`push     ${one}`);
    for (const one of refusals) print(`refused  ${one}`);
    for (const one of differences) print(`differs  ${one}`);
    if (script.expect === undefined) print('The script expects nothing.');
    else print(differences.length === 0 ? 'As expected.' : `${differences.length} differences.`);
  }
  if (differences.length > 0) process.exitCode = exitCodes.failure;
}

const inputEnds = (): Promise<void> =>
  new Promise((resolve) => {
    process.stdin.once('end', resolve).once('error', resolve).once('close', resolve);
    process.stdin.resume();
  });

function startSentence(error: unknown, port: number, flag: string): string {
  const { code } = (error ?? {}) as { readonly code?: string };
  return code === 'EADDRINUSE'
    ? `Port ${port} of 127.0.0.1 is taken by another program. Choose another with ${flag}; 0 takes any that is free.`
    : sentenceOf(error);
}
