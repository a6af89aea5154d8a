/** Four buckets for each doubling: a median that is read from them is off by a tenth at most. */
const perDoubling = 4;

/** The bucket of a length of time in ms, from 0. */
export const bucketOf = (ms: number): number => (ms < 1 ? 0 : 1 + Math.floor(Math.log2(ms) * perDoubling));

/** ms; where a bucket begins. */
const beginOf = (bucket: number): number => (bucket <= 0 ? 0 : 2 ** ((bucket - 1) / perDoubling));

/** How many of something there are, and how long they lasted, ms; null when there is nothing. */
export interface SpreadOfTimes {
  readonly n: number;
  readonly median: number | null;
  readonly p95: number | null;
}

/** Median and 95th percentile of a histogram, by bucket; within a bucket the times count as evenly spread. */
export function spreadOf(histogram: ReadonlyMap<number, number>): SpreadOfTimes {
  const buckets = [...histogram].filter(([, n]) => n > 0).sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, n]) => sum + n, 0);
  const at = (share: number): number | null => {
    let left = total * share;
    for (const [bucket, n] of buckets) {
      if (left <= n) return Math.round(beginOf(bucket) + (beginOf(bucket + 1) - beginOf(bucket)) * (left / n));
      left -= n;
    }
    return null;
  };
  return { n: Math.round(total), median: at(0.5), p95: at(0.95) };
}
