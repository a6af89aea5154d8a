import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJsonBody } from '../../src/gateway/body.ts';
import { originForm, parseQuery, pathOf, splitPath } from '../../src/gateway/url.ts';
import { RawClient, Scene, settle } from './support.ts';

let scene: Scene;
const command = 'call_engine_http_srv/get_call_info';
const defects: unknown[] = [];
const onDefect = (error: unknown): number => defects.push(error);

beforeAll(async () => {
  process.on('uncaughtException', onDefect);
  process.on('unhandledRejection', onDefect);
  scene = await Scene.open({ settings: { commandRate: 1e6, appRate: 1e6, headersTimeout: 300, requestTimeout: 300 } });
});

afterAll(async () => {
  await scene.close();
  process.off('uncaughtException', onDefect);
  process.off('unhandledRejection', onDefect);
});

/** Texts that must not reach a caller: traces of the program's insides. */
const internals = /node:|\.(ts|js):\d|at [A-Za-z.]+ \(|Error:|undefined|\[object|ECONN|HPE_|FST_|SQLITE/;

/** Sends bytes, ends the writing side, and judges whatever comes back until the connection is closed. */
async function judge(bytes: Buffer): Promise<void> {
  const client = await RawClient.open(scene.port);
  client.socket.end(bytes);
  const text = await client.closed(5000);
  client.close();
  expect(text).not.toMatch(internals);
  // Every answer has a whole envelope, or says 100.
  for (const part of text.split(/(?=HTTP\/1\.1 \d{3} )/).filter((one) => one !== '')) {
    if (part.startsWith('HTTP/1.1 100 ')) continue;
    const [head = '', rest = ''] = part.split('\r\n\r\n');
    expect(head).toMatch(/^HTTP\/1\.1 200 OK/);
    if (rest === '') continue;
    const envelope = JSON.parse(rest);
    expect(Object.keys(envelope).slice(0, 4).sort()).toEqual(['ActionStatus', 'ErrorCode', 'ErrorInfo', 'RequestId']);
    expect(Number.isInteger(envelope.ErrorCode)).toBe(true);
  }
  expect(defects).toEqual([]);
}

const token = fc.constantFrom(
  'POST ',
  'GET ',
  'HEAD ',
  'OPTIONS ',
  'CONNECT ',
  ' HTTP/1.1',
  ' HTTP/1.0',
  '\r\n',
  '\n',
  '\r\n\r\n',
  '/',
  '/v4/',
  command,
  '?sdkappid=1400000001',
  '&identifier=administrator',
  '&usersig=',
  '%',
  '%zz',
  '%ff',
  '&',
  '=',
  '*',
  'Host: x',
  'Content-Length: ',
  '5',
  '0',
  '99999999999999999999',
  'Transfer-Encoding: chunked',
  'Expect: 100-continue',
  'Expect: x',
  'Connection: close',
  'Connection: Upgrade',
  'Upgrade: h2c',
  'Upgrade: websocket',
  '{"CallId":"x"}',
  '{',
  '\0',
  '\ufeff',
  ': ',
);

describe('whatever arrives on the port', () => {
  it('as pieces of HTTP in any order is answered with envelopes or a closed connection', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(token, { maxLength: 24 }), (parts) => judge(Buffer.from(parts.join('')))),
      { numRuns: 150 },
    );
  }, 60_000);

  it('as bytes at random is answered with envelopes or a closed connection', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), (bytes) => judge(Buffer.from(bytes))),
      { numRuns: 60 },
    );
  }, 60_000);

  it('as a body after a good head is answered with an envelope, and the connection goes on', async () => {
    const client = await RawClient.open(scene.port);
    const target = scene.target(command);
    await fc.assert(
      fc.asyncProperty(
        fc.oneof(
          fc.json().map((text) => Buffer.from(text)),
          fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
          fc
            .dictionary(fc.constantFrom('CallId', '__proto__', 'UserID', 'X_Account', 'constructor'), fc.jsonValue())
            .map((value) => Buffer.from(JSON.stringify(value))),
        ),
        async (body) => {
          client.post(target, body);
          const envelope = (await client.answer()).json();
          expect([60003, 60015, 101002, 101004]).toContain(envelope.ErrorCode);
          expect(envelope.ErrorInfo).not.toMatch(internals);
        },
      ),
      { numRuns: 500 },
    );
    client.close();
    expect(defects).toEqual([]);
  }, 60_000);

  it('as values of the parameters is answered with the code of a check', async () => {
    const client = await RawClient.open(scene.port);
    const value = fc.oneof(fc.string(), fc.constantFrom('1400000001', 'administrator', 'json', scene.userSig()));
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(fc.constantFrom('sdkappid', 'identifier', 'usersig', 'random', 'contenttype', 'x', ''), value),
        async (query) => {
          const text = Object.entries(query).map(([name, one]) => `${name}=${encodeURIComponent(one)}`);
          client.post(`/v4/${command}?${text.join('&')}`, '{"CallId":"x"}');
          const { ErrorCode, ErrorInfo } = (await client.answer()).json();
          expect(ErrorInfo).not.toMatch(internals);
          expect([60002, 60004, 60005, 60006, 60010, 60012, 70003, 70013, 70009, 101004]).toContain(ErrorCode);
        },
      ),
      { numRuns: 300 },
    );
    client.close();
  }, 60_000);
});

describe('the readers', () => {
  it('of URLs agree with the platform on every query that it can write', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.string({ minLength: 1 }), fc.string()), { selector: ([name]) => name }),
        (pairs) => {
          const known = ['sdkappid', 'identifier', 'usersig', 'random', 'contenttype'] as const;
          const named = pairs.map(([name, value], index): [string, string] => [known[index] ?? name, value]);
          const text = new URLSearchParams(named).toString();
          const query = parseQuery(`/path?${text}`, 6);
          const judge = new URLSearchParams(text);
          for (const name of known) expect(query?.[name]).toBe(judge.get(name) ?? undefined);
        },
      ),
    );
  });

  it('of URLs and bodies never throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.uint8Array(), (text, bytes) => {
        const target = originForm(text);
        parseQuery(target, pathOf(target).length + 1);
        splitPath(pathOf(target));
        readJsonBody(Buffer.from(bytes));
        readJsonBody(Buffer.from(text));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('memory', () => {
  it('stays where it is over many requests of every kind', async () => {
    const clients = await Promise.all(Array.from({ length: 8 }, () => RawClient.open(scene.port)));
    const targets = [scene.target(command), '/v4/a/b', '/nothing', scene.target(command, { identifier: 'nobody' })];
    const round = async (requests: number): Promise<void> => {
      await Promise.all(
        clients.map(async (client, index) => {
          for (let i = 0; i < requests / clients.length; i += 1) {
            client.post(targets[(index + i) % targets.length] ?? '', '{"CallId":"x"}');
            await client.answer();
          }
        }),
      );
      scene.lines.length = 0;
      scene.counted.length = 0;
    };
    await round(4000);
    const before = await heapUsed();
    await round(8000);
    const after = await heapUsed();
    for (const client of clients) client.close();
    expect(after - before).toBeLessThan(8 * 1024 * 1024);
  }, 60_000);

  async function heapUsed(): Promise<number> {
    await settle(200);
    const { setFlagsFromString } = await import('node:v8');
    setFlagsFromString('--expose-gc');
    const { runInNewContext } = await import('node:vm');
    runInNewContext('gc')();
    await settle(50);
    return process.memoryUsage().heapUsed;
  }
});
