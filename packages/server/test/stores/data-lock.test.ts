import { spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DataLock } from '../../src/stores/data-lock.ts';
import { notRoot } from '../support/not-root.ts';

describe('the name of who has a data directory', () => {
  let folder: string;
  let data: string;
  let name: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'ringback-lock-'));
    data = join(folder, 'data');
    name = join(data, 'ringback.pid');
    mkdirSync(data, { mode: 0o700 });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is written anew, never into a file that lies there', async () => {
    const other = join(folder, 'other');
    writeFileSync(other, 'of somebody else');
    symlinkSync(other, name);
    const lock = await DataLock.take(data, 'command');
    expect(readFileSync(other, 'utf8')).toBe('of somebody else');
    expect(JSON.parse(readFileSync(name, 'utf8'))).toEqual({ pid: process.pid, role: 'command' });
    lock.release();
  });

  it.skipIf(notRoot())('is no hindrance to the server when root was broken off', async () => {
    chownSync(folder, 1000, 1000);
    chownSync(data, 1000, 1000);
    const lock = await DataLock.take(data, 'command');
    expect([statSync(name).uid, statSync(name).gid]).toEqual([1000, 1000]);
    lock.release();
    // One that an older version has left.
    writeFileSync(name, '{"pid":1,"role":"command"}\n', { mode: 0o600 });
    const script = fileURLToPath(new URL('./support/take-lock.mjs', import.meta.url));
    const server = spawnSync(process.execPath, [script, data, '1000'], { encoding: 'utf8' });
    expect([server.stdout, server.stderr]).toEqual(['taken\n', '']);
  });
});
