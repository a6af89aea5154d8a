import { beforeEach, describe, expect, it } from 'vitest';
import { makeSystemClock } from '../../src/observe/system-clock.ts';
import type { Clock } from '../../src/ports/clock.ts';

const noon = 1_780_000_000_000;
let wall = noon;
let steady = 500;
let clock: Clock;

/** So many ms of real time, in steps. */
function pass(ms: number, step = 100): void {
  for (let left = ms; left > 0; left -= step) {
    wall += step;
    steady += step;
    clock.now();
  }
}

beforeEach(() => {
  wall = noon;
  steady = 500;
  clock = makeSystemClock(
    () => wall,
    () => steady,
  );
});

describe('the clock of this machine', () => {
  it('tells the time of the system', () => {
    expect(clock.now()).toBe(noon);
    pass(10_000);
    expect(clock.now()).toBe(noon + 10_000);
  });

  it('follows at once when the time is set ahead, or the machine has slept', () => {
    wall += 3_600_000;
    expect(clock.now()).toBe(noon + 3_600_000);
    pass(1000);
    expect(clock.now()).toBe(wall);
  });

  it('goes on when the time is set back, a little slower, until the two agree again', () => {
    pass(1000);
    const before = clock.now();
    wall -= 60_000;
    expect(clock.now()).toBe(before);
    pass(15_000);
    const later = clock.now();
    // A lease of 15 s is over after 16 s at the latest.
    expect(later - before).toBeGreaterThanOrEqual(14_200);
    expect(later - before).toBeLessThanOrEqual(15_000);
    pass(1_300_000);
    expect(clock.now() - wall).toBeLessThanOrEqual(2);
  });

  it('never runs backwards, however the time is set', () => {
    let last = clock.now();
    for (let n = 0; n < 1000; n += 1) {
      wall += ((n * 7919) % 4001) - 2000;
      steady += 1;
      const now = clock.now();
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
  });
});
