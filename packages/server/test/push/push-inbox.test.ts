import { createHmac } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { webhookSecretKey } from '../../src/auth/webhook-secret.ts';
import { PushInbox } from '../../src/emulator/push-inbox.ts';

const secret = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;
const inbox = new PushInbox(() => 1, 2);
let server: Server;

beforeAll(async () => {
  inbox.secret = secret;
  server = createServer((request, response) => void inbox.handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

async function deliver(id: string): Promise<void> {
  const body = JSON.stringify({ type: 'ring', device: { userId: 'bob', token: 'bob/phone' }, push: { callId: id } });
  const signature = createHmac('sha256', webhookSecretKey(secret)).update(`${id}.1.${body}`).digest('base64');
  const headers = { 'webhook-id': id, 'webhook-timestamp': '1', 'webhook-signature': `v1,${signature}` };
  const { port } = server.address() as AddressInfo;
  const { status } = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers, body });
  expect(status).toBe(200);
}

const calls = () => inbox.pushes.map(({ callId }) => callId).sort();

it('takes a repetition once, and remembers no more than a bound of what came', async () => {
  for (const id of ['1', '1', '2', '3', '2', '4']) await deliver(id);
  expect(calls()).toEqual(['1', '2', '3', '4']);
  await deliver('5');
  expect(calls()).toEqual(['3', '4', '5']);
  // The four newest are known still, the oldest is not.
  for (const id of ['2', '3', '4', '5']) await deliver(id);
  expect(calls()).toEqual(['3', '4', '5']);
  await deliver('1');
  expect(calls()).toEqual(['1', '3', '4', '5']);
});
