import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FcmService, fcmError } from './fcm-service.ts';
import { configOf, messageOf, openRoom, tokenOf } from './message.ts';

const device = tokenOf('registration-token-of-the-phone:APA91b');

let service: FcmService;
let room: ReturnType<typeof openRoom>;

const setup = (change: object = {}) => ({
  kind: 'fcm' as const,
  project: 'project-1',
  email: service.email,
  key: service.key,
  tokenUrl: `${service.url}/token`,
  endpoint: service.url,
  ...change,
});
const send = (message = messageOf(), change: object = {}) => room.sender.send(configOf(setup(change)), device, message);

beforeEach(async () => {
  service = await FcmService.open();
  room = openRoom('fcm');
  service.now = () => room.clock.now() / 1000;
});
afterEach(async () => {
  await room.close();
  await service.close();
});

describe('fcm', () => {
  it('sends a data message of high priority that lives as long as the ring, with the token of the service account', async () => {
    expect(await send(messageOf({ info: { title: 'Alice', androidChannel: 'calls', androidSound: 'ring' } }))).toEqual({
      outcome: 'sent',
      status: 200,
      text: '',
    });
    expect(service.messages).toEqual([
      {
        token: 'registration-token-of-the-phone:APA91b',
        data: expect.objectContaining({
          ringback: 'ring',
          caller: 'alice',
          title: 'Alice',
          channel: 'calls',
          sound: 'ring',
          deadline: '1780000030000',
        }),
        android: { priority: 'HIGH', ttl: '30s', collapse_key: '0d5ef0a6-6c1c-4b09-9c1e-5f0a4b7e2d31' },
      },
    ]);
  });

  it.each([
    ['of 600 s that is answered elsewhere at once', 600_000, 0, '600s'],
    ['of 600 s that is withdrawn after 100.5 s', 600_000, 100_500, '500s'],
    ['that has 20 s left', 30_000, 10_000, '60s'],
    ['that is over', 30_000, 31_000, '60s'],
  ])('keeps the cancel of a ring %s for as long as the ring itself, in its place', async (_, rings, gone, ttl) => {
    const ring = { ...messageOf().ring, deadline: room.clock.now() + rings };
    await send(messageOf({ ring }));
    room.clock.advance(gone);
    await send(messageOf({ ring, kind: 'cancel', reason: 'answered' }));
    const [rung, cancel] = service.messages.map(({ android }) => android);
    expect(cancel).toEqual({ priority: 'HIGH', ttl, collapse_key: rung.collapse_key });
    expect(rung.ttl).toBe(`${rings / 1000}s`);
  });

  it('leaves out what FCM does not take any more, the least needed first, and says so', async () => {
    const info = { title: 'Alice', text: 'x'.repeat(1024), data: 'd'.repeat(2048) };
    const callerAvatar = `https://a.example/${'a'.repeat(480)}`;
    expect(await send(messageOf({ info, callerAvatar }))).toEqual({
      outcome: 'sent',
      status: 200,
      text: '',
      omitted: ['callerAvatar'],
    });
    const callerName = 'n'.repeat(500);
    expect(await send(messageOf({ info, callerAvatar, callerName }))).toMatchObject({
      omitted: ['callerAvatar', 'data'],
    });
    const [first, second] = service.messages.map(({ data }) => data);
    expect([first.data, first.callerAvatar, second.data, second.text]).toEqual([
      info.data,
      undefined,
      undefined,
      info.text,
    ]);
  });

  it('asks for an access token once, also when many pushes go out together, and for another before it runs out', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => send()));
    expect(all.every(({ outcome }) => outcome === 'sent')).toBe(true);
    expect(service.issued).toBe(1);
    room.clock.advance(3_400_000);
    const { ring } = messageOf();
    await send(messageOf({ ring: { ...ring, deadline: room.clock.now() + 30_000 } }));
    expect(service.issued).toBe(2);
    service.revoke();
    expect(await send()).toMatchObject({ outcome: 'retry', status: 401 });
    expect(await send()).toMatchObject({ outcome: 'sent' });
    expect(service.issued).toBe(3);
  });

  it('asks for one access token when many pushes find the one before refused', async () => {
    await send();
    service.revoke();
    expect(await send()).toMatchObject({ outcome: 'retry', status: 401 });
    const all = await Promise.all(Array.from({ length: 8 }, () => send()));
    expect(all.every(({ outcome }) => outcome === 'sent')).toBe(true);
    expect(service.issued).toBe(2);
  });

  it('keeps the access token that has taken the place of one that is refused late', async () => {
    await send();
    service.revoke();
    let release = (): void => {};
    service.held = new Promise((resolve) => {
      release = resolve;
    });
    const asked = service.judged;
    const late = send();
    await expect.poll(() => service.judged).toBe(asked + 1);
    service.held = undefined;
    expect(await send()).toMatchObject({ outcome: 'retry', status: 401 });
    expect(await send()).toMatchObject({ outcome: 'sent' });
    release();
    expect(await late).toMatchObject({ outcome: 'retry', status: 401 });
    expect(await send()).toMatchObject({ outcome: 'sent' });
    expect(service.issued).toBe(2);
  });

  it.each([
    [fcmError(404, 'NOT_FOUND', 'UNREGISTERED'), { outcome: 'gone', text: 'UNREGISTERED' }],
    [fcmError(403, 'PERMISSION_DENIED', 'SENDER_ID_MISMATCH'), { outcome: 'failed' }],
    [fcmError(400, 'INVALID_ARGUMENT', `${'x'.repeat(50)} y`), { outcome: 'failed', text: '… y' }],
    [fcmError(404, 'NOT_FOUND'), { outcome: 'failed', text: 'NOT_FOUND' }],
    [fcmError(400, 'INVALID_ARGUMENT', 'INVALID_ARGUMENT'), { outcome: 'failed' }],
    [
      { ...fcmError(429, 'RESOURCE_EXHAUSTED', 'QUOTA_EXCEEDED'), retryAfter: '3' },
      { outcome: 'retry', after: 3000 },
    ],
    [fcmError(503, 'UNAVAILABLE', 'UNAVAILABLE'), { outcome: 'retry' }],
    [fcmError(500, 'INTERNAL', 'INTERNAL'), { outcome: 'retry' }],
    [fcmError(401, 'UNAUTHENTICATED', 'THIRD_PARTY_AUTH_ERROR'), { outcome: 'retry' }],
  ])('takes the errors as they are documented: %j', async (reply, outcome) => {
    service.reply = reply;
    expect(await send()).toMatchObject({ status: reply.status, ...outcome });
  });

  it('says in the log what is wrong with the account, without its key', async () => {
    const other = generateKeyPairSync('rsa', { modulusLength: 2048 })
      .privateKey.export({ type: 'pkcs8', format: 'pem' })
      .toString();
    expect(await send(messageOf(), { key: other })).toEqual({
      outcome: 'failed',
      status: 400,
      text: 'No access token: invalid_grant',
      unsent: true,
    });
    expect(await send(messageOf(), { key: 'x' })).toMatchObject({
      outcome: 'failed',
      fault: 'cannotSign',
      text: expect.stringMatching(/cannot sign/),
    });
    service.tokenReply = { status: 503, body: {} };
    expect(await send(messageOf(), { email: `x${service.email}` })).toMatchObject({ outcome: 'retry', status: 503 });
    expect(service.messages).toEqual([]);
  });

  it('takes nothing for a token that cannot be one', () => {
    expect(room.sender.problem('a b')).toMatch(/registration token/);
    expect(room.sender.problem(device.token)).toBeUndefined();
  });
});
