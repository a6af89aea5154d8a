import type { CallRecord } from 'ringback-engine';
import { bucketOf } from '../observe/time-buckets.ts';

/** s; what records are summed over, besides minutes. */
export const spans = [3600, 86_400] as const;

/** How long an answered call rang and talked, ms; undefined when nobody answered. */
export const timesOf = ({
  startedAt,
  acceptedAt,
  endedAt,
}: Pick<CallRecord, 'startedAt' | 'acceptedAt' | 'endedAt'>):
  | { readonly ring: number; readonly talk: number }
  | undefined => (acceptedAt === 0 ? undefined : { ring: acceptedAt - startedAt, talk: endedAt - acceptedAt });

/** The buckets of an answered call, -1 where nobody answered. */
export function bucketsOf(record: Pick<CallRecord, 'startedAt' | 'acceptedAt' | 'endedAt'>): {
  readonly ring: number;
  readonly talk: number;
} {
  const times = timesOf(record);
  return times === undefined ? { ring: -1, talk: -1 } : { ring: bucketOf(times.ring), talk: bucketOf(times.talk) };
}
