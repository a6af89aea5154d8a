import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isWebhookSecret } from '../../src/auth/webhook-secret.ts';
import { Scene } from '../gateway/support.ts';

let scene: Scene;
const set = 'call_config/set_callback';
const get = 'call_config/get_callback';
const remove = 'call_config/delete_callback';
const Url = 'https://example.com/hook?token=a';
const CallbackCommandList = ['Call.CallbackAfterStartCall', 'Call.CallbackAfterEndCall'];

beforeAll(async () => {
  scene = await Scene.open();
});
afterAll(() => scene.close());
beforeEach(async () => {
  await scene.send(remove, {});
});

const endpoint = () => scene.store.endpoints.get(scene.app.sdkAppId, 'callback');

describe('set_callback', () => {
  it('is answered by get_callback, member by member as it was given', async () => {
    expect(await scene.send(set, { Url, CallbackCommandList })).toMatchObject({ ErrorCode: 0, ErrorInfo: '' });
    expect((await scene.send(get, {})).Response).toEqual({ Url, CallbackCommandList });
  });

  it('replaces what was set before completely, and keeps the secret', async () => {
    await scene.send(set, { Url, CallbackCommandList });
    const secrets = endpoint()?.secrets ?? [];
    expect(secrets.every(isWebhookSecret)).toBe(true);
    const other = { Url: 'http://example.org', CallbackCommandList: ['Call.CallbackAfterMemberChanged'] };
    await scene.send(set, other);
    expect((await scene.send(get, {})).Response).toEqual(other);
    await scene.send(remove, {});
    await scene.send(set, other);
    expect(endpoint()?.secrets).toEqual(secrets);
  });

  it('with the same content changes nothing', async () => {
    await scene.send(set, { Url, CallbackCommandList });
    const before = endpoint();
    expect((await scene.send(set, { Url, CallbackCommandList })).ErrorCode).toBe(0);
    expect(endpoint()).toBe(before);
  });

  it('takes an endpoint up again that said it was gone, and leaves a paused one paused', async () => {
    await scene.send(set, { Url, CallbackCommandList });
    for (const [state, after] of [
      ['gone', 'active'],
      ['paused', 'paused'],
    ] as const) {
      const known = endpoint();
      if (known !== undefined) await scene.store.endpoints.save({ ...known, state });
      await scene.send(set, { Url, CallbackCommandList });
      expect(endpoint()?.state).toBe(after);
    }
  });

  it.each([
    ['no Url', { CallbackCommandList }, 'Url'],
    ['an empty Url', { Url: '', CallbackCommandList }, 'Url'],
    ['another scheme', { Url: 'ftp://example.com', CallbackCommandList }, 'Url'],
    ['no host', { Url: 'https://', CallbackCommandList }, 'Url'],
    ['a user name in the Url', { Url: 'https://a:b@example.com', CallbackCommandList }, 'Url'],
    ['a Url of 3000 characters', { Url: `https://example.com/${'x'.repeat(3000)}`, CallbackCommandList }, 'Url'],
    ['a number as Url', { Url: 5, CallbackCommandList }, 'Url'],
    ['no list', { Url }, 'CallbackCommandList'],
    ['an empty list', { Url, CallbackCommandList: [] }, 'CallbackCommandList'],
    ['an unknown word', { Url, CallbackCommandList: ['Call.CallbackAfterRing'] }, 'CallbackCommandList'],
    ['a word in another case', { Url, CallbackCommandList: ['call.callbackafterstartcall'] }, 'CallbackCommandList'],
    ['loopback', { Url: 'http://127.0.0.1/', CallbackCommandList }, 'Url'],
    ['loopback, in decimal', { Url: 'http://2130706433/', CallbackCommandList }, 'Url'],
    ['loopback, in hex', { Url: 'http://0x7f.1/', CallbackCommandList }, 'Url'],
    ['loopback of IPv6', { Url: 'http://[::1]/', CallbackCommandList }, 'Url'],
    ['IPv4 inside IPv6', { Url: 'http://[::ffff:10.0.0.1]/', CallbackCommandList }, 'Url'],
    ['the metadata of clouds', { Url: 'http://169.254.169.254/latest', CallbackCommandList }, 'Url'],
    ['a private network', { Url: 'https://192.168.1.5:8443/', CallbackCommandList }, 'Url'],
    ['a local IPv6 network', { Url: 'http://[fd00::1]/', CallbackCommandList }, 'Url'],
    ['nowhere', { Url: 'http://0.0.0.0/', CallbackCommandList }, 'Url'],
  ])('with %s is refused with 100002, and what was set stays', async (_, body, field) => {
    await scene.send(set, { Url, CallbackCommandList });
    const answer = await scene.send(set, body);
    expect([answer.ErrorCode, answer.ActionStatus]).toEqual([100002, 'FAIL']);
    expect(answer.ErrorInfo).toContain(field);
    expect((await scene.send(get, {})).Response).toEqual({ Url, CallbackCommandList });
  });

  it('takes one word where a list is documented', async () => {
    await scene.send(set, { Url, CallbackCommandList: 'Call.CallbackAfterEndCall' });
    expect((await scene.send(get, {})).Response.CallbackCommandList).toEqual(['Call.CallbackAfterEndCall']);
  });
});

describe('get_callback', () => {
  it('without a configuration is 100301', async () => {
    expect(await scene.send(get, {})).toMatchObject({ ErrorCode: 100301, ActionStatus: 'FAIL' });
  });
});

describe('delete_callback', () => {
  it('succeeds once and again', async () => {
    await scene.send(set, { Url, CallbackCommandList });
    expect((await scene.send(remove, {})).ErrorCode).toBe(0);
    expect((await scene.send(get, {})).ErrorCode).toBe(100301);
    expect((await scene.send(remove, {})).ErrorCode).toBe(0);
  });
});
