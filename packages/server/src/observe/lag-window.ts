import { bucketOf, type SpreadOfTimes, spreadOf } from './time-buckets.ts';

const minute = 60_000;

/** Minutes that are looked back. */
const minutes = 15;

/** How late things were in the last quarter of an hour. A note costs a look-up and an addition. */
export class LagWindow {
  readonly #minutes: { readonly at: number; readonly histogram: Map<number, number> }[] = [];

  /** Times in ms. */
  note(lag: number, now: number): void {
    const at = now - (now % minute);
    let last = this.#minutes.at(-1);
    if (last === undefined || last.at < at) {
      last = { at, histogram: new Map() };
      this.#minutes.push(last);
      if (this.#minutes.length > minutes + 1) this.#minutes.shift();
    }
    const bucket = bucketOf(lag);
    last.histogram.set(bucket, (last.histogram.get(bucket) ?? 0) + 1);
  }

  spread(now: number): SpreadOfTimes {
    const all = new Map<number, number>();
    for (const { at, histogram } of this.#minutes) {
      if (at < now - minutes * minute) continue;
      for (const [bucket, n] of histogram) all.set(bucket, (all.get(bucket) ?? 0) + n);
    }
    return spreadOf(all);
  }
}
