import { describe, expect, it } from 'vitest';
import { HighBudget } from '../../../src/media/sfu/child/layers.ts';

/** Runs seconds of a loss (0 to 1) for a viewer of eight; gives what is allowed afterwards. */
function run(budget: HighBudget, seconds: number, loss: number, wanted = 8): number {
  for (let i = 0; i < seconds; i += 1) budget.second({ sent: 1000, lost: 1000 * loss, wanted });
  return budget.allowed;
}

describe('how many videos a viewer gets in the high layer', () => {
  it('is all of them while little is lost', () => {
    expect(run(new HighBudget(), 100, 0.03)).toBe(Number.POSITIVE_INFINITY);
  });

  it('is not changed by one bad second, nor by seconds in which hardly anything was sent', () => {
    const budget = new HighBudget();
    run(budget, 1, 0.5);
    expect(run(budget, 1, 0)).toBe(Number.POSITIVE_INFINITY);
    for (let i = 0; i < 10; i += 1) budget.second({ sent: 10, lost: 10, wanted: 8 });
    expect(budget.allowed).toBe(Number.POSITIVE_INFINITY);
  });

  it('is halved every two seconds while much is lost, down to none', () => {
    const budget = new HighBudget();
    expect([2, 2, 2, 2, 2].map((seconds) => run(budget, seconds, 0.2))).toEqual([4, 2, 1, 0, 0]);
  });

  it('rises by one after each while without loss, until all are had again', () => {
    const budget = new HighBudget();
    run(budget, 2, 0.2, 3);
    expect(budget.allowed).toBe(1);
    expect(run(budget, 7, 0, 3)).toBe(1);
    expect(run(budget, 1, 0, 3)).toBe(2);
    expect(run(budget, 8, 0, 3)).toBe(Number.POSITIVE_INFINITY);
  });

  it('stays between the two thresholds', () => {
    const budget = new HighBudget();
    run(budget, 2, 0.2);
    expect(run(budget, 100, 0.05)).toBe(4);
  });

  it('waits twice as long after a raise that had to be taken back, and forgets that after a long quiet time', () => {
    const budget = new HighBudget();
    const waitToRaise = () => {
      const before = budget.allowed;
      let seconds = 0;
      while (budget.allowed === before) {
        run(budget, 1, 0, 1);
        seconds += 1;
      }
      return seconds;
    };
    const seen: number[] = [];
    for (let i = 0; i < 6; i += 1) {
      run(budget, 2, 0.2, 1);
      seen.push(waitToRaise());
    }
    expect(seen).toEqual([8, 16, 32, 64, 64, 64]);
    run(budget, 100, 0, 1);
    run(budget, 2, 0.2, 1);
    expect(waitToRaise()).toBe(8);
  });
});
