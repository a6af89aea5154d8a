import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AddressGuard } from '../../src/webhooks/guard.ts';
import { Sender } from '../../src/webhooks/sender.ts';

let inside: Server;
let port = 0;
let reached = 0;

beforeAll(async () => {
  // On every loopback address, as a service inside an operator's network would be.
  inside = createServer((_, response) => {
    reached += 1;
    response.setHeader('connection', 'close');
    response.end('secrets');
  });
  await new Promise<void>((resolve) => inside.listen(0, '0.0.0.0', resolve));
  port = (inside.address() as AddressInfo).port;
});
afterAll(() => inside.close());

/** A sender that looks names up in a table; each question takes the next answer. */
function senderOf(allowed: readonly string[], answers: readonly (readonly string[])[]) {
  let asked = 0;
  const guard = new AddressGuard(allowed, async () => {
    const found = answers[Math.min(asked, answers.length - 1)] ?? [];
    asked += 1;
    return found.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
  });
  return new Sender({ guard, timeout: 1000 });
}

const post = (sender: Sender, host: string) =>
  sender.send({ origin: `http://${host}:${port}`, path: '/', headers: [], body: '{}' });

describe('the guard of addresses', () => {
  it.each([
    '0.0.0.0',
    '10.1.2.3',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.0.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::a00:1',
    '::ffff:0:a00:1',
    '64:ff9b::a00:1',
    '64:ff9b:1::a00:1',
    'fc00::1',
    'fdff::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
    '2002:7f00:1::',
  ])('refuses %s', (address) => {
    expect(new AddressGuard([]).allows(address)).toBe(false);
  });

  it.each(['1.1.1.1', '100.63.255.255', '172.32.0.1', '203.0.113.5', '2606:4700::1111', '::ffff:8.8.8.8'])(
    'lets %s through',
    (address) => {
      expect(new AddressGuard([]).allows(address)).toBe(true);
    },
  );

  it('lets through what the operator lists, and nothing beside it', () => {
    const guard = new AddressGuard(['10.1.0.0/16', '127.0.0.1']);
    expect(['10.1.2.3', '::ffff:10.1.2.3', '127.0.0.1'].map((one) => guard.allows(one))).toEqual([true, true, true]);
    expect(['10.2.0.1', '127.0.0.2', '::1'].map((one) => guard.allows(one))).toEqual([false, false, false]);
  });
});

describe('a delivery to a name', () => {
  it('that leads into a private network fails at the attempt, without a connection', async () => {
    const before = reached;
    const sender = senderOf([], [['127.0.0.1']]);
    const answer = await post(sender, 'innocent.example');
    expect(answer).toMatchObject({ status: 0, answer: '' });
    expect(answer.error).toContain('127.0.0.1 is a private, loopback or link-local address');
    expect(reached).toBe(before);
    await sender.close();
  });

  it('with a public and a private address goes to neither by way of the private one', async () => {
    const before = reached;
    const sender = senderOf(['127.0.0.9'], [['127.0.0.1', '127.0.0.9', '::1']]);
    expect((await post(sender, 'mixed.example')).answer).toBe('secrets');
    expect(reached).toBe(before + 1);
    await sender.close();
  });

  it('that changes its address after it was looked up once is judged anew', async () => {
    const sender = senderOf(['127.0.0.9'], [['127.0.0.9'], ['127.0.0.1']]);
    expect((await post(sender, 'rebinding.example')).answer).toBe('secrets');
    const before = reached;
    const second = await post(sender, 'rebinding.example');
    expect(second.error).toContain('127.0.0.1 is a private');
    expect(reached).toBe(before);
    await sender.close();
  });

  it.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '2130706433', '0x7f.1'])(
    'that is an address is refused the same way: %s',
    async (host) => {
      const before = reached;
      const sender = senderOf([], [[]]);
      const url = new URL(`http://${host}:${port}/`);
      const answer = await sender.send({ origin: url.origin, path: '/', headers: [], body: '{}' });
      expect(answer.error).toContain('is a private, loopback or link-local address');
      expect(reached).toBe(before);
      await sender.close();
    },
  );

  it('that does not exist says so', async () => {
    const guard = new AddressGuard([], async () => {
      throw Object.assign(new Error('getaddrinfo ENOTFOUND nowhere.example'), { code: 'ENOTFOUND' });
    });
    const sender = new Sender({ guard, timeout: 1000 });
    expect((await post(sender, 'nowhere.example')).error).toContain('ENOTFOUND');
    await sender.close();
  });
});
