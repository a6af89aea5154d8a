import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it } from 'vitest';
import { endWhole } from '../../src/gateway/end-whole.ts';

it('an answer whose head and body leave as one string is, byte for byte, the one of the public road', async () => {
  const texts = ['{"a":1}', '{"name":"ünï ☎ 電話"}', 'x'.repeat(200_000), ''];
  let answer = (_: ServerResponse): void => {};
  const server = createServer((_, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const ask = async (method: string) => {
    const response = await fetch(`http://127.0.0.1:${port}/`, { method });
    return { status: response.status, length: response.headers.get('content-length'), body: await response.text() };
  };
  let whole = 0;
  for (const text of texts) {
    for (const method of ['GET', 'HEAD']) {
      const headers = ['Content-Type', 'application/json', 'Content-Length', String(Buffer.byteLength(text))];
      answer = (response) => {
        response.writeHead(200, headers);
        const end = response.end.bind(response) as (...given: unknown[]) => ServerResponse;
        response.end = ((...given: unknown[]) => {
          if (given.length === 0) whole += 1;
          return end(...given);
        }) as typeof response.end;
        endWhole(response, text, Buffer.byteLength(text) === text.length ? 'latin1' : 'utf8');
      };
      const fast = await ask(method);
      answer = (response) => {
        response.writeHead(200, headers);
        response.end(text);
      };
      expect(fast).toEqual(await ask(method));
      expect(fast.body).toBe(method === 'GET' ? text : '');
    }
  }
  // If this Node kept the head elsewhere, the fast road would be gone unnoticed.
  expect(whole).toBe(texts.length);
  server.close();
  server.closeAllConnections();
});
