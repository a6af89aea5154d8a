/**
 * `npm run bench:console`: how long the questions of the console's pages take over a million records.
 *
 * Makes a database with `--records` (default 1 000 000) calls of `--days` (default 400) days in the embedded store, then runs
 * the operations behind each page `--rounds` times and prints the median and the 95th percentile. Nothing else runs meanwhile.
 */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchApp } from './lib/bench-app.mjs';
import { options } from './lib/options.mjs';
import { fillRecords, generator } from './lib/record-fill.mjs';
import { percentile, round, table } from './lib/stats.mjs';

const { records, days, rounds } = options("How long the questions of the console's pages take.", {
  records: [1_000_000, 'calls in the database'],
  days: [400, 'days that they are of'],
  rounds: [40, 'times that each question is asked'],
});

const server = join(dirname(fileURLToPath(import.meta.url)), '../packages/server/dist');
const { openSqlite } = await import(`${server}/stores/sqlite.js`);
const { callQuality } = await import(`${server}/admin/call-quality.js`);
const { getRecord, listRecords } = await import(`${server}/admin/records.js`);
const { callStatistics } = await import(`${server}/admin/stats.js`);
const { callTimeline } = await import(`${server}/admin/timeline.js`);
const { listUsers } = await import(`${server}/admin/users.js`);
const { webhookHealth } = await import(`${server}/admin/webhook-health.js`);
const { webhookLog } = await import(`${server}/admin/webhooks.js`);
const { bucketsOf, spans } = await import(`${server}/stores/record-sums.js`);

/** ms; what the 95th percentile of a question may take. */
const budget = 200;

const app = 1400000099;
const day = 86_400_000;
const now = Date.now();
const clock = { now: () => now, timer: () => () => {} };
const folder = mkdtempSync(join(tmpdir(), 'ringback-bench-'));
const path = join(folder, 'ringback.db');
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
const onFatal = (error) => {
  throw error;
};

let store = await openSqlite({ path, node: 'n1', clock, onFatal });
await store.apps.save(benchApp({ sdkAppId: app, key: 'k'.repeat(64) }));
await store.close();
const begun = performance.now();
const sinceBegun = () => `${((performance.now() - begun) / 1000).toFixed(0)} s`;
fillRecords(path, {
  app,
  records,
  days,
  now,
  bucketsOf,
  spans,
  tell: (made) => console.error(`${made} of ${records} records after ${sinceBegun()}`),
});
console.error(`all made in ${sinceBegun()}`);

store = await openSqlite({ path, node: 'n1', clock, onFatal });
const context = {
  apps: store.apps,
  accounts: store.accounts,
  store: store.calls,
  search: store.search,
  endpoints: store.endpoints,
  pending: store.pendingEvents,
  quality: store.quality,
  mediaEvents: store.mediaEvents,
  pushLog: store.pushLog,
  clock,
};
const random = generator(7);
const list = (asked) => listRecords.handle(context, { app, limit: 50, ...asked });
/** The place after which a page from the middle of all records begins. */
const deep = (await list({ from: now - (days / 2) * day, order: 'asc' })).next;
const deepest = (await list({ order: 'asc' })).next;
/** Some calls of all times, and some that still have their history. */
const idsNear = async (back) => {
  const { records: found } = await list({ from: now - back * day, order: 'asc', limit: 200 });
  return found.map(({ callId }) => callId);
};
const old = await idsNear(days / 3);
const recent = await idsNear(29);
const one = (ids) => ids[Math.floor(random() * ids.length)];
const questions = {
  'overview: statistics of an hour': () => callStatistics.handle(context, { app, from: now - 3_600_000, to: now }),
  'overview: statistics of a day': () => callStatistics.handle(context, { app }),
  'overview: statistics of a week': () => callStatistics.handle(context, { app, from: now - 7 * day, to: now }),
  'overview: statistics of 90 days': () => callStatistics.handle(context, { app, from: now - 90 * day, to: now }),
  'overview: statistics of all time': () => callStatistics.handle(context, { app, from: now - days * day, to: now }),
  'overview: health of webhooks': () => webhookHealth.handle(context, { app }),
  'records: newest page': () => list({}),
  'records: a page from the middle, by cursor': () => list({ order: 'desc', after: deep }),
  'records: the oldest, by cursor': () => list({ order: 'asc', after: deepest }),
  'records: a frequent result': () => list({ result: 'NormalEnd' }),
  'records: a result that there is not': () => list({ result: 'Interrupt' }),
  'records: result, kind and month': () => list({ result: 'Reject', type: 'MultiCall', from: now - 30 * day }),
  'records: of the busiest user': () => list({ user: 'user0' }),
  'records: of the busiest user, a result': () => list({ user: 'user0', result: 'Reject' }),
  'records: of any user': () => list({ user: `user${Math.floor(random() * 1000)}x` }),
  'records: by call id': () => getRecord.handle(context, { app, callId: one(old) }),
  'a call: its timeline': () => callTimeline.handle(context, { app, callId: one(recent) }),
  'a call: its timeline, history gone': () => callTimeline.handle(context, { app, callId: one(old) }),
  'a call: its quality': () => callQuality.handle(context, { app, callId: one(recent) }),
  'attempts: newest page': () => webhookLog.handle(context, { app, limit: 50 }),
  'attempts: of a call': () => webhookLog.handle(context, { app, limit: 50, callId: one(recent) }),
  users: () => listUsers.handle(context, { app, prefix: 'user1' }),
};
const rows = [];
const figures = {};
for (const [name, ask] of Object.entries(questions)) {
  const took = [];
  for (let n = 0; n < rounds; n += 1) {
    const at = performance.now();
    await ask();
    took.push(performance.now() - at);
  }
  const [p50, p95] = [percentile(took, 0.5), percentile(took, 0.95)];
  rows.push([name, round(p50), round(p95)]);
  figures[name] = { p50: round(p50), p95: round(p95) };
}
await store.close();
table(['question', 'p50 ms', 'p95 ms'], rows);
const worst = Math.max(...Object.values(figures).map(({ p95 }) => p95));
console.log(
  JSON.stringify({ bench: 'console', records, days, worstP95: worst, budget, within: worst < budget, figures }),
);
