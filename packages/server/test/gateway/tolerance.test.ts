import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Envelope, RawClient, Scene, user } from './support.ts';

/** What real callers send, and what must not break. */
let scene: Scene;
let callId: string;
const command = 'call_engine_http_srv/get_call_info';

beforeAll(async () => {
  scene = await Scene.open();
  await scene.accounts('alice', 'bob');
  const started = await scene.send('call_engine_http_srv/start_call_by_robot', {
    Robot_Account: 'robot',
    CalleeList_Account: ['alice'],
    Timeout: 600_000,
    CallInfo: { MediaType: 'Audio' },
  });
  callId = started.Response.CallId;
});

afterAll(() => scene.close());

/** Sends raw bytes, answers the envelope. */
async function ask(bytes: string | Buffer): Promise<Envelope> {
  const client = await RawClient.open(scene.port);
  try {
    client.write(bytes);
    const answer = await client.answer();
    expect(answer.status).toBe(200);
    return answer.json();
  } finally {
    client.close();
  }
}

const request = (target: string, body: string, headers = ''): string =>
  `POST ${target} HTTP/1.1\r\nHost: x\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;

const good = (): string => JSON.stringify({ CallId: callId });
const part = (name: string): string => new URL(`http://x${scene.target(command)}`).searchParams.get(name) ?? '';
const query = (...pairs: readonly string[]): string => `/v4/${command}?${pairs.join('&')}`;

describe('URLs of real callers', () => {
  const app = 'sdkappid=1400000001';
  const who = 'identifier=administrator';
  const sig = (): string => `usersig=${part('usersig')}`;

  it.each([
    ['without random', () => query(app, who, sig(), 'contenttype=json')],
    ['with a negative random', () => query(app, who, sig(), 'random=-5', 'contenttype=json')],
    ['with a random of 21 digits', () => query(app, who, sig(), 'random=123456789012345678901')],
    ['with a random that is no number', () => query(app, who, sig(), 'random=abc')],
    ['without contenttype', () => query(app, who, sig(), 'random=1')],
    ['in alphabetical order', () => query('contenttype=json', who, 'random=1', app, sig())],
    ['with further parameters', () => query('ver=v4', app, who, sig(), 'apn=1', 'empty=', 'alone')],
    ['with stray separators', () => `${query('', app, '', who, sig(), '')}&&`],
    [
      'with * as %2A',
      () => query(app, who, sig().replaceAll('*', '%2A').replaceAll('_', '%5F').replaceAll('-', '%2d')),
    ],
    ['with * as it is', () => query(app, who, sig())],
    ['with encoded names', () => query('sdk%61ppid=1400000001', 'identi%66ier=administrator', sig())],
    ['with an encoded path', () => query(app, who, sig()).replace('get_call_info', 'get%5Fcall%5Finfo')],
    ['with the whole address, as proxies send it', () => `http://any.host:80${query(app, who, sig())}`],
  ])('are taken %s', async (_, target) => {
    expect((await ask(request(target(), good()))).ErrorCode).toBe(0);
  });

  it('read + as a blank, as form encoders write it', async () => {
    await scene.change({ admins: ['administrator', 'the boss'] });
    const usersig = encodeURIComponent(scene.userSig({ identifier: 'the boss' }));
    const target = query(app, 'identifier=the+boss', `usersig=${usersig}`);
    expect((await ask(request(target, good()))).ErrorCode).toBe(0);
  });

  it('take a signature in the very second in which it expires, and not in the next', async () => {
    const target = scene.target(command, { expire: 10 });
    scene.clock.advance(10_999);
    expect((await ask(request(target, good()))).ErrorCode).toBe(0);
    scene.clock.advance(1);
    expect((await ask(request(target, good()))).ErrorCode).toBe(70001);
  });

  it.each([
    ['SDKAppID', () => query('SDKAppID=1400000001', who, sig()), 60012],
    ['an empty sdkappid', () => query('sdkappid=', who, sig()), 60006],
    ['a signed sdkappid', () => query('sdkappid=%2B1400000001', who, sig()), 60006],
    ['half an encoding', () => query(app, who, sig(), 'x=%4'), 60002],
    ['an encoding that is not UTF-8', () => query(app, who, sig(), 'x=%ff'), 60002],
    ['a further parameter twice', () => query(app, who, sig(), 'x=1', 'x=2'), 60002],
    ['contenttype=JSON', () => query(app, who, sig(), 'contenttype=JSON'), 60002],
    ['an empty contenttype', () => query(app, who, sig(), 'contenttype='), 60002],
    ['a path of two parts', () => '/v4/get_call_info', 60002],
    ['a path of four parts', () => `/v4/${command}/more`, 60002],
    ['an empty part', () => '/v4//get_call_info', 60002],
    ['another version', () => `/v3/${command}`, 60009],
    ['another service', () => '/v4/call_engine/get_call_info', 60009],
  ])('are refused with %s', async (_, target, code) => {
    expect((await ask(request(target(), good()))).ErrorCode).toBe(code);
  });
});

describe('bodies of real callers', () => {
  it.each([
    ['a form type', 'Content-Type: application/x-www-form-urlencoded\r\n'],
    ['a charset', 'Content-Type: application/json; charset=utf-8\r\n'],
    ['bytes', 'Content-Type: application/octet-stream\r\n'],
    ['no sense', 'Content-Type: ???\r\n'],
  ])('are read as JSON under a Content-Type of %s', async (_, headers) => {
    expect((await ask(request(scene.target(command), good(), headers))).ErrorCode).toBe(0);
  });

  it('are taken with a byte order mark, line ends and blanks', async () => {
    const body = `\ufeff \r\n{\n\t"CallId" : "${callId}" \r\n} \n`;
    expect((await ask(request(scene.target(command), body))).ErrorCode).toBe(0);
  });

  it('are taken in chunks, however they fall', async () => {
    const body = Buffer.from(JSON.stringify({ CallId: callId, Remark: 'für später 🎈' }));
    const client = await RawClient.open(scene.port);
    client.write(`POST ${scene.target(command)} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n`);
    for (let i = 0; i < body.length; i += 7) {
      const chunk = body.subarray(i, i + 7);
      client.write(Buffer.concat([Buffer.from(`${chunk.length.toString(16)};ext=1\r\n`), chunk, Buffer.from('\r\n')]));
    }
    client.write('0\r\nTrailer: x\r\n\r\n');
    expect((await client.answer()).json().ErrorCode).toBe(0);
    // And the connection goes on.
    client.post(scene.target(command), good());
    expect((await client.answer()).json().ErrorCode).toBe(0);
    client.close();
  });

  it('are taken with members of null, unknown members and duplicate keys, of which the last wins', async () => {
    const body = `{"CallId":"nobody","Extra":{"a":[1]},"OfflinePushInfo":null,"CallId":"${callId}"}`;
    expect((await ask(request(scene.target(command), body))).ErrorCode).toBe(0);
    const undone = `{"CallId":"${callId}","CallId":null}`;
    const answer = await ask(request(scene.target(command), undone));
    expect([answer.ErrorCode, answer.ErrorInfo]).toEqual([101002, 'CallId is required']);
  });

  it.each([
    ['nothing', '', 60003],
    ['blanks', '  ', 60003],
    ['an array', '[]', 60003],
    ['a string', '"x"', 60003],
    ['null', 'null', 60003],
    ['a missing comma, as in the official sample', '{"Desc":"a" "Ext":"b"}', 60003],
    ['half of a surrogate pair in a value', '{"CallId":"\\ud83d"}', 60003],
    ['half of a surrogate pair in a name', '{"CallId":"a","\\udc00":1}', 60003],
    ['half of a surrogate pair deep inside', '{"CallId":"a","x":[[{"y":["\\ud800a"]}]]}', 60003],
    ['a whole surrogate pair', '{"CallId":"\\ud83d\\ude00"}', 101004],
    ['a number for UserID', '{"CallId":"a","UserID":7}', 60015],
    ['an object for an account', '{"CallId":"a","x":{"To_Account":{"a":1}}}', 60015],
    ['a number among accounts', '{"CallId":"a","To_Account":["b",7]}', 60015],
    ['null for an account', '{"CallId":"a","To_Account":null}', 101004],
    ['a list of accounts', '{"CallId":"a","To_Account":["b"]}', 101004],
    ['an account in a list of lists', '{"CallId":"a","x":[[{"A_Account":true}]]}', 60015],
    ['__proto__', '{"__proto__":{"CallId":"a"}}', 101002],
    ['constructor and prototype', '{"constructor":{"prototype":{"CallId":"a"}},"CallId":"a"}', 101004],
    ['a number beyond 2^53', '{"CallId":"a","x":123456789012345678901234567890,"y":1e400}', 101004],
  ])('of %s are answered with %i', async (_, body, code) => {
    expect((await ask(request(scene.target(command), body))).ErrorCode).toBe(code);
    expect(({} as Record<string, unknown>).CallId).toBeUndefined();
  });

  it('are refused when they are not UTF-8', async () => {
    const bytes = Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]);
    const head = `POST ${scene.target(command)} HTTP/1.1\r\nContent-Length: ${bytes.length}\r\n\r\n`;
    const answer = await ask(Buffer.concat([Buffer.from(head), bytes]));
    expect([answer.ErrorCode, answer.ErrorInfo]).toEqual([60003, 'The request body is not UTF-8.']);
  });

  it('are walked through however deep they are nested', async () => {
    const deep = (depth: number, inside: string): string =>
      `{"CallId":"${callId}","x":${'['.repeat(depth)}${inside}${']'.repeat(depth)}}`;
    expect((await ask(request(scene.target(command), deep(30_000, '')))).ErrorCode).toBe(0);
    expect((await ask(request(scene.target(command), deep(30_000, '{"Bad_Account":1}')))).ErrorCode).toBe(60015);
    const objects = `${'{"a":'.repeat(9000)}{"Bad_Account":1}${'}'.repeat(9000)}`;
    expect((await ask(request(scene.target(command), objects))).ErrorCode).toBe(60015);
    expect((await ask(request(scene.target(command), '['.repeat(60_000)))).ErrorCode).toBe(60003);
  });

  it('may be as large as the limit and not a byte more, with or without a declared length', async () => {
    const sized = (bytes: number): string => {
      const body = `{"CallId":"${callId}","x":""}`;
      return body.replace('"x":""', `"x":"${'a'.repeat(bytes - body.length)}"`);
    };
    expect((await ask(request(scene.target(command), sized(65_536)))).ErrorCode).toBe(0);
    expect((await ask(request(scene.target(command), sized(65_537)))).ErrorCode).toBe(60003);
    const chunked = (body: string): string =>
      `POST ${scene.target(command)} HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
    expect((await ask(chunked(sized(65_536)))).ErrorCode).toBe(0);
    expect((await ask(chunked(sized(65_537)))).ErrorCode).toBe(60003);
  });
});

describe('connections of real callers', () => {
  it('stay open over many requests, also after failures and bodies that nobody read', async () => {
    const client = await RawClient.open(scene.port);
    for (const target of [scene.target(command), '/v4/no/command', '/nothing', scene.target(command, { key: 'x' })]) {
      client.post(target, 'x'.repeat(5000));
      expect((await client.answer()).headers.get('connection')).toBe('keep-alive');
    }
    client.post(scene.target(command), good());
    expect((await client.answer()).json().ErrorCode).toBe(0);
    client.close();
  });

  it('are answered in order when requests are sent without waiting', async () => {
    const client = await RawClient.open(scene.port);
    const commands = ['call_engine_http_srv/get_call_info', 'call_record_http_srv/get_record_by_callid', 'no/such'];
    for (const one of [...commands, ...commands]) client.post(scene.target(one), good());
    const codes: number[] = [];
    for (let i = 0; i < 6; i += 1) codes.push((await client.answer()).json().ErrorCode);
    expect(codes).toEqual([0, 101050, 60009, 0, 101050, 60009]);
    client.close();
  });

  it('of HTTP/1.0 are closed, unless they ask to be kept', async () => {
    const client = await RawClient.open(scene.port);
    const head = `POST ${scene.target(command)} HTTP/1.0\r\nContent-Length: ${good().length}\r\n`;
    client.write(`${head}Connection: keep-alive\r\n\r\n${good()}`);
    const kept = await client.answer();
    expect([kept.json().ErrorCode, kept.headers.get('connection')]).toEqual([0, 'keep-alive']);
    client.write(`${head}\r\n${good()}`);
    expect((await client.answer()).json().ErrorCode).toBe(0);
    await client.closed();
  });

  it('that expect 100-continue get it before they send the body', async () => {
    const client = await RawClient.open(scene.port);
    client.write(
      `POST ${scene.target(command)} HTTP/1.1\r\nContent-Length: ${good().length}\r\nExpect: 100-continue\r\n\r\n`,
    );
    expect((await client.answer()).status).toBe(100);
    client.write(good());
    expect((await client.answer()).json().ErrorCode).toBe(0);
    client.close();
  });

  it('need no Host header', async () => {
    const body = good();
    const text = `POST ${scene.target(command)} HTTP/1.1\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
    expect((await ask(text)).ErrorCode).toBe(0);
  });

  it.each([
    ['HEAD', '/'],
    ['GET', '/'],
    ['GET', '/?from=monitor'],
    ['OPTIONS', '*'],
    ['OPTIONS', '/v4/call_engine_http_srv/get_call_info?x=1'],
    ['OPTIONS', '/anything'],
  ])('are told that the server is there on %s %s, with the documented headers', async (method, target) => {
    const client = await RawClient.open(scene.port);
    client.write(`${method} ${target} HTTP/1.1\r\nHost: x\r\nOrigin: https://app.example\r\n\r\n`);
    const answer = await client.answer({ toHead: method === 'HEAD' });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('access-control-allow-origin')).toBe('*');
    expect(answer.headers.get('access-control-allow-headers')).toBe('X-Requested-With, Content-Type');
    expect(answer.headers.get('access-control-allow-methods')).toBe('POST');
    expect(answer.headers.get('content-type')).toBe('application/json');
    if (method !== 'HEAD') expect(answer.json()).toMatchObject({ ActionStatus: 'OK', ErrorCode: 0, ErrorInfo: '' });
    client.post(scene.target(command), good());
    expect((await client.answer()).json().ErrorCode).toBe(0);
    client.close();
  });

  it.each([
    ['GET', '/nothing/here', 60002],
    ['POST', '/', 60002],
    ['DELETE', '/v2/records/get_record_by_callId', 60009],
    ['GET', '/v4/call_engine_http_srv/get_call_info', 60008],
    ['POST', '/healthz/more', 60002],
  ])('are answered by the table on %s %s', async (method, target, code) => {
    const client = await RawClient.open(scene.port);
    client.post(target, 'not json', { 'Content-Type': 'text/strange' }, method);
    const answer = await client.answer();
    expect([answer.status, answer.json().ErrorCode]).toEqual([200, code]);
    client.close();
  });
});

describe('the letter of the documentation', () => {
  it('is enforced by gateway.strict: random, contenttype and the type of the body', async () => {
    const strict = await Scene.open({ settings: { strict: true } });
    try {
      const client = await RawClient.open(strict.port);
      const body = '{"CallId":"x"}';
      const codeOf = async (target: string, type = 'application/json'): Promise<number> => {
        client.post(target, body, type === '' ? {} : { 'Content-Type': type });
        return (await client.answer()).json().ErrorCode;
      };
      const target = strict.target(command);
      expect(await codeOf(target)).toBe(101004);
      expect(await codeOf(target, 'application/json; charset=utf-8')).toBe(101004);
      expect(await codeOf(target, 'text/plain')).toBe(60003);
      expect(await codeOf(target, '')).toBe(60003);
      expect(await codeOf(target.replace('random=7', 'random=4294967295'))).toBe(101004);
      expect(await codeOf(target.replace('random=7', 'random=4294967296'))).toBe(60002);
      expect(await codeOf(target.replace('random=7', 'random=-1'))).toBe(60002);
      expect(await codeOf(target.replace('&random=7', ''))).toBe(60002);
      expect(await codeOf(target.replace('&contenttype=json', ''))).toBe(60002);
      client.close();
    } finally {
      await strict.close();
    }
  });
});

describe('writes that arrive twice', () => {
  it('end a call once', async () => {
    const started = await scene.send('call_engine_http_srv/start_call_by_robot', {
      Robot_Account: 'robot',
      CalleeList_Account: 'bob',
      Timeout: 10_000,
      CallInfo: { MediaType: 'video' },
    });
    expect(started.ErrorCode).toBe(0);
    const { CallId } = started.Response;
    expect((await scene.store.calls.read(scene.app.sdkAppId, CallId))?.mediaType).toBe('Video');
    expect((await scene.send('call_engine_http_srv/end_call', { CallId })).ErrorCode).toBe(0);
    expect((await scene.send('call_engine_http_srv/end_call', { CallId })).ErrorCode).toBe(101004);
    expect(await scene.store.calls.seatOf(scene.app.sdkAppId, user('bob'))).toBeUndefined();
  });
});
