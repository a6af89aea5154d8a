import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

test('the questions of the console are answered from few rows, however many calls there were', async () => {
  const bench = fileURLToPath(new URL('../../../../bench/console.mjs', import.meta.url));
  const size = ['--records=5000', '--days=100', '--rounds=5'];
  const { stdout } = await promisify(execFile)(process.execPath, [bench, ...size]);
  const line = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
    readonly records: number;
    readonly figures: Readonly<Record<string, { readonly p50: number }>>;
  };
  expect(line.records).toBe(5000);
  expect(Object.keys(line.figures).length).toBeGreaterThan(10);
  // The median, since a busy machine may stop any one of them for long.
  for (const [question, { p50 }] of Object.entries(line.figures))
    expect([question, p50 < 200]).toEqual([question, true]);
}, 120_000);
