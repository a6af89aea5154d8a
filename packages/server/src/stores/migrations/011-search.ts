import type { Migration } from './migration.ts';

const clustered = (create: string) => ({ create, clustered: true as const });

/**
 * What the console asks of ended calls: those of a user, sums over any time, the call behind a request, and what became of
 * its media. Records from before are taken up in small batches while the server runs: theirs is `summed` = 0.
 */
export const search: Migration = {
  name: '011-search',
  statements: [
    'ALTER TABLE records ADD COLUMN summed INTEGER NOT NULL DEFAULT 0',
    'ALTER TABLE record_counts ADD COLUMN answered BIGINT NOT NULL DEFAULT 0',
    // With kind and result, so that a filter costs no look at the records.
    clustered(`CREATE TABLE record_members (
      app BIGINT NOT NULL, user_id TEXT NOT NULL, started_at_s BIGINT NOT NULL, call_id TEXT NOT NULL,
      call_type TEXT NOT NULL, result TEXT NOT NULL, PRIMARY KEY (app, user_id, started_at_s, call_id))`),
    // span: s, an hour or a day; at: how many of them since 1970.
    clustered(`CREATE TABLE record_sums (
      app BIGINT NOT NULL, span BIGINT NOT NULL, at BIGINT NOT NULL, call_type TEXT NOT NULL, result TEXT NOT NULL,
      node TEXT NOT NULL, n BIGINT NOT NULL, answered BIGINT NOT NULL,
      PRIMARY KEY (app, span, at, call_type, result, node))`),
    // How long answered calls rang and talked, as histograms.
    clustered(`CREATE TABLE record_times (
      app BIGINT NOT NULL, span BIGINT NOT NULL, at BIGINT NOT NULL, kind TEXT NOT NULL, bucket BIGINT NOT NULL,
      node TEXT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (app, span, at, kind, bucket, node))`),
    clustered(`CREATE TABLE media_events (
      app BIGINT NOT NULL, started_at BIGINT NOT NULL, call_id TEXT NOT NULL, at BIGINT NOT NULL, n BIGINT NOT NULL,
      node TEXT NOT NULL, event TEXT NOT NULL, PRIMARY KEY (app, started_at, call_id, at, n, node))`),
  ],
};
