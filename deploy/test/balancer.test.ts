import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Device } from '../../e2e/support/device.ts';
import { RestCaller } from '../../e2e/support/rest.ts';
import { Ringback, until } from '../../e2e/support/ringback.ts';
import { RedisServer } from '../../packages/server/test/cluster/support/redis-server.ts';
import { PostgresServer } from '../../packages/server/test/stores/support/postgres-server.ts';

const file = join(import.meta.dirname, '../balancer/haproxy.cfg');

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

/** What our nodes say, with the certificate of the first at the balancer, as an operator would put one there. */
describe('HAProxy, as we configure it, in front of two servers', { timeout: 600_000 }, () => {
  let folder: string;
  let postgres: PostgresServer;
  let redis: RedisServer;
  let nodes: readonly Ringback[] = [];
  let haproxy: ChildProcess | undefined;
  let rest: RestCaller;
  let entrance: { http: string; https: string; data: string; sdkAppId: Ringback['sdkAppId']; key: string; ca: string };
  let plain = 0;
  let said = '';
  const devices: Device[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'ringback-balancer-'));
    [postgres, redis] = await Promise.all([PostgresServer.start(), RedisServer.start()]);
    const args = ['--redis', redis.url, '--gateway-trust-proxy', '127.0.0.1'];
    const first = await Ringback.on({ database: await postgres.database(), args });
    nodes = [first, await Ringback.beside(first)];
    const secure = await freePort();
    plain = await freePort();
    const pem = (name: RegExp): string => {
      const found = readdirSync(first.data).find((one) => name.test(one)) ?? '';
      return readFileSync(join(first.data, found), 'utf8');
    };
    const ca = pem(/cert\.pem$/);
    writeFileSync(join(folder, 'balancer.pem'), `${ca}\n${pem(/key\.pem$/)}`, { mode: 0o600 });
    writeFileSync(join(folder, 'haproxy.cfg'), here(readFileSync(file, 'utf8'), secure));
    haproxy = spawn('haproxy', ['-db', '-f', join(folder, 'haproxy.cfg')], { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [haproxy.stdout, haproxy.stderr]) {
      stream?.on('data', (chunk) => {
        said += chunk;
      });
    }
    const https = `https://127.0.0.1:${secure}`;
    entrance = { http: https, https, data: first.data, sdkAppId: first.sdkAppId, key: first.key, ca };
    rest = new RestCaller(entrance);
    await until(async () => {
      if (haproxy?.exitCode !== null) throw new Error(`HAProxy ended: ${said}`);
      const { status } = await ask('/readyz').catch(() => ({ status: 0 }));
      return status === 200 ? undefined : `not ready: ${said}`;
    }, 60_000);
  }, 300_000);
  afterAll(async () => {
    for (const one of devices) one.drop();
    rest?.close();
    haproxy?.kill();
    for (const one of [...nodes].reverse()) await one.dispose();
    await redis?.dispose();
    await postgres?.dispose();
    rmSync(folder, { recursive: true, force: true });
  }, 120_000);

  /** Our file with the addresses of this test; two servers instead of three. */
  function here(text: string, secure: number): string {
    const [a = '', b = ''] = nodes.map(({ http }) => new URL(http).host);
    return (
      text
        // Where tests run, fewer files may be open.
        .replace('maxconn 60000', 'maxconn 1000')
        .replace('bind :8080', `bind 127.0.0.1:${plain}`)
        .replace('bind :8443', `bind 127.0.0.1:${secure}`)
        .replace('/certs/balancer.pem', join(folder, 'balancer.pem'))
        .replaceAll('ringback-1:8080', a)
        .replaceAll('ringback-2:8080', b)
        .replaceAll(/^ *server ringback-3 .*\n/gm, '')
    );
  }

  /** One request from an address of its own, with whatever it claims. */
  function ask(path: string, headers = {}, localAddress = '127.0.0.1'): Promise<{ status: number; text: string }> {
    const { hostname, port } = new URL(entrance.https);
    const options = { hostname, port, path, headers, localAddress, ca: entrance.ca, agent: false as const };
    return new Promise((resolve, reject) => {
      const sent = request(options, (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode ?? 0, text }));
      });
      sent.on('error', reject).end();
    });
  }

  const device = async (userId: string): Promise<Device> => {
    const one = new Device(userId);
    devices.push(one);
    await one.signIn(entrance);
    return one;
  };
  const socketsOf = async ({ ops }: Ringback): Promise<number> => {
    const text = await (await fetch(`${ops}/metrics`)).text();
    return Number(/^ringback_signalling_sockets(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1] ?? 0);
  };

  it('a call rings, is answered and ends, with its devices and its REST requests on whichever server', async () => {
    const people = await Promise.all(['alice', 'bob', 'carol', 'dave'].map(device));
    const [alice, bob] = people as [Device, Device];
    // Sockets go where the fewest are, so that both servers have devices.
    expect(await Promise.all(nodes.map(socketsOf))).toEqual([2, 2]);
    const { callId } = await alice.ask('call', { callees: ['bob', 'carol', 'dave'], mediaType: 'Audio' });
    for (const one of people.slice(1)) await one.hears('callReceived', (params) => params.callId === callId);
    await bob.ask('accept', { callId });
    await alice.hears('callChanged', (params) => params.changed[0]?.action === 'Answer');
    // Round robin: four in a row come to both.
    for (let n = 0; n < 4; n += 1) {
      const info = await rest.send('call_engine_http_srv/get_call_info', { CallId: callId });
      expect([info.ErrorCode, info.Response?.UserList.length]).toEqual([0, 4]);
    }
    await until(() => {
      const without = nodes.find(({ output }) => !/"command":"[^"]*get_call_info"/.test(output));
      return without === undefined ? undefined : `one server was asked nothing: ${without.output}`;
    });
    expect((await rest.send('call_engine_http_srv/end_call', { CallId: callId })).ErrorCode).toBe(0);
    for (const one of people) expect(await one.hears('callEnded')).toMatchObject({ callId });
  });

  it('tells servers who the client is, whatever the client claims', async () => {
    const claims = { 'X-Forwarded-For': '203.0.113.9', 'X-Forwarded-Proto': 'http', Forwarded: 'for=203.0.113.9' };
    const { hostname, port } = new URL(entrance.https);
    const answer = await new Promise<string>((resolve, reject) => {
      const path = rest.path('call_engine_http_srv/get_call_info');
      const options = {
        hostname,
        port,
        path,
        method: 'POST',
        localAddress: '127.0.0.7',
        ca: entrance.ca,
        headers: claims,
      };
      const sent = request({ ...options, agent: false }, (response) => {
        response.setEncoding('utf8').on('data', resolve);
      });
      sent.on('error', reject).end('{"CallId":"x"}');
    });
    expect(answer).toContain('RequestId');
    await until(() => {
      const logs = nodes.map(({ output }) => output).join('');
      return logs.includes('"ip":"127.0.0.7"') && !logs.includes('203.0.113.9') ? undefined : `the logs have ${logs}`;
    });
  });

  it('leads from plain HTTP to HTTPS', async () => {
    const { status, headers } = await fetch(`http://127.0.0.1:${plain}/console`, { redirect: 'manual' });
    expect([status, headers.get('location')]).toEqual([308, `https://127.0.0.1:${plain}/console`]);
  });

  it('when a server dies, requests go on without an error, and its devices come back at the other one', async () => {
    const [survivor, victim] = nodes as [Ringback, Ringback];
    await victim.kill();
    for (let n = 0; n < 20; n += 1) {
      const info = await rest.send('call_record_http_srv/get_record_by_filter', filter());
      expect(info.ErrorCode).toBe(0);
    }
    await until(() => (devices.some(({ closeCode }) => closeCode !== 0) ? undefined : 'nobody was cut off'));
    const lost = devices.filter(({ closeCode }) => closeCode !== 0);
    for (const one of lost) await one.signIn(entrance);
    expect(await socketsOf(survivor)).toBe(4);
    const [alice, bob] = devices as [Device, Device];
    const { callId } = await alice.ask('call', { callees: ['bob'], mediaType: 'Audio' });
    await bob.hears('callReceived', (params) => params.callId === callId);
    await alice.ask('hangUp', { callId });
  });

  const filter = () => {
    const now = Math.floor(Date.now() / 1000);
    return { StartTime: now - 3600, EndTime: now, Page: 1, NumberPerPage: 10 };
  };
});

describe('the configuration of HAProxy', { timeout: 120_000 }, () => {
  it('is one that HAProxy takes without a warning', () => {
    const folder = mkdtempSync(join(tmpdir(), 'ringback-haproxy-'));
    try {
      const options = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=calls.example.com', '-days', '1'];
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
      execFileSync('openssl', [...options, '-keyout', key, '-out', cert], { stdio: 'ignore' });
      writeFileSync(join(folder, 'balancer.pem'), readFileSync(cert, 'utf8') + readFileSync(key, 'utf8'));
      const text = readFileSync(file, 'utf8')
        .replace('/certs/balancer.pem', join(folder, 'balancer.pem'))
        // The names are those of the compose file.
        .replaceAll(/ringback-\d:8080/g, '127.0.0.1:8080');
      writeFileSync(join(folder, 'haproxy.cfg'), text);
      // -dW: a warning counts as an error.
      execFileSync('haproxy', ['-c', '-dW', '-f', join(folder, 'haproxy.cfg')], { stdio: 'pipe' });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
