/** Runs test groups one after another and adds up what they report. */
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { installLine, providePrograms, thisMachine } from './debian.mjs';
import { isolated } from './namespace.mjs';
import { root } from './setup.mjs';

/**
 * @typedef {{ file: string, name: string }} Failure a test that failed; `name` says what is wrong where the file itself is
 * @typedef {{ passed: number, failed: number, skipped: number, failures: Failure[] }} Result
 */

const unhandledReporter = join(root, 'scripts/lib/unhandled-reporter.mjs');

/** With more failures than these a second run would tell nothing: it is no accident. */
const mostForAnotherRun = 5;

/**
 * Runs `groups`; gives the sums and the groups that could not run. A run that crashes, or that finds no test, counts as
 * one failure: silence is no success. With `again`, the files of a few failures run a second time, and a test that then
 * passes is listed as unsteady: a busy machine must not refuse a change, and nobody may overlook the test.
 */
export async function runGroups(groups, { machine = thisMachine, runOne = runVitest, again = false } = {}) {
  /** @type {Result & { unsteady: Failure[], notRun: { group: string, line: string }[] }} */
  const sum = { passed: 0, failed: 0, skipped: 0, failures: [], unsteady: [], notRun: [] };
  for (const group of groups) {
    const missing = providePrograms(`tests of ${group.name}`, group.needs, machine);
    if (missing.length > 0) {
      sum.notRun.push({ group: group.name, line: installLine(missing) });
      continue;
    }
    const began = performance.now();
    console.log(`\n── ${group.name}: ${group.about}`);
    const result = await runOne(group);
    if (again) await secondRun(group, result, runOne, sum.unsteady);
    sum.passed += result.passed;
    sum.failed += result.failed;
    sum.skipped += result.skipped;
    sum.failures.push(...result.failures);
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`── ${group.name}: ${result.passed} passed, ${result.failed} failed, in ${seconds} s`);
  }
  return sum;
}

/** Runs the files of the failures of `result` once more, and moves those that then pass from it to `unsteady`. */
async function secondRun(group, result, runOne, unsteady) {
  const files = [...new Set(result.failures.map(({ file }) => file))];
  if (files.length === 0 || result.failures.length > mostForAnotherRun || files.includes('')) return;
  console.log(`\n── ${group.name}: a second run of ${files.join(', ')}`);
  const second = await runOne({ ...group, paths: files });
  const failsAgain = (one) => second.failures.some(({ file, name }) => file === one.file && name === one.name);
  const passes = second.failed < result.failed ? result.failures.filter((one) => !failsAgain(one)) : [];
  const others = second.failures.filter((one) => !result.failures.some(({ name }) => name === one.name));
  if (others.length > 0) return;
  unsteady.push(...passes);
  result.passed += passes.length;
  result.failed -= passes.length;
  result.failures = result.failures.filter((one) => !passes.includes(one));
}

/**
 * Prints what could not run and the closing line; gives the exit code. In CI a group that did not run is a failure.
 *
 * @param {{ passed: number, failed: number, skipped: number, failures?: Failure[], unsteady?: Failure[],
 *   notRun: { group: string, line: string }[] }} sum
 * @param {{ ci: boolean }} where
 */
export function report(sum, { ci }) {
  for (const { group, line } of sum.notRun)
    console.log(`\nThe group ${group} did not run. Install what it needs: ${line}`);
  list('Failed', sum.failures);
  list('Unsteady: failed, and passed in a second run', sum.unsteady);
  const failed = sum.failed + (ci ? sum.notRun.length : 0);
  const skipped = sum.skipped > 0 ? `, ${sum.skipped} skipped` : '';
  const missed = sum.notRun.length > 0 && !ci ? `, without ${sum.notRun.map(({ group }) => group).join(', ')}` : '';
  console.log(`\n${sum.passed} passed, ${failed} failed${skipped}${missed}`);
  return failed > 0 || sum.passed === 0 ? 1 : 0;
}

function list(title, tests = []) {
  if (tests.length === 0) return;
  console.log(`\n${title}:\n${tests.map(({ file, name }) => `  ${file} ${name}`).join('\n')}`);
}

async function runVitest(group) {
  const folder = mkdtempSync(join(tmpdir(), 'ringback-report-'));
  const file = join(folder, 'report.json');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const unhandled = join(folder, 'unhandled.json');
  const reporters = [
    '--reporter=dot',
    '--reporter=json',
    `--outputFile.json=${file}`,
    `--reporter=${unhandledReporter}`,
  ];
  const limits = [
    ...(group.alone ? ['--hookTimeout=90000'] : []),
    ...(group.shared ? ['--no-isolate'] : []),
    ...(group.workers === undefined ? [] : [`--maxWorkers=${group.workers}`]),
  ];
  const args = [vitest, 'run', ...reporters, ...limits, ...group.paths];
  // Where the system refuses a namespace, the tests see that, skip and say so.
  const run = (group.alone ? isolated(process.execPath, args) : undefined) ?? { program: process.execPath, args };
  // A log that is read later has no use for colours.
  const plain = process.stdout.isTTY ? {} : { NO_COLOR: '1', FORCE_COLOR: '0' };
  const env = { ...process.env, ...plain, UNHANDLED_REPORT: unhandled };
  const child = spawn(run.program, run.args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  try {
    return readReport(JSON.parse(readFileSync(file, 'utf8')), code, {
      group: group.name,
      unhandled: existsSync(unhandled) ? JSON.parse(readFileSync(unhandled, 'utf8')) : [],
    });
  } catch {
    return { passed: 0, failed: 1, skipped: 0, failures: [{ file: '', name: `${group.name} ended without a report` }] };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * The sums of vitest's JSON report, and what failed. A suite that failed to load, an error that no test caught, or a bad
 * exit without any of these, is a failure too.
 *
 * @param {{ group: string, unhandled: import('./unhandled-reporter.mjs').Unhandled[] }} run
 */
export function readReport(json, code, { group, unhandled }) {
  /** @type {Failure[]} */
  const failures = [];
  for (const suite of json.testResults) {
    const file = relative(root, suite.name ?? '');
    const tests = suite.assertionResults.filter((test) => test.status === 'failed');
    failures.push(...tests.map((test) => ({ file, name: test.fullName })));
    if (suite.status === 'failed' && tests.length === 0)
      failures.push({ file, name: 'does not load, or fails outside a test' });
  }
  failures.push(...unhandled.map(({ file, name }) => ({ file: file === '' ? '' : relative(root, file), name })));
  if (failures.length === 0 && (code !== 0 || json.numPassedTests === 0))
    failures.push({
      file: '',
      name: `${group}: ${json.numPassedTests === 0 ? 'no test ran' : `ended with code ${code}, though no test failed`}`,
    });
  const skipped = json.numPendingTests + (json.numTodoTests ?? 0);
  return { passed: json.numPassedTests, failed: failures.length, skipped, failures };
}
