/** Minutes or hours since 1970, both ends included; none where the second is before the first. */
type Stretch = readonly [first: number, last: number];

/** Minutes of a window, cut so that few rows are added up: whole hours, and the minutes before and after them. */
export interface CutMinutes {
  readonly before: Stretch;
  readonly hours: Stretch;
  readonly after: Stretch;
}

/** Cuts minutes; of hours, only those from `wholeFrom` on may be used, because their sums are complete. */
export function cutMinutes(first: number, last: number, wholeFrom: number): CutMinutes {
  const from = Math.max(Math.ceil(first / 60), wholeFrom);
  const to = Math.floor((last + 1) / 60) - 1;
  if (to < from) return { before: [first, last], hours: [1, 0], after: [1, 0] };
  return { before: [first, from * 60 - 1], hours: [from, to], after: [(to + 1) * 60, last] };
}

/**
 * The first hour whose sums are complete, from the second of the oldest record and whether one is in no sums yet. What is deleted is
 * the oldest first, and the hour in which that stops is not lowered; a record of an older version may be in any hour.
 */
export const firstWholeHour = (oldest: number | undefined, unsummed: boolean): number =>
  unsummed || oldest === undefined ? Number.MAX_SAFE_INTEGER : Math.floor(oldest / 3600) + 1;
