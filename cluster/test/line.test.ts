import type { AddressInfo } from 'node:net';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { until } from '../../e2e/support/ringback.ts';
import { Line } from './support/line.ts';

describe('a line that a test can break', () => {
  const open: { close(): unknown }[] = [];
  afterEach(() => {
    for (const one of open.splice(0)) one.close();
  });

  /** A server that says everything back, with its name in front. */
  async function echo(name: string): Promise<number> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('data', (data) => socket.write(`${name}:${data}`));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    open.push({
      close: () => {
        server.close();
        for (const socket of sockets) socket.destroy();
      },
    });
    return (server.address() as AddressInfo).port;
  }

  async function client(line: Line) {
    const { port } = new URL(line.url('tcp://localhost:1'));
    const socket = connect(Number(port), '127.0.0.1');
    const state = { heard: '', closed: false, say: (text: string) => socket.write(text) };
    socket.on('data', (data) => {
      state.heard += data.toString();
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      state.closed = true;
    });
    open.push({ close: () => socket.destroy() });
    return state;
  }

  async function lineTo(port: number): Promise<Line> {
    const line = await Line.to(port);
    open.push(line);
    return line;
  }

  it('that is silent passes nothing and breaks nothing, and passes what waited once it is healed', async () => {
    const line = await lineTo(await echo('a'));
    const before = await client(line);
    before.say('1');
    await until(() => (before.heard === 'a:1' ? undefined : before.heard));
    line.silence();
    const during = await client(line);
    before.say('2');
    during.say('3');
    await sleep(200);
    expect([before.heard, before.closed, during.heard, during.closed]).toEqual(['a:1', false, '', false]);
    line.heal();
    await until(() => (before.heard === 'a:1a:2' && during.heard === 'a:3' ? undefined : 'still waiting'));
  });

  it('that is cut ends what is there and what comes, until it is healed', async () => {
    const line = await lineTo(await echo('a'));
    const before = await client(line);
    before.say('1');
    await until(() => (before.heard === 'a:1' ? undefined : before.heard));
    line.cut();
    const during = await client(line);
    await until(() => (before.closed && during.closed ? undefined : 'still open'));
    line.heal();
    const after = await client(line);
    after.say('2');
    await until(() => (after.heard === 'a:2' ? undefined : after.heard));
  });

  it('that is led elsewhere ends what is there, and what comes goes there', async () => {
    const line = await lineTo(await echo('a'));
    const before = await client(line);
    before.say('1');
    await until(() => (before.heard === 'a:1' ? undefined : before.heard));
    line.lead(await echo('b'));
    await until(() => (before.closed ? undefined : 'still open'));
    const after = await client(line);
    after.say('2');
    await until(() => (after.heard === 'b:2' ? undefined : after.heard));
  });
});
