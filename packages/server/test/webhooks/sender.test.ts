import type { Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { AddressGuard } from '../../src/webhooks/guard.ts';
import { Sender } from '../../src/webhooks/sender.ts';
import { ok, Receiver } from './receiver.ts';

let there: Receiver;
let sender: Sender;
afterEach(async () => {
  vi.restoreAllMocks();
  await sender.close();
  await there.stop();
});

/** What comes of one attempt that may take 300 ms. */
const attempt = () => sender.send({ origin: `http://127.0.0.1:${there.port}`, path: '/hook', headers: [], body: '{}' });

/** Opens a receiver that answers like this, and makes the clock stand still: timers fire before it says so, too. */
async function open(reply: (socket: Socket) => void): Promise<void> {
  there = await Receiver.open((_, socket) => reply(socket));
  sender = new Sender({ guard: new AddressGuard(['127.0.0.0/8']), timeout: 300 });
  vi.spyOn(performance, 'now').mockReturnValue(1000);
}

describe('the connection of a receiver', () => {
  it('whose answer stalls is closed', async () => {
    await open((socket) => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf'));
    expect(await attempt()).toMatchObject({ status: 200, error: '', text: 'half' });
    await vi.waitFor(() => expect(there.open).toBe(0));
  });

  it('that goes on sending behind an answer that came too late is closed, and nothing more is read', async () => {
    let sent = 0;
    await open((socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${2 ** 30}\r\n\r\nhalf`);
      const mega = Buffer.alloc(2 ** 20, 'x');
      const more = (): void => {
        if (!socket.writable) return;
        sent += 1;
        if (socket.write(mega)) setImmediate(more);
        else socket.once('drain', more);
      };
      setTimeout(more, 350);
    });
    expect(await attempt()).toMatchObject({ status: 200, error: '', text: 'half' });
    await vi.waitFor(() => expect(there.open).toBe(0));
    expect(sent).toBeLessThan(64);
  });

  it('whose answer is whole is used again', async () => {
    there = await Receiver.open((answer) => answer(200, ok));
    sender = new Sender({ guard: new AddressGuard(['127.0.0.0/8']), timeout: 300 });
    for (let n = 0; n < 8; n += 1) expect(await attempt()).toMatchObject({ status: 200, error: '' });
    expect(there.connections).toBeLessThan(4);
    expect(there.open).toBe(there.connections);
  });
});
