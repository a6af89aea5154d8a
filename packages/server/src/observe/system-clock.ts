import { performance } from 'node:perf_hooks';
import type { Clock } from '../ports/clock.ts';

/** The longest delay that a timer of the platform takes, ms. */
const longest = 2 ** 31 - 1;

/** ms by which the two readings may differ because one of them is rounded. */
const rounding = 2;

/** Share of its speed that the clock gives up while it is ahead of the system's. */
const slowness = 0.05;

/**
 * A clock that follows the system's time and never runs backwards or stands still.
 *
 * When somebody sets the system's time ahead, it follows at once, and `steady` goes on as if nothing had been. When somebody sets it back, deadlines and leases must go
 * on: the clock then runs a twentieth slower than real time until the two agree again. `wall`: the system's time, ms;
 * `steady`: ms of a clock that nobody sets.
 */
export function makeSystemClock(wall: () => number, steady: () => number): Clock {
  let before = steady();
  let offset = wall() - before;
  let latest = 0;
  return {
    now(): number {
      const now = steady();
      const real = wall();
      const ahead = now + offset - real;
      if (ahead <= 0) offset = real - now;
      else if (ahead > rounding) offset -= Math.min(ahead, (now - before) * slowness);
      before = now;
      const ours = Math.floor(now + offset);
      if (ours > latest) latest = ours;
      return latest;
    },

    steady,

    timer(ms: number, fire: () => void): () => void {
      let timer: NodeJS.Timeout;
      const wait = (left: number): void => {
        const part = Math.min(left, longest);
        timer = setTimeout(() => (left > part ? wait(left - part) : fire()), part);
        timer.unref();
      };
      wait(Math.max(0, Math.ceil(ms)));
      return () => clearTimeout(timer);
    },
  };
}

/** The clock of this machine. */
export const systemClock: Clock = makeSystemClock(Date.now, () => performance.now());
