import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ApnsService } from './apns-service.ts';
import { configOf, messageOf, openRoom, tokenOf } from './message.ts';

const hex = 'ab'.repeat(32);
const alert = tokenOf(hex);
const voip = tokenOf(hex, { channel: 'voip' });

let service: ApnsService;
let room: ReturnType<typeof openRoom>;

const setup = (change: object = {}) => ({
  kind: 'apns' as const,
  team: 'TEAM123456',
  keyId: 'KEY1234567',
  key: service.key,
  topic: 'com.example.app',
  endpoint: service.url,
  ...change,
});
const send = (token = alert, message = messageOf(), change: object = {}) =>
  room.sender.send(configOf(setup(change)), token, message);

beforeEach(async () => {
  service = await ApnsService.open();
  room = openRoom('apns');
  service.now = () => room.clock.now() / 1000;
});
afterEach(async () => {
  await room.close();
  await service.close();
});

describe('apns', () => {
  it('rings CallKit by a VoIP push, which is delivered at once or not at all', async () => {
    expect(await send(voip)).toEqual({ outcome: 'sent', status: 200, text: '' });
    const [got] = service.got;
    expect(got?.token).toBe(hex);
    expect(got?.headers).toMatchObject({
      'apns-topic': 'com.example.app.voip',
      'apns-push-type': 'voip',
      'apns-expiration': '0',
    });
    expect(got?.body).toEqual({
      aps: {},
      ringback: expect.objectContaining({ ringback: 'ring', caller: 'alice', token: 'rb1.x.y' }),
    });
  });

  it('shows a notification that the cancel takes the place of', async () => {
    await send(alert, messageOf({ info: { title: 'Alice', text: 'is calling', iosSound: 'ring.caf', noBadge: true } }));
    await send(alert, messageOf({ kind: 'cancel', reason: 'timeout', answerToken: '' }));
    const [ring, cancel] = service.got;
    expect(ring?.headers).toMatchObject({
      'apns-topic': 'com.example.app',
      'apns-push-type': 'alert',
      'apns-expiration': '1780000030',
    });
    expect(ring?.body.aps).toEqual({
      alert: { title: 'Alice', body: 'is calling' },
      sound: 'ring.caf',
      category: 'RINGBACK_CALL',
      'interruption-level': 'time-sensitive',
    });
    expect(cancel?.headers['apns-collapse-id']).toBe(ring?.headers['apns-collapse-id']);
    expect(cancel?.body).toMatchObject({
      aps: { alert: { title: 'Alice', body: 'Missed call' } },
      ringback: { reason: 'timeout' },
    });
    expect(cancel?.body.aps.sound).toBeUndefined();
  });

  it.each([
    [600_000, '1780000600'],
    [30_000, '1780000060'],
  ])('keeps the cancel of a ring of %i ms until its deadline, and for a minute at least', async (rings, expiration) => {
    const ring = { ...messageOf().ring, deadline: room.clock.now() + rings };
    await send(alert, messageOf({ ring, kind: 'cancel', reason: 'answered' }));
    expect(service.got[0]?.headers['apns-expiration']).toBe(expiration);
  });

  it.each([
    ['letters', 'x'],
    ['letters of two bytes', 'é'],
    ['signs of four bytes', '📞'],
    ['what JSON writes with two', '"'],
    ['what JSON writes with six', '\u0001'],
  ])('is shortened at its text until the whole fits: %s', async (_, letter) => {
    const text = letter.repeat(1024 / Buffer.byteLength(letter));
    const long = messageOf({
      info: { title: 'T'.repeat(256), text, data: 'd'.repeat(800) },
      callerName: 'n'.repeat(500),
      answerToken: 'rb1.'.padEnd(400, 'x'),
    });
    expect(await send(alert, long)).toMatchObject({ outcome: 'sent' });
    expect(await send(voip, long)).toMatchObject({ outcome: 'sent' });
    const [got] = service.got;
    const { body } = got?.body.aps.alert ?? {};
    expect(got?.body.aps.alert.title).toBe(long.info.title);
    if (body !== text) {
      expect(body.endsWith('…')).toBe(true);
      expect(text.startsWith(body.slice(0, -1))).toBe(true);
      // Not shorter than it must be.
      const size = Buffer.byteLength(JSON.stringify(got?.body));
      expect(size).toBeGreaterThan(4096 - 16);
    }
  });

  it('says what it has left out as APNs takes no more, which is more of a VoIP push', async () => {
    const message = messageOf({
      info: { title: 'Alice', text: 'x'.repeat(1024), data: 'd'.repeat(2048) },
      callerName: 'n'.repeat(400),
    });
    expect(await send(voip, message)).toEqual({ outcome: 'sent', status: 200, text: '' });
    expect(await send(alert, message)).toEqual({ outcome: 'sent', status: 200, text: '', omitted: ['data'] });
    expect(service.got.map(({ body }) => 'data' in body.ringback)).toEqual([true, false]);
  });

  it('uses one connection and one provider token, renews the token before APNs refuses it, and survives GOAWAY', async () => {
    await Promise.all([send(), send(voip), send()]);
    expect([service.connections, service.bearers.size]).toEqual([1, 1]);
    room.clock.advance(3_000_000);
    expect((await send()).outcome).toBe('sent');
    expect(service.bearers.size).toBe(2);
    service.goAway();
    await expect.poll(async () => (await send()).outcome).toBe('sent');
    expect(service.connections).toBe(2);
  });

  it('keeps the provider token that has taken the place of one that is refused late', async () => {
    await send();
    const { now } = service;
    service.now = () => now() + 4000;
    let release = (): void => {};
    service.held = new Promise((resolve) => {
      release = resolve;
    });
    const asked = service.judged;
    const late = send();
    await expect.poll(() => service.judged).toBe(asked + 1);
    service.held = undefined;
    const expired = { outcome: 'retry', text: 'ExpiredProviderToken' };
    expect(await send()).toMatchObject(expired);
    service.now = now;
    room.clock.advance(1000);
    expect(await send()).toMatchObject({ outcome: 'sent' });
    release();
    expect(await late).toMatchObject(expired);
    expect(await send()).toMatchObject({ outcome: 'sent' });
    expect(service.bearers.size).toBe(2);
  });

  it.each([
    [410, 'Unregistered', 'gone'],
    [410, 'ExpiredToken', 'gone'],
    [400, 'BadDeviceToken', 'failed'],
    [400, 'DeviceTokenNotForTopic', 'failed'],
    [403, 'ExpiredProviderToken', 'retry'],
    [403, 'InvalidProviderToken', 'failed'],
    [400, 'BadTopic', 'failed'],
    [413, 'PayloadTooLarge', 'failed'],
    [500, 'InternalServerError', 'retry'],
    [503, 'ServiceUnavailable', 'retry'],
  ])('takes %i %s as it is documented: %s', async (status, reason, outcome) => {
    service.reply = { status, reason };
    expect(await send()).toEqual({ outcome, status, text: reason });
  });

  it.each([
    ['before that', -1, 'gone'],
    ['at that moment', 0, 'gone'],
    ['after that', 1, 'failed'],
  ])('calls a token gone that APNs calls void, if it was registered %s', async (_, later, outcome) => {
    const since = 1_779_000_000_000;
    service.voidSince = since;
    service.reply = { status: 410, reason: 'Unregistered' };
    const registered = tokenOf(hex, { updatedAt: since + later });
    expect(await send(registered)).toEqual({ outcome, status: 410, text: 'Unregistered' });
    service.voidSince = undefined;
    expect((await send(registered)).outcome).toBe('gone');
  });

  it('keeps what a service says short, and without what looks like a token', async () => {
    service.reply = { status: 400, reason: `Odd ${hex} ${'why '.repeat(100)}` };
    const { text } = await send();
    expect(text).toMatch(/^Odd … why /);
    expect(text.length).toBeLessThanOrEqual(200);
  });

  it('waits as long as it is told when it was too fast', async () => {
    service.reply = { status: 429, reason: 'TooManyRequests', retryAfter: '4' };
    expect(await send()).toMatchObject({ outcome: 'retry', after: 4000 });
  });

  it('gives a silent service up, and goes on over another connection', async () => {
    const hasty = openRoom('apns', ['127.0.0.0/8'], 800);
    const sendHastily = () => hasty.sender.send(configOf(setup()), alert, messageOf());
    service.reply = 'silence';
    expect(await sendHastily()).toMatchObject({
      outcome: 'retry',
      status: 0,
      fault: 'noAnswer',
      text: expect.stringMatching(/No answer within/),
    });
    service.reply = undefined;
    await expect.poll(async () => (await sendHastily()).outcome, { timeout: 10_000 }).toBe('sent');
    expect(service.connections).toBeGreaterThan(1);
    await hasty.close();
  });

  it('makes nothing of keys that cannot sign, services that are not there and networks that are closed', async () => {
    expect(await send(alert, messageOf(), { key: 'x' })).toMatchObject({
      outcome: 'failed',
      fault: 'cannotSign',
      text: expect.stringMatching(/cannot sign/),
    });
    expect(await send(alert, messageOf(), { endpoint: 'http://127.0.0.1:1' })).toMatchObject({
      outcome: 'retry',
      status: 0,
    });
    const inside = openRoom('apns', []);
    expect(await inside.sender.send(configOf(setup()), alert, messageOf())).toMatchObject({
      outcome: 'failed',
      fault: 'address',
      text: expect.stringMatching(/loopback/),
    });
    await inside.close();
    expect(room.sender.problem('xyz')).toMatch(/hex/);
  });
});
