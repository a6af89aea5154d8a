import type { Emulator } from './emulator.ts';
import { differences } from './outcome.ts';

/** ms of the server's time; a script that says nothing of its length is over by then. */
const longest = 7 * 86_400_000;

/** Runs the script of an emulator that has begun to its end; gives where the outcome is not what was expected. */
export async function runToEnd(emulator: Emulator, signal?: AbortSignal): Promise<readonly string[]> {
  const { lasts, expect } = emulator.script;
  if (lasts === undefined) await emulator.time.finish(longest, signal);
  else await emulator.time.advance(lasts, signal);
  return expect === undefined ? [] : differences(expect, await emulator.outcome());
}
