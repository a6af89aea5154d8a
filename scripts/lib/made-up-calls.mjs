/** Made-up calls that are over, written into the embedded store of a server that does not run. */
import { join } from 'node:path';
import Database from 'better-sqlite3';

/** Who calls whom, in pictures and tests. */
export const people = [
  'alice',
  'bob',
  'carol',
  'dave',
  'minji',
  'wei',
  'jiho',
  'seoyeon',
  'li.na',
  'zhang',
  'olivia',
].concat([
  'emma',
  'noah',
  'liam',
  'sofia',
  'mateo',
  'yuki',
  'haruto',
  'ines',
  'tomas',
  'anouk',
  'front-desk',
  'nurse-3',
  'dr.park',
]);

const results = [
  ['NormalEnd', 68],
  ['NotAnswer', 12],
  ['Cancel', 8],
  ['Reject', 6],
  ['CallBusy', 4],
  ['Offline', 2],
];

/** How busy an hour of the day is, out of ten. */
const rhythm = [1, 1, 0, 0, 0, 1, 2, 4, 7, 9, 10, 9, 7, 8, 9, 10, 9, 8, 6, 5, 4, 3, 2, 1];

/** A generator of its own, so that every run has the same calls. */
function generator(seed) {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

/**
 * Writes `n` calls of the 30 days before `now`, more of them lately and by day; the server sums them once it runs.
 * @param {string} data the folder of a server's data, whose database exists
 * @param {{ app: number, n: number, now: number }} options
 */
export function writeMadeUpCalls(data, { app, n, now }) {
  const db = new Database(join(data, 'ringback.db'));
  const random = generator(7);
  const pick = (list) => list[Math.floor(random() * list.length)];
  const names = 'app, started_at_s, call_id, started_at, accepted_at, ended_at, caller, media_type, call_type, result';
  const record = db.prepare(
    `INSERT INTO records (${names}, members, room_id, room_id_type, chat_group_id) VALUES (${'?, '.repeat(13)}?)`,
  );
  const minute = db.prepare(
    `INSERT INTO record_counts (app, minute, call_type, result, node, n) VALUES (?, ?, ?, ?, 'made-up', 1)
     ON CONFLICT (app, minute, call_type, result, node) DO UPDATE SET n = n + 1`,
  );
  db.transaction(() => {
    for (let made = 0; made < n; ) {
      const day = made % 3 === 0 ? random() * 30 : random();
      const startedAt = Math.floor(now - 120_000 - day * 86_400_000);
      if (random() * 10 > (rhythm[new Date(startedAt).getHours()] ?? 5) + 0.6) continue;
      made += 1;
      const caller = pick(people);
      const group = random() < 0.14;
      const wanted = group ? 3 + Math.floor(random() * 3) : 2;
      const members = new Set([caller]);
      while (members.size < wanted) members.add(pick(people));
      let chance = random() * 100;
      const [result] = results.find(([, share]) => {
        chance -= share;
        return chance < 0;
      });
      const answered = result === 'NormalEnd' || result === 'Offline';
      const rings = answered ? 1500 + random() ** 2 * 18_000 : result === 'NotAnswer' ? 30_000 : 800 + random() * 9000;
      const acceptedAt = answered ? Math.floor(startedAt + rings) : 0;
      const endedAt = Math.floor(startedAt + rings + (answered ? 20_000 + random() ** 3 * 1_500_000 : 0));
      const second = Math.floor(startedAt / 1000);
      const id = `${made.toString(16).padStart(8, '0')}-1d2c-4b3a-8f6e-${Math.floor(random() * 2 ** 40)
        .toString(16)
        .padStart(12, '0')}`;
      const type = group ? 'MultiCall' : 'SingleCall';
      const media = random() < 0.7 ? 'Video' : 'Audio';
      const times = [app, second, id, startedAt, acceptedAt, Math.min(endedAt, now)];
      record.run(...times, caller, media, type, result, JSON.stringify([...members]), id, 2, '');
      minute.run(app, Math.floor(second / 60), type, result);
    }
  })();
  db.close();
}
