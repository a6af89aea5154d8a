import type { Migration, TableStatement } from './migration.ts';

const clustered = (create: string): TableStatement => ({ create, clustered: true });

/** Applications, accounts, calls and what is kept of them. */
export const calls: Migration = {
  name: '001-calls',
  statements: [
    'CREATE TABLE apps (app BIGINT NOT NULL PRIMARY KEY, config TEXT NOT NULL)',
    clustered(`CREATE TABLE accounts (
      app BIGINT NOT NULL, user_id TEXT NOT NULL, nick TEXT NOT NULL, avatar TEXT NOT NULL,
      revoked_at_s BIGINT NOT NULL, created_at BIGINT NOT NULL, PRIMARY KEY (app, user_id))`),
    'CREATE INDEX accounts_revoked ON accounts (revoked_at_s) WHERE revoked_at_s > 0',
    `CREATE TABLE calls (
      app BIGINT NOT NULL, call_id TEXT NOT NULL, version BIGINT NOT NULL, next_deadline BIGINT NOT NULL,
      state TEXT NOT NULL, PRIMARY KEY (app, call_id))`,
    clustered(`CREATE TABLE seats (
      app BIGINT NOT NULL, user_id TEXT NOT NULL, call_id TEXT NOT NULL, status TEXT NOT NULL,
      PRIMARY KEY (app, user_id))`),
    clustered(`CREATE TABLE records (
      app BIGINT NOT NULL, started_at_s BIGINT NOT NULL, call_id TEXT NOT NULL, started_at BIGINT NOT NULL,
      accepted_at BIGINT NOT NULL, ended_at BIGINT NOT NULL, caller TEXT NOT NULL, media_type TEXT NOT NULL,
      call_type TEXT NOT NULL, result TEXT NOT NULL, members TEXT NOT NULL, room_id TEXT NOT NULL,
      room_id_type INTEGER NOT NULL, chat_group_id TEXT NOT NULL, PRIMARY KEY (app, started_at_s, call_id))`),
    'CREATE UNIQUE INDEX records_call ON records (app, call_id)',
    // Pages of the few that ended in a rare way must not cost a look at all the others.
    'CREATE INDEX records_kind ON records (app, call_type, result, started_at_s, call_id)',
    // The start of the call comes first, so that calls of the same time share pages and the oldest go together.
    clustered(`CREATE TABLE history (
      app BIGINT NOT NULL, started_at BIGINT NOT NULL, call_id TEXT NOT NULL, seq BIGINT NOT NULL,
      event_seq BIGINT NOT NULL, at BIGINT NOT NULL, type TEXT NOT NULL, cause TEXT NOT NULL, actor TEXT NOT NULL,
      device TEXT NOT NULL, request_id TEXT NOT NULL, events TEXT NOT NULL,
      PRIMARY KEY (app, started_at, call_id, seq))`),
    clustered(`CREATE TABLE endpoints (
      app BIGINT NOT NULL, id TEXT NOT NULL, url TEXT NOT NULL, kinds TEXT NOT NULL, PRIMARY KEY (app, id))`),
    `CREATE TABLE outbox (
      app BIGINT NOT NULL, endpoint TEXT NOT NULL, call_id TEXT NOT NULL, event_seq BIGINT NOT NULL,
      kind TEXT NOT NULL, event_time BIGINT NOT NULL, body TEXT NOT NULL, client_ip TEXT NOT NULL,
      platform TEXT NOT NULL, PRIMARY KEY (app, endpoint, call_id, event_seq))`,
    clustered(`CREATE TABLE record_counts (
      app BIGINT NOT NULL, minute BIGINT NOT NULL, call_type TEXT NOT NULL, result TEXT NOT NULL, node TEXT NOT NULL,
      n BIGINT NOT NULL, PRIMARY KEY (app, minute, call_type, result, node))`),
  ],
};
