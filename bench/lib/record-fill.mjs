/** Fills the embedded store of a server that does not run with calls that are over, as the writer would, in bulk. */
import Database from 'better-sqlite3';

const results = ['NormalEnd', 'NormalEnd', 'NormalEnd', 'Cancel', 'Reject', 'NotAnswer', 'CallBusy', 'Offline'];
const day = 86_400_000;
/** Calls between two commits. */
const batch = 50_000;

/** A generator of its own, so that every run has the same records. */
export function generator(seed) {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

const inserter = (db, name, columns) =>
  db.prepare(`INSERT INTO ${name} (${columns}) VALUES (${columns.split(',').map(() => '?')})`);

/** Sums by key, in memory until all is made. */
class Sums {
  #rows = new Map();

  add(key, answered = 0) {
    const text = key.join('\t');
    const kept = this.#rows.get(text);
    if (kept === undefined) this.#rows.set(text, { key, n: 1, answered });
    else {
      kept.n += 1;
      kept.answered += answered;
    }
  }

  /** In the order of the keys, which is the order of the table. */
  rows() {
    return [...this.#rows].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, row]) => row);
  }
}

/** The steps of a call, as its history keeps them, and an attempt for each event at one endpoint. */
function stepsOf({ startedAt, acceptedAt, endedAt, members, result }) {
  const users = (status) => members.map((userId) => ({ userId, status }));
  const event = (kind, eventTime, changed = []) => ({ kind, eventTime, changed, users: users('Waiting') });
  const [caller, callee] = members;
  const steps = [{ at: startedAt, type: 'start', actor: caller, events: [event('StartCall', startedAt)] }];
  if (acceptedAt > 0) {
    const changed = [{ userId: callee, action: 'Answer', status: 'Calling' }];
    steps.push({
      at: acceptedAt,
      type: 'accept',
      actor: callee,
      events: [event('MemberChanged', acceptedAt, changed)],
    });
  }
  const changed = [{ userId: caller, action: result === 'Reject' ? 'Reject' : 'Hangup', status: 'Left' }];
  const end = [event('MemberChanged', endedAt, changed), event('EndCall', endedAt + 1)];
  steps.push({ at: endedAt, type: 'hangUp', actor: caller, events: end });
  let eventSeq = 0;
  return steps.map((step, n) => {
    const events = step.events.map((one) => {
      eventSeq += 1;
      return { ...one, eventSeq };
    });
    return { ...step, seq: n + 1, eventSeq, events };
  });
}

/**
 * `records` calls of the `days` before `now`, with who was in them, all sums, and history and webhook attempts of those of
 * the last 30 days unless `steps` is false. The calls come in the order of their start and members sorted in batches, so that the pages of the
 * tables are written once. `bucketsOf` and `spans` are those of the store; `tell(made)` hears of progress.
 * @param {string} path the database, which has its tables
 */
export function fillRecords(path, { app, records, days, now, bucketsOf, spans, tell, steps = true }) {
  const random = generator(99);
  const db = new Database(path);
  // Whoever pulls the plug makes it anew; 400 MB of pages stay in memory.
  for (const pragma of ['locking_mode = EXCLUSIVE', 'synchronous = OFF', 'cache_size = -400000']) db.pragma(pragma);
  const record = inserter(
    db,
    'records',
    'app, started_at_s, call_id, started_at, accepted_at, ended_at, caller, media_type, call_type, result, members, room_id, room_id_type, chat_group_id, summed',
  );
  const member = inserter(db, 'record_members', 'app, user_id, started_at_s, call_id, call_type, result');
  const history = inserter(
    db,
    'history',
    'app, started_at, call_id, seq, event_seq, at, type, cause, actor, device, request_id, events',
  );
  const attempt = inserter(
    db,
    'attempts',
    'app, at, endpoint, started_at, call_id, event_seq, format, part, url, attempt, outcome, status, took, error, answer, next_at',
  );
  const told = inserter(
    db,
    'events',
    'app, started_at, call_id, event_seq, format, part, command, event_time, body, client_ip, platform',
  );
  const sums = new Sums();
  const times = new Sums();
  const minutes = new Sums();
  const users = Math.max(100, Math.floor(records / 50));
  let listed = [];
  const flush = () => {
    listed.sort((one, other) => (one[1] < other[1] ? -1 : one[1] > other[1] ? 1 : 0));
    for (const row of listed) member.run(...row);
    listed = [];
  };
  db.exec('BEGIN');
  for (let n = 0; n < records; n += 1) {
    const startedAt = Math.floor(now - days * day + ((n + random()) / records) * (days * day - 1000));
    const second = Math.floor(startedAt / 1000);
    const id = `${Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0')}-${(n % 65_536).toString(16).padStart(4, '0')}-4000-8000-${n.toString(16).padStart(12, '0')}`;
    const result = results[Math.floor(random() * results.length)];
    const type = random() < 0.15 ? 'MultiCall' : 'SingleCall';
    const acceptedAt = result === 'NormalEnd' ? startedAt + 1000 + Math.floor(random() * 20_000) : 0;
    const endedAt = (acceptedAt || startedAt) + Math.floor(random() * 600_000);
    const members = [`user${Math.floor(random() ** 3 * users)}`, `user${Math.floor(random() * users)}x`];
    const moments = [startedAt, acceptedAt, endedAt];
    record.run(app, second, id, ...moments, members[0], 'Video', type, result, JSON.stringify(members), id, 2, '', 1);
    for (const user of members) listed.push([app, user, second, id, type, result]);
    const answered = acceptedAt === 0 ? 0 : 1;
    minutes.add([app, Math.floor(second / 60), type, result, 'n1'], answered);
    const { ring, talk } = bucketsOf({ startedAt, acceptedAt, endedAt });
    for (const span of spans) {
      const at = Math.floor(second / span);
      sums.add([app, span, at, type, result, 'n1'], answered);
      if (answered === 0) continue;
      times.add([app, span, at, 'ring', ring, 'n1']);
      times.add([app, span, at, 'talk', talk, 'n1']);
    }
    if (steps && startedAt > now - 30 * day) {
      for (const step of stepsOf({ startedAt, acceptedAt, endedAt, members, result })) {
        const { seq, eventSeq, at, type: what, actor, events } = step;
        const kept = JSON.stringify(events);
        history.run(app, startedAt, id, seq, eventSeq, at, what, 'device', actor, `device-${actor}`, '', kept);
        for (const { kind, eventSeq: place, eventTime, users: who } of events) {
          const event = [app, startedAt, id, place, 'v4', 0];
          const body = JSON.stringify({ CallbackCommand: `CallbackAfter${kind}`, CallId: id, UserList: who });
          told.run(...event, `CallbackAfter${kind}`, eventTime, body, '127.0.0.1', 'Web');
          const outcome = [1, 'delivered', 200, 12, '', '{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":""}', 0];
          attempt.run(app, at + 5, 'orders', startedAt, id, place, 'v4', 0, 'http://127.0.0.1:9/', ...outcome);
        }
      }
    }
    if (n % batch === batch - 1) {
      flush();
      db.exec('COMMIT; BEGIN');
      tell(n + 1);
    }
  }
  flush();
  const put = (name, columns, rows, more) => {
    const insert = inserter(db, name, columns);
    for (const { key, n, answered } of rows) insert.run(...key, n, ...(more ? [answered] : []));
  };
  put('record_counts', 'app, minute, call_type, result, node, n, answered', minutes.rows(), true);
  put('record_sums', 'app, span, at, call_type, result, node, n, answered', sums.rows(), true);
  put('record_times', 'app, span, at, kind, bucket, node, n', times.rows(), false);
  db.exec('COMMIT');
  db.pragma('wal_checkpoint(TRUNCATE)');
  db.close();
}
