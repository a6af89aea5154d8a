import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsed, serve } from '../support/cli.ts';

const command = 'call_record_http_srv/get_record_by_filter';
const args = ['--dev', '--http', '127.0.0.1:0', '--https', 'off', '--ops', 'off'];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-log-level-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('log.level', () => {
  it.each([
    ['info', true],
    ['warn', false],
    ['silent', false],
  ])('%s: a line for each REST request is written: %s', async (level, written) => {
    const data = join(folder, level);
    const server = await serve([...args, '--data', data, '--log-level', level], /Ctrl-C stops/);
    expect((await parsed(['call', command, '{}', '--data', data])).code).toBe(0);
    server.child.kill('SIGTERM');
    const lines = (await server.ended).out.split('\n').filter((line) => line.startsWith('{'));
    expect(lines.some((line) => line.includes(command))).toBe(written);
    if (!written) expect(lines).toEqual([]);
  });
});
