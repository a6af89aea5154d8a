import type { Migration, TableStatement } from './migration.ts';

const clustered = (create: string): TableStatement => ({ create, clustered: true });

/** Push providers, device tokens, the rings that pushes are sent for, and what became of them. */
export const push: Migration = {
  name: '012-push',
  statements: [
    'CREATE TABLE push_providers (app BIGINT NOT NULL, name TEXT NOT NULL, config TEXT NOT NULL, PRIMARY KEY (app, name))',
    // Tokens are long, and each belongs to one device: it is found by its digest.
    `CREATE TABLE push_tokens (
      app BIGINT NOT NULL, user_id TEXT NOT NULL, device TEXT NOT NULL, provider TEXT NOT NULL, channel TEXT NOT NULL,
      digest TEXT NOT NULL, token TEXT NOT NULL, platform TEXT NOT NULL, updated_at BIGINT NOT NULL,
      PRIMARY KEY (app, user_id, device, provider, channel))`,
    'CREATE INDEX push_tokens_digest ON push_tokens (app, provider, digest)',
    // Nothing is left of a ring once it is over, so this is a small table.
    `CREATE TABLE push_rings (
      app BIGINT NOT NULL, call_id TEXT NOT NULL, user_id TEXT NOT NULL, deadline BIGINT NOT NULL,
      started_at BIGINT NOT NULL, owner TEXT NOT NULL, state TEXT NOT NULL, targets TEXT NOT NULL, tries BIGINT NOT NULL,
      PRIMARY KEY (app, call_id, user_id, deadline))`,
    clustered(`CREATE TABLE push_log (
      app BIGINT NOT NULL, started_at BIGINT NOT NULL, call_id TEXT NOT NULL, at BIGINT NOT NULL, n BIGINT NOT NULL,
      node TEXT NOT NULL, event TEXT NOT NULL, PRIMARY KEY (app, started_at, call_id, at, n, node))`),
  ],
};
