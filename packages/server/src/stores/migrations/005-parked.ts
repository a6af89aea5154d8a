import type { Migration } from './migration.ts';

/** Finds the few among the many: events that were given up, and attempts that did not deliver. */
export const parked: Migration = {
  name: '005-parked',
  statements: [
    'CREATE INDEX outbox_parked ON outbox (app, endpoint, started_at) WHERE parked = 1',
    "CREATE INDEX attempts_failed ON attempts (app, at) WHERE outcome IN ('failed', 'parked')",
  ],
};
