import { parseArgs } from 'node:util';
import { plants } from './plants/index.ts';

/** What `npm run sim` was asked for. */
export interface Options {
  readonly seed: number;
  readonly hours: number;
  readonly callsPerHour: number;
  /** The name of a bug; undefined for none. */
  readonly plant: string | undefined;
  readonly workers: number;
  /** ms that the search for a shorter history may take. */
  readonly shrink: number;
}

export const help = `Usage: npm run sim -- [--seed N] [--hours H] [--calls-per-hour N] [--plant NAME] [--workers N]

Simulates a whole installation (nodes, database, network, phones, receivers of webhooks) on a clock of its own, breaks
things, and checks the promises after every step. The same seed makes the same history.

  --seed N            where chance comes from, 1 to 2147483647 (default: another one each time)
  --hours H           simulated hours, to hundredths (default: 1000); hour 0 has the seed itself, the others seeds that follow from it
  --calls-per-hour N  calls in each of them, 1 to 2000 (default: 200)
  --plant NAME        puts a bug in, to see whether it is found; then 0 is the exit code of a find
  --list              names the bugs that can be planted
  --workers N         threads, 1 to 16 (default: one for each processor)
  --shrink S          s that the search for a shorter history may take (default: 30)

Exit code: 0 when all promises held, 1 when one was broken, 2 for a wrong option. docs/simulation.md tells how to read a failure.`;

type Read = { readonly options: Options } | { readonly text: string; readonly code: 0 | 2 };

/** Reads the command line; `chance`: a seed for when none is given. */
export function readOptions(args: readonly string[], defaults: { chance: number; workers: number }): Read {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  let values: Partial<Record<string, string | boolean>>;
  try {
    ({ values } = parseArgs({
      args: [...args],
      options: {
        seed: text,
        hours: text,
        'calls-per-hour': text,
        plant: text,
        workers: text,
        shrink: text,
        list: flag,
        help: flag,
      },
    }));
  } catch (error) {
    return { text: error instanceof Error ? error.message : String(error), code: 2 };
  }
  if (values.help === true) return { text: help, code: 0 };
  if (values.list === true)
    return { text: plants.map(({ name, about }) => `${name.padEnd(24)} ${about}`).join('\n'), code: 0 };
  const wrong: string[] = [];
  const read = (name: string, usual: number, [least, most]: readonly [number, number], form: RegExp, kind: string) => {
    const given = values[name];
    if (given === undefined) return usual;
    const value = form.test(String(given)) ? Number(given) : Number.NaN;
    const fits = value >= least && value <= most;
    if (!fits) wrong.push(`--${name} must be a ${kind} from ${least} to ${most}, not "${given}".`);
    return value;
  };
  const number = (name: string, usual: number, least: number, most: number): number =>
    read(name, usual, [least, most], /^\d+$/, 'whole number');
  const hundredths = (name: string, usual: number, least: number, most: number): number =>
    read(name, usual, [least, most], /^\d+(\.\d{1,2})?$/, 'number of at most two decimals');
  const plant = values.plant === undefined ? undefined : String(values.plant);
  const options = {
    seed: number('seed', defaults.chance, 1, 2_147_483_647),
    hours: hundredths('hours', 1000, 0.01, 10_000_000),
    callsPerHour: number('calls-per-hour', 200, 1, 2000),
    plant,
    workers: number('workers', defaults.workers, 1, 16),
    shrink: number('shrink', 30, 0, 3600) * 1000,
  };
  if (plant !== undefined && !plants.some(({ name }) => name === plant)) {
    wrong.push(`There is no bug "${plant}" to plant; --list names them.`);
  }
  return wrong.length > 0 ? { text: wrong.join('\n'), code: 2 } : { options };
}

/** The command that simulates an hour, or what there was of it, once more; `length` in ms. */
export function againLine(hour: {
  readonly seed: number;
  readonly length: number;
  readonly callsPerHour: number;
  readonly plant: string | undefined;
}): string {
  const { seed, length, callsPerHour, plant } = hour;
  const calls = callsPerHour === 200 ? '' : ` --calls-per-hour ${callsPerHour}`;
  const planted = plant === undefined ? '' : ` --plant ${plant}`;
  return `npm run sim -- --seed ${seed} --hours ${Math.round(length / 36_000) / 100}${calls}${planted}`;
}
