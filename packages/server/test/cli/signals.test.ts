import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataLock } from '../../src/stores/data-lock.ts';
import { serve } from '../support/cli.ts';

const ports = ['--http', '127.0.0.1:0', '--https', '127.0.0.1:0', '--ops', 'off'];

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'ringback-signals-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function printed(server: { readonly output: string }, wanted: RegExp): Promise<void> {
  for (let waited = 0; !wanted.test(server.output); waited += 20) {
    if (waited > 10_000) throw new Error(`Not printed: ${wanted}\n${server.output}`);
    await sleep(20);
  }
}

/** Sends a request but for its end, which holds the stop of the server up. */
async function halfARequest(output: string): Promise<Socket> {
  const [, port, path] = /http:\/\/127\.0\.0\.1:(\d+)([^']+)' -d/.exec(output) ?? [];
  const line = connect(Number(port), '127.0.0.1');
  line.on('error', () => {});
  await once(line, 'connect');
  line.write(`POST ${path} HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{`);
  await sleep(100);
  return line;
}

describe('SIGHUP', () => {
  it('while the server starts does not end it: the certificate is read again once it runs', async () => {
    const data = join(folder, 'starting');
    // The start waits for a command that holds the directory.
    const lock = await DataLock.take(data, 'command');
    const config = join(folder, 'ringback.yaml');
    writeFileSync(config, 'log:\n  requests: false\n');
    const server = await serve(['--dev', '--data', data, '--config', config, ...ports], /settings read/);
    server.child.kill('SIGHUP');
    await sleep(100);
    lock.release();
    await Promise.race([server.ended, printed(server, /certificate reloaded/)]);
    expect([server.child.signalCode, server.output]).toEqual([null, expect.stringMatching(/server started/)]);
    expect(server.output).toMatch(/certificate reloaded/);
    server.child.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
  });

  it('while the server stops does not keep it from answering what is under way and ending with code 0', async () => {
    const server = await serve(['--dev', '--data', join(folder, 'stopping'), ...ports], /Ctrl-C stops the server/);
    const line = await halfARequest(server.output);
    server.child.kill('SIGTERM');
    await printed(server, /server stopping/);
    server.child.kill('SIGHUP');
    await sleep(100);
    line.write('}');
    const [answer] = (await Promise.race([once(line, 'data'), once(line, 'close')])) as [unknown];
    expect(String(answer)).toContain('"ErrorCode":0');
    line.destroy();
    expect((await server.ended).code).toBe(0);
    expect(server.child.signalCode).toBe(null);
  });
});

describe('SIGTERM', () => {
  it('again while the server stops ends it at once; in the same moment it counts as one', async () => {
    const server = await serve(['--dev', '--data', join(folder, 'twice'), ...ports], /Ctrl-C stops the server/);
    const line = await halfARequest(server.output);
    server.child.kill('SIGTERM');
    server.child.kill('SIGINT');
    await sleep(400);
    expect(server.child.exitCode).toBe(null);
    server.child.kill('SIGTERM');
    expect((await server.ended).code).toBe(1);
    line.destroy();
  });
});
