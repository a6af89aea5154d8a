import type { Migration } from './migration.ts';

/** Tells nodes that share a database when the others have changed what each of them keeps in memory. */
export const revisions: Migration = {
  name: '008-revisions',
  statements: [
    {
      create: `CREATE TABLE revisions (
        kind TEXT NOT NULL, node TEXT NOT NULL, n BIGINT NOT NULL, PRIMARY KEY (kind, node))`,
      clustered: true,
    },
  ],
};
