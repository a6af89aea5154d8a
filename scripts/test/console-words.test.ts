import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:net';
import { Refusal } from 'ringback-protocol';
import { localErrors, RingbackError } from 'ringback-sdk';
import { expect, it } from 'vitest';
import { attemptProblem } from '../../packages/console/src/lib/attempt-problem.ts';
import { tryProblem } from '../../packages/console/src/lib/try-problem.ts';
import { AddressGuard } from '../../packages/server/src/webhooks/guard.ts';
import { Sender } from '../../packages/server/src/webhooks/sender.ts';

const listening = (server: Server): Promise<string> =>
  new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve(`127.0.0.1:${(server.address() as AddressInfo).port}`));
  });

it('the console has words of its own for whatever a delivery came to', async () => {
  const silent = createServer(() => {});
  const rude = createServer((socket) => socket.destroy());
  const other = createServer((socket) => socket.end('SSH-2.0-other\r\n'));
  const closed = createServer();
  const [quiet, cut, strange, nobody] = await Promise.all([silent, rude, other, closed].map(listening));
  await new Promise((resolve) => closed.close(resolve));
  const sender = new Sender({ guard: new AddressGuard(['127.0.0.0/8']), timeout: 2000 });
  const said = async (origin: string) => {
    const { error } = await sender.send({ origin, path: '/', headers: [], body: '{}' });
    expect(error).not.toBe('');
    return attemptProblem(error);
  };
  try {
    expect(await said(`http://${nobody}`)).toBe(`Nobody takes connections at this address (ECONNREFUSED ${nobody})`);
    expect(await said(`http://${quiet}`)).toMatch(/^No answer within 2/);
    expect(await said(`http://${cut}`)).toMatch(/^The receiver cut the connection/);
    expect(await said(`http://${strange}`)).toMatch(/^What came back is not HTTP/);
    expect(await said(`https://${strange}`)).toMatch(/^The certificate, or the encryption, is not good/);
    expect(await said('http://10.0.0.1')).toMatch(/^10\.0\.0\.1 is in a private network/);
    expect(attemptProblem('getaddrinfo ENOTFOUND shop.example')).toBe('The name of the host leads nowhere (ENOTFOUND)');
    expect(attemptProblem('something new')).toBe('something new');
  } finally {
    await sender.close();
    for (const server of [silent, rude, other]) server.close();
  }
});

it('the console says in words why a device could not do something', async () => {
  const error = (name: string) => new RingbackError(name, 1, 'in the words of the server');
  for (const name of Object.keys(localErrors)) {
    expect(await tryProblem(error(name), 'bob')).not.toBe('in the words of the server');
  }
  expect(await tryProblem(error('unknown_account'), 'bob')).toMatch(/^bob has no account/);
  expect(await tryProblem(error('app_disabled'), 'bob')).toBe('The application is disabled.');
  expect(await tryProblem(new Refusal('internal'), 'bob')).toBe('Something went wrong.');
});
