import { describe, expect, it } from 'vitest';
import { StoreClock } from '../../src/observe/store-clock.ts';

/** A clock on a machine whose time and whose running a test moves. */
function scene(wall: number) {
  const machine = { wall, steady: 1000 };
  const clock = new StoreClock(
    () => machine.wall,
    () => machine.steady,
  );
  const pass = (ms: number): void => {
    machine.wall += ms;
    machine.steady += ms;
  };
  /** Asks a store whose time is `time` now; the answer takes as long there as back. */
  const compare = (time: number, delay = 2): void => {
    const sentAt = machine.steady;
    pass(delay);
    clock.follow(time + delay / 2, sentAt, machine.steady);
  };
  return { machine, clock, pass, compare };
}

describe('the clock that follows a store', () => {
  it('goes by the machine until it has been compared, then by the store, whatever the machine says', () => {
    const { clock, pass, compare, machine } = scene(1_700_000_030_000);
    expect(clock.now()).toBe(1_700_000_030_000);
    compare(1_700_000_000_000);
    expect(clock.now()).toBe(1_700_000_000_002);
    expect(clock.offBy).toBe(30_000);
    pass(5000);
    // Somebody sets the time of the machine: nothing that anybody else would notice.
    machine.wall -= 120_000;
    expect(clock.now()).toBe(1_700_000_005_002);
    pass(1000);
    expect(clock.now()).toBe(1_700_000_006_002);
  });

  it('goes slower instead of back, and ahead at once, when the store does', () => {
    const { clock, pass, compare, machine } = scene(0);
    compare(1_000_000);
    expect(clock.now()).toBe(1_000_002);
    // The store's time was set back by a second.
    compare(999_000);
    let last = clock.now();
    for (let n = 0; n < 300; n += 1) {
      pass(100);
      const now = clock.now();
      expect(now).toBeGreaterThanOrEqual(last);
      last = now;
    }
    // Half a minute later the two agree.
    expect(Math.abs(clock.now() - (999_002 + 300 * 100))).toBeLessThanOrEqual(2);
    compare(clock.now() + 10_000);
    const ahead = clock.now();
    expect(ahead).toBeGreaterThan(last + 9000);
    expect(machine.steady).toBeGreaterThan(0);
  });

  it('does not move for what an answer leaves in doubt', () => {
    const { clock, pass, compare } = scene(0);
    compare(1_000_000);
    pass(1000);
    const expected = 1_001_002;
    // An answer that took 200 ms says no more than that the store is within 100 ms of this.
    compare(expected + 80, 200);
    expect(clock.now()).toBe(expected + 200);
    compare(expected + 200 + 180, 200);
    expect(clock.now()).toBe(expected + 400 + 180);
  });
});
