import type { Migration } from './migration.ts';

/**
 * What the living look through to take over from a process that has died, and its lanes; records that are yet to be summed
 * up; calls by the request behind them.
 */
export const indexes: Migration = {
  name: '014-indexes',
  indexes: [
    { index: 'seats_holder', on: "seats (holder, app, user_id) WHERE status = 'Calling'", shared: true },
    { index: 'calls_deadline', on: 'calls (next_deadline) WHERE next_deadline > 0', shared: true },
    { index: 'history_at', on: 'history (at)', shared: true },
    {
      index: 'outbox_owner',
      on: 'outbox (owner, app, endpoint, started_at, call_id) WHERE parked = 0',
      shared: true,
    },
    {
      index: 'outbox_handed',
      on: 'outbox (owner, app, endpoint, started_at, call_id) WHERE handed = 1',
      shared: true,
    },
    { index: 'records_unsummed', on: 'records (app, started_at_s, call_id) WHERE summed = 0' },
    // Ids of requests rise with time, so new rows come at the end.
    { index: 'history_request', on: "history (app, request_id) WHERE cause = 'rest'" },
  ],
};
