import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { parsed, type Ran, serve, started } from '../support/cli.ts';

/** A server, where it listens, and its data. */
interface Running {
  readonly server: Awaited<ReturnType<typeof serve>>;
  readonly data: string;
  readonly base: string;
}

async function run(...settings: readonly string[]): Promise<Running> {
  const data = mkdtempSync(join(tmpdir(), 'ringback-bench-'));
  const ports = ['--http', '127.0.0.1:0', '--https', '127.0.0.1:0', '--ops', 'off'];
  const server = await serve(['--dev', '--data', data, ...ports, ...settings], /Ctrl-C stops the server/);
  return { server, data, base: /http:\/\/127\.0\.0\.1:\d+/.exec(server.output)?.[0] ?? '' };
}

async function end({ server, data }: Running): Promise<void> {
  server.child.kill('SIGTERM');
  await server.ended;
  rmSync(data, { recursive: true, force: true });
}

let usual: Running;
let data: string;
let base: string;

beforeAll(async () => {
  usual = await run();
  ({ data, base } = usual);
}, 60_000);

afterAll(async () => {
  if (usual !== undefined) await end(usual);
});

interface Live {
  readonly acceptedAt: number;
}
const live = async (): Promise<readonly Live[]> => JSON.parse((await parsed(['calls', '--json', '--data', data])).out);

/** How many users of a benchmark there are. */
async function users({ data, base }: Running): Promise<number> {
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
    expect(await users(usual)).toBe(16);
    run.child.kill('SIGINT');
    const { code, out, err } = await within(20_000, run);
    expect({ code, err }).toEqual({ code: 0, err: expect.stringContaining('stopping') });
    const told = JSON.parse(out);
    expect(told).toMatchObject({ started: told.complete, failures: {} });
    expect(told.complete).toBeGreaterThanOrEqual(3);
    expect(await live()).toEqual([]);
    expect(await users(usual)).toBe(0);
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

  describe('at a server that admits few sockets', () => {
    let small: Running;
    const bench = (...args: readonly string[]): Promise<Ran> =>
      within(20_000, started(['bench', 'calls', ...args, '--data', small.data]));

    afterEach(() => end(small));

    it('names the setting that bounds the sockets of an address, and leaves no user behind', async () => {
      small = await run('--signalling-max-sockets-per-ip', '10');
      const { code, out, err } = await bench('--pairs', '10');
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(
        /could not sign in: The server answered 429: Too many sockets from this address\. This address has as many sockets as signalling\.maxSocketsPerIp allows: give fewer --pairs, or raise it there\.\n$/,
      );
      expect(err).not.toContain('not all deleted');
      expect(await users(small)).toBe(0);
    }, 60_000);

    it('names the setting that bounds all sockets, and tells before it begins how many pairs there are and what they allow', async () => {
      small = await run('--signalling-max-sockets', '10');
      const full =
        /The server answered 503: .*\. The server has as many sockets as signalling\.maxSockets allows: give fewer --pairs, or raise it there\.\n$/;
      // Twice as many sockets, with room for some of another program, are what a server admits of an address unless told otherwise.
      const long = await bench('--rate', '100', '--hold', '30');
      expect(long.err).toMatch(
        /^100 calls a second for 30 s .*, with 2400 pairs\.\nnote: with 2400 pairs, at most 80 calls a second can be held for 30 s: what is due beyond that is skipped\.\n/,
      );
      expect(long).toMatchObject({ code: 1, err: expect.stringMatching(full) });
      // Those do: a call takes its time, and a moment to ring and to be answered.
      const many = await bench('--rate', '832');
      expect(many.err).toMatch(/^832 calls a second for 30 s .*, with 2400 pairs\.\nerror: A device/);
      // No pair is needed twice in a run that is shorter than its calls.
      expect((await bench('--rate', '10', '--hold', '600', '--duration', '4')).err).toMatch(
        /, with 45 pairs\.\nerror:/,
      );
      expect((await bench('--rate', '10', '--hold', '5', '--pairs', '7')).err).toMatch(
        /, with 7 pairs\.\nnote: with 7 pairs, at most 1\.4 calls a second can be held for 5 s: /,
      );
      expect(await users(small)).toBe(0);
    }, 60_000);
  });
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
