import type { Migration } from './migration.ts';

/** What devices report of the quality of their media: a row for each report, in the order of the calls. */
export const media: Migration = {
  name: '004-media',
  statements: [
    {
      create: `CREATE TABLE quality (
        app BIGINT NOT NULL, started_at BIGINT NOT NULL, call_id TEXT NOT NULL, at BIGINT NOT NULL,
        viewer TEXT NOT NULL, samples TEXT NOT NULL, PRIMARY KEY (app, started_at, call_id, at, viewer))`,
      clustered: true,
    },
  ],
};
