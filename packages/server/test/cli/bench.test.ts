import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parsed, type Ran, serve, started } from '../support/cli.ts';

let data: string;
let server: Awaited<ReturnType<typeof serve>>;
let base: string;

beforeAll(async () => {
  data = mkdtempSync(join(tmpdir(), 'ringback-bench-'));
  const ports = ['--http', '127.0.0.1:0', '--https', '127.0.0.1:0', '--ops', 'off'];
  server = await serve(['--dev', '--data', data, ...ports], /Ctrl-C stops the server/);
  base = /http:\/\/127\.0\.0\.1:\d+/.exec(server.output)?.[0] ?? '';
}, 60_000);

afterAll(async () => {
  server?.child.kill('SIGTERM');
  await server?.ended;
  rmSync(data, { recursive: true, force: true });
});

interface Live {
  readonly acceptedAt: number;
}
const live = async (): Promise<readonly Live[]> => JSON.parse((await parsed(['calls', '--json', '--data', data])).out);

/** How many users of a benchmark there are. */
async function users(): Promise<number> {
  const { out } = await parsed(['token', 'make', 'looks', '--json', '--data', data]);
  const headers = { authorization: `Bearer ${JSON.parse(out).text}` };
  const [app] = await (await fetch(`${base}/admin/apps`, { headers })).json();
  const found = await fetch(`${base}/admin/apps/${app.id}/users?prefix=bench-`, { headers });
  expect(found.status).toBe(200);
  return (await found.json()).users.length;
}

/** What is left of a run after so many ms at most; it is ended the hard way then, and has no code. */
async function within(ms: number, { child, ended }: ReturnType<typeof started>): Promise<Ran> {
  const timer = setTimeout(() => child.kill('SIGKILL'), ms);
  return ended.finally(() => clearTimeout(timer));
}

describe('ringback bench calls', () => {
  it('that is told to stop hangs the calls up that it holds, deletes its users, and shows what it has measured', async () => {
    const args = ['--rate', '5', '--duration', '3600', '--hold', '600', '--pairs', '8', '--json', '--data', data];
    const run = started(['bench', 'calls', ...args]);
    const answered = async (): Promise<number> => (await live()).filter((call) => call.acceptedAt !== 0).length;
    for (let waited = 0; (await answered()) < 3; waited += 100) {
      if (waited > 20_000) throw new Error('No calls are held.');
      await sleep(100);
    }
    expect(await users()).toBe(16);
    run.child.kill('SIGINT');
    const { code, out, err } = await within(20_000, run);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('stopping') });
    const told = JSON.parse(out);
    expect(told).toMatchObject({ started: told.complete, failures: {} });
    expect(told.complete).toBeGreaterThanOrEqual(3);
    expect(await live()).toEqual([]);
    expect(await users()).toBe(0);
  }, 60_000);

  it('ends with sentences when a line breaks after one device of a pair has signed in', async () => {
    const line = await oneConnection();
    const args = ['--rate', '1', '--pairs', '1', '--url', line.url, '--data', data];
    const { code, out, err } = await within(20_000, started(['bench', 'calls', ...args]));
    await line.close();
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/A device could not sign in: /);
    expect(err).toMatch(/were not all deleted: /);
  }, 60_000);
});

/** A line to the server on which the first connection works, and all others are cut. */
async function oneConnection(): Promise<{ readonly url: string; close(): Promise<unknown> }> {
  let isFirst = true;
  const relay = createServer((near) => {
    near.on('error', () => {});
    if (!isFirst) {
      near.destroy();
      return;
    }
    isFirst = false;
    const far = connect(Number(new URL(base).port), '127.0.0.1');
    far.on('error', () => {});
    near.once('close', () => far.destroy());
    far.once('close', () => near.destroy());
    near.pipe(far).pipe(near);
  });
  await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(relay.address() as AddressInfo).port}`,
    close: () => new Promise((resolve) => relay.close(resolve)),
  };
}
