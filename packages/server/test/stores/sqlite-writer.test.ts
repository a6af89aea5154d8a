import { Worker } from 'node:worker_threads';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { SqliteWriter, WriteJob } from '../../src/stores/sqlite-writer.ts';
import { SqliteFile } from './support/sqlite-file.ts';

let file: SqliteFile;
let writer: SqliteWriter;
/** What was made of each job, in order. */
let order: string[];
const fatal: Error[] = [];

beforeEach(async () => {
  file = new SqliteFile();
  await file.close(await file.open());
  writer = await SqliteWriter.open(file.path, (error) => fatal.push(error));
  order = [];
});
afterEach(async () => {
  await writer.close();
  file.dispose();
  expect(fatal).toEqual([]);
});

let made = 0;
/** Audit entries: `rows` of them. */
function jobOf(rows: number): WriteJob {
  const job = new WriteJob();
  for (let n = 0; n < rows; n += 1) {
    made += 1;
    job.add('auditInsert', made, 1, 'who', '', 'operation', 1, '', '');
  }
  return job;
}
const urgent = (name: string, rows = 1) => writer.written(jobOf(rows)).then(() => order.push(name));
const lazy = (name: string, rows = 1) => writer.writtenLater(jobOf(rows)).then(() => order.push(name));
/** Batches that the work takes: each is one transaction and one flush. */
async function batches(work: () => Promise<unknown>): Promise<number> {
  const posts = vi.spyOn(Worker.prototype, 'postMessage');
  await work();
  const n = posts.mock.calls.filter(([message]) => Array.isArray(message)).length;
  posts.mockRestore();
  return n;
}

const immediate = () => new Promise((resolve) => setImmediate(resolve));

describe('what is urgent', () => {
  test('does not wait for more when there is enough of it', async () => {
    await urgent('before');
    const posts = vi.spyOn(Worker.prototype, 'postMessage');
    const batchesSoFar = () => posts.mock.calls.filter(([message]) => Array.isArray(message)).length;
    const all = Array.from({ length: 24 }, (_, n) => urgent(String(n)));
    await immediate();
    await immediate();
    expect(batchesSoFar()).toBe(1);
    await Promise.all(all);
    // Nor is there another batch where one was planned for later.
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(batchesSoFar()).toBe(1);
    posts.mockRestore();
  });

  test('goes first also where it has become enough during a flush, and much else has waited for long', async () => {
    const names = Array.from({ length: 24 }, (_, n) => String(n));
    const much = lazy('much', 500);
    // No timer has a chance to take it.
    for (const until = performance.now() + 25; performance.now() < until; );
    const first = urgent('first');
    await immediate();
    await Promise.all([first, much, ...names.map((name) => urgent(name))]);
    expect(order).toEqual(['first', ...names, 'much']);
  });
});

describe('what nobody waits for', () => {
  test('goes to disk by itself', async () => {
    await lazy('lazy');
    expect(file.rows('SELECT count(*) AS n FROM audit_log')).toEqual([{ n: 1 }]);
  });

  test('goes along with what is urgent, behind it, when it is little', async () => {
    const n = await batches(() => Promise.all([lazy('lazy'), urgent('one'), urgent('two')]));
    expect(order).toEqual(['one', 'two', 'lazy']);
    expect(n).toBe(1);
  });

  test('waits for a flush of its own when it is much', async () => {
    await Promise.all([lazy('much', 500), urgent('one'), urgent('two')]);
    expect(order).toEqual(['one', 'two', 'much']);
    order = [];
    const n = await batches(() => Promise.all([lazy('much', 500), urgent('one')]));
    expect(order).toEqual(['one', 'much']);
    expect(n).toBe(2);
    // What comes behind it is not taken for much.
    order = [];
    expect(await batches(() => Promise.all([lazy('little'), urgent('one')]))).toBe(1);
  });

  test('comes before what is written next when it is to hurry', async () => {
    const both = [lazy('lazy', 500)];
    writer.hurry();
    both.push(urgent('urgent'));
    await Promise.all(both);
    expect(order).toEqual(['lazy', 'urgent']);
  });

  test('is on disk when the writer has closed', async () => {
    const all = [lazy('lazy'), lazy('much', 500), urgent('urgent')];
    await writer.close();
    await Promise.all(all);
    expect(file.rows('SELECT count(*) AS n FROM audit_log')).toEqual([{ n: 502 }]);
  });
});
