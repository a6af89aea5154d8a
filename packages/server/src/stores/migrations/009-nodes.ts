import type { Migration } from './migration.ts';

/**
 * The processes that share a store; who keeps the lease of each device in a call; and what the others look through to
 * take over from one that has died, which only a shared store needs.
 */
export const nodes: Migration = {
  name: '009-nodes',
  statements: [
    {
      create: 'CREATE TABLE nodes (id TEXT NOT NULL PRIMARY KEY, alive_at BIGINT NOT NULL, bus INTEGER NOT NULL)',
      clustered: true,
    },
    "ALTER TABLE seats ADD COLUMN holder TEXT NOT NULL DEFAULT ''",
    { shared: "CREATE INDEX seats_holder ON seats (holder, app, user_id) WHERE status = 'Calling'" },
    { shared: 'CREATE INDEX calls_deadline ON calls (next_deadline) WHERE next_deadline > 0' },
    { shared: 'CREATE INDEX history_at ON history (at)' },
  ],
};
