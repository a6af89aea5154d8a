import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect } from 'vitest';

const folder = join(import.meta.dirname, '..');
const published = JSON.parse(readFileSync(join(folder, '../docs/performance-figures.json'), 'utf8'));
/** Less than a test has (ms), so that it says what had been written until then. */
const longest = 80_000;
/** The process groups of benchmarks that run. */
const running = new Set<number>();

/** Kills what is left of a process group; whether there was anything. */
function killGroup(id: number): boolean {
  running.delete(id);
  try {
    return process.kill(-id, 'SIGKILL');
  } catch {
    return false;
  }
}

// A test that is out of time waits for nothing that it has started.
afterAll(() => {
  for (const id of running) killGroup(id);
});

/**
 * Runs a benchmark in a process group of its own, of which nothing is left afterwards. `leftBehind`: it has ended, and
 * something that it had started has not. `code` is null when it took longer than `longest`.
 */
export async function run(name: string, args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [join(folder, `${name}.mjs`), ...args], {
    detached: true,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const id = child.pid as number;
  running.add(id);
  let [stdout, stderr] = ['', ''];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const timer = setTimeout(() => killGroup(id), longest);
  const code = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(timer);
  return { code, stdout, stderr, leftBehind: killGroup(id) };
}

/** Runs a benchmark against real servers; gives what its last line says, which is of a form that is published. */
export async function figuresOf(name: string, ...args: readonly string[]) {
  const { code, stdout, stderr } = await run(name, args);
  expect(code, stderr).toBe(0);
  const figures = JSON.parse(stdout.trim().split('\n').at(-1) ?? '');
  expect(Object.keys(published)).toEqual(expect.arrayContaining(Object.keys(figures)));
  return figures;
}

/** Every number in it, wherever it stands. */
const numbersIn = (value: unknown): readonly number[] =>
  typeof value === 'number' ? [value] : Object.values(value as object).flatMap(numbersIn);
export const expectPositive = (figures: object) => {
  for (const [name, value] of Object.entries(figures))
    for (const number of numbersIn(value)) expect(number, name).toBeGreaterThan(0);
};
