import { setTimeout as sleep } from 'node:timers/promises';
import Type from 'typebox';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defineCommand } from '../../src/commands/command.ts';
import { commands } from '../../src/commands/index.ts';
import { RawClient, Scene } from './support.ts';

/** What was carried out, in this order. */
const done: string[] = [];

/** Keeps the process busy for some ms, as a command does that reads much. */
const work = defineCommand({
  service: 'call_engine_http_srv',
  command: 'work',
  summary: 'A command that costs something.',
  description: '',
  request: Type.Object({ Name: Type.String(), Ms: Type.Integer(), Later: Type.Boolean() }),
  response: Type.Object({ Name: Type.String() }),
  errors: [],
  examples: [],
  handle: (_, { Name, Ms, Later }) => {
    done.push(Name);
    for (const until = performance.now() + Ms; performance.now() < until; );
    return Later ? sleep(20, { Name }) : { Name };
  },
});

let scene: Scene;

beforeAll(async () => {
  const settings = { commandRate: 100_000, appRate: 100_000 };
  scene = await Scene.open({ tls: true, commands: [...commands, work], settings });
});

beforeEach(() => {
  done.length = 0;
});

afterAll(() => scene.close());

const open = (tls: boolean): Promise<RawClient> =>
  tls ? RawClient.openTls(scene.tlsPort) : RawClient.open(scene.port);

const body = (name: string, { ms = 0, later = false } = {}): string =>
  JSON.stringify({ Name: name, Ms: ms, Later: later });

const request = (name: string, options?: Parameters<typeof body>[1]): string => {
  const bytes = body(name, options);
  return `POST ${scene.target('call_engine_http_srv/work')} HTTP/1.1\r\nContent-Length: ${bytes.length}\r\n\r\n${bytes}`;
};

const names = (count: number): readonly string[] => Array.from({ length: count }, (_, n) => `n${n}`);

describe.each([
  ['plain HTTP', false],
  ['TLS', true],
])('requests that are sent all at once on one connection, over %s', (_, tls) => {
  it.each([false, true])('let those of others come between them (answered later: %s)', async (later) => {
    const [many, other] = [await open(tls), await open(tls)];
    // The connection is known, and its signature.
    other.write(request('first'));
    await other.answer();
    many.write(
      names(20)
        .map((name) => request(name, { ms: 5, later }))
        .join(''),
    );
    other.write(request('other'));
    expect((await other.answer()).json().Response?.Name).toBe('other');
    // Both had come when the first of them was read: one for each turn until then.
    expect(done.indexOf('other')).toBeLessThan(8);
    for (const name of names(20)) expect((await many.answer()).json().Response?.Name).toBe(name);
    expect(done.filter((name) => name.startsWith('n'))).toEqual(names(20));
    many.close();
    other.close();
  });

  it('are all answered in their order, however many there are', async () => {
    const client = await open(tls);
    // Of the application 500 at most may be in flight: read ahead, the others would be refused.
    const count = 4000;
    client.write(
      names(count)
        .map((name) => request(name))
        .join(''),
    );
    for (const name of names(count)) expect((await client.answer()).json().Response?.Name).toBe(name);
    // And those that come after them.
    client.write(request('last'));
    expect((await client.answer()).json().Response?.Name).toBe('last');
    expect(scene.gateway.inFlight).toBe(0);
    client.close();
  });

  it('are all answered before what is broken behind them', async () => {
    const client = await open(tls);
    client.write(
      `${names(5)
        .map((name) => request(name))
        .join('')}garbage\r\n\r\n`,
    );
    for (const name of names(5)) expect((await client.answer()).json().Response?.Name).toBe(name);
    expect((await client.answer()).json().ErrorCode).toBe(60002);
    await client.closed();
  });

  it('are carried out also when their sender has gone, and hold nothing afterwards', async () => {
    const client = await open(tls);
    client.write(
      names(10)
        .map((name) => request(name, { ms: 2 }))
        .join(''),
    );
    await expect.poll(() => done.length).toBeGreaterThan(0);
    client.close();
    await expect.poll(() => done.length).toBe(10);
    const next = await open(tls);
    next.write(request('next'));
    expect((await next.answer()).json().Response?.Name).toBe('next');
    next.close();
  });
});

describe('requests that are sent all at once on one connection', () => {
  it('of who has said that no more will come are all answered', async () => {
    const client = await open(false);
    client.socket.end(
      names(20)
        .map((name) => request(name))
        .join(''),
    );
    for (const name of names(20)) expect((await client.answer()).json().Response?.Name).toBe(name);
    await client.closed();
  });

  it('are all answered by a server that stops meanwhile', async () => {
    const stopping = await Scene.open({ commands: [...commands, work] });
    const client = await RawClient.open(stopping.port);
    const target = stopping.target('call_engine_http_srv/work');
    for (const name of names(10)) client.post(target, body(name, { ms: 5 }));
    await expect.poll(() => done.length).toBeGreaterThan(0);
    const closed = stopping.close();
    for (const name of names(10)) expect((await client.answer()).json().Response?.Name).toBe(name);
    await client.closed();
    await closed;
  });

  it('are not carried out any more once a server has cut its connections', async () => {
    const stopping = await Scene.open({ commands: [...commands, work], settings: { closeGrace: 50 } });
    const client = await RawClient.open(stopping.port);
    const target = stopping.target('call_engine_http_srv/work');
    for (const name of names(50)) client.post(target, body(name, { ms: 5 }));
    await expect.poll(() => done.length).toBeGreaterThan(0);
    await stopping.close();
    const count = done.length;
    expect(count).toBeLessThan(50);
    await sleep(100);
    expect(done.length).toBe(count);
    client.close();
  });
});
