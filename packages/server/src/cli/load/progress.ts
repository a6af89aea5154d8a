import { tell } from '../output.ts';
import type { LoadTally } from './call-load.ts';

/** What of a terminal is used, or of what stands in for one. */
export interface Shown {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** One line that is written over while somebody watches; else now and then a line. */
export function liveLine(stream: Shown = process.stderr): { show(text: string): void; end(): void } {
  const watched = stream.isTTY === true;
  let last = 0;
  return {
    show(text) {
      if (watched) stream.write(`\r\u001b[K${text}`);
      else if (performance.now() - last > 5000) {
        last = performance.now();
        tell(text);
      }
    },
    end() {
      if (watched) stream.write('\r\u001b[K');
    },
  };
}

/** How a load goes, as one line: with the rate since it was last asked for. */
export class LoadProgress {
  readonly #tally: LoadTally;
  #started: number;
  #at: number;

  /** `now` in ms, of a clock that nobody sets. */
  constructor(tally: LoadTally, now: number) {
    this.#tally = tally;
    this.#started = tally.started;
    this.#at = now;
  }

  text(now: number): string {
    const { started, complete, failures, setUp } = this.#tally;
    const rate = (1000 * (started - this.#started)) / Math.max(1, now - this.#at);
    this.#started = started;
    this.#at = now;
    const failed = [...failures.values()].reduce((sum, n) => sum + n, 0);
    const recent = spellMs(percentile(setUp.slice(-200), 0.5));
    return `${rate.toFixed(1)} a second, started ${started}, complete ${complete}, failed ${failed}, set-up ${recent} lately`;
  }
}

/** The value below which the share `p` (0 to 1) lies; NaN of nothing. */
export function percentile(values: readonly number[], p: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * p))] ?? Number.NaN;
}

export const spellMs = (ms: number): string => (Number.isNaN(ms) ? '-' : `${ms.toFixed(1)} ms`);
