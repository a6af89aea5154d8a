/** s; what calls are counted over. Single seconds are counted row by row. */
export type Span = 1 | 60 | 3600 | 86_400;

/** Spans since 1970, both ends included. */
export interface Piece {
  readonly first: number;
  readonly last: number;
}

/**
 * A time, in s, cut into whole days, hours and minutes, and the seconds that stick out. The sums of `oldest`, the first hour
 * that has any, and of its day are not used: deletion has taken records from them without lowering them. Without it only
 * minutes and seconds are used.
 */
export function piecesOf(from: number, to: number, oldest: number | undefined): ReadonlyMap<Span, readonly Piece[]> {
  const found = new Map<Span, Piece[]>([
    [1, []],
    [60, []],
    [3600, []],
    [86_400, []],
  ]);
  const cut = (a: number, b: number, spans: readonly Span[]): void => {
    const [span = 1, ...finer] = spans;
    if (a > b) return;
    const first = Math.ceil(a / span);
    const last = Math.floor((b + 1) / span) - 1;
    if (last < first) {
      if (finer.length > 0) cut(a, b, finer);
      return;
    }
    found.get(span)?.push({ first, last });
    cut(a, first * span - 1, finer);
    cut((last + 1) * span, b, finer);
  };
  if (oldest === undefined) {
    cut(from, to, [60, 1]);
    return found;
  }
  const [hour, day] = [oldest * 3600, (Math.floor(oldest / 24) + 1) * 86_400];
  cut(from, Math.min(to, hour - 1), [3600, 60, 1]);
  cut(Math.max(from, hour), Math.min(to, hour + 3599), [60, 1]);
  cut(Math.max(from, hour + 3600), Math.min(to, day - 1), [3600, 60, 1]);
  cut(Math.max(from, day), to, [86_400, 3600, 60, 1]);
  return found;
}
