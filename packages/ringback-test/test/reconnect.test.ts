import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocketServer } from 'ws';
import { Journal } from '../../server/src/emulator/journal.ts';
import { TestClock } from '../../server/src/emulator/test-clock.ts';
import { VirtualUser } from '../../server/src/emulator/virtual-user.ts';
import { readScript } from '../../server/src/script/read-script.ts';

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** A server that signs everybody in, or refuses as `refusal` says; gives its port and what stops it. */
async function serve(port: number, refusal?: string): Promise<{ readonly port: number; readonly stop: () => void }> {
  const server = new WebSocketServer({ host: '127.0.0.1', port });
  server.on('connection', (socket) => {
    socket.on('message', (data) => {
      const { id } = JSON.parse(String(data)) as { readonly id: number };
      const answer = refusal === undefined ? { result: {} } : { error: { message: 'no', data: { reason: refusal } } };
      socket.send(JSON.stringify({ jsonrpc: '2.0', id, ...answer }));
    });
  });
  await once(server, 'listening');
  const stop = (): void => {
    for (const client of server.clients) client.terminate();
    server.close();
  };
  closing.push(stop);
  return { port: (server.address() as AddressInfo).port, stop };
}

/** Bob is signed in at a server that stops at the time 0; `moveTo` lets the clock come there and waits for what he does then. */
async function bobWithoutServer() {
  const { port, stop } = await serve(0);
  const clock = new TestClock(0);
  const journal = new Journal();
  const user = readScript('users: { bob: }', 'test.yaml').users[0];
  if (user === undefined) throw new Error('There is no bob.');
  const bob = new VirtualUser(user, {
    clock,
    journal,
    url: () => `ws://127.0.0.1:${port}`,
    sdkAppId: 1,
    key: 'key',
    callOf: () => undefined,
    pushProvider: '',
    ringOf: () => undefined,
    answerUrl: () => '',
  });
  closing.push(() => bob.close());
  await bob.begin();
  stop();
  await vi.waitFor(() => expect(clock.waiting('script')).toBe(1));
  const moveTo = async (time: number): Promise<boolean> => {
    clock.moveTo(time);
    clock.fireDue('script');
    await vi.waitFor(() => expect(bob.isDoing).toBe(false));
    return bob.view.devices.every(({ connected }) => connected);
  };
  return { bob, clock, journal, port, moveTo };
}

describe('a device whose server has gone', () => {
  it('tries each second until one is there, which is no refusal', async () => {
    const { journal, port, moveTo } = await bobWithoutServer();
    expect([await moveTo(1000), await moveTo(2000)]).toEqual([false, false]);
    await serve(port);
    expect([await moveTo(2999), await moveTo(3000)]).toEqual([false, true]);
    expect(journal.entries.map(({ at, what }) => `${at} ${what}`)).toEqual(['3000 comeBack']);
    expect(journal.refusals).toEqual([]);
  });

  it('tries no more when the server that is there refuses it, which is a refusal', async () => {
    const { clock, journal, port, moveTo } = await bobWithoutServer();
    await moveTo(1000);
    await serve(port, 'usersig_expired');
    expect(await moveTo(2000)).toBe(false);
    expect(journal.refusals).toEqual(['bob comeBack usersig_expired']);
    expect(clock.waiting('script')).toBe(0);
  });

  it('tries no more when the app is killed', async () => {
    const { bob, clock, journal, moveTo } = await bobWithoutServer();
    await moveTo(1000);
    await bob.act({ name: 'crash', options: {} });
    expect(await moveTo(2000)).toBe(false);
    expect(journal.refusals).toEqual([]);
    expect(clock.waiting('script')).toBe(0);
  });
});
