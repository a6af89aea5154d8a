import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readScript } from '../script/read-script.ts';
import type { Script } from '../script/script.ts';

/** Beside `src` and `dist` alike. */
const folder = fileURLToPath(new URL('../../presets/', import.meta.url));

/** The names of the presets, in order. */
export const presetNames = (): readonly string[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml'))
    .map((name) => name.slice(0, -'.yaml'.length))
    .sort();

/** The text of a preset; undefined when there is none of that name. */
export const presetText = (name: string): string | undefined =>
  presetNames().includes(name) ? readFileSync(join(folder, `${name}.yaml`), 'utf8') : undefined;

/** A preset; undefined when there is none of that name. */
export function readPreset(name: string): Script | undefined {
  const text = presetText(name);
  return text === undefined ? undefined : readScript(text, `${name}.yaml`);
}
