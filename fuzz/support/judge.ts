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

/** ms of each thing that honest customers waited for: before hostile traffic came, in each part of it, and when it had gone. */
export interface Times {
  readonly quiet: readonly number[];
  readonly parts: readonly (readonly number[])[];
  readonly after: readonly number[];
}

/** p99 (ms) of what honest customers wait for: before hostile traffic comes, while it comes, and when it has gone. */
export interface Waits {
  readonly quiet: number;
  readonly during: number;
  /** Of the parts, counted from 1, the one with the longest: half a minute of an hour does not move the p99 of that hour. */
  readonly worst: { readonly part: number; readonly ms: number };
  readonly after: number;
}

/** Throws where there is nothing, be it in one part alone. */
export function waitsOf({ quiet, parts, after }: Times): Waits {
  const each = parts.map(p99);
  const ms = Math.max(...each);
  return { quiet: p99(quiet), during: p99(parts.flat()), worst: { part: each.indexOf(ms) + 1, ms }, after: p99(after) };
}

/** `allowance`: ms beyond a multiple of the usual time. `isShared`: other programs use the machine, whenever they like. */
export interface Tolerance {
  readonly allowance: number;
  readonly isShared: boolean;
}

/**
 * Whether they wait twice as long as they are used to, or longer, be it only while hostile traffic comes or also when it has gone, or in
 * one part of it four times as long: a part is short, and the host of a machine may delay it. On a machine that is shared the quiet
 * time may be that of a lucky moment, so there the slower of before and after is what is usual.
 */
export function isLate({ quiet, during, worst, after }: Waits, { allowance, isShared }: Tolerance): boolean {
  const usual = isShared ? Math.max(quiet, after) : quiet;
  if (worst.ms >= 4 * usual + allowance) return true;
  // Of a shared machine what comes after is part of what is usual.
  return (isShared ? during : Math.max(during, after)) >= 2 * usual + allowance;
}
