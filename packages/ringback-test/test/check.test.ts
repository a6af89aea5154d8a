import { spawn } from 'node:child_process';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';

const program = createRequire(import.meta.url).resolve('ringback/bin/ringback.mjs');

/** Has a process say on standard error what it has cost when it ends, ms. */
const costs = `data:text/javascript,process.on('exit',()=>{const{user,system}=process.cpuUsage();console.error('cpu',Math.round((user+system)/1000))})`;

interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** ms of real time until the first line of standard output, and of the processor in all. */
  readonly wall: number;
  readonly cpu: number;
}

/** Runs `ringback emulate` as people do; with `once`, until it has said its first line. */
function emulate(args: readonly string[], once = false): Promise<Ran> {
  const began = performance.now();
  const child = spawn(process.execPath, ['--import', costs, program, 'emulate', ...args, '--json'], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let [out, err, wall] = ['', '', 0];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (out === '') wall = performance.now() - began;
    out += text;
    if (once && out.includes('\n')) child.stdin.end();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    err += text;
  });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, out, err, wall, cpu: Number(/^cpu (\d+)$/m.exec(err)?.[1] ?? Number.NaN) });
    });
  });
}

describe('ringback emulate', () => {
  it.each([
    ['result-not-answer', 1, { NotAnswer: 1 }],
    ['pain-12-a-year-of-records', 1825, { NormalEnd: 951, Reject: 313, NotAnswer: 286, Cancel: 275 }],
  ])(
    '--preset %s --check --json ends by itself with what came of it',
    async (preset, recordCount, results) => {
      const { code, out, err } = await emulate(['--preset', preset, '--check']);
      expect([code, err.replace(/^cpu \d+\n/gm, '')]).toEqual([0, '']);
      expect(JSON.parse(out)).toMatchObject({ recordCount, results, refusals: [], differences: [] });
    },
    120_000,
  );

  it('is ready soon', async () => {
    const ports = ['--port', '0', '--control-port', '0'];
    const { code, out, wall, cpu } = await emulate([...ports, '--paused', '--until-input-ends'], true);
    console.log(`The emulator was ready after ${Math.round(wall)} ms and has cost ${cpu} ms of the processor in all.`);
    expect([code, JSON.parse(out).clock]).toEqual([0, 'paused']);
    // What it costs, and not how long it takes on a machine that does other things.
    expect(cpu).toBeLessThan(6000);
  }, 120_000);
});
