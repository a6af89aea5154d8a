import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Seat } from 'ringback-engine';
import { afterAll, expect, test } from 'vitest';
import type { SqliteStore } from '../../src/stores/sqlite.ts';
import { appA } from './support/fake-calls.ts';
import { SqliteFile } from './support/sqlite-file.ts';

const file = new SqliteFile();
afterAll(() => file.dispose());

/** ms from the first answer to the end: from inside the first flushes to far into the run. */
const lives = [2, 60, 25, 200, 8, 90, 40];

/** The last acknowledged version of each call, over all rounds. */
const acknowledged = new Map<string, number>();

// A busy machine takes its time to start seven processes.
test('a process killed at any moment loses nothing that it acknowledged, and leaves nothing half-done', async () => {
  await file.close(await file.open());
  for (const [round, ms] of lives.entries()) {
    const output = await runAndKill(round, ms);
    for (const line of output) {
      const [callId = '', version = ''] = line.split(' ');
      expect(line).toMatch(/^\d+-\d+-\d+ [123]$/);
      // Each step is told once and in its turn.
      expect(Number(version)).toBe((acknowledged.get(callId) ?? 0) + 1);
      acknowledged.set(callId, Number(version));
    }
    const store = await file.open();
    await expectWhole(store);
    await file.close(store);
  }
  expect([...acknowledged.values()].filter((version) => version === 3).length).toBeGreaterThan(24);
}, 180_000);

/** Starts the writer, kills it some ms after its first answer, and returns what it said. */
async function runAndKill(round: number, ms: number): Promise<readonly string[]> {
  const script = fileURLToPath(new URL('./support/kill-writer.mjs', import.meta.url));
  const args = [script, file.path, String(appA), String(round)];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  let kill: NodeJS.Timeout | undefined;
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk;
    if (kill === undefined && output.includes('ready\n')) kill = setTimeout(() => child.kill('SIGKILL'), ms);
  });
  const signal = await new Promise((resolve) => child.once('close', (_code, by) => resolve(by)));
  expect({ signal, output: signal === 'SIGKILL' ? '' : output }).toEqual({ signal: 'SIGKILL', output: '' });
  // A line may be cut off in the middle; what comes before it has been said.
  return output
    .split('\n')
    .slice(0, -1)
    .filter((line) => line !== 'ready');
}

/** What must hold of the disk and of the memory that is made from it. */
async function expectWhole(store: SqliteStore): Promise<void> {
  expect(file.rows('PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
  const versions = new Map(
    file
      .rows('SELECT call_id, max(seq) AS last, count(*) AS n, min(seq) AS first FROM history GROUP BY call_id')
      .map(({ call_id, last, n, first }) => {
        expect({ call_id, n, first }).toEqual({ call_id, n: last, first: 1 });
        return [String(call_id), Number(last)];
      }),
  );
  for (const [callId, version] of acknowledged) {
    // At most one step more than was acknowledged: it reached the disk, and the process died before it could tell.
    expect([callId, versions.get(callId)]).toEqual([callId, expect.toBeOneOf([version, Math.min(version + 1, 3)])]);
  }
  // The next round goes on from what is on disk.
  for (const [callId, version] of versions) acknowledged.set(callId, version);

  const ended = [...versions].filter(([, version]) => version === 3).map(([callId]) => callId);
  const records = file.rows('SELECT call_id FROM records').map((row) => String(row.call_id));
  expect(records.sort()).toEqual(ended.sort());
  const counted = file.rows(
    'SELECT minute, call_type, result, n FROM record_counts ORDER BY minute, call_type, result',
  );
  expect(counted).toEqual(
    file.rows(`SELECT started_at_s / 60 AS minute, call_type, result, count(*) AS n FROM records
      GROUP BY 1, 2, 3 ORDER BY 1, 2, 3`),
  );

  const calls = await store.calls.live(appA);
  const running = [...versions].filter(([, version]) => version < 3);
  expect(new Map<string, number>(calls.map((call) => [call.callId, call.version]))).toEqual(new Map(running));
  const seats = calls.flatMap((call) =>
    call.members.map(({ userId, status }) => [userId, { callId: call.callId, status }]),
  );
  const users = seats.map(([userId]) => userId) as Parameters<typeof store.calls.seats>[1];
  expect(store.calls.seats(appA, users)).toEqual(new Map(seats as [(typeof users)[number], Seat][]));
  expect(file.rows('SELECT count(*) AS n FROM seats')).toEqual([{ n: seats.length }]);
  expect(file.rows('SELECT count(*) AS n FROM calls')).toEqual([{ n: calls.length }]);
}
