/** Runs test groups one after another and adds up what they report. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { installLine, providePrograms, thisMachine } from './debian.mjs';
import { isolated } from './namespace.mjs';
import { root } from './setup.mjs';

/**
 * Runs `groups`; gives the sums and the groups that could not run. A run that crashes, or that finds no test, counts as
 * one failure: silence is no success.
 */
export async function runGroups(groups, { machine = thisMachine, runOne = runVitest } = {}) {
  /** @type {{ passed: number, failed: number, skipped: number, notRun: { group: string, line: string }[] }} */
  const sum = { passed: 0, failed: 0, skipped: 0, notRun: [] };
  for (const group of groups) {
    const missing = providePrograms(group.name, group.needs, machine);
    if (missing.length > 0) {
      sum.notRun.push({ group: group.name, line: installLine(missing) });
      continue;
    }
    const began = performance.now();
    console.log(`\n── ${group.name}: ${group.about}`);
    const result = await runOne(group);
    sum.passed += result.passed;
    sum.failed += result.failed;
    sum.skipped += result.skipped;
    const seconds = ((performance.now() - began) / 1000).toFixed(1);
    console.log(`── ${group.name}: ${result.passed} passed, ${result.failed} failed, in ${seconds} s`);
  }
  return sum;
}

/**
 * Prints what could not run and the closing line; gives the exit code. In CI a group that did not run is a failure.
 *
 * @param {{ passed: number, failed: number, skipped: number, notRun: { group: string, line: string }[] }} sum
 * @param {{ ci: boolean }} where
 */
export function report(sum, { ci }) {
  for (const { group, line } of sum.notRun)
    console.log(`\nThe group ${group} did not run. Install what it needs: ${line}`);
  const failed = sum.failed + (ci ? sum.notRun.length : 0);
  const skipped = sum.skipped > 0 ? `, ${sum.skipped} skipped` : '';
  const missed = sum.notRun.length > 0 && !ci ? `, without ${sum.notRun.map(({ group }) => group).join(', ')}` : '';
  console.log(`\n${sum.passed} passed, ${failed} failed${skipped}${missed}`);
  return failed > 0 || sum.passed === 0 ? 1 : 0;
}

async function runVitest(group) {
  const folder = mkdtempSync(join(tmpdir(), 'ringback-report-'));
  const file = join(folder, 'report.json');
  const vitest = join(root, 'node_modules/vitest/vitest.mjs');
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${file}`];
  const limits = [
    ...(group.alone ? ['--hookTimeout=90000'] : []),
    ...(group.workers === undefined ? [] : [`--maxWorkers=${group.workers}`]),
  ];
  const args = [vitest, 'run', ...reporters, ...limits, ...group.paths];
  // Where the system refuses a namespace, the tests see that, skip and say so.
  const run = (group.alone ? isolated(process.execPath, args) : undefined) ?? { program: process.execPath, args };
  // A log that is read later has no use for colours.
  const env = process.stdout.isTTY ? process.env : { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' };
  const child = spawn(run.program, run.args, { cwd: root, env, stdio: ['ignore', 'inherit', 'inherit'] });
  const code = await new Promise((resolve) => child.once('exit', resolve));
  try {
    return readReport(JSON.parse(readFileSync(file, 'utf8')), code);
  } catch {
    return { passed: 0, failed: 1, skipped: 0 };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The sums of vitest's JSON report. A suite that failed to load, or a bad exit without a failed test, is a failure too. */
export function readReport(json, code) {
  const passed = json.numPassedTests;
  const brokenSuites = json.testResults.filter(
    (one) => one.status === 'failed' && one.assertionResults.every((test) => test.status !== 'failed'),
  ).length;
  let failed = json.numFailedTests + brokenSuites;
  if (failed === 0 && (code !== 0 || passed === 0)) failed = 1;
  return { passed, failed, skipped: json.numPendingTests + (json.numTodoTests ?? 0) };
}
