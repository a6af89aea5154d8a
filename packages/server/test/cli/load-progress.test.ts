import { expect, test } from 'vitest';
import type { LoadTally } from '../../src/cli/load/call-load.ts';
import { LoadProgress, liveLine } from '../../src/cli/load/progress.ts';

test('the live line of a load is written over where somebody watches, and is gone in the end', () => {
  const written: string[] = [];
  const line = liveLine({ isTTY: true, write: (text) => written.push(text) });
  line.show('a');
  line.show('b');
  line.end();
  expect(written).toEqual(['\r\u001b[Ka', '\r\u001b[Kb', '\r\u001b[K']);
  const file: string[] = [];
  const quiet = liveLine({ write: (text) => file.push(text) });
  quiet.end();
  expect(file).toEqual([]);
});

test('it says the rate since it was last asked for, what failed, and how long the latest calls took to set up', () => {
  const failures = new Map<string, number>();
  const setUp: number[] = [];
  const tally: LoadTally = { started: 0, seconds: 0, complete: 0, skipped: 0, ring: [], setUp, failures };
  const progress = new LoadProgress(tally, 1000);
  expect(progress.text(2000)).toBe('0.0 a second, started 0, complete 0, failed 0, set-up - lately');
  tally.started = 50;
  expect(progress.text(3000)).toBe('50.0 a second, started 50, complete 0, failed 0, set-up - lately');
  tally.started = 60;
  tally.complete = 40;
  failures.set('busy', 2).set('late', 1);
  setUp.push(...Array<number>(300).fill(900), ...Array<number>(200).fill(12.34));
  expect(progress.text(5000)).toBe('5.0 a second, started 60, complete 40, failed 3, set-up 12.3 ms lately');
});
