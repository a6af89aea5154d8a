import type { AddressInfo } from 'node:net';
import { userId } from 'ringback-protocol';
import { expect, it, onTestFinished } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { JanusProvider } from '../../src/media/janus/janus.ts';
import { openLog } from '../../src/observe/log.ts';
import type { ProviderMessage } from '../../src/ports/media.ts';
import { ManualClock } from '../support/manual-clock.ts';

interface Asked {
  readonly janus: string;
  readonly transaction: string;
  readonly handle_id: number;
  readonly body: { readonly request: string; readonly ptype?: string };
}

const data = (feeds: readonly string[]) => ({
  streams: feeds.map((feed, i) => ({ mid: `${i}`, feed_id: feed, type: 'audio' })),
});

/** A Janus on a real socket that answers at once, but updates, which wait for the test. */
async function openJanus() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  const updates: Asked[] = [];
  const starts: Asked[] = [];
  let ids = 0;
  let publisher = 0;
  let socket: WebSocket | undefined;
  const send = (message: object) => socket?.send(JSON.stringify(message));
  const event = (sender: number, said: object, more: object = {}) =>
    send({ janus: 'event', sender, plugindata: { data: said }, ...more });
  const jsep = { type: 'offer', sdp: 'v=0' };
  server.on('connection', (client) => {
    socket = client;
    client.on('message', (frame) => {
      const asked = JSON.parse(String(frame)) as Asked;
      const { janus, transaction, handle_id: handle, body } = asked;
      if (janus === 'create' || janus === 'attach') {
        ids += 1;
        send({ janus: 'success', transaction, data: { id: ids } });
      } else if (janus !== 'message') return;
      else if (body.request === 'update') updates.push(asked);
      else if (body.request === 'join' && body.ptype === 'publisher') {
        publisher = handle;
        event(handle, { publishers: [{ id: 'bob' }] }, { transaction });
      } else if (body.request === 'join') event(handle, data(['bob']), { transaction, jsep });
      else {
        if (body.request === 'start') starts.push(asked);
        event(handle, {}, { transaction });
      }
    });
  });
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    updates,
    starts,
    publishes: (feed: string) => event(publisher, { publishers: [{ id: feed }] }),
    answerUpdate: ({ handle_id: handle, transaction }: Asked, feeds: readonly string[]) =>
      event(handle, data(feeds), { transaction, jsep }),
  };
}

it('a member gets the offer that Janus makes when nobody waited for it any longer, and asks no second time', async () => {
  const janus = await openJanus();
  const clock = new ManualClock();
  const provider = new JanusProvider({
    urls: [janus.url],
    apiSecret: '',
    adminKey: '',
    clock,
    log: openLog({ level: 'silent' }).log,
  });
  onTestFinished(() => provider.close());
  await expect.poll(() => provider.status().up).toBe(true);

  const told: ProviderMessage[] = [];
  const room = await provider.open('room', {
    tell: (_, message) => told.push(message),
    media: () => {},
    lost: () => {},
  });
  const alice = userId('alice');
  room.enter(alice);
  await expect.poll(() => told.length).toBe(1);
  room.receive(alice, { type: 'answer', n: 1, sdp: 'v=0\r\nm=audio 9 RTP/AVP 0\r\n' });
  await expect.poll(() => janus.starts.length).toBe(1);
  janus.publishes('carl');
  await expect.poll(() => janus.updates.length).toBe(1);

  // Longer than Janus is waited for.
  clock.advance(5000);
  const [update] = janus.updates as [Asked];
  janus.answerUpdate(update, ['bob', 'carl']);
  await expect.poll(() => told.map((one) => one.type === 'offer' && one.n)).toEqual([1, 2]);
  room.receive(alice, { type: 'answer', n: 2, sdp: 'v=0\r\nm=audio 9 RTP/AVP 0\r\n' });
  await expect.poll(() => janus.starts.length).toBe(2);
  clock.advance(8000);
  janus.publishes('dora');
  await expect.poll(() => janus.updates.length).toBe(2);
  expect(janus.updates[1]?.body).toEqual({ request: 'update', subscribe: [{ feed: 'dora' }] });
});
