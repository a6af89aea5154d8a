import type { Migration } from './migration.ts';

/** Which node delivers what waits, and what others have added to its lanes; only a shared store writes these. */
export const lanes: Migration = {
  name: '010-lanes',
  statements: [
    "ALTER TABLE outbox ADD COLUMN owner TEXT NOT NULL DEFAULT ''",
    'ALTER TABLE outbox ADD COLUMN handed INTEGER NOT NULL DEFAULT 0',
  ],
};
