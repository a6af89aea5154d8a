import { readdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { readReport, report, runGroups } from '../lib/run-groups.mjs';
import { checkNode } from '../lib/setup.mjs';
import { describeUnhandled } from '../lib/unhandled-reporter.mjs';
import { didYouMean } from '../lib/words.mjs';
import { testGroups } from '../test-groups.mjs';

const group = (name: string, needs: Record<string, string> = {}) => ({
  name,
  about: name,
  paths: [name],
  needs,
  everyNode: true,
});

/** Nothing may be installed here. */
const machine = {
  env: { RINGBACK_TEST_INSTALL: '0' },
  isRoot: false,
  has: (program: string) => program !== 'missing',
  run: () => false,
  policyFile: '/nonexistent/policy-rc.d',
  log: () => {},
};

/** What the scripts print while they are tested is no output of the tests. */
const lines: string[] = [];

beforeEach(() => {
  lines.length = 0;
  vi.spyOn(console, 'log').mockImplementation((line) => void lines.push(String(line)));
});

afterEach(() => vi.restoreAllMocks());

function closing(sum: Parameters<typeof report>[0], ci: boolean): { code: number; text: string } {
  lines.length = 0;
  const code = report(sum, { ci });
  return { code, text: lines.join('\n') };
}

describe('test groups', () => {
  it('are added up, and one that lacks a program does not keep the others from running', async () => {
    const runOne = async () => ({ passed: 3, failed: 0, skipped: 0, failures: [] });
    const sum = await runGroups([group('a'), group('b', { missing: 'some-package' }), group('c')], { machine, runOne });
    expect(sum).toMatchObject({ passed: 6, failed: 0, notRun: [{ group: 'b' }] });
    const { code, text } = closing(sum, false);
    expect(code).toBe(0);
    expect(text).toContain(
      'The group b did not run. Install what it needs: sudo apt-get install --no-install-recommends some-package',
    );
    expect(text.split('\n').at(-1)).toBe('6 passed, 0 failed, without b');
    expect(closing(sum, true)).toMatchObject({ code: 1, text: expect.stringMatching(/6 passed, 1 failed$/) });
  });

  describe('with failures', () => {
    const failure = (name: string, file = 'a.test.ts') => ({ file, name });
    const outcome = (...failures: { file: string; name: string }[]) => ({
      passed: 10,
      failed: failures.length,
      skipped: 0,
      failures,
    });
    const runs = async (again: boolean, ...outcomes: ReturnType<typeof outcome>[]) => {
      const paths: string[][] = [];
      const runOne = async (one: { paths: string[] }) => {
        paths.push(one.paths);
        return outcomes[paths.length - 1] as ReturnType<typeof outcome>;
      };
      return { sum: await runGroups([group('g')], { machine, runOne, again }), paths };
    };

    it('name them before the closing line', async () => {
      const { sum, paths } = await runs(false, outcome(failure('one')));
      expect(paths).toEqual([['g']]);
      expect(closing(sum, false)).toEqual({ code: 1, text: '\nFailed:\n  a.test.ts one\n\n10 passed, 1 failed' });
    });

    it('run the files of these once more in CI; what then passes is listed as unsteady', async () => {
      const { sum, paths } = await runs(
        true,
        outcome(failure('one'), failure('two', 'b.test.ts')),
        outcome(failure('two', 'b.test.ts')),
      );
      expect(paths).toEqual([['g'], ['a.test.ts', 'b.test.ts']]);
      expect(sum).toMatchObject({
        passed: 11,
        failed: 1,
        failures: [failure('two', 'b.test.ts')],
        unsteady: [failure('one')],
      });
      expect(closing(sum, true).text).toContain('Unsteady: failed, and passed in a second run:\n  a.test.ts one');
    });

    it('fail when the second run ends badly, or shows another failure', async () => {
      const bad = { passed: 0, failed: 1, skipped: 0, failures: [failure('g ended without a report', '')] };
      for (const second of [bad, outcome(failure('other'))]) {
        const { sum } = await runs(true, outcome(failure('one')), second);
        expect(sum).toMatchObject({ passed: 10, failed: 1, failures: [failure('one')], unsteady: [] });
      }
    });

    it('run no second time when there are many, or the run itself broke', async () => {
      const many = outcome(...Array.from({ length: 6 }, (_, i) => failure(String(i))));
      const broken = outcome(failure('g ended without a report', ''));
      for (const first of [many, broken]) expect((await runs(true, first)).paths).toHaveLength(1);
    });
  });

  it('that ran nothing at all are no success', () => {
    expect(closing({ passed: 0, failed: 0, skipped: 0, notRun: [] }, false).code).toBe(1);
  });

  it('of the benchmarks run without Kamailio, all but the comparison with it', async () => {
    const without = { ...machine, has: (program: string) => program !== 'kamailio' };
    const paths: string[] = [];
    const runOne = async (one: { paths: string[] }) => {
      paths.push(...one.paths);
      return { passed: 1, failed: 0, skipped: 0, failures: [] };
    };
    const benchmarks = testGroups.filter((one) => one.paths.some((path) => path.startsWith('bench/')));
    const sum = await runGroups(benchmarks, { machine: without, runOne });
    expect(paths).toEqual(['bench/test/short.test.ts']);
    expect(sum.notRun).toEqual([{ group: 'kamailio', line: expect.stringContaining(' kamailio') }]);
    const every = readdirSync(new URL('../../bench/test', import.meta.url)).filter((name) => name.endsWith('.test.ts'));
    expect(benchmarks.flatMap((one) => one.paths).sort()).toEqual(every.map((name) => `bench/test/${name}`).sort());
  });

  it('have names of their own, and paths', () => {
    expect(new Set(testGroups.map(({ name }) => name)).size).toBe(testGroups.length);
    for (const { paths } of testGroups) expect(paths.length).toBeGreaterThan(0);
  });
});

describe('readReport', () => {
  const json = (change: object) => ({
    numPassedTests: 5,
    numFailedTests: 0,
    numPendingTests: 1,
    numTodoTests: 0,
    testResults: [],
    ...change,
  });

  const run = (unhandled: { file: string; name: string }[] = []) => ({ group: 'e2e', unhandled });

  it('gives the sums', () => {
    expect(readReport(json({}), 0, run())).toEqual({ passed: 5, failed: 0, skipped: 1, failures: [] });
  });

  it('names what failed', () => {
    const tests = [
      { status: 'passed', fullName: 'one' },
      { status: 'failed', fullName: 'two' },
    ];
    const suite = { name: `${process.cwd()}/e2e/x.test.ts`, status: 'failed', assertionResults: tests };
    expect(readReport(json({ testResults: [suite] }), 1, run()).failures).toEqual([
      { file: 'e2e/x.test.ts', name: 'two' },
    ]);
  });

  it('counts a file that could not be loaded as a failure', () => {
    expect(readReport(json({ testResults: [{ status: 'failed', assertionResults: [] }] }), 1, run()).failed).toBe(1);
  });

  it('counts a bad exit without a failed test, and a run without tests, as a failure', () => {
    expect(readReport(json({}), 134, run()).failures).toEqual([
      { file: '', name: 'e2e: ended with code 134, though no test failed' },
    ]);
    expect(readReport(json({ numPassedTests: 0 }), 0, run()).failed).toBe(1);
  });

  it('names an error that no test caught, and where it came from', () => {
    const lost = Object.assign(new TypeError('no such thing\nmore'), {
      VITEST_TEST_PATH: `${process.cwd()}/e2e/x.test.ts`,
      VITEST_TEST_NAME: 'two',
    });
    expect(readReport(json({}), 1, run([describeUnhandled(lost)])).failures).toEqual([
      { file: 'e2e/x.test.ts', name: 'nobody caught TypeError: no such thing (during: two)' },
    ]);
    expect(describeUnhandled({ message: 'Worker exited' })).toEqual({
      file: '',
      name: 'nobody caught an error: Worker exited',
    });
  });
});

describe('set-up', () => {
  it.each(['18.20.0', '20.18.3'])('Node %s is too old, and the sentence says what is needed', (version) => {
    expect(checkNode(version)).toContain('needs Node 20.19 or newer');
  });

  it.each(['20.19.0', '22.0.0'])('Node %s will do', (version) => {
    expect(checkNode(version)).toBeUndefined();
  });

  it('words that are nearly right are recognised', () => {
    expect(didYouMean('engin', ['engine', 'server'])).toBe(' Did you mean engine?');
    expect(didYouMean('nothing', ['engine', 'server'])).toBe('');
  });
});
