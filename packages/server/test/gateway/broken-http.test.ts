import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { faultyCommands } from './faulty-commands.ts';
import { makeCertificate, RawClient, Scene, settle } from './support.ts';

let scene: Scene;
const command = 'call_engine_http_srv/get_call_info';

beforeAll(async () => {
  scene = await Scene.open({
    tls: true,
    commands: faultyCommands,
    settings: { headersTimeout: 1000, requestTimeout: 1500, bodyBytes: 65_536 },
  });
});

afterAll(() => scene.close());

const open = (tls: boolean): Promise<RawClient> =>
  tls ? RawClient.openTls(scene.tlsPort) : RawClient.open(scene.port);

describe.each([
  ['plain HTTP', false],
  ['TLS', true],
])('broken HTTP over %s', (_, tls) => {
  it.each([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['a line of garbage', '\x00\x01\x02\x03\r\n\r\n'],
    ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
    ['a version that does not exist', 'POST / HTTP/7.3\r\n\r\n'],
    ['a method that does not exist', 'FETCH / HTTP/1.1\r\nHost: x\r\n\r\n'],
    ['a header without a colon', 'POST / HTTP/1.1\r\nHost x\r\n\r\n'],
    ['a blank before the colon', 'POST / HTTP/1.1\r\nHost : x\r\nContent-Length : 2\r\n\r\n{}'],
    ['two lengths', 'POST / HTTP/1.1\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{}'],
    ['a length and chunks', 'POST / HTTP/1.1\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
    ['a negative length', 'POST / HTTP/1.1\r\nContent-Length: -2\r\n\r\n'],
    ['a URL of a megabyte', `POST /${'a'.repeat(1_048_576)} HTTP/1.1\r\n\r\n`],
    ['headers without end', `POST / HTTP/1.1\r\n${'X: y\r\n'.repeat(20_000)}`],
    ['one header that is too long', `POST / HTTP/1.1\r\nX: ${'y'.repeat(100_000)}\r\n\r\n`],
    ['CONNECT', 'CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n'],
    ['an expectation that nobody knows', 'POST / HTTP/1.1\r\nHost: x\r\nExpect: gold\r\n\r\n'],
  ])('is answered with 200 and 60002: %s', async (_what, bytes) => {
    const client = await open(tls);
    client.write(Buffer.from(bytes, 'latin1'));
    const answer = await client.answer();
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('application/json');
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    const envelope = answer.json();
    expect(envelope).toMatchObject({ ActionStatus: 'FAIL', ErrorCode: 60002 });
    expect(envelope.RequestId).toMatch(/^Id-[0-9a-f]{32}-O-Seq-[0-9]+$/);
    client.close();
  });

  it('after an answer that came early does not take the answer away', async () => {
    const client = await open(tls);
    client.write('POST /v4/no/command HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n');
    expect((await client.answer()).json().ErrorCode).toBe(60009);
    await client.closed();
  });

  it('in the body of a request that passed the checks is answered with 60002, and the connection is closed', async () => {
    const client = await open(tls);
    client.write(`POST ${scene.target(command)} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`);
    expect((await client.answer()).json().ErrorCode).toBe(60002);
    await client.closed();
  });

  it('of a request that was refused early does not take its answer away', async () => {
    const client = await open(tls);
    const target = scene.target(command, { key: 'x' });
    client.write(`POST ${target} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n`);
    expect((await client.answer()).json().ErrorCode).toBe(70009);
    expect(await client.closed()).toBe('');
    const errors = scene.errors.length;
    const health = await open(tls);
    health.write('GET /healthz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n');
    expect((await health.answer()).json().ErrorCode).toBe(60002);
    expect(await health.closed()).toBe('');
    expect(scene.errors.length).toBe(errors);
  });

  it('right after a request leaves both with an answer', async () => {
    const client = await open(tls);
    const head = `POST ${scene.target(command)} HTTP/1.1\r\nContent-Length: 14\r\n\r\n`;
    client.write(`${head}{"CallId":"x"}garbage\r\n\r\n`);
    expect((await client.answer()).json().ErrorCode).toBe(101004);
    expect((await client.answer()).json().ErrorCode).toBe(60002);
    await client.closed();
  });

  it('after a request that is under way does not take its answer away', async () => {
    const client = await open(tls);
    const body = '{"CallId":"x"}';
    client.post(scene.target('call_engine_http_srv/never'), body);
    await settle(100);
    client.write('garbage\r\n\r\n');
    await settle(50);
    scene.clock.advance(3000);
    expect((await client.answer()).json()).toMatchObject({ ErrorCode: 60008, ActionStatus: 'FAIL' });
    expect((await client.answer()).json().ErrorCode).toBe(60002);
    await client.closed();
  });
});

describe('callers that are slow on purpose', () => {
  it('are cut when the head of their request does not come, with an answer when they sent something', async () => {
    const silent = connect({ host: '127.0.0.1', port: scene.port });
    const silentEnd = new Promise((resolve) => silent.on('close', resolve).on('error', () => {}));
    const slow = await RawClient.open(scene.port);
    slow.write('POST /v4/ HTTP/1.1\r\n');
    const drip = setInterval(() => slow.write('X: y\r\n'), 100);
    const answer = await slow.answer();
    clearInterval(drip);
    expect(answer.json()).toMatchObject({ ErrorCode: 60002, ErrorInfo: 'The request did not arrive in time.' });
    await slow.closed();
    await silentEnd;
  });

  it('are cut when the body does not come, and their request is in flight no more', async () => {
    await scene.change({ overrides: { maxInFlight: 1 } });
    const slow = await RawClient.open(scene.port);
    slow.write(`POST ${scene.target(command)} HTTP/1.1\r\nContent-Length: 50\r\n\r\n{`);
    await settle(50);
    expect((await scene.send(command, { CallId: 'x' })).ErrorCode).toBe(60018);
    const drip = setInterval(() => slow.write(' '), 300);
    expect((await slow.answer()).json().ErrorCode).toBe(60002);
    clearInterval(drip);
    await slow.closed();
    expect((await scene.send(command, { CallId: 'x' })).ErrorCode).toBe(101004);
  });

  it('that go away in the middle of a body leave nothing in flight', async () => {
    await scene.change({ overrides: { maxInFlight: 1 } });
    for (const leave of ['destroy', 'resetAndDestroy'] as const) {
      const gone = await RawClient.open(scene.port);
      gone.write(`POST ${scene.target(command)} HTTP/1.1\r\nContent-Length: 50\r\n\r\n{`);
      await settle(50);
      gone.socket[leave]();
      await settle(50);
      expect((await scene.send(command, { CallId: 'x' })).ErrorCode).toBe(101004);
    }
    expect(scene.counted.some(({ code }) => code === -1)).toBe(true);
    await scene.change({ overrides: {} });
  });

  it('get their answer although they still send, and are cut when they never stop', async () => {
    const flood = await RawClient.open(scene.port);
    flood.write(`POST ${scene.target(command, { key: 'x' })} HTTP/1.1\r\nContent-Length: 1000000000\r\n\r\n`);
    const block = Buffer.alloc(65_536, 0x20);
    const pour = setInterval(() => flood.socket.writable && flood.write(block), 1);
    expect((await flood.answer()).json().ErrorCode).toBe(70009);
    await flood.closed();
    clearInterval(pour);
    expect(flood.socket.bytesWritten).toBeLessThan(64 * 1024 * 1024);
  });

  it('get their answer and keep their connection when what they still send is soon over', async () => {
    const client = await RawClient.open(scene.port);
    const target = scene.target(command, { key: 'x' });
    client.write(`POST ${target} HTTP/1.1\r\nContent-Length: 200000\r\n\r\n${' '.repeat(1000)}`);
    expect((await client.answer()).json().ErrorCode).toBe(70009);
    client.write(' '.repeat(199_000));
    client.post(scene.target(command), '{"CallId":"x"}');
    expect((await client.answer()).json().ErrorCode).toBe(101004);
    client.close();
  });
});

describe.each([
  ['plain HTTP', false],
  ['TLS', true],
])('connections on which nothing moves, over %s', (_, tls) => {
  it('are closed after their time, be they idle or with answers that nobody reads; others are not', async () => {
    const one = await Scene.open({ tls: true, settings: { keepAliveTimeout: 1500, commandRate: 1e6, appRate: 1e6 } });
    const connected = () => (tls ? RawClient.openTls(one.tlsPort) : RawClient.open(one.port));
    const [idle, busy, deaf] = [await connected(), await connected(), await connected()];
    const body = '{"CallId":"x"}';
    for (const client of [idle, busy]) {
      client.post(one.target(command), body);
      await client.answer();
    }
    deaf.socket.pause();
    const closed = new Promise((resolve) => deaf.socket.on('close', resolve));
    // Far more answers than the buffers between the two sides hold.
    const request = `POST ${one.target(command)} HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    const pour = setInterval(() => deaf.socket.writable && deaf.write(request.repeat(500)), 10);
    // Longer than the time after which a connection at rest is closed, and on until the one at rest is.
    for (let i = 0; i < 12 || (!idle.ended && i < 75); i += 1) {
      await settle(200);
      busy.post(one.target(command), body);
      expect((await busy.answer()).json().ErrorCode).toBe(101004);
    }
    expect([idle.ended, busy.ended]).toEqual([true, false]);
    await Promise.race([closed, settle(10_000).then(() => Promise.reject(new Error('never cut')))]);
    clearInterval(pour);
    for (const client of [idle, busy, deaf]) client.close();
    await one.close();
  }, 30_000);
});

describe('TLS', () => {
  it('that is broken, half-open, or no TLS at all harms nobody', async () => {
    const plain = connect({ host: '127.0.0.1', port: scene.tlsPort });
    plain.on('error', () => {});
    plain.write('POST / HTTP/1.1\r\n\r\n');
    const closed = new Promise((resolve) => plain.on('close', resolve));
    const half = connect({ host: '127.0.0.1', port: scene.tlsPort });
    half.on('error', () => {});
    half.write(Buffer.from('160301020001', 'hex'));
    const halfClosed = new Promise((resolve) => half.on('close', resolve));
    await closed;
    const client = await RawClient.openTls(scene.tlsPort);
    client.post(scene.target(command), '{"CallId":"x"}');
    expect((await client.answer()).json().ErrorCode).toBe(101004);
    client.close();
    await halfClosed;
  });

  it('is spoken in versions 1.2 and 1.3 only', async () => {
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const client = await RawClient.openTls(scene.tlsPort, { minVersion: version, maxVersion: version });
      client.post(scene.target(command), '{"CallId":"x"}');
      expect((await client.answer()).json().ErrorCode).toBe(101004);
      client.close();
    }
    const old = { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT:@SECLEVEL=0' } as const;
    await expect(RawClient.openTls(scene.tlsPort, old)).rejects.toThrow();
  });

  it('takes a new certificate for connections to come, and goes on with the open ones', async () => {
    const before = await RawClient.openTls(scene.tlsPort);
    const fingerprint = (client: RawClient): string =>
      (client.socket as unknown as { getPeerCertificate(): { fingerprint256: string } }).getPeerCertificate()
        .fingerprint256;
    const old = fingerprint(before);
    scene.gateway.replaceCertificate(await makeCertificate());
    const after = await RawClient.openTls(scene.tlsPort);
    expect(fingerprint(after)).not.toBe(old);
    for (const client of [before, after]) {
      client.post(scene.target(command), '{"CallId":"x"}');
      expect((await client.answer()).json().ErrorCode).toBe(101004);
      client.close();
    }
    expect(() => scene.gateway.replaceCertificate({ cert: 'no certificate', key: 'no key' })).toThrow();
    const still = await RawClient.openTls(scene.tlsPort);
    expect(fingerprint(still)).not.toBe(old);
    still.close();
  });
});

describe('upgrades', () => {
  const body = '{"CallId":"x"}';
  const h2c = (extra = ''): string =>
    `POST ${scene.target(command)} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA\r\n${extra}`;

  it.each([
    ['plain HTTP', false],
    ['TLS', true],
  ])('to HTTP/2 are declined by answering the request, over %s, many times on one connection', async (_, tls) => {
    const warnings: string[] = [];
    const onWarning = (warning: Error): number => warnings.push(warning.message);
    process.on('warning', onWarning);
    const client = await open(tls);
    for (let i = 0; i < 30; i += 1) {
      client.write(`${h2c()}Content-Length: ${body.length}\r\n\r\n${body}`);
      expect((await client.answer()).json().ErrorCode).toBe(101004);
    }
    client.post(scene.target(command), body);
    const last = await client.answer();
    expect([last.json().ErrorCode, last.headers.get('connection')]).toEqual([101004, 'keep-alive']);
    client.close();
    await settle(20);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });

  it('are declined when the body comes later and in parts', async () => {
    const client = await open(false);
    client.write(`${h2c()}Content-Length: ${body.length}\r\n\r\n`);
    await settle(20);
    client.write(body.slice(0, 5));
    await settle(20);
    client.write(body.slice(5));
    expect((await client.answer()).json().ErrorCode).toBe(101004);
    client.write(`${h2c('Transfer-Encoding: chunked\r\n')}\r\n${body.length.toString(16)}\r\n${body}\r\n`);
    await settle(20);
    client.write('0\r\n\r\n');
    expect((await client.answer()).json().ErrorCode).toBe(101004);
    client.close();
  });

  it('are declined after the answer to the request before, whose turn it is', async () => {
    const client = await open(false);
    client.post(scene.target('call_engine_http_srv/never'), body);
    client.write(`${h2c()}Content-Length: ${body.length}\r\n\r\n${body}`);
    await settle(50);
    scene.clock.advance(3000);
    expect((await client.answer()).json().ErrorCode).toBe(60008);
    expect((await client.answer()).json().ErrorCode).toBe(101004);
    client.close();
  });

  it('to a WebSocket are taken for /signalling only', async () => {
    const ask = async (target: string): Promise<number> => {
      const client = await open(false);
      client.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`);
      const { status } = await client.answer();
      client.close();
      return status;
    };
    expect(await ask('/signalling')).toBe(101);
    expect(await ask('/signalling?x=1')).toBe(101);
    expect(await ask('/other')).toBe(200);
    const client = await open(false);
    client.write('GET /signalling HTTP/1.1\r\nHost: x\r\n\r\n');
    expect((await client.answer()).status).toBe(426);
    client.close();
  });
});
