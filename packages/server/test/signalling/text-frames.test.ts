import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { TextFrames } from '../../src/signalling/text-frames.ts';

const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A client, and what sends to it. */
async function pair() {
  const http = createServer();
  const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const opened = new Promise<{ server: WebSocket; frames: TextFrames }>((resolve) => {
    http.on('upgrade', (request, line, head) =>
      sockets.handleUpgrade(request, line, head, (server) =>
        resolve({ server, frames: new TextFrames(line, () => server.readyState === server.OPEN) }),
      ),
    );
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const client = new WebSocket(`ws://127.0.0.1:${(http.address() as AddressInfo).port}`);
  closers.push(() => {
    client.terminate();
    http.close();
  });
  const received: string[] = [];
  client.on('message', (data, isBinary) => received.push(isBinary ? 'binary' : data.toString()));
  const closed = new Promise<number>((resolve) => client.once('close', resolve));
  return { ...(await opened), received, closed };
}

describe('TextFrames', () => {
  it('sends frames of every size and alphabet, in order, as a peer that knows RFC 6455 reads them', async () => {
    const { server, frames, received, closed } = await pair();
    const texts = [0, 1, 125, 126, 127, 65_535, 65_536, 300_000].map((length) => 'x'.repeat(length));
    texts.push('é', '電話'.repeat(31), '📞'.repeat(20_000), '\u0000\u007f\u0080');
    for (const text of texts) frames.send(text);
    expect(frames.unread).toBeGreaterThan(400_000);
    frames.flush();
    server.close(4000);
    expect(await closed).toBe(4000);
    expect(received).toEqual(texts);
    expect(frames.unread).toBe(0);
  });

  it('gathers what one turn says, and lets the answers to pings through between', async () => {
    const { server, frames, received, closed } = await pair();
    frames.send('one');
    frames.send('two');
    server.ping();
    await new Promise((resolve) => setTimeout(resolve, 20));
    frames.send('three');
    await new Promise((resolve) => setTimeout(resolve, 20));
    server.close(1000);
    await closed;
    expect(received).toEqual(['one', 'two', 'three']);
  });

  it('writes nothing after a close frame', async () => {
    const { server, frames, received, closed } = await pair();
    server.close(1000);
    frames.send('too late');
    expect(await closed).toBe(1000);
    expect(received).toEqual([]);
  });
});
