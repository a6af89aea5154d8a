/**
 * `npm run bench:records`: how long questions for records take, how long the server takes to start, and what a record takes on
 * disk, over growing numbers of records that are all inside the window of a week.
 *
 * `--sizes` (default 10000,100000,1000000; 10000000 takes some minutes and about 8 GB), `--rounds` questions of each kind (default 1000).
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { benchApp } from './lib/bench-app.mjs';
import { Installation } from './lib/installation.mjs';
import { options } from './lib/options.mjs';
import { stop } from './lib/process.mjs';
import { fillRecords } from './lib/record-fill.mjs';
import { percentile, round, table } from './lib/stats.mjs';

const { sizes, rounds } = options('How long questions for records and a start take, and what a record takes on disk.', {
  sizes: [[10_000, 100_000, 1_000_000], 'records in the window; 10000000 takes some minutes and about 8 GB'],
  rounds: [1000, 'questions of each kind'],
});

const server = join(dirname(fileURLToPath(import.meta.url)), '../packages/server/dist');
const { openSqlite } = await import(`${server}/stores/sqlite.js`);
const { bucketsOf, spans } = await import(`${server}/stores/record-sums.js`);

/** Records of a page. */
const page = 100;
/** Days that they are spread over; the window is 7. */
const days = 6.9;
const clock = { now: Date.now, timer: () => () => {} };
const onFatal = (error) => {
  throw error;
};
const agent = new Agent({ keepAlive: true });

function ask(one, body) {
  const began = performance.now();
  const path = one.path('call_record_http_srv/get_record_by_filter');
  return new Promise((resolve, reject) => {
    const sent = request({ host: '127.0.0.1', port: one.port, path, method: 'POST', agent }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const answer = JSON.parse(Buffer.concat(chunks).toString());
        if (answer.ErrorCode === 0) resolve({ ms: performance.now() - began, answer: answer.Response });
        else reject(new Error(JSON.stringify(answer)));
      });
    });
    sent.on('error', reject);
    sent.end(JSON.stringify(body));
  });
}

async function measure(records) {
  const folder = mkdtempSync(join(tmpdir(), 'ringback-bench-'));
  const file = join(folder, 'ringback.db');
  const bytes = () =>
    ['', '-wal'].reduce((sum, end) => sum + (statSync(`${file}${end}`, { throwIfNoEntry: false })?.size ?? 0), 0);
  try {
    const settings = new Installation();
    const store = await openSqlite({ path: file, node: 'n1', clock, onFatal });
    await store.apps.save(benchApp(settings));
    await store.close();
    const empty = bytes();
    fillRecords(file, {
      app: settings.sdkAppId,
      records,
      days,
      now: Date.now(),
      bucketsOf,
      spans,
      steps: false,
      tell: () => {},
    });
    const perRecord = (bytes() - empty) / records;

    const one = await Installation.start({ folder });
    one.key = settings.key;
    const now = Math.floor(Date.now() / 1000);
    const window = { StartTime: now - 7 * 86_400 + 600, EndTime: now, NumberPerPage: page };
    const { answer } = await ask(one, { ...window, Page: 1 });
    const total = answer.TotalNum;
    const last = Math.ceil(total / page);
    const questions = {
      first: { ...window, Page: 1 },
      last: { ...window, Page: last },
      // The total of a filter is counted, too.
      filtered: { ...window, Page: 1, NumberPerPage: 1, CallResult: 'Reject' },
    };
    const p99 = {};
    for (const [name, body] of Object.entries(questions)) {
      const took = [];
      for (let n = 0; n < rounds; n += 1) took.push((await ask(one, body)).ms);
      p99[name] = { p50: round(percentile(took, 0.5)), p99: round(percentile(took, 0.99)) };
    }
    await stop(one.child);
    if (total < records * 0.97) throw new Error(`Of ${records} records ${total} were found.`);
    return { records, total, ...p99, start_ms: Math.round(one.startMs), bytes_per_record: Math.round(perRecord) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const found = [];
for (const size of sizes) found.push(await measure(size));
agent.destroy();
const both = ({ p50, p99 }) => `${p50} / ${p99}`;
table(
  ['records', 'first page p50 / p99 ms', 'last page', 'total of a filter', 'start ms', 'bytes a record'],
  found.map(({ records, first, last, filtered, start_ms: start, bytes_per_record: bytes }) => [
    String(records),
    both(first),
    both(last),
    both(filtered),
    String(start),
    String(bytes),
  ]),
);
console.log(JSON.stringify({ records: found }));
