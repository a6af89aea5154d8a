import type { IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from 'vitest';
import { httpsAddress } from '../../src/gateway/redirect.ts';
import type { Accounts } from '../../src/ports/accounts.ts';
import { faultyCommands } from './faulty-commands.ts';
import { RawClient, Scene, type SceneOptions, settle } from './support.ts';

const command = 'call_engine_http_srv/get_call_info';
const body = '{"CallId":"x"}';
const open: Scene[] = [];

async function scene(options: SceneOptions = {}): Promise<Scene> {
  const one = await Scene.open(options);
  open.push(one);
  return one;
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** One plain request. */
async function get(port: number, target: string, headers: Record<string, string> = {}, method = 'GET') {
  const client = await RawClient.open(port);
  client.post(target, method === 'GET' ? '' : body, headers, method);
  const answer = await client.answer();
  client.close();
  return answer;
}

describe('a command that fails', () => {
  it('is answered with the code of its failure; what happened is in the log under the request id, and only there', async () => {
    const one = await scene({ commands: faultyCommands });
    const codes: Record<string, number> = {};
    for (const name of [
      'wrong_shape',
      'wrong_shape_later',
      'no_json',
      'slow_accounts',
      'throws',
      'rejects',
      'store_away',
      'device_only',
    ]) {
      const answer = await one.send(`call_engine_http_srv/${name}`, { CallId: 'x' });
      codes[name] = answer.ErrorCode;
      expect(JSON.stringify(answer)).not.toContain('secret of the house');
      expect(answer.Response).toBeUndefined();
      if (answer.ErrorCode === 101001 || answer.ErrorCode === 60013) {
        const logged = one.errors.filter(
          ({ fields }) => 'requestId' in fields && fields.requestId === answer.RequestId,
        );
        expect(logged.length).toBeGreaterThan(0);
      }
    }
    expect(codes).toEqual({
      wrong_shape: 60013,
      wrong_shape_later: 60013,
      no_json: 60013,
      slow_accounts: 60014,
      throws: 101001,
      rejects: 101001,
      store_away: 101001,
      device_only: 101002,
    });
    const thrown = one.errors.find(
      ({ fields }) => 'err' in fields && String(fields.err).includes('secret of the house'),
    );
    expect(thrown).toBeDefined();
  });

  it('is answered with 60008 after 3 s, once, whatever it does later', async () => {
    let release = (_: unknown): void => {};
    const late = new Promise((resolve) => {
      release = resolve;
    });
    const [template] = faultyCommands.slice(-1);
    if (template === undefined) throw new Error('there are faulty commands');
    const one = await scene({ commands: [{ ...template, handle: () => late }] });
    const client = await RawClient.open(one.port);
    client.post(one.target(template.path), body);
    await settle();
    one.clock.advance(2999);
    await settle();
    expect(one.counted).toEqual([]);
    one.clock.advance(1);
    expect((await client.answer()).json().ErrorCode).toBe(60008);
    release({ Answer: 'too late' });
    await settle();
    client.post('/v4/a/b', '');
    expect((await client.answer()).json().ErrorCode).toBe(60009);
    client.close();
    expect(one.counted.map(({ code }) => code)).toEqual([60008, 60009]);
  });

  const call = {
    Robot_Account: 'robot',
    CalleeList_Account: ['alice'],
    Timeout: 30_000,
    CallInfo: { MediaType: 'Audio' },
  };
  const profile = { From_Account: 'alice', ProfileItem: [{ Tag: 'Tag_Profile_IM_Nick', Value: 'Alice' }] };

  it.each<[string, keyof Accounts, string, object]>([
    ['are late', 'find', 'call_engine_http_srv/start_call_by_robot', call],
    ['are made late', 'save', 'im_open_login_svc/account_import', { UserID: 'alice' }],
    ['are changed late', 'change', 'profile/portrait_set', profile],
  ])('because accounts %s is told so before its own time is over', async (_, late, path, request) => {
    let looked = (): void => {};
    const lookedUp = new Promise<void>((resolve) => {
      looked = resolve;
    });
    const one = await scene({
      accounts: (accounts) => ({
        find: (...asked) => accounts.find(...asked),
        list: (...asked) => accounts.list(...asked),
        ensure: (...asked) => accounts.ensure(...asked),
        save: (...asked) => accounts.save(...asked),
        change: (...asked) => accounts.change(...asked),
        items: (...asked) => accounts.items(...asked),
        itemsOf: (...asked) => accounts.itemsOf(...asked),
        revoke: (...asked) => accounts.revoke(...asked),
        remove: (...asked) => accounts.remove(...asked),
        revokedAt: (...asked) => accounts.revokedAt(...asked),
        [late]: () => {
          looked();
          return new Promise<never>(() => {});
        },
      }),
    });
    const asked = one.send(path, request);
    await lookedUp;
    one.clock.advance(1999);
    await settle();
    expect(one.counted).toEqual([]);
    one.clock.advance(1);
    expect((await asked).ErrorCode).toBe(60014);
  });
});

describe('access lines', () => {
  it('tell request, application, command, code and time, and nothing of the signature', async () => {
    const one = await scene();
    const usersig = one.userSig();
    const answer = await one.send(command, { CallId: 'x' });
    await one.send('no/such', {}, { key: 'x' });
    await get(one.port, '/nothing');
    await settle(150);
    const lines = one.lines.map((line) => JSON.parse(line));
    expect(lines).toHaveLength(3);
    expect(lines[0]).toMatchObject({
      level: 30,
      time: new Date(one.clock.now()).toISOString(),
      msg: 'answered',
      requestId: answer.RequestId,
      app: 1400000001,
      command,
      code: 101004,
      ip: '127.0.0.1',
    });
    expect(lines.map(({ code, command }) => [code, command]).slice(1)).toEqual([
      [60009, 'none'],
      [60002, 'none'],
    ]);
    expect(one.lines.join()).not.toContain(usersig);
    expect(one.lines.join()).not.toContain(one.app.keys[0]?.secret);
    expect(one.counted).toEqual([
      { command, code: 101004 },
      { command: 'none', code: 60009 },
      { command: 'none', code: 60002 },
    ]);
  });
});

describe('a plain port that does not serve', () => {
  it('sends callers to HTTPS with 308, whatever they ask', async () => {
    const one = await scene({ tls: true, settings: { http: { host: '127.0.0.1', port: 0, mode: 'redirect' } } });
    for (const [target, method] of [
      ['/v4/a/b?x=1', 'POST'],
      ['/', 'GET'],
      ['/healthz', 'GET'],
      ['/anything', 'OPTIONS'],
    ] as const) {
      const answer = await get(one.port, target, { Host: `localhost:${one.port}` }, method);
      expect([answer.status, answer.headers.get('location')]).toEqual([
        308,
        `https://localhost:${one.tlsPort}${target}`,
      ]);
    }
    const nameless = await RawClient.open(one.port);
    nameless.write('POST /v4/a/b HTTP/1.1\r\nHost: a/b\r\nContent-Length: 0\r\n\r\n');
    expect((await nameless.answer()).json().ErrorCode).toBe(60002);
    nameless.close();
    const socket = await RawClient.open(one.port);
    socket.write('GET /signalling HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    expect((await socket.answer()).status).toBe(308);
    socket.close();
  });

  it('sends callers of port 80 to 443 where both are mapped to ports of ours', async () => {
    const one = await scene({ tls: true, settings: { http: { host: '127.0.0.1', port: 0, mode: 'redirect' } } });
    const sentTo = async (host: string) =>
      (await get(one.port, '/console', { Host: host })).headers.get('location') ?? 'nowhere';
    expect(await sentTo('calls.example.com')).toBe('https://calls.example.com/console');
    expect(await sentTo('[2001:db8::7]')).toBe('https://[2001:db8::7]/console');
    // Whoever names another port has not come by the mapping.
    expect(await sentTo(`calls.example.com:${one.port}`)).toBe(`https://calls.example.com:${one.tlsPort}/console`);
  });

  it.each([
    ['calls.example.com', 80, 8443, 'https://calls.example.com:8443/console'],
    ['calls.example.com', 80, 443, 'https://calls.example.com/console'],
    ['calls.example.com', 8080, 8443, 'https://calls.example.com/console'],
    ['calls.example.com:8080', 8080, 8443, 'https://calls.example.com:8443/console'],
    ['calls.example.com:8080', 8080, 443, 'https://calls.example.com/console'],
    ['calls.example.com', undefined, 8443, 'https://calls.example.com/console'],
  ])('sends who asks for %s, with our own ports %s and %s, to %s', (host, http, https, address) => {
    expect(httpsAddress({ headers: { host }, target: '/console' }, { http, https })).toBe(address);
  });
});

describe('behind a declared proxy', () => {
  const trusting = { trustProxy: ['127.0.0.0/8', '10.1.0.0/16'] };

  it('the address of the caller is the right-most one of X-Forwarded-For that is no proxy', async () => {
    const one = await scene({ settings: trusting, app: { allowIps: ['203.0.113.7'] } });
    const codeOf = async (forwarded: string): Promise<number> =>
      (await get(one.port, one.target(command), { 'X-Forwarded-For': forwarded }, 'POST')).json().ErrorCode;
    expect(await codeOf('203.0.113.7')).toBe(101004);
    expect(await codeOf('198.51.100.1, 203.0.113.7')).toBe(101004);
    expect(await codeOf('203.0.113.7, 10.1.2.3')).toBe(101004);
    expect(await codeOf('203.0.113.7:4711, 10.1.2.3')).toBe(101004);
    expect(await codeOf('203.0.113.7, 198.51.100.1')).toBe(60021);
    expect(await codeOf('203.0.113.7, nonsense, 10.1.2.3')).toBe(60021);
    expect(await codeOf('')).toBe(60021);
  });

  it('what the proxy received without TLS is sent to HTTPS', async () => {
    const one = await scene({ settings: trusting });
    const ask = (proto: string) =>
      get(one.port, one.target(command), { Host: 'api.example', 'X-Forwarded-Proto': proto }, 'POST');
    expect((await ask('https')).json().ErrorCode).toBe(101004);
    const sent = await ask('http');
    expect([sent.status, sent.headers.get('location')?.startsWith('https://api.example/v4/')]).toEqual([308, true]);
    expect(sent.headers.get('access-control-allow-origin')).toBe('*');
  });

  it('a caller who is no proxy cannot pretend to be one', async () => {
    const one = await scene({ settings: { trustProxy: ['10.0.0.1'] } });
    const answer = await get(one.port, one.target(command), { 'X-Forwarded-Proto': 'https' }, 'POST');
    expect(answer.status).toBe(308);
  });
});

describe('an upgrade to the signalling socket on a plain port', () => {
  const upgrade = {
    Upgrade: 'websocket',
    Connection: 'Upgrade',
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': 'x',
  };

  it('is for the declared proxy, and for what it received over TLS', async () => {
    const one = await scene({ settings: { trustProxy: ['127.0.0.0/8'] } });
    expect((await get(one.port, '/signalling', { ...upgrade, 'X-Forwarded-Proto': 'https' })).status).toBe(101);
    expect((await get(one.port, '/signalling', { ...upgrade, 'X-Forwarded-Proto': 'wss' })).status).toBe(101);
    expect((await get(one.port, '/signalling', { ...upgrade, 'X-Forwarded-Proto': 'ws' })).status).toBe(308);
    expect((await get(one.port, '/signalling', { ...upgrade, 'X-Forwarded-Proto': 'http' })).status).toBe(308);
    const other = await scene({ settings: { trustProxy: ['10.0.0.1'] } });
    expect((await get(other.port, '/signalling', { ...upgrade, 'X-Forwarded-Proto': 'https' })).status).toBe(308);
  });

  it('is handed over by its path, also when a proxy sends the whole address', async () => {
    const paths: (string | undefined)[] = [];
    const onUpgrade = ({ url }: IncomingMessage, socket: Duplex) => {
      paths.push(url);
      socket.end('HTTP/1.1 101 Switching Protocols\r\n\r\n');
    };
    const one = await scene({ gateway: { onUpgrade } });
    expect((await get(one.port, 'http://any.host:80/signalling?x=1', upgrade)).status).toBe(101);
    expect(paths).toEqual(['/signalling?x=1']);
  });
});

describe('health and metrics', () => {
  it('are told on the main port and on the port of the operator', async () => {
    let ready = false;
    const one = await scene({
      settings: { ops: { host: '127.0.0.1', port: 0 } },
      gateway: { ready: () => ready, concerns: () => [{ text: 'It is late.' }], healthDetail: () => ({ late: true }) },
    });
    const ops = one.gateway.addresses.ops?.port ?? 0;
    for (const port of [one.port, ops]) {
      expect((await get(port, '/healthz')).status).toBe(200);
      expect((await get(port, '/readyz')).status).toBe(503);
    }
    ready = true;
    for (const port of [one.port, ops]) {
      for (const path of ['/readyz', 'http://any.host/readyz']) expect((await get(port, path)).status).toBe(200);
    }
    for (const port of [one.port, ops]) expect((await get(port, '/readyz')).body).toContain('It is late.');
    // The details are the operator's.
    expect(JSON.parse((await get(ops, '/health')).body)).toEqual({ late: true });
    expect((await get(one.port, '/health')).body).not.toContain('late');
    const metrics = await get(ops, '/metrics');
    expect([metrics.status, metrics.body]).toEqual([200, 'ringback_up 1\n']);
    expect((await get(ops, '/other')).status).toBe(404);
    expect((await get(ops, '/metrics', {}, 'POST')).status).toBe(405);
    // Without a token the main port knows no metrics.
    for (const method of ['GET', 'POST']) expect((await get(one.port, '/metrics', {}, method)).status).toBe(404);
  });

  it('are there to be read: another method is answered with 405, on a connection that goes on', async () => {
    const one = await scene({ gateway: { metricsToken: 'let me in' } });
    const client = await RawClient.open(one.port);
    for (const path of ['/healthz', '/readyz?x=1', '/metrics', '/signalling', 'http://any.host/healthz']) {
      for (const method of ['POST', 'PUT', 'DELETE', 'PROPFIND']) {
        client.post(path, body, { 'Content-Type': 'text/strange' }, method);
        const answer = await client.answer();
        expect([path, method, answer.status, answer.headers.get('allow')]).toEqual([path, method, 405, 'GET, HEAD']);
      }
    }
    client.post('/healthz', '', {}, 'HEAD');
    expect((await client.answer({ toHead: true })).status).toBe(200);
    client.close();
  });

  it('metrics are told on the main port to callers with the token', async () => {
    const one = await scene({ gateway: { metricsToken: 'let me in' } });
    expect((await get(one.port, '/metrics')).status).toBe(401);
    expect((await get(one.port, '/metrics', { Authorization: 'Bearer let me' })).status).toBe(401);
    const answer = await get(one.port, '/metrics', { Authorization: 'Bearer let me in' });
    expect([answer.status, answer.body]).toEqual([200, 'ringback_up 1\n']);
  });
});

describe('closing', () => {
  it('answers what is under way, says that the connection is over, and takes nothing new', async () => {
    const one = await scene({ commands: faultyCommands, tls: true });
    const busy = await RawClient.open(one.port);
    const busyTls = await RawClient.openTls(one.tlsPort);
    const idle = await RawClient.open(one.port);
    const silent = connect({ host: '127.0.0.1', port: one.port });
    silent.on('error', () => {});
    for (const client of [busy, busyTls]) client.post(one.target('call_engine_http_srv/never'), body);
    idle.post(one.target(command), body);
    expect((await idle.answer()).headers.get('connection')).toBe('keep-alive');
    await settle();
    const port = one.port;
    const closed = one.close();
    await idle.closed(500);
    await expect(RawClient.open(port)).rejects.toThrow();
    one.clock.advance(3000);
    for (const client of [busy, busyTls]) {
      const answer = await client.answer();
      expect([answer.json().ErrorCode, answer.headers.get('connection')]).toEqual([60008, 'close']);
      await client.closed();
    }
    await closed;
  });

  it('cuts by force what does not end within the grace', async () => {
    const one = await scene({ commands: faultyCommands, settings: { closeGrace: 100 } });
    const busy = await RawClient.open(one.port);
    busy.post(one.target('call_engine_http_srv/never'), body);
    const upgraded = await RawClient.open(one.port);
    upgraded.write('GET /signalling HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
    await settle();
    const from = Date.now();
    await one.close();
    expect(Date.now() - from).toBeLessThan(1000);
    await busy.closed();
    await upgraded.closed();
  });

  it('is not needed for a port that could not be opened', async () => {
    const one = await scene();
    const taken = { host: '127.0.0.1', port: one.port, mode: 'serve' } as const;
    await expect(Scene.open({ settings: { http: taken } })).rejects.toThrow(/EADDRINUSE/);
  });
});
