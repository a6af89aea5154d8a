const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] as number) + (sorted[Math.ceil(middle)] as number)) / 2;
};

/** What 99 of 100 stay below. Throws for an empty list: nothing measured is nothing proven. */
export function p99(times: readonly number[]): number {
  const sorted = [...times].sort((a, b) => a - b);
  const value = sorted[Math.floor(sorted.length * 0.99)];
  if (value === undefined || Number.isNaN(value)) throw new Error(`Of ${times.length} times there is no p99.`);
  return value;
}

/**
 * How much values that were measured at even distances have grown from the first to the last, by their trend: the median of the
 * slopes between any two, so that a single one that is high or low decides nothing.
 */
export function grown(values: readonly number[]): number {
  const slopes = values.flatMap((from, i) => values.slice(i + 1).map((to, distance) => (to - from) / (distance + 1)));
  if (slopes.length === 0 || slopes.some(Number.isNaN))
    throw new Error(`There is no trend in ${JSON.stringify(values)}.`);
  return median(slopes) * (values.length - 1);
}
