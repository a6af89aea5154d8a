import { generateKeyPairSync, sign } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { signatureOf, type UserSigFields } from '../../src/auth/usersig.ts';
import { RawClient, Scene } from '../gateway/support.ts';
import { packUserSig } from '../support/pack-usersig.ts';

type Fields = Omit<UserSigFields, 'sig'>;
type Members = Readonly<Record<string, unknown>>;

/** The answer to a signature that is right: there is no such call. */
const right = 101004;

let scene: Scene;
let client: RawClient;

beforeAll(async () => {
  scene = await Scene.open();
  client = await RawClient.open(scene.port);
});

afterAll(async () => {
  client.close();
  await scene.close();
});

/** The code that a request with this signature is answered with. */
async function codeOf(userSig: string): Promise<number> {
  const query = new URLSearchParams({
    sdkappid: String(scene.app.sdkAppId),
    identifier: 'administrator',
    usersig: userSig,
    random: '1',
    contenttype: 'json',
  });
  client.post(`/v4/call_engine_http_srv/get_call_info?${query}`, '{"CallId":"no call"}');
  const { ErrorCode } = (await client.answer()).json();
  // Wrong ones are never ten a minute.
  scene.clock.advance(7000);
  return ErrorCode;
}

const fields = (change: Partial<Fields> = {}): Fields => ({
  identifier: 'administrator',
  sdkAppId: scene.app.sdkAppId,
  time: Math.floor(scene.clock.now() / 1000),
  expire: 600,
  ...change,
});

/** Two seconds too old. */
const expired = (): Fields => fields({ time: Math.floor(scene.clock.now() / 1000) - 12, expire: 10 });

/** The members of a signature with the right HMAC. */
const signed = (from: Fields, key = scene.app.keys[0]?.secret ?? ''): Members => ({
  'TLS.ver': '2.0',
  'TLS.identifier': from.identifier,
  'TLS.sdkappid': from.sdkAppId,
  'TLS.time': from.time,
  'TLS.expire': from.expire,
  ...(from.userbuf !== undefined && { 'TLS.userbuf': from.userbuf }),
  'TLS.sig': signatureOf(from, key).toString('base64'),
});

const codeWith = (members: Members): Promise<number> => codeOf(packUserSig(JSON.stringify(members)));

/** As `codeWith`, with a member once more, before all others or behind them. */
async function codesWithTwice(members: Members, name: string, value: unknown): Promise<object> {
  const [one, rest] = [`${JSON.stringify(name)}:${JSON.stringify(value)}`, JSON.stringify(members).slice(1, -1)];
  return {
    before: await codeOf(packUserSig(`{${one},${rest}}`)),
    behind: await codeOf(packUserSig(`{${rest},${one}}`)),
  };
}

describe('a UserSig over REST', () => {
  it('of the older form, with ECDSA, is none, and its signature and its lifetime count for nothing', async () => {
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const { identifier, sdkAppId, time } = fields();
    const names = { 'TLS.appid_at_3rd': '0', 'TLS.account_type': '0', 'TLS.identifier': identifier };
    const text = { ...names, 'TLS.sdk_appid': String(sdkAppId), 'TLS.time': String(time), 'TLS.expire_after': '86400' };
    const lines = Object.entries(text).map(([name, value]) => `${name}:${value}\n`);
    const sig = sign('sha256', Buffer.from(lines.join('')), privateKey).toString('base64');
    const older = { ...text, 'TLS.version': '201803230000', 'TLS.sig': sig };
    for (const members of [older, { ...older, 'TLS.ver': '1.0' }, { ...older, 'TLS.ver': '2.0' }]) {
      expect(await codeWith(members)).toBe(70003);
    }
    // The oldest was not compressed.
    const plain = JSON.stringify({ ...older, 'TLS.time': '2026-01-01T00:00:00-08:00' });
    expect(await codeOf(plain)).toBe(70003);
    expect(await codeOf(Buffer.from(plain).toString('base64').replaceAll('=', '_'))).toBe(70003);
    expect(await codeWith({ ...older, ...signed(fields()), 'TLS.sig': sig })).toBe(70009);
    expect(await codeWith({ ...older, ...signed(expired()) })).toBe(70001);
  });

  it('is right or wrong by its HMAC, whatever it says of its version', async () => {
    for (const version of ['2.0', '1.0', '201803230000', '3.0', 'none', '', 2, null, undefined]) {
      const told = { 'TLS.ver': version, 'TLS.version': version, 'TLS.alg': 'none' };
      expect([version, await codeWith({ ...signed(fields()), ...told })]).toEqual([version, right]);
      expect([version, await codeWith({ ...signed(fields(), 'wrong'), ...told })]).toEqual([version, 70009]);
    }
  });

  it('with an HMAC that is empty, cut, of zeros or of a digest without a key is wrong, and without one it is none', async () => {
    const members = signed(fields());
    const whole = String(members['TLS.sig']);
    for (const sig of ['', '=', whole.slice(0, 22), Buffer.alloc(32).toString('base64')]) {
      expect([sig, await codeWith({ ...members, 'TLS.sig': sig })]).toEqual([sig, 70009]);
    }
    expect(await codeWith(signed(fields(), ''))).toBe(70009);
    for (const sig of [undefined, null, 0, true, [whole]]) {
      expect([sig, await codeWith({ ...members, 'TLS.sig': sig })]).toEqual([sig, 70003]);
    }
  });

  it('with a field twice is read in one way, which no HMAC was made for', async () => {
    const twice = codesWithTwice;
    const bob = signed(fields({ identifier: 'bob' }));
    expect(await twice(bob, 'TLS.identifier', 'administrator')).toEqual({ before: 70013, behind: 70009 });
    const foreign = signed(fields({ sdkAppId: 1400000002 }));
    expect(await twice(foreign, 'TLS.sdkappid', scene.app.sdkAppId)).toEqual({ before: 70014, behind: 70009 });
    expect(await twice(signed(expired()), 'TLS.expire', 86_400)).toEqual({ before: 70001, behind: 70009 });
    expect(await twice(signed(expired()), 'TLS.time', fields().time)).toEqual({ before: 70001, behind: 70009 });
    const wrong = { ...signed(fields()), 'TLS.sig': '' };
    expect(await twice(wrong, 'TLS.sig', 'AAAA')).toEqual({ before: 70009, behind: 70009 });
    const more = signed(fields({ userbuf: 'AAAA' }));
    expect(await twice({ ...more, 'TLS.userbuf': 'AAAB' }, 'TLS.userbuf', 'AAAC')).toEqual({
      before: 70009,
      behind: 70009,
    });
  });

  it('with a userbuf that was added, changed or removed after it was made is wrong', async () => {
    const [without, having] = [signed(fields()), signed(fields({ userbuf: 'AAAA' }))];
    expect(await codeWith(without)).toBe(right);
    expect(await codeWith(having)).toBe(right);
    expect(await codeWith({ ...without, 'TLS.userbuf': 'AAAA' })).toBe(70009);
    expect(await codeWith({ ...having, 'TLS.userbuf': 'AAAB' })).toBe(70009);
    for (const userbuf of [undefined, '']) {
      expect([userbuf, await codeWith({ ...having, 'TLS.userbuf': userbuf })]).toEqual([userbuf, 70009]);
    }
  });
});
