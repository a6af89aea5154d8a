/** Runs tests by their names, of several files and groups. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, relative } from 'node:path';
import { testGroups } from '../test-groups.mjs';
import { installLine, providePrograms } from './debian.mjs';
import { isolated } from './namespace.mjs';
import { fail, root, setUp } from './setup.mjs';

/** @typedef {{ readonly file: string, readonly name: string }} Named a test, a row of one, or a group; a file of tests or a suite */

/**
 * Prints a line for each test, and ends the program: with 0 when all passed and each name had at least one.
 *
 * @param {readonly Named[]} named
 * @param {{ readonly workers: number }} options files at the same time, where browsers do not need the machine
 */
export function runNamedTests(named, { workers }) {
  setUp({ quiet: true });
  const runs = runsOf([...new Set(named.flatMap(({ file }) => runnersOf(file)))], workers);
  const pattern = `(^| )(${[...new Set(named.map(({ name }) => patternOf(name)))].join('|')})( |$)`;
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
  const folder = mkdtempSync(join(tmpdir(), 'ringback-report-'));
  const report = join(folder, 'report.json');
  const passed = [];
  let worst = 0;
  try {
    for (const { flags, alone, files } of runs) {
      const reporters = ['--reporter=verbose', '--reporter=json', `--outputFile.json=${report}`, '--hideSkippedTests'];
      const args = [vitest, 'run', ...reporters, ...flags, '--testNamePattern', pattern, ...files];
      const run = (alone ? isolated(process.execPath, args) : undefined) ?? { program: process.execPath, args };
      worst = Math.max(worst, spawnSync(run.program, run.args, { cwd: root, stdio: 'inherit' }).status ?? 1);
      passed.push(...passedIn(report));
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  const silent = silentOf(named, passed);
  for (const { file, name } of silent) console.log(`Failed, or did not run: ${file}: ${name}`);
  process.exit(silent.length > 0 ? 1 : worst);
}

/** Matches the name as it is written, with whatever a row puts in the place of `%s` or `$name`. */
export function patternOf(name) {
  return name.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&').replace(/%[a-z#$]|\\\$[\w.\\]*\w/gi, '[\\s\\S]*');
}

/**
 * Those of which nothing has passed.
 *
 * @param {readonly Named[]} named
 * @param {readonly Named[]} passed by the names of their groups and their own, with blanks between them
 */
export function silentOf(named, passed) {
  return named.filter(({ file, name }) => {
    const files = runnersOf(file);
    const pattern = new RegExp(`(^| )(${patternOf(name)})( |$)`);
    return !passed.some((one) => files.includes(one.file) && pattern.test(one.name));
  });
}

/** Of files of tests: those that may share what they load, those that may not, and those that must be on loopback alone. */
function runsOf(files, workers) {
  const runs = [
    { flags: ['--no-isolate', `--maxWorkers=${workers}`], alone: false, files: [] },
    { flags: [`--maxWorkers=${workers}`], alone: false, files: [] },
    { flags: ['--hookTimeout=90000'], alone: true, files: [] },
  ];
  for (const { name, paths, needs, shared, alone } of testGroups) {
    const own = files.filter((file) => paths.some((path) => file === path || file.startsWith(join(path, '/'))));
    if (own.length === 0) continue;
    const missing = providePrograms(name, needs);
    if (missing.length > 0) fail(`The tests of ${name} need more. Install it: ${installLine(missing)}`);
    runs[alone ? 2 : shared ? 0 : 1].files.push(...own);
  }
  return runs.filter((run) => run.files.length > 0);
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

/** @returns {Named[]} those of a JSON report that passed; none where there is no report. */
function passedIn(report) {
  let suites = [];
  try {
    suites = JSON.parse(readFileSync(report, 'utf8')).testResults;
    rmSync(report);
  } catch {
    // It ended before it could tell.
  }
  return suites.flatMap(({ name: path, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'passed')
      .map(({ fullName }) => ({ file: relative(root, path), name: fullName })),
  );
}
