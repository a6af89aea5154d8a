import { createServer, ServerResponse } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { endWhole } from '../../src/gateway/end-whole.ts';
import { answerHeaders } from '../../src/gateway/envelope.ts';

/** Calls of the public way to begin an answer. */
let begun = 0;

class Counted extends ServerResponse {
  override writeHead(...given: unknown[]): this {
    begun += 1;
    return (super.writeHead as (...given: unknown[]) => this).apply(this, given);
  }
}

const texts = ['{"a":1}', '{"name":"ünï ☎ 電話"}', '', 'x'.repeat(200_000)];

/** A path is what is answered, and how: `/<number of the text>/<whole or public>/<close, or nothing>`. */
const server = createServer({ ServerResponse: Counted, keepAliveTimeout: 0 }, ({ url = '' }, response) => {
  const [, number, way, end] = url.split('/');
  const text = texts[Number(number)] ?? '';
  const length = Buffer.byteLength(text);
  if (end === 'close') response.shouldKeepAlive = false;
  if (way === 'whole') return endWhole(response, text, length);
  response.writeHead(200, answerHeaders(length));
  response.end(text);
});

beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));

afterAll(() => {
  server.close();
  server.closeAllConnections();
});

/** Every byte that comes back for what is sent at once. The connection is half closed after it. */
function exchange(sent: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1' }, () => socket.end(sent));
    const parts: Buffer[] = [];
    socket.on('data', (part) => parts.push(part));
    socket.on('error', reject);
    socket.on('close', () => resolve(Buffer.concat(parts).toString()));
  });
}

const timeless = (answers: string): string => answers.replaceAll(/Date: [^\r]{29}\r/g, 'Date: (a date)\r');

/** What one and the other way answer, byte for byte but for the time. */
async function same(request: (way: string) => string): Promise<string> {
  const [whole, open] = [await exchange(request('whole')), await exchange(request('public'))];
  expect(timeless(whole)).toBe(timeless(open));
  return whole;
}

it('an answer that leaves as one string is, byte for byte, the one of the public road', async () => {
  for (const [number, text] of texts.entries()) {
    begun = 0;
    const answer = await same((way) => `POST /${number}/${way} HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n`);
    // If this Node kept the head elsewhere, the fast road would be gone unnoticed.
    expect(begun).toBe(1);
    expect(answer).toContain('\r\nConnection: keep-alive\r\n');
    expect(answer.slice(answer.indexOf('\r\n\r\n') + 4)).toBe(text);
    const seconds = Math.abs(Date.now() - Date.parse(/Date: ([^\r]+)\r/.exec(answer)?.[1] ?? ''));
    expect(seconds).toBeLessThan(60_000);
  }
});

it('so are the answers to many requests that were sent before the first was answered', async () => {
  const answer = await same((way) =>
    texts.map((_, number) => `POST /${number}/${way} HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}`).join(''),
  );
  expect(answer.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(texts.length);
});

it('so are those that close their connection, those without a body, and those to old clients', async () => {
  for (const number of texts.keys()) {
    const closing = await same((way) => `POST /${number}/${way}/close HTTP/1.1\r\nHost: x\r\n\r\n`);
    expect(closing).toContain('\r\nConnection: close\r\n');
    await same((way) => `POST /${number}/${way} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    expect(await same((way) => `HEAD /${number}/${way} HTTP/1.1\r\nHost: x\r\n\r\n`)).toMatch(/\r\n\r\n$/);
    await same((way) => `POST /${number}/${way} HTTP/1.0\r\n\r\n`);
    await same((way) => `POST /${number}/${way} HTTP/1.0\r\nConnection: keep-alive\r\n\r\n`);
    await same(
      (way) => `POST /${number}/${way} HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 0\r\n\r\n`,
    );
  }
});
