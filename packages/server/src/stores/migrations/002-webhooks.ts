import type { Migration } from './migration.ts';

/** Webhook endpoints in full, events in the order of their calls, and the log of attempts. Nothing wrote to the old tables. */
export const webhooks: Migration = {
  name: '002-webhooks',
  statements: [
    'DROP TABLE endpoints',
    'DROP TABLE outbox',
    {
      create:
        'CREATE TABLE endpoints (app BIGINT NOT NULL, id TEXT NOT NULL, config TEXT NOT NULL, PRIMARY KEY (app, id))',
      clustered: true,
    },
    // What there is to tell, once, whoever is told. The start of the call comes first, so that neighbours share pages.
    {
      create: `CREATE TABLE events (
        app BIGINT NOT NULL, started_at BIGINT NOT NULL, call_id TEXT NOT NULL, event_seq BIGINT NOT NULL,
        format TEXT NOT NULL, part BIGINT NOT NULL, command TEXT NOT NULL, event_time BIGINT NOT NULL,
        body TEXT NOT NULL, client_ip TEXT NOT NULL, platform TEXT NOT NULL,
        PRIMARY KEY (app, started_at, call_id, event_seq, format, part))`,
      clustered: true,
    },
    // Who is still to be told.
    {
      create: `CREATE TABLE outbox (
        app BIGINT NOT NULL, endpoint TEXT NOT NULL, started_at BIGINT NOT NULL, call_id TEXT NOT NULL,
        event_seq BIGINT NOT NULL, format TEXT NOT NULL, part BIGINT NOT NULL, first_at BIGINT NOT NULL,
        attempts BIGINT NOT NULL, parked INTEGER NOT NULL,
        PRIMARY KEY (app, endpoint, started_at, call_id, event_seq, format, part))`,
      clustered: true,
    },
    {
      create: `CREATE TABLE attempts (
        app BIGINT NOT NULL, at BIGINT NOT NULL, endpoint TEXT NOT NULL, started_at BIGINT NOT NULL,
        call_id TEXT NOT NULL, event_seq BIGINT NOT NULL, format TEXT NOT NULL, part BIGINT NOT NULL,
        url TEXT NOT NULL, attempt BIGINT NOT NULL, outcome TEXT NOT NULL, status BIGINT NOT NULL,
        took BIGINT NOT NULL, error TEXT NOT NULL, answer TEXT NOT NULL, next_at BIGINT NOT NULL,
        PRIMARY KEY (app, at, endpoint, started_at, call_id, event_seq, format, part))`,
      clustered: true,
    },
    // By the start of the call: an index by call id alone would dirty a page for each attempt.
    'CREATE INDEX attempts_by_call ON attempts (app, started_at, call_id)',
  ],
};
