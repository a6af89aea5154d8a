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
import Database from 'better-sqlite3';
import { percentile, round, table } from './lib/stats.mjs';

const server = join(dirname(fileURLToPath(import.meta.url)), '../packages/server/dist');
const { openSqlite } = await import(`${server}/stores/sqlite.js`);
const { listRecords } = await import(`${server}/admin/records.js`);
const { callStatistics } = await import(`${server}/admin/stats.js`);
const { listUsers } = await import(`${server}/admin/users.js`);
const { bucketsOf, spans } = await import(`${server}/stores/record-sums.js`);

const option = (name, fallback) =>
  Number(process.argv.find((one) => one.startsWith(`--${name}=`))?.split('=')[1] ?? fallback);
const records = option('records', 1_000_000);
const days = option('days', 400);
const rounds = option('rounds', 40);
/** ms; what the 95th percentile of a question may take. */
const budget = 200;

const app = 1400000099;
const day = 86_400_000;
const now = Date.now();
const clock = { now: () => now, timer: () => () => {} };
const folder = mkdtempSync(join(tmpdir(), 'ringback-bench-'));
const path = join(folder, 'ringback.db');
const onFatal = (error) => {
  throw error;
};

/** A generator of its own, so that every run has the same records. */
let state = 99;
const random = () => {
  state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
  return state / 2 ** 31;
};

/** Fills the tables as the writer does, many calls in one transaction. */
function fill(db) {
  const into = (name, columns, more = '') =>
    db.prepare(`INSERT INTO ${name} (${columns}) VALUES (${columns.split(',').map(() => '?')}) ${more}`);
  const record = into(
    'records',
    'app, started_at_s, call_id, started_at, accepted_at, ended_at, caller, media_type, call_type, result, members, room_id, room_id_type, chat_group_id, summed',
  );
  const member = into('record_members', 'app, user_id, started_at_s, call_id, call_type, result');
  const sums = new Map();
  const times = new Map();
  const minutes = new Map();
  const add = (map, key, answered) => {
    const text = key.join('\t');
    const kept = map.get(text);
    if (kept === undefined) map.set(text, { key, n: 1, answered });
    else {
      kept.n += 1;
      kept.answered += answered;
    }
  };
  const results = ['NormalEnd', 'NormalEnd', 'NormalEnd', 'Cancel', 'Reject', 'NotAnswer', 'CallBusy', 'Offline'];
  const users = Math.max(100, Math.floor(records / 50));
  db.exec('BEGIN');
  for (let n = 0; n < records; n += 1) {
    const startedAt = Math.floor(now - random() * days * day);
    const second = Math.floor(startedAt / 1000);
    const id = `${n.toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
    const result = results[Math.floor(random() * results.length)];
    const type = random() < 0.15 ? 'MultiCall' : 'SingleCall';
    const acceptedAt = result === 'NormalEnd' ? startedAt + 1000 + Math.floor(random() * 20_000) : 0;
    const endedAt = (acceptedAt || startedAt) + Math.floor(random() * 600_000);
    const members = [`user${Math.floor(random() ** 3 * users)}`, `user${Math.floor(random() * users)}x`];
    record.run(
      app,
      second,
      id,
      startedAt,
      acceptedAt,
      endedAt,
      members[0],
      'Video',
      type,
      result,
      JSON.stringify(members),
      id,
      2,
      '',
      1,
    );
    for (const user of members) member.run(app, user, second, id, type, result);
    const answered = acceptedAt === 0 ? 0 : 1;
    add(minutes, [app, Math.floor(second / 60), type, result, 'n1'], answered);
    const { ring, talk } = bucketsOf({ startedAt, acceptedAt, endedAt });
    for (const span of spans) {
      const at = Math.floor(second / span);
      add(sums, [app, span, at, type, result, 'n1'], answered);
      if (answered === 0) continue;
      add(times, [app, span, at, 'ring', ring, 'n1'], 0);
      add(times, [app, span, at, 'talk', talk, 'n1'], 0);
    }
    if (n % 100_000 === 99_999) db.exec('COMMIT; BEGIN');
  }
  const count = into('record_counts', 'app, minute, call_type, result, node, n, answered');
  for (const { key, n, answered } of minutes.values()) count.run(...key, n, answered);
  const sum = into('record_sums', 'app, span, at, call_type, result, node, n, answered');
  for (const { key, n, answered } of sums.values()) sum.run(...key, n, answered);
  const time = into('record_times', 'app, span, at, kind, bucket, node, n');
  for (const { key, n } of times.values()) time.run(...key, n);
  db.exec('COMMIT');
}

let store = await openSqlite({ path, node: 'n1', clock, onFatal });
await store.apps.save({
  sdkAppId: app,
  name: '',
  keys: [{ id: 'k1', secret: 'k'.repeat(64), createdAt: 0 }],
  disabled: false,
  packageExpiresAt: 0,
  allowIps: [],
  allowOrigins: [],
  disabledCommands: [],
  admins: ['administrator'],
  overrides: {},
});
await store.close();
const side = new Database(path);
const begun = performance.now();
fill(side);
side.close();
console.error(`${records} records made in ${round((performance.now() - begun) / 1000)} s`);

store = await openSqlite({ path, node: 'n1', clock, onFatal });
const context = { apps: store.apps, accounts: store.accounts, store: store.calls, search: store.search, clock };
const lastPage = async () => (await listRecords.handle(context, { app, limit: 50, order: 'asc' })).next;
const deep = await lastPage();
const questions = {
  'records: newest page': () => listRecords.handle(context, { app, limit: 50 }),
  'records: a later page': () => listRecords.handle(context, { app, limit: 50, order: 'asc', after: deep }),
  'records: a rare result': () => listRecords.handle(context, { app, limit: 50, result: 'Interrupt' }),
  'records: result, kind and month': () =>
    listRecords.handle(context, { app, limit: 50, result: 'Reject', type: 'MultiCall', from: now - 30 * day }),
  'records: busiest user': () => listRecords.handle(context, { app, limit: 50, user: 'user0' }),
  'records: any user': () =>
    listRecords.handle(context, { app, limit: 50, user: `user${Math.floor(random() * 1000)}x` }),
  'statistics: hour': () => callStatistics.handle(context, { app, from: now - 3_600_000, to: now }),
  'statistics: day': () => callStatistics.handle(context, { app }),
  'statistics: week': () => callStatistics.handle(context, { app, from: now - 7 * day, to: now }),
  'statistics: 90 days': () => callStatistics.handle(context, { app, from: now - 90 * day, to: now }),
  'statistics: all': () => callStatistics.handle(context, { app, from: now - days * day, to: now }),
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
rmSync(folder, { recursive: true, force: true });
table(['question', 'p50 ms', 'p95 ms'], rows);
const worst = Math.max(...Object.values(figures).map(({ p95 }) => p95));
console.log(
  JSON.stringify({ bench: 'console', records, days, worstP95: worst, budget, within: worst < budget, figures }),
);
