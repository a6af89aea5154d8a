import { type CallResult, callResults, type SdkAppId } from 'ringback-protocol';
import type { CountRow, CountWindow, RecordSearch } from '../ports/record-search.ts';
import type { Stretch } from './local-time.ts';

/** How many calls ended how. */
export type Results = Record<CallResult, number>;

export const noResults = (): Results => Object.fromEntries(callResults.map((one) => [one, 0])) as Results;

/** The calls that began in one piece of a time. */
export interface CallBucket {
  /** ms; where it begins. */
  readonly at: number;
  n: number;
  answered: number;
  readonly results: Results;
}

/** s. */
const hour = 3600;

/** Buckets at whose borders minutes are read; with more of them an hour is of the bucket in which it begins. */
const mostCut = 101;

/** Questions at once: calls are written by the same connections. */
const cutAtOnce = 2;

interface Asked {
  readonly app: SdkAppId;
  /** s; what is read. */
  readonly span: 60 | 3600;
  /** In spans, both included. */
  readonly first: number;
  readonly last: number;
  /** s; of a bucket. */
  readonly length: number;
  /** From the first span to the last. */
  readonly stretches: readonly Stretch[];
}

/**
 * Counts calls by buckets that begin as the clocks of a place say. Hours are read, and minutes only of those hours in which a
 * bucket begins in between. `each` hears of what was counted once.
 */
export async function countBuckets(
  search: Pick<RecordSearch, 'counts'>,
  { app, span, first, last, length, stretches }: Asked,
  each: (row: CountRow) => void,
): Promise<readonly CallBucket[]> {
  const place = (second: number, { shift }: Stretch): number => Math.floor((second + shift) / length);
  const [begin, end] = [stretches[0], stretches.at(-1)];
  if (begin === undefined || end === undefined) return [];
  const firstPlace = place(first * span, begin);
  const buckets: CallBucket[] = [];
  for (let at = firstPlace; at <= place(last * span, end); at += 1) {
    const own = stretches.find(({ to, shift }) => at * length - shift < to) ?? end;
    // Where clocks go forward over it, it begins with the time that comes instead.
    const second = own === begin ? at * length - own.shift : Math.max(own.from, at * length - own.shift);
    buckets.push({ at: second * 1000, n: 0, answered: 0, results: noResults() });
  }
  const add = (bucket: CallBucket | undefined, { n, answered, result }: CountRow, sign: 1 | -1): void => {
    if (bucket === undefined) return;
    bucket.n += sign * n;
    bucket.answered += sign * answered;
    bucket.results[result] += sign * n;
  };
  const count = (window: CountWindow): Promise<readonly CountRow[]> => search.counts(app, window);
  for (const one of stretches) {
    const from = Math.max(first, Math.ceil(one.from / span));
    const to = one === end ? last : Math.min(last, Math.ceil(one.to / span) - 1);
    if (from > to) continue;
    for (const row of await count({ span, first: from, last: to, bucket: { length, shift: one.shift } })) {
      add(buckets[row.at - firstPlace], row, 1);
      each(row);
    }
  }
  if (span === 60 || buckets.length > mostCut) return buckets;
  // An hour was counted where it begins. What came after the border is of the next one.
  const cut = buckets
    .map(({ at }, n) => ({ n, second: at / 1000 }))
    .filter(({ n, second }) => n > 0 && second % hour !== 0);
  for (let from = 0; from < cut.length; from += cutAtOnce) {
    await Promise.all(
      cut.slice(from, from + cutAtOnce).map(async ({ n, second }) => {
        const window = { first: Math.ceil(second / 60), last: Math.ceil(second / hour) * 60 - 1 };
        for (const row of await count({ span: 60, ...window })) {
          // Of records that are older than the sums, minutes are known before hours are.
          const before = buckets[n - 1];
          const moved = Math.min(row.n, before?.results[row.result] ?? 0);
          const part = { ...row, n: moved, answered: Math.min(row.answered, moved) };
          add(before, part, -1);
          add(buckets[n], part, 1);
        }
      }),
    );
  }
  return buckets;
}
