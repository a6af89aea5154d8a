import { createPublicKey, randomBytes, verify } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import webpush from 'web-push';
import { configOf, messageOf, openRoom, tokenOf } from './message.ts';
import { decryptPush, subscriptionFor } from './web-push-service.ts';

interface Got {
  readonly method: string;
  readonly path: string;
  readonly headers: Record<string, string | undefined>;
  readonly body: Buffer;
}

const vapid = webpush.generateVAPIDKeys();
const setup = { kind: 'web-push', subject: 'mailto:ops@example.com', ...vapid } as const;
const got: Got[] = [];
let status = 201;
let url = '';

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => {
    const { method = '', headers } = request;
    got.push({ method, path: request.url ?? '', headers: headers as Got['headers'], body: Buffer.concat(chunks) });
    response
      .writeHead(status, status === 429 ? { 'retry-after': '7' } : {})
      .end(status === 410 ? 'push subscription has unsubscribed or expired' : '');
  });
});

const room = openRoom('web-push');

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
beforeEach(() => {
  got.length = 0;
  status = 201;
});
afterAll(async () => {
  await room.close();
  await new Promise((resolve) => server.close(resolve));
});

describe('web-push', () => {
  it('says what it has left out as browsers take no more', async () => {
    const { json } = subscriptionFor(`${url}/send/abc`);
    const info = { title: 'Alice', text: 'x'.repeat(1024), data: 'd'.repeat(2048) };
    const sent = await room.sender.send(
      configOf(setup),
      tokenOf(json),
      messageOf({ info, callerName: 'n'.repeat(400) }),
    );
    expect(sent).toMatchObject({ outcome: 'sent', status: 201 });
    expect(sent.omitted).toBeUndefined();
    const callerAvatar = 'a'.repeat(400);
    expect(
      await room.sender.send(
        configOf(setup),
        tokenOf(json),
        messageOf({ info, callerName: 'n'.repeat(400), callerAvatar }),
      ),
    ).toMatchObject({ outcome: 'sent', omitted: ['callerAvatar'] });
  });

  it('sends what only the browser can read, signed with VAPID, and says how long it is good', async () => {
    const browser = subscriptionFor(`${url}/send/abc`);
    expect(await room.sender.send(configOf(setup), tokenOf(browser.json), messageOf())).toMatchObject({
      outcome: 'sent',
      status: 201,
    });
    const [push] = got;
    expect(push).toMatchObject({
      method: 'POST',
      path: '/send/abc',
      headers: {
        ttl: '30',
        urgency: 'high',
        topic: '0d5ef0a66c1c4b099c1e5f0a4b7e2d31',
        'content-encoding': 'aes128gcm',
      },
    });
    // RFC 8292: a JWT of ES256 for the origin of the push service, and the key that it is checked with.
    const [, jwt = '', key = ''] = /^vapid t=(\S+), ?k=(\S+)$/.exec(push?.headers.authorization ?? '') ?? [];
    expect(key).toBe(vapid.publicKey);
    const [head = '', claims = '', signature = ''] = jwt.split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({
      aud: url,
      sub: 'mailto:ops@example.com',
    });
    const raw = Buffer.from(key, 'base64url');
    const jwk = {
      kty: 'EC',
      crv: 'P-256',
      x: raw.subarray(1, 33).toString('base64url'),
      y: raw.subarray(33).toString('base64url'),
    };
    const publicKey = createPublicKey({ key: jwk, format: 'jwk' });
    const signed = Buffer.from(`${head}.${claims}`);
    expect(
      verify('sha256', signed, { key: publicKey, dsaEncoding: 'ieee-p1363' }, Buffer.from(signature, 'base64url')),
    ).toBe(true);
    expect(JSON.parse(decryptPush(push?.body ?? Buffer.alloc(0), browser))).toMatchObject({
      ringback: 'ring',
      caller: 'alice',
      title: 'Alice',
      token: 'rb1.x.y',
    });
  });

  it.each([
    [404, { outcome: 'gone' }],
    [410, { outcome: 'gone' }],
    [429, { outcome: 'retry', after: 7000 }],
    [500, { outcome: 'retry' }],
    [403, { outcome: 'failed' }],
    [413, { outcome: 'failed' }],
  ])('takes %i as the standard means it', async (code, outcome) => {
    status = code;
    const { json } = subscriptionFor(`${url}/send/abc`);
    expect(await room.sender.send(configOf(setup), tokenOf(json), messageOf())).toMatchObject({
      status: code,
      ...outcome,
    });
  });

  it.each([
    ['a subject that is no URL', { subject: 'https://ex ample' }],
    ['a key that is too short', { privateKey: 'abc' }],
  ])('blames the set-up, and not the device, for %s', async (_, change) => {
    const { json } = subscriptionFor(`${url}/send/abc`);
    expect(await room.sender.send(configOf({ ...setup, ...change }), tokenOf(json), messageOf())).toMatchObject({
      outcome: 'failed',
      unsent: true,
      text: expect.stringMatching(/Vapid/),
    });
    expect(got).toEqual([]);
  });

  it('leaves out what is dispensable where a message would be too long for push services', async () => {
    const browser = subscriptionFor(`${url}/send/abc`);
    const long = messageOf({
      info: { title: 't', text: 'x'.repeat(1024), data: 'd'.repeat(2048) },
      callerAvatar: 'a'.repeat(500),
      answerToken: 'rb1.'.padEnd(400, 'x'),
    });
    await room.sender.send(configOf(setup), tokenOf(browser.json), long);
    const body = got[0]?.body ?? Buffer.alloc(0);
    expect(body.length).toBeLessThanOrEqual(4096);
    const said = JSON.parse(decryptPush(body, browser));
    expect(said).toMatchObject({ title: 't', token: long.answerToken });
    expect(said.callerAvatar).toBeUndefined();
  });

  it('takes endpoints on HTTPS only, but for addresses that the operator has opened', () => {
    const problem = (endpoint: string) => room.sender.problem(subscriptionFor(endpoint).json);
    for (const plain of ['http://push.example.com/1', 'HTTP://198.51.100.7/1', 'http://localhost/1']) {
      expect(problem(plain)).toMatch(/must start with https/);
    }
    for (const good of ['https://push.example.com/1', 'https://198.51.100.7/1', 'http://127.0.0.1:8080/1']) {
      expect(problem(good)).toBeUndefined();
    }
    expect(problem('http://[::ffff:127.0.0.1]/1')).toBeUndefined();
  });

  it('goes nowhere inside the own network, and finds keys that are none', async () => {
    const inside = openRoom('web-push', []);
    const { json } = subscriptionFor(`${url}/send/abc`);
    expect(inside.sender.problem(json)).toMatch(/private network/);
    expect(await inside.sender.send(configOf(setup), tokenOf(json), messageOf())).toMatchObject({
      outcome: 'retry',
      status: 0,
      fault: 'address',
      text: expect.stringMatching(/loopback/),
    });
    const named = subscriptionFor(`${url.replace('127.0.0.1', 'localhost')}/send/abc`).json;
    const refusal = { outcome: 'retry', status: 0, fault: 'address' };
    expect(await inside.sender.send(configOf(setup), tokenOf(named), messageOf())).toMatchObject(refusal);
    await inside.close();
    expect(await room.sender.send(configOf(setup), tokenOf('{}'), messageOf())).toMatchObject({ fault: 'unreadable' });
    const keys = { p256dh: Buffer.alloc(65, 4).toString('base64url'), auth: randomBytes(16).toString('base64url') };
    const bad = JSON.stringify({ endpoint: `${url}/x`, keys });
    expect(await room.sender.send(configOf(setup), tokenOf(bad), messageOf())).toMatchObject({ outcome: 'gone' });
    expect(got).toEqual([]);
  });
});
