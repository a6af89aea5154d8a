import type { Clock } from '../ports/clock.ts';

/** The longest delay that a timer of the platform takes, ms. */
const longest = 2 ** 31 - 1;

let latest = 0;

/** The clock of this machine. It follows the system's time forward and never runs backwards. */
export const systemClock: Clock = {
  now(): number {
    const now = Date.now();
    if (now > latest) latest = now;
    return latest;
  },

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
