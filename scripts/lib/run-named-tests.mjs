/** Runs some tests of some files, which may be of several groups. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { testGroups } from '../test-groups.mjs';
import { installLine, providePrograms } from './debian.mjs';
import { isolated } from './namespace.mjs';
import { fail, root, setUp } from './setup.mjs';

/**
 * Prints a line for each test, and ends the program as they end.
 *
 * @param {object} which
 * @param {readonly string[]} which.files of tests, or of suites of tests that files beside them run
 * @param {string} [which.pattern] of the names of tests, with those of their groups before them; all of the files unless told
 * @param {number} which.workers files at the same time
 */
export function runNamedTests({ files, pattern, workers }) {
  setUp({ quiet: true });
  const runnable = [...new Set(files.flatMap(runnersOf))];
  /** Those that may share what they load, those that may not, and those that must be on loopback alone. */
  const runs = [
    { flags: ['--no-isolate', `--maxWorkers=${workers}`], files: [] },
    { flags: [`--maxWorkers=${workers}`], files: [] },
    { flags: ['--hookTimeout=90000'], alone: true, files: [] },
  ];
  for (const { name, paths, needs, shared, alone } of testGroups) {
    const own = runnable.filter((file) => paths.some((path) => file === path || file.startsWith(join(path, '/'))));
    if (own.length === 0) continue;
    const missing = providePrograms(name, needs);
    if (missing.length > 0) fail(`The tests of ${name} need more. Install it: ${installLine(missing)}`);
    runs[alone ? 2 : shared ? 0 : 1].files.push(...own);
  }
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const named = pattern === undefined ? [] : ['--testNamePattern', pattern];
  let worst = 0;
  for (const run of runs.filter((one) => one.files.length > 0)) {
    const args = [vitest, 'run', '--reporter=verbose', ...run.flags, ...named, ...run.files];
    const { program, args: all } = (run.alone ? isolated(process.execPath, args) : undefined) ?? {
      program: process.execPath,
      args,
    };
    worst = Math.max(worst, spawnSync(program, all, { cwd: root, stdio: 'inherit' }).status ?? 1);
  }
  process.exit(worst);
}

/** Itself, or the test files beside that import it. */
function runnersOf(file) {
  if (file.endsWith('.test.ts')) return [file];
  const folder = dirname(file);
  return readdirSync(join(root, folder))
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(folder, name))
    .filter((one) => readFileSync(join(root, one), 'utf8').includes(`'./${basename(file)}'`));
}
