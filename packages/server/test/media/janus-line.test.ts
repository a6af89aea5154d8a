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
  readonly body: { readonly request: string; readonly ptype?: string; readonly room?: string };
}

const data = (feeds: readonly string[]) => ({
  streams: feeds.map((feed, i) => ({ mid: `${i}`, feed_id: feed, type: 'audio' })),
});

/** A Janus on a real socket that answers at once, but updates, which wait for the test, and what the test holds or refuses. */
async function openJanus() {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0 });
  await new Promise((resolve) => server.once('listening', resolve));
  onTestFinished(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  const updates: Asked[] = [];
  const starts: Asked[] = [];
  const joins: Asked[] = [];
  const attaches: Asked[] = [];
  const detached: number[] = [];
  const creates: string[] = [];
  const destroyed: string[] = [];
  const does = {
    create: 'answer' as 'answer' | 'hold',
    destroy: 'answer' as 'answer' | 'hold' | { error_code: number; error: string },
    join: 'answer' as 'answer' | 'hold' | { code: number; error: string },
    attach: 'answer',
    session: 'keep' as 'keep' | 'forget',
  };
  let ids = 0;
  let publisher = 0;
  let pings = 0;
  let socket: WebSocket | undefined;
  const send = (message: object) => socket?.send(JSON.stringify(message));
  const event = (sender: number, said: object, more: object = {}) =>
    send({ janus: 'event', sender, plugindata: { data: said }, ...more });
  const jsep = { type: 'offer', sdp: 'v=0' };
  server.on('connection', (client) => {
    socket = client;
    client.on('ping', () => {
      pings += 1;
    });
    client.on('message', (frame) => {
      const asked = JSON.parse(String(frame)) as Asked;
      const { janus, transaction, handle_id: handle, body } = asked;
      if (janus === 'detach') detached.push(handle);
      else if (janus === 'attach' && does.attach === 'hold') attaches.push(asked);
      else if (janus === 'create' || janus === 'attach') {
        ids += 1;
        send({ janus: 'success', transaction, data: { id: ids } });
      } else if (janus === 'keepalive' && does.session === 'forget') {
        send({ janus: 'error', transaction, error: { code: 458, reason: 'No such session 1' } });
      } else if (janus !== 'message') return;
      else if (body.request === 'create') {
        creates.push(body.room ?? '');
        if (does.create === 'answer') event(handle, {}, { transaction });
      } else if (body.request === 'destroy') {
        destroyed.push(body.room ?? '');
        if (does.destroy === 'answer') event(handle, {}, { transaction });
        else if (does.destroy !== 'hold') event(handle, does.destroy, { transaction });
      } else if (body.request === 'update') updates.push(asked);
      else if (body.request === 'join' && body.ptype === 'publisher') {
        joins.push(asked);
        if (does.join === 'hold') return;
        if (does.join !== 'answer') {
          event(handle, { error_code: does.join.code, error: does.join.error }, { transaction });
          return;
        }
        publisher = handle;
        event(handle, { publishers: [{ id: 'bob' }] }, { transaction });
      } else if (body.request === 'join') event(handle, data(['bob']), { transaction, jsep });
      else if (body.request === 'publish') event(handle, {}, { transaction, jsep: { type: 'answer', sdp: 'v=0' } });
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
    joins,
    attaches,
    detached,
    creates,
    destroyed,
    does,
    pings: () => pings,
    cut: () => socket?.terminate(),
    answerAttach: ({ transaction }: Asked, id: number) => send({ janus: 'success', transaction, data: { id } }),
    answerJoin: ({ handle_id: handle, transaction }: Asked) => event(handle, { publishers: [] }, { transaction }),
    up: () => send({ janus: 'webrtcup', sender: publisher }),
    publishes: (feed: string) => event(publisher, { publishers: [{ id: feed }] }),
    answerUpdate: ({ handle_id: handle, transaction }: Asked, feeds: readonly string[]) =>
      event(handle, data(feeds), { transaction, jsep }),
  };
}

/** Time goes on, no faster than each Janus hears that its line is tried. */
async function pass(clock: ManualClock, seconds: number, ...all: readonly { pings(): number }[]): Promise<void> {
  for (let passed = 0; passed < seconds; passed += 5) {
    const before = all.map((one) => one.pings());
    clock.advance(5000);
    const heard = () => all.every((one, n) => one.pings() > (before[n] ?? 0));
    await expect.poll(heard, { interval: 5 }).toBe(true);
  }
}

/** A room on such a Janus, and what comes of it. */
async function openRoom() {
  const janus = await openJanus();
  const clock = new ManualClock();
  const { log } = openLog({ level: 'silent' });
  const provider = new JanusProvider({ urls: [janus.url], apiSecret: '', adminKey: '', clock, log });
  onTestFinished(() => provider.close());
  await expect.poll(() => provider.status().up).toBe(true);
  const told: ProviderMessage[] = [];
  const events: string[] = [];
  const room = await provider.open('room', {
    tell: (_, message) => told.push(message),
    media: (_, state) => events.push(state),
    lost: (reason) => events.push(reason),
  });
  return { janus, clock, provider, room, told, events };
}

it('a member gets the offer that Janus makes when nobody waited for it any longer, and asks no second time', async () => {
  const { janus, clock, room, told } = await openRoom();
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

it('a member whom Janus refuses leaves no handle behind, and enters anew when the device asks again', async () => {
  const { janus, room, told, events } = await openRoom();
  const alice = userId('alice');
  janus.does.join = { code: 499, error: 'Too much to do' };
  room.enter(alice);
  await expect.poll(() => janus.detached.length).toBe(1);
  expect(janus.detached).toEqual([janus.joins[0]?.handle_id]);
  expect(events).toEqual([]);
  janus.does.join = 'answer';
  room.enter(alice);
  await expect.poll(() => told.length).toBe(1);
  expect(janus.joins).toHaveLength(2);
  expect(janus.detached).toHaveLength(1);
});

it('what a device offered while Janus refused it is published once it is in', async () => {
  const { janus, room, told } = await openRoom();
  const alice = userId('alice');
  janus.does.join = { code: 499, error: 'Too much to do' };
  room.enter(alice);
  await expect.poll(() => janus.detached.length).toBe(1);
  room.receive(alice, { type: 'offer', sdp: 'v=0\r\nm=audio 9 RTP/AVP 0\r\n' });
  janus.does.join = 'answer';
  room.enter(alice);
  await expect.poll(() => told.map(({ type }) => type).sort()).toEqual(['answer', 'offer']);
});

it('a member whose join is not answered in time, or who leaves meanwhile, leaves no handle behind', async () => {
  const { janus, clock, room } = await openRoom();
  janus.does.join = 'hold';
  room.enter(userId('alice'));
  await expect.poll(() => janus.joins.length).toBe(1);
  clock.advance(5000);
  await expect.poll(() => janus.detached).toEqual([janus.joins[0]?.handle_id]);
  room.enter(userId('bob'));
  await expect.poll(() => janus.joins.length).toBe(2);
  room.leave(userId('bob'));
  janus.answerJoin(janus.joins[1] as Asked);
  await expect.poll(() => janus.detached.length).toBe(2);
});

it('a handle that comes when nobody waits for it any longer is given back', async () => {
  const { janus, clock, room } = await openRoom();
  janus.does.attach = 'hold';
  room.enter(userId('alice'));
  await expect.poll(() => janus.attaches.length).toBe(1);
  clock.advance(5000);
  janus.answerAttach(janus.attaches[0] as Asked, 77);
  await expect.poll(() => janus.detached).toEqual([77]);
});

it('a room that Janus does not know any more is lost', async () => {
  const { janus, room, events } = await openRoom();
  janus.does.join = { code: 426, error: 'No such room (room)' };
  room.enter(userId('alice'));
  await expect.poll(() => events).toEqual(['the room was destroyed']);
  await expect.poll(() => janus.detached).toEqual([janus.joins[0]?.handle_id]);
});

it('an answer is said again when the device asks, until its connection is up', async () => {
  const { janus, room, told } = await openRoom();
  const alice = userId('alice');
  room.enter(alice);
  await expect.poll(() => told.length).toBe(1);
  room.receive(alice, { type: 'offer', sdp: 'v=0\r\nm=audio 9 RTP/AVP 0\r\n' });
  const answers = () => told.filter(({ type }) => type === 'answer').length;
  await expect.poll(answers).toBe(1);
  room.enter(alice);
  expect(answers()).toBe(2);
  janus.up();
  await new Promise((resolve) => setTimeout(resolve, 50));
  room.enter(alice);
  expect(answers()).toBe(2);
});

it('a device publishes one microphone and one camera, and nothing else', async () => {
  const { room, told } = await openRoom();
  const alice = userId('alice');
  room.enter(alice);
  await expect.poll(() => told.length).toBe(1);
  const [audio, video, data] = ['audio 9 RTP/AVP 0', 'video 9 RTP/AVP 96', 'application 9 UDP/DTLS/SCTP x'];
  const offer = (...sections: (string | undefined)[]) =>
    room.receive(alice, { type: 'offer', sdp: `v=0\r\n${sections.map((one) => `m=${one}\r\n`).join('')}` });
  for (const sections of [
    [audio, audio],
    [audio, video, video],
    [audio, data],
  ]) {
    expect(() => offer(...sections)).toThrow(/one section of audio and one of video/);
  }
  offer(audio, video);
  await expect.poll(() => told.filter(({ type }) => type === 'answer').length).toBe(1);
});

it('a Janus that answers stays connected when somebody sets the time ahead', async () => {
  const { clock, provider, events } = await openRoom();
  clock.leap(3_600_000);
  clock.advance(5000);
  expect(provider.status().up).toBe(true);
  expect(events).toEqual([]);
});

it('a Janus that knows nothing of the session any more has lost its rooms, and is connected anew', async () => {
  const { janus, clock, provider, events } = await openRoom();
  janus.does.session = 'forget';
  await pass(clock, 20, janus);
  clock.advance(5000);
  await expect.poll(() => events).toEqual(['Janus is lost: the session timed out']);
  expect(provider.status().up).toBe(false);
  janus.does.session = 'keep';
  clock.advance(500);
  await expect.poll(() => provider.status().up).toBe(true);
});

it('a Janus that does not make a room is asked last for a minute', async () => {
  const [hung, other] = [await openJanus(), await openJanus()];
  const clock = new ManualClock();
  const { log } = openLog({ level: 'silent' });
  const provider = new JanusProvider({ urls: [hung.url, other.url], apiSecret: '', adminKey: '', clock, log });
  onTestFinished(() => provider.close());
  await expect.poll(() => provider.status().problem).toBe(undefined);
  const open = (name: string) => provider.open(name, { tell: () => {}, media: () => {}, lost: () => {} });
  hung.does.create = 'hold';
  const first = open('first');
  await expect.poll(() => hung.creates).toEqual(['first']);
  clock.advance(5000);
  await first;
  await open('second');
  expect([hung.creates, other.creates]).toEqual([['first'], ['first', 'second']]);

  // It has less to do than the other one.
  hung.does.create = 'answer';
  await pass(clock, 55, hung, other);
  await open('third');
  await pass(clock, 5, hung, other);
  await open('fourth');
  expect([hung.creates, other.creates]).toEqual([
    ['first', 'fourth'],
    ['first', 'second', 'third'],
  ]);
});

it('rooms that a lost line left behind are destroyed when it is back, whatever becomes of the first try', async () => {
  const { janus, clock, provider, events } = await openRoom();
  await provider.open('second', { tell: () => {}, media: () => {}, lost: () => {} });
  janus.does.destroy = 'hold';
  janus.cut();
  await expect.poll(() => events.length).toBe(1);
  clock.advance(500);
  await expect.poll(() => janus.destroyed).toEqual(['room']);
  expect(provider.status()).toMatchObject({ up: true, rooms: 0 });

  janus.does.destroy = { error_code: 426, error: 'No such room' };
  await pass(clock, 60, janus);
  await expect.poll(() => janus.destroyed).toEqual(['room', 'second', 'room']);
  await pass(clock, 60, janus);
  expect(janus.destroyed).toHaveLength(3);
});

it('a room that is made too late is destroyed, and so is one that Janus did not destroy when asked', async () => {
  const { janus, clock, provider, room } = await openRoom();
  janus.does.create = 'hold';
  const late = provider.open('late', { tell: () => {}, media: () => {}, lost: () => {} });
  await expect.poll(() => janus.creates).toEqual(['room', 'late']);
  janus.does.destroy = 'hold';
  room.close();
  await expect.poll(() => janus.destroyed).toEqual(['room']);
  clock.advance(5000);
  await expect(late).rejects.toThrow('Janus has not answered in time.');
  janus.does.destroy = 'answer';
  await pass(clock, 55, janus);
  await expect.poll(() => [...janus.destroyed].sort()).toEqual(['late', 'room', 'room']);
});
