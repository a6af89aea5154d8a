import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileReason } from '../config/file-reason.ts';
import { SettingsError } from '../config/load.ts';

/** The file by which an emulator knows a directory that is its own. */
const marker = 'ringback-emulator';

const note = 'An emulator made this directory. Another one may use it and change what is in it.\n';

/**
 * The directory of an emulator: a temporary one, or the one that is asked for, which must be new, empty, or made by an
 * emulator before: a server on a test clock would spoil the data of a real one. Throws `SettingsError` with a sentence.
 */
export function dataFolder(asked: string | undefined): string {
  if (asked === undefined) return mkdtempSync(join(tmpdir(), 'ringback-emulator-'));
  try {
    mkdirSync(asked, { recursive: true, mode: 0o700 });
    const there = readdirSync(asked);
    if (there.includes(marker)) return asked;
    if (there.length === 0) {
      writeFileSync(join(asked, marker), note);
      return asked;
    }
  } catch (error) {
    throw new SettingsError(`The directory ${asked} cannot be used: ${fileReason(error)}.`);
  }
  throw new SettingsError(
    `${asked} is not empty, and no emulator made it: it may hold the data of a real server, which a test clock would spoil. Name a new or empty directory, or leave --data out.`,
  );
}
