import type { Migration } from './migration.ts';

/** The processes that share a store, and who keeps the lease of each device in a call. */
export const nodes: Migration = {
  name: '009-nodes',
  statements: [
    {
      create: 'CREATE TABLE nodes (id TEXT NOT NULL PRIMARY KEY, alive_at BIGINT NOT NULL, bus INTEGER NOT NULL)',
      clustered: true,
    },
    "ALTER TABLE seats ADD COLUMN holder TEXT NOT NULL DEFAULT ''",
  ],
};
