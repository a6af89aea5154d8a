import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../lib/setup.mjs';

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-start-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('npm start', () => {
  it.each([
    ['SIGINT', 'itself', 1],
    ['SIGINT', 'its whole group, as a terminal does', -1],
    ['SIGTERM', 'itself', 1],
    ['SIGTERM', 'its whole group, as a supervisor does', -1],
  ] as const)('%s to %s stops the server in good order', async (signal, _, whom) => {
    const args = [join(root, 'scripts/start.mjs'), '--data', join(folder, `${signal}${whom}`)];
    const ports = ['--http', '127.0.0.1:0', '--https', 'off', '--ops', 'off'];
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('RINGBACK_')));
    const child = spawn(process.execPath, [...args, ...ports], { env, detached: true });
    const pid = child.pid ?? 0;
    let output = '';
    const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
    // What does not stop is ended, so that nothing of a failed test stays behind.
    const patience = setTimeout(() => process.kill(-pid, 'SIGKILL'), 20_000);
    await new Promise<void>((resolve) => {
      child.once('close', () => resolve());
      child.stdout.on('data', (chunk: Buffer) => {
        output += chunk.toString();
        if (output.includes('Ctrl-C stops the server')) resolve();
      });
    });
    process.kill(whom * pid, signal);
    const code = await ended;
    clearTimeout(patience);
    expect(output).toContain('"msg":"server stopped"');
    expect(code).toBe(0);
  });
});
